// Addresses, keys, and following a sweep that runs. An address after # is a page: it can be kept and sent on.

import { get, h, link } from "./dom.js";
import { matrixPage } from "./matrix.js";
import { trialPage } from "./trial.js";
import { list, trialsPage } from "./trials.js";

const LOOK_EVERY_MS = 3000;
const main = document.getElementById("main");
const crumbs = document.getElementById("crumbs");
let version = null;
let drawn = 0;

const go = (href) => { location.hash = href; };

function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decodeURIComponent), query: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

async function draw({ keep = false } = {}) {
  const mine = ++drawn;
  const { parts, query } = address();
  let page;
  try {
    if (parts[0] === "trials") page = await trialsPage(query, go);
    else if (parts[0] === "trial" && parts[1]) page = await trialPage(parts[1], Number(parts[2]), parts[3], query);
    else page = await matrixPage();
  } catch (error) {
    page = { crumbs: [], content: [h("p", { class: "error" }, error.message)] };
  }
  if (mine !== drawn) return; // another page was asked for meanwhile
  const trail = parts.length ? [["sweep", "#/"], ...page.crumbs] : [];
  crumbs.replaceChildren(...trail.flatMap(([words, href], i) => [i ? " › " : "", href ? h("a", { href }, words) : words]));
  main.replaceChildren(...page.content.filter(Boolean));
  if (keep) return;
  const here = main.querySelector(".event.at");
  if (here) here.scrollIntoView({ block: "center" });
  else window.scrollTo(0, 0);
}

async function look() {
  try {
    const sweep = await get("api/sweep");
    document.getElementById("sweep").textContent = `${sweep.name}, ${sweep.profile}: ${sweep.attempts.toLocaleString("en")} attempts`;
    document.title = `${sweep.name} · mldevbench`;
    // What is being read is not moved under the reader: only the overview follows.
    if (version !== null && version !== sweep.version && address().parts.length === 0) await draw({ keep: true });
    version = sweep.version;
  } catch { document.getElementById("sweep").textContent = "the server is gone"; }
  setTimeout(look, LOOK_EVERY_MS);
}

function move(by) {
  const rows = [...main.querySelectorAll(".row, .event")].filter((row) => !row.hidden);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("at"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  rows[at]?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
}

function neighbour(by) {
  const { parts } = address();
  const at = list.keys.findIndex(([key, attempt]) => key === parts[1] && attempt === Number(parts[2]));
  const next = list.keys[at + by];
  if (at >= 0 && next) go(link(`trial/${next[0]}/${next[1]}`));
}

function up() {
  const { parts } = address();
  go(parts[0] === "trial" ? list.href : "#/");
}

const help = document.getElementById("help");
const KEYS = {
  j: () => move(1), k: () => move(-1), u: up, "[": () => neighbour(-1), "]": () => neighbour(1), "?": () => help.showModal(),
  "/": () => document.querySelector("#search input").focus(),
  Enter: () => { const href = main.querySelector(".row.at")?.dataset.href; if (href) go(href); },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.matches("input, select, textarea")) { if (event.key === "Escape") event.target.blur(); return; }
  if (event.key === "Enter" && event.target.matches("a, button")) return;
  const tab = main.querySelector(`.tabs [data-key="${CSS.escape(event.key)}"]`);
  const act = tab ? () => tab.click() : KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});
document.getElementById("help-button").addEventListener("click", () => help.showModal());
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = new FormData(event.target).get("text").trim();
  go(text ? link("trials", { text }) : "#/");
});
main.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row && !event.target.closest("a, button") && !getSelection().toString()) go(row.dataset.href);
});
window.addEventListener("hashchange", () => draw());

draw();
look();
