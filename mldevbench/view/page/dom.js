// Elements, numbers and answers. Text from results is only ever set as text: there is no innerHTML in these pages.

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("--")) element.style.setProperty(key, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export async function get(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const response = await fetch(path + (wanted.length ? "?" + new URLSearchParams(wanted) : ""));
  if (!response.ok) throw new Error(response.status === 404 ? "There is nothing of that name in these results." : `The answer was ${response.status}.`);
  return response.json();
}

export const link = (place, query = {}) => {
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  return "#/" + place + (wanted.length ? "?" + new URLSearchParams(wanted) : "");
};

export const percent = (value) => `${Math.round(100 * value)}%`;
export const interval = (low, high) => (low === null || low === undefined ? "" : `[${Math.round(100 * low)}, ${Math.round(100 * high)}]`);
export const count = (value) => (value === null || value === undefined ? "unknown" : value.toLocaleString("en"));
export const dollars = (value) => (value === null || value === undefined ? "unknown" : `$${value < 0.1 ? value.toFixed(4) : value.toFixed(2)}`);
export function seconds(value) {
  if (value === null || value === undefined) return "unknown";
  if (value < 10) return `${value.toFixed(2)} s`;
  if (value < 120) return `${value.toFixed(1)} s`;
  return value < 7200 ? `${(value / 60).toFixed(1)} min` : `${(value / 3600).toFixed(1)} h`;
}
export const outcome = (name) => h("span", { class: `chip ${name}` }, name.replace("_", " "));
export const synthetic = () => h("span", { class: "chip", title: "The model is scripted: its numbers say nothing about a real model." }, "synthetic");

// Long text is cut to its first lines; a button shows the rest.
export function longText(text, { lines = 40, characters = 6000, as = "pre" } = {}) {
  const all = text.split("\n");
  const cut = all.length > lines || text.length > characters;
  const box = h(as, { class: as === "pre" ? null : "text" }, cut ? all.slice(0, lines).join("\n").slice(0, characters) : text);
  if (!cut) return [box];
  const button = h("button", { type: "button", class: "more", onclick: () => { box.textContent = text; button.remove(); } }, `Show all ${count(all.length)} lines`);
  return [box, button];
}
