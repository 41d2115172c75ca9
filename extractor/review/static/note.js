// One note: its text in pieces that are drawn only when in sight, marks over it, a word cursor for the keyboard.
// Offsets of the tables count characters; the browser counts UTF-16 units. Where a note has none beyond the basic plane both are the same.

import { $, el } from "./dom.js";

const PIECE = 4000;
let text = "";
let astral = [];
let pieces = [];
let marks = [];
let onMark = () => {};

const unitOf = (character) => {
  let low = 0, high = astral.length;
  while (low < high) { const mid = (low + high) >> 1; if (astral[mid] - mid < character) low = mid + 1; else high = mid; }
  return character + low;
};
const characterOf = (unit) => {
  let low = 0, high = astral.length;
  while (low < high) { const mid = (low + high) >> 1; if (astral[mid] < unit) low = mid + 1; else high = mid; }
  return unit - low;
};

export function open(value, handler) {
  text = value;
  astral = [];
  onMark = handler;
  marks = [];
  if (/[\ud800-\udbff][\udc00-\udfff]/.test(text)) for (const m of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) astral.push(m.index);
  cut();
  $("text").replaceChildren(...pieces.map((p) => p.node));
  $("text").scrollTop = 0;
  cursor = null;
}

// Pieces end at line breaks where there are any, so that blocks lie as the lines do.
function cut() {
  pieces = [];
  let start = 0;
  while (start < text.length) {
    let end = Math.min(text.length, start + PIECE);
    let breaks = false;
    if (end < text.length) {
      const line = text.lastIndexOf("\n", end - 1);
      if (line > start) { end = line + 1; breaks = true; }
      else {
        const space = text.lastIndexOf(" ", end - 1);
        if (space > start) end = space + 1;
        else if (/[\udc00-\udfff]/.test(text[end])) end -= 1;
      }
    }
    const whole = breaks || end === text.length;
    pieces.push({ start, end, node: el("div", { class: "piece" }, text.slice(start, end - (breaks ? 1 : 0))), cut: breaks ? 1 : 0, whole });
    start = end;
  }
}

const pieceAt = (unit) => {
  let low = 0, high = pieces.length - 1;
  while (low < high) { const mid = (low + high + 1) >> 1; if (pieces[mid].start <= unit) low = mid; else high = mid - 1; }
  return low;
};

// Without blanks at the ends, which would be drawn as marks of their own.
function inner(from, to) {
  while (from < to && /\s/.test(text[from])) from++;
  while (to > from && /\s/.test(text[to - 1])) to--;
  return { from, to };
}

// spans: {id, start, end (characters), kind}; drawn as buttons of text, overlapping ones cut where they meet
export function draw(spans, current) {
  const dirty = new Set(marks.flatMap((m) => m.pieces));
  marks = spans.map((s) => ({ ...s, ...inner(unitOf(s.start), unitOf(s.end)) })).filter((m) => m.to > m.from && m.to <= text.length);
  for (const m of marks) {
    m.pieces = [];
    for (let i = pieceAt(m.from); i < pieces.length && pieces[i].start < m.to; i++) { m.pieces.push(i); dirty.add(i); }
  }
  for (const i of dirty) fill(pieces[i], marks.filter((m) => m.pieces.includes(i)), current);
}

function fill(piece, own, current) {
  const last = piece.end - piece.cut;
  const edges = new Set([piece.start, last]);
  for (const m of own) { edges.add(Math.max(piece.start, m.from)); edges.add(Math.min(last, m.to)); }
  const at = [...edges].filter((e) => e >= piece.start && e <= last).sort((a, b) => a - b);
  const nodes = [];
  for (let i = 0; i < at.length - 1; i++) {
    const over = own.filter((m) => m.from <= at[i] && m.to >= at[i + 1]);
    const part = text.slice(at[i], at[i + 1]);
    if (!over.length) { nodes.push(document.createTextNode(part)); continue; }
    const kind = over.some((m) => current.has(m.id)) ? "now" : over.every((m) => m.kind === "drop") ? "drop" : "used";
    const first = over.some((m) => m.from === at[i]);
    const ids = over.map((m) => m.id);
    nodes.push(el("mark", { class: kind, tabindex: first ? 0 : null, role: first ? "button" : null, "data-ids": ids.join("\n"), on: {
      click: () => onMark(ids), keydown: (e) => { if (e.key === "Enter") { e.preventDefault(); e.stopPropagation(); onMark(ids); } } } }, part));
  }
  piece.node.replaceChildren(...nodes);
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function show(start) {
  const unit = unitOf(start);
  const piece = pieces[pieceAt(unit)];
  if (!piece) return;
  piece.node.scrollIntoView({ block: "start" });
  const { node, offset } = place(unit);
  const range = document.createRange();
  range.setStart(node, offset);
  range.setEnd(node, Math.min(node.length, offset + 1));
  const box = range.getBoundingClientRect(), frame = $("text").getBoundingClientRect();
  $("text").scrollBy({ top: box.top - frame.top - frame.height / 3, behavior: calm() ? "auto" : "instant" });
}

function place(unit) {
  const piece = pieces[pieceAt(Math.min(unit, text.length))];
  let left = Math.min(unit, piece.end - piece.cut) - piece.start;
  const walk = document.createTreeWalker(piece.node, NodeFilter.SHOW_TEXT);
  let node = walk.nextNode(), before = node;
  while (node && left > node.length) { left -= node.length; before = node; node = walk.nextNode(); }
  node = node || before || piece.node.appendChild(document.createTextNode(""));
  return { node, offset: Math.min(left, node.length) };
}

function unitFrom(node, offset) {
  const home = (node.nodeType === 3 ? node.parentElement : node).closest(".piece");
  const piece = pieces.find((p) => p.node === home);
  if (!piece) return null;
  const range = document.createRange();
  range.setStart(home, 0);
  range.setEnd(node, offset);
  return piece.start + range.toString().length;
}

// What is selected, in characters, without blanks at its ends; null where nothing is.
export function selected() {
  const s = getSelection();
  if (!s.rangeCount || s.isCollapsed || !$("text").contains(s.anchorNode) || !$("text").contains(s.focusNode)) return null;
  const range = s.getRangeAt(0);
  let from = unitFrom(range.startContainer, range.startOffset), to = unitFrom(range.endContainer, range.endOffset);
  if (from === null || to === null) return null;
  while (from < to && /\s/.test(text[from])) from++;
  while (to > from && /\s/.test(text[to - 1])) to--;
  return from < to ? { start: characterOf(from), end: characterOf(to) } : null;
}

export function select(from, to) {
  const a = place(from), b = place(to);
  getSelection().setBaseAndExtent(a.node, a.offset, b.node, b.offset);
}

// ---- the word cursor: arrows go from word to word, with Shift they stretch

let cursor = null;
const wordFrom = (unit) => { const m = /\S+/g; m.lastIndex = Math.max(0, unit); const f = m.exec(text); return f && { from: f.index, to: f.index + f[0].length }; };
const wordBefore = (unit) => {
  let to = Math.min(unit, text.length);
  while (to > 0 && /\s/.test(text[to - 1])) to--;
  let from = to;
  while (from > 0 && !/\s/.test(text[from - 1])) from--;
  return to > from ? { from, to } : null;
};

export function move(key, stretch) {
  const at = cursor || { anchor: null, from: firstInSight(), to: firstInSight() };
  let word = null;
  if (key === "ArrowRight") word = wordFrom(at.to);
  if (key === "ArrowLeft") word = wordBefore(at.from);
  if (key === "ArrowDown") { const line = text.indexOf("\n", at.to); word = line < 0 ? null : wordFrom(line); }
  if (key === "ArrowUp") { const line = text.lastIndexOf("\n", Math.max(0, at.from - 1)); word = line < 0 ? wordFrom(0) : wordFrom(text.lastIndexOf("\n", line - 1) + 1); }
  if (!word) return;
  const anchor = stretch ? at.anchor || { from: at.from, to: at.to } : null;
  cursor = { ...word, anchor };
  const from = anchor ? Math.min(anchor.from, word.from) : word.from, to = anchor ? Math.max(anchor.to, word.to) : word.to;
  select(from, to);
  keepInSight(word.from);
}

function firstInSight() {
  const frame = $("text").getBoundingClientRect();
  const piece = pieces.find((p) => p.node.getBoundingClientRect().bottom > frame.top + 4);
  return piece ? piece.start : 0;
}

export const keep = (start) => keepInSight(unitOf(start));

function keepInSight(unit) {
  const { node, offset } = place(unit);
  const range = document.createRange();
  range.setStart(node, Math.max(0, Math.min(offset, node.length - 1)));
  range.setEnd(node, Math.min(node.length, offset + 1));
  const box = range.getBoundingClientRect(), frame = $("text").getBoundingClientRect();
  if (box.top < frame.top + 8 || box.bottom > frame.bottom - 8) $("text").scrollBy({ top: box.top - frame.top - frame.height / 3 });
}

// Where some words stand: the first place, or the next one after the last found. How often, and the place (units) or null.
let last = { wanted: "", at: -1 };
export function find(wanted, next) {
  const low = text.toLowerCase(), want = wanted.toLowerCase();
  if (!want || low.length !== text.length) return { count: 0 };
  let at = low.indexOf(want, next && last.wanted === want ? last.at + 1 : 0);
  if (at < 0) at = low.indexOf(want);
  last = next ? { wanted: want, at } : last;
  if (at < 0) return { count: 0 };
  let count = 0;
  for (let i = low.indexOf(want); i >= 0 && count < 1000; i = low.indexOf(want, i + want.length)) count++;
  show(characterOf(at));
  if (next) {
    cursor = { from: at, to: at + want.length, anchor: null };
    $("text").focus({ preventScroll: true });
    select(at, at + want.length);
  }
  return { count };
}
