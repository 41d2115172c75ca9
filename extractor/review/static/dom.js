// Elements from plain data. Text only ever becomes a text node; nothing here makes HTML out of a string.

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((c) => c !== null && c !== undefined).map((c) => (c instanceof Node ? c : document.createTextNode(String(c)))));
  return node;
}

export const words = (text) => String(text).replaceAll("_", " ");

// A column as people call it.
const CALLED = { procedure_id: "session", lesion_id: "lesion", age_years: "age, years", size_mm: "size, mm", min_margin_mm: "smallest margin, mm", major_as_graded: "major as graded" };
export const called = (column) => CALLED[column] || words(column);

export function shown(value) {
  if (value === null || value === undefined) return "–";
  return typeof value === "boolean" ? (value ? "yes" : "no") : words(value);
}

let quiet;
export function say(text, loud = true) {
  $("said").textContent = text;
  if (!loud) return;
  $("toast").textContent = text;
  $("toast").dataset.on = "1";
  clearTimeout(quiet);
  quiet = setTimeout(() => delete $("toast").dataset.on, 2200);
}

export function alertOf(text) {
  $("alert").textContent = text || "";
  $("alert").hidden = !text;
}
