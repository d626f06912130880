// The list of trials behind a cell, a filter or a search.

import { count, dollars, get, h, link, outcome, seconds } from "./dom.js";

const OUTCOMES = ["", "passed", "failed", "infra_error", "grader_error", "cancelled"];
export const list = { keys: [], href: "#/" };

export async function trialsPage(query, go) {
  const start = Number(query.start ?? 0);
  const data = await get("api/trials", query);
  list.keys = data.rows.map((row) => [row.trial_key, row.attempt]);
  list.href = link("trials", query);
  const choose = h("select", { "aria-label": "Outcome", onchange: (event) => go(link("trials", { ...query, outcome: event.target.value, start: "" })) },
    OUTCOMES.map((name) => h("option", { value: name, selected: name === (query.outcome ?? "") }, name ? name.replace("_", " ") : "all outcomes")));
  const page = (to, words) => h("a", { href: link("trials", { ...query, start: to || "" }) }, words);
  const pages = h("p", { class: "small" },
    `${count(data.total)} attempts${data.total > data.rows.length ? `, ${start + 1} to ${start + data.rows.length} shown` : ""} `,
    start > 0 && page(Math.max(0, start - 200), "previous"), " ", start + data.rows.length < data.total && page(start + data.rows.length, "next"));
  const head = ["outcome", "task", "arm", "seed", "attempt", "stopped by", "steps", "tokens", "cost", "solving"];
  return {
    crumbs: [query.task, query.arm, query.text && `“${query.text}”`].filter(Boolean).map((words) => [words, null]),
    content: [
      h("h1", {}, query.task ?? query.arm ?? "Trials"),
      h("div", { class: "filters" }, choose, ["task", "arm", "text"].filter((key) => query[key]).map((key) =>
        h("a", { class: "chip plain", href: link("trials", { ...query, [key]: "", start: "" }), title: "Remove this filter" }, `${key}: ${query[key]} ×`))),
      pages,
      h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, head.map((name, i) => h("th", { scope: "col", class: i > 2 && i !== 5 ? "number" : null }, name)))),
        h("tbody", {}, data.rows.map(line)))),
    ],
  };
}

function line(row) {
  const href = link(`trial/${row.trial_key}/${row.attempt}`);
  const tokens = row.tokens_in === null || row.tokens_out === null ? null : row.tokens_in + row.tokens_out;
  const number = (words) => h("td", { class: "number" }, words);
  return h("tr", { class: "row", "data-href": href },
    h("td", {}, h("a", { href, "aria-label": `trial of ${row.task}, ${row.arm}, seed ${row.seed}` }, outcome(row.outcome))), h("td", {}, row.task), h("td", {}, row.arm),
    number(row.seed), number(row.attempt), h("td", {}, row.stop_reason ?? row.error_kind ?? ""), number(count(row.steps)), number(count(tokens)), number(dollars(row.cost_usd)), number(seconds(row.solve_s)));
}
