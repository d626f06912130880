// One attempt of a trial: the verdict and its reasons, the trajectory, the files, the calls.

import { count, dollars, get, h, link, longText, outcome, seconds, synthetic } from "./dom.js";
import { list } from "./trials.js";

const TABS = ["trajectory", "files", "calls"];

export async function trialPage(key, number, tab, query) {
  const data = await get(`api/trials/${encodeURIComponent(key)}`);
  const attempt = data.attempts.find((a) => a.attempt === number) ?? data.attempts.at(-1);
  const place = `trial/${key}/${attempt.attempt}`;
  const chosen = TABS.includes(tab) ? tab : TABS[0];
  const show = { trajectory, files, calls }[chosen];
  const arm = [attempt.agent, attempt.model].filter(Boolean).join(" ");
  return {
    crumbs: [["trials", list.href === "#/" ? link("trials", { task: attempt.task }) : list.href], [`${attempt.task}, seed ${attempt.seed}`, null]],
    content: [
      h("h1", {}, attempt.title || attempt.task, " ", outcome(attempt.outcome), " ", attempt.synthetic_model && synthetic()),
      h("p", { class: "quiet" }, `${attempt.task}, ${arm}, seed ${attempt.seed}, profile ${attempt.profile}`),
      data.attempts.length > 1 && h("p", {}, "Attempts: ", data.attempts.map((a) => [h("a", { href: link(`trial/${key}/${a.attempt}`), "aria-current": a === attempt && "page" }, `${a.attempt} `, outcome(a.outcome)), " "])),
      attempt.error && h("p", { class: "error" }, `${attempt.error_kind}: ${attempt.error}`),
      facts(attempt),
      phases(attempt),
      verdict(attempt),
      h("div", { class: "tabs" }, TABS.map((name, i) => h("a", { href: link(`${place}/${name}`), "aria-current": name === chosen && "page", "data-key": i + 1 }, name))),
      ...(await show(key, attempt, query)),
    ],
  };
}

function facts(a) {
  const tokens = a.tokens_in === null || a.tokens_out === null ? "unknown" : `${count(a.tokens_in)} in, ${count(a.tokens_out)} out`;
  const pairs = [["stopped by", a.stop_reason ?? "nothing"], ["steps", `${count(a.steps)} (${count(a.calls)} calls)`], ["tokens", tokens], ["cost", dollars(a.cost_usd)],
    ["isolation", a.isolation ?? "unknown"], ["node", a.node ?? "unknown"], ["memory peak", a.memory_peak_bytes === null ? "unknown" : `${(a.memory_peak_bytes / 2 ** 20).toFixed(0)} MiB`],
    ["started", a.started_at.replace("T", " ").slice(0, 19) + " UTC"], ["key", a.trial_key], ...a.metrics.map((m) => [m.name, `${Number(m.value).toPrecision(4)} ${m.unit}`])];
  return h("dl", { class: "facts" }, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function phases(a) {
  const parts = [["prepare", a.prepare_s], ["solve", a.solve_s], ["grade", a.grade_s], ["waiting", a.waited_s + a.grade_waited_s]];
  return h("div", {}, h("div", { class: "bar", "aria-hidden": "true" }, parts.map(([, s]) => h("span", { "--part": s }))),
    h("p", { class: "quiet small" }, parts.map(([name, s]) => `${name} ${seconds(s)}`).join(", ") + `; ${seconds(a.wall_s)} in all`));
}

function verdict(a) {
  if (!a.checks.length) return h("p", { class: "quiet" }, "No checks: this attempt was not graded.");
  const failed = a.checks.filter((c) => !c.passed);
  const passed = a.checks.filter((c) => c.passed);
  const items = (checks) => h("ul", { class: "checks" }, checks.map((c) => h("li", { class: c.passed ? "passed" : "failed" }, c.name, !c.passed && c.detail && h("span", { class: "detail" }, c.detail))));
  return h("section", {}, h("h2", {}, failed.length ? `${failed.length} of ${a.checks.length} checks failed` : `All ${a.checks.length} checks passed`),
    failed.length > 0 && items(failed),
    passed.length > 0 && h("details", { open: passed.length <= 6 }, h("summary", {}, `${passed.length} that passed`), items(passed)));
}

async function trajectory(key, attempt, query) {
  const data = await get(`api/trials/${encodeURIComponent(key)}/${attempt.attempt}/trajectory`);
  if (!data.events.length) return [h("p", { class: "quiet" }, "No events were recorded.")];
  const steps = data.calls.filter((call) => call.is_step);
  let step = 0;
  const shown = data.events.map((event) => eventBox(key, attempt, event, event.kind === "model" ? steps[step++] : null, Number(query.event) === event.index));
  const search = h("input", { type: "search", placeholder: "Filter events", "aria-label": "Filter events", oninput: (e) => {
    const wanted = e.target.value.toLowerCase();
    data.events.forEach((event, i) => { shown[i].hidden = wanted !== "" && !JSON.stringify(event.data).toLowerCase().includes(wanted); });
  } });
  return [h("div", { class: "filters" }, search, h("span", { class: "quiet small" }, `${data.events.length} events`)), ...shown];
}

function eventBox(key, attempt, event, call, here) {
  const name = event.data.name ?? (event.data.calls?.length ? `calls ${event.data.calls.join(", ")}` : "");
  const side = call && h("span", { class: "side" }, `${count(call.tokens_in)} in, ${count(call.tokens_out)} out, ${dollars(call.cost_usd)}, ${seconds(call.latency_s)}`);
  return h("article", { class: `event ${event.kind}${here ? " at" : ""}`, "data-event": event.index },
    h("header", {}, h("a", { href: link(`trial/${key}/${attempt.attempt}/trajectory`, { event: event.index }), title: "Link to this event" }, `#${event.index}`),
      h("span", { class: "kind" }, event.kind.replace("_", " ")), name && h("span", {}, name), h("span", {}, `at ${seconds(event.at_s)}`), side),
    h("div", { class: "body" }, eventBody(event)));
}

function eventBody({ kind, data }) {
  if (kind === "model") return data.text ? longText(data.text, { as: "div" }) : [h("span", { class: "quiet" }, "(no words)")];
  if (kind === "tool_call") return toolArguments(data.arguments);
  if (kind === "door") return toolArguments(data);
  const text = data.text ?? data.output;
  const rest = Object.entries(data).filter(([name]) => !["name", "text", "output"].includes(name));
  return [rest.length > 0 && h("div", { class: "argument" }, rest.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ")),
    text === undefined ? null : longText(String(text))];
}

function toolArguments(given) {
  let parsed = given;
  try { if (typeof given === "string") parsed = JSON.parse(given); } catch { return longText(given); }
  if (parsed === null || typeof parsed !== "object") return longText(String(given));
  return Object.entries(parsed).map(([name, value]) => [h("div", { class: "argument" }, name), longText(typeof value === "string" ? value : JSON.stringify(value))]);
}

async function files(key, attempt) {
  const data = await get(`api/trials/${encodeURIComponent(key)}/${attempt.attempt}/files`);
  if (data.error) return [h("p", { class: "quiet" }, data.error)];
  const intro = data.compared ? "What was graded, against the files that the task came with." : "What was graded. The task has changed since, so that nothing is compared.";
  return [h("p", { class: "quiet small" }, intro), ...data.files.map((file) => h("article", { class: "event" },
    h("header", {}, h("span", { class: "kind mono" }, file.path), h("span", {}, file.status), h("span", { class: "side" }, `${count(file.size)} bytes`)),
    file.diff ? h("div", { class: "body" }, h("pre", { class: "diff" }, file.diff.split("\n").map(diffLine))) : null))];
}

function diffLine(line) {
  const kind = line.startsWith("@@") ? "place" : line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : null;
  return h("span", { class: kind }, line + "\n");
}

async function calls(key, attempt) {
  const data = await get(`api/trials/${encodeURIComponent(key)}/${attempt.attempt}/trajectory`);
  if (!data.calls.length) return [h("p", { class: "quiet" }, "No model was called.")];
  const head = ["#", "step", "tokens in", "cached", "tokens out", "cost", "latency", "waited", "retries", "what happened"];
  const number = (words) => h("td", { class: "number" }, words);
  const line = (c) => h("tr", {}, number(c.index), h("td", {}, c.is_step ? "yes" : "no"), number(count(c.tokens_in)), number(count(c.tokens_cached)), number(count(c.tokens_out)), number(dollars(c.cost_usd)),
    number(seconds(c.latency_s)), number(seconds(c.waited_s)), number(c.retries), h("td", {}, [c.error, ...(c.notes ?? [])].filter(Boolean).join("; ")));
  return [h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, data.calls.map(line))))];
}
