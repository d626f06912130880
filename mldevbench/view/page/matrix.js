// The first page: every task against every arm.

import { count, get, h, interval, link, percent, synthetic } from "./dom.js";

export async function matrixPage() {
  const data = await get("api/matrix");
  if (!data.tasks.length) return { crumbs: [], content: [h("p", { class: "quiet" }, "No trial has ended yet. This page follows the sweep.")] };
  const cells = new Map(data.cells.map((cell) => [`${cell.task}\n${cell.arm}`, cell]));
  const head = h("tr", {}, h("th", { scope: "col" }, "task"), data.arms.map((arm) => h("th", { scope: "col" }, arm.name, " ", arm.synthetic && synthetic())));
  const body = [];
  let category = null;
  for (const task of data.tasks) {
    if (task.category !== category) {
      category = task.category;
      body.push(h("tr", { class: "category" }, h("th", { colspan: data.arms.length + 1, scope: "rowgroup" }, data.categories[category] ?? category)));
    }
    const name = h("th", { scope: "row" }, h("a", { href: link("trials", { task: task.id }), title: task.title }, task.id));
    body.push(h("tr", { class: "row", "data-href": link("trials", { task: task.id }) }, name, data.arms.map((arm) => h("td", {}, cell(cells.get(`${task.id}\n${arm.name}`), task.id, arm.name)))));
  }
  const overall = h("tr", { class: "overall" }, h("th", { scope: "row" }, "Overall"), data.arms.map((arm) => h("td", {}, whole(arm))));
  const methods = [...new Set(data.arms.filter((arm) => arm.overall).map((arm) => arm.overall.method))];
  return {
    crumbs: [],
    content: [
      h("h1", {}, "Successes by task and arm"),
      h("p", { class: "quiet small" }, `Successes of graded trials, and the 95 % interval of the rate in percent: Wilson for a task; overall for these very tasks with new seeds, ${methods.join("; ") || "none yet"}. `, "Attempts that count in no rate are marked with !."),
      data.older ? h("p", { class: "warning" }, `${count(data.older)} attempts of tasks or agents whose content has changed since are left out.`) : null,
      h("div", { class: "scroll" }, h("table", { class: "matrix" }, h("thead", {}, head), h("tbody", {}, body, overall))),
    ],
  };
}

function cell(found, task, arm) {
  if (!found) return h("span", { class: "quiet small" }, "none");
  const graded = found.passed + found.failed;
  const apart = Object.entries(found.apart).map(([kind, n]) => `${n} ${kind}`).join(", ");
  const words = `${task}, ${arm}: ${found.passed} of ${graded} passed${apart ? `; ${apart}` : ""}`;
  return h(
    "a",
    { class: "cell", href: link("trials", { task, arm }), "--rate": graded ? percent(found.passed / graded) : "0%", title: words, "aria-label": words },
    h("b", {}, graded ? `${found.passed}/${graded}` : "none"), " ",
    h("span", { class: "interval" }, interval(found.low, found.high)),
    apart && h("span", { class: "apart", title: apart }, "! ", apart),
  );
}

function whole(arm) {
  const rate = arm.overall;
  if (!rate) return h("span", { class: "quiet" }, "none");
  const words = `${arm.name}: ${rate.successes} of ${rate.trials} passed on ${rate.tasks} tasks`;
  return h(
    "a",
    { class: "cell", href: link("trials", { arm: arm.name }), "--rate": percent(rate.estimate), title: words, "aria-label": words },
    h("b", {}, percent(rate.estimate)), " ", h("span", { class: "interval" }, `${rate.successes}/${rate.trials} `, interval(rate.low, rate.high)),
  );
}
