// The review page. State is the server's: every decision is sent, and shown once the server has it on the disk.

import { $, alertOf, called, el, say, shown, words } from "./dom.js";
import * as note from "./note.js";

let session, chart = null, texts = new Map(), openNote = null;
let at = null;              // the current cell: {table, row, column}, column "" for the whole row
let step = 0;               // which of a cell's words is shown
let marked = new Set();     // mentions that are lit
let showDrops = false;
let list = { show: "todo", q: "", offset: 0, limit: 50 };

// ---- the server -------------------------------------------------------------------------------------------------------------

async function get(path, query = {}) {
  const answer = await fetch(`api/${path}?${new URLSearchParams(query)}`).catch(() => { throw new Error("The server does not answer. What was saved is safe: start the review again and open its new address."); });
  const data = await answer.json().catch(() => ({ error: "Refused. Was the review started again? Then open its new address." }));
  if (!answer.ok) throw new Error(data.error);
  return data;
}

let sending = Promise.resolve(), unsent = 0;
// Decisions go one after another. Where the server does not answer, the decision is kept and sent again with the same key: it counts once.
function decide(request) {
  const body = JSON.stringify({ ...request, chart: chart.id, stamp: chart.stamp, key: crypto.randomUUID() });
  unsent++;
  const done = sending.then(() => post(body)).finally(() => unsent--);
  sending = done.catch(() => {});
  return done;
}

async function post(body) {
  for (;;) {
    let answer;
    try { answer = await fetch("api/decide", { method: "POST", headers: { "content-type": "application/json" }, body }); }
    catch { alertOf("The server does not answer. Your last decision is not saved yet. All before it are: start the review again and open its new address."); await new Promise((r) => setTimeout(r, 1500)); continue; }
    if (answer.status === 403) throw Object.assign(new Error("The review was started again under a new address; open that one. Your last decision is not saved."), { stays: true });
    alertOf("");
    let data = {};
    try { data = await answer.json(); } catch { data = { error: "refused" }; }
    if (data.renewed) await openChart(chart.id);
    if (!answer.ok) throw new Error(data.error || "refused");
    return data;
  }
}
addEventListener("unhandledrejection", (e) => { e.preventDefault(); alertOf(e.reason.message); });
addEventListener("beforeunload", (e) => { if (unsent) e.preventDefault(); });

// ---- the list ---------------------------------------------------------------------------------------------------------------

async function drawList() {
  const page = await get("charts", list);
  const c = page.counts;
  $("list-counts").textContent = `${c.open + c.begun + c.back} to read (${c.back} back), ${c.done} finished`;
  $("charts").replaceChildren(...page.charts.map((x) => el("li", {}, el("button", { type: "button", class: "chart", "aria-current": chart && x.id === chart.id ? "true" : null, on: { click: () => openChart(x.id) } },
    el("span", { class: "name" }, x.id), x.status === "open" ? null : el("span", { class: `chip ${x.status}` }, STATUS[x.status]),
    x.differs ? el("span", { class: "chip back" }, `${x.differs} differ`) : null,
    x.value === null ? null : el("span", { class: "worth", title: "expected wrong cells, endpoints weighing more" }, x.value.toFixed(1)),
    x.doubtful ? el("span", { class: "doubt" }, words(x.doubtful)) : null))));
  const last = Math.min(page.total, page.offset + list.limit);
  $("page-at").textContent = page.total ? `${page.offset + 1}–${last} of ${page.total}` : "none";
  $("list-order").textContent = session.mode === "blinded" ? "In the order of their ids" : session.mode === "adjudicate" ? "Most differences first" : "Most worth reading first: expected wrong cells, those that bear on an endpoint counting threefold";
  $("page-before").disabled = page.offset === 0;
  $("page-after").disabled = last >= page.total;
  return page;
}
const STATUS = { open: "open", begun: "begun", back: "new text", done: "finished" };

function toggleList(open = $("list").hidden) {
  $("list").hidden = !open;
  $("list-toggle").setAttribute("aria-expanded", open);
  if (open) drawList().then(() => ($("charts").querySelector("button") || $("list-find")).focus());
  else $("list-toggle").focus();
}

async function nextChart() {
  const page = await get("charts", { show: "todo", limit: 2 });
  const next = page.charts.find((c) => !chart || c.id !== chart.id);
  if (next) await openChart(next.id); else say("Every chart of this list is finished");
}

// ---- one chart --------------------------------------------------------------------------------------------------------------

async function openChart(id) {
  if (!$("list").hidden) toggleList(false);
  try { chart = await get("chart", { id }); } catch (e) { return say(e.message); }
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  texts = new Map(); openNote = null; at = null; marked = new Set(); hideWords();
  draw();
  focusCell();
  const first = chart.questions[0] || chart.differs.find((d) => d.open);
  if (first) { await go(first.table, first.row, first.column, true); pane("rows"); focusCell(); }
  if (!openNote && chart.notes.length) await showNote(chart.notes[0].id);
  say(`Chart ${id}, ${STATUS[chart.status]}`, false);
}

function draw() {
  $("chart-name").textContent = $("chart-name").title = chart.id;
  document.title = `${chart.id} · chart review`;
  $("chart-status").hidden = false;
  $("chart-status").className = `chip ${chart.status}`;
  $("chart-status").textContent = STATUS[chart.status];
  $("undo").disabled = !chart.undo;
  $("undo").title = chart.undo ? `Undo: ${chart.undo} (u)` : "Nothing to undo";
  drawTimeline(); drawQuestions(); drawRows(); drawMarks();
}

function drawTimeline() {
  $("events").replaceChildren(...chart.timeline.map((e) => {
    const when = e.date ? (e.precision === "month" ? e.date.slice(0, 7) : e.precision === "year" ? e.date.slice(0, 4) : e.date) : "no date";
    const open = () => (e.note ? showNote(e.note, true) : go(e.table, e.row, e.kind === "death" ? "death_date" : "", true));
    const now = e.note ? e.note === openNote : at && at.table === e.table && at.row === e.row;
    return el("li", { class: e.kind }, el("button", { type: "button", "aria-current": now ? "true" : null, on: { click: open } },
      el("time", { datetime: e.date || null }, when), el("span", { class: "kind" }, e.kind), el("span", { class: "what" }, words(e.title))));
  }));
}

function drawQuestions() {
  const open = chart.differs.filter((d) => d.open);
  const parts = [];
  const whys = [...new Set(chart.questions.map((q) => q.why))];
  if (whys.length) parts.push(el("div", { class: "box" }, el("h3", {}, "New text says otherwise"), ...whys.flatMap((why) => [el("p", {}, `${why}:`), el("ul", {}, ...chart.questions.filter((q) => q.why === why).map((q) =>
    el("li", {}, el("button", { type: "button", class: "link", on: { click: () => go(q.table, q.row, q.column, true) } }, name(q)))))])));
  if (chart.differs.length) parts.push(el("div", { class: open.length ? "box" : "box fine" }, el("h3", {}, open.length ? `${open.length} of ${chart.differs.length} differences to settle` : "All differences are settled"),
    el("ol", {}, ...chart.differs.map(drawDiffer))));
  $("questions").replaceChildren(...parts);
}

function drawDiffer(d) {
  return el("li", { class: d.open ? "open" : "settled" }, el("button", { type: "button", class: "link", on: { click: () => go(d.table, d.row, d.column, true) } }, name(d)),
    el("div", { class: "choices" }, ...d.said.map((_, i) => choice(d, i))));
}
const choice = (d, i) => el("button", { type: "button", class: "choice", on: { click: () => settle(d, i) } }, el("kbd", {}, i + 1), ` ${reader(i)}: ${words(d.said[i])}`);
const reader = (i) => session.readers[i].replace(/\.jsonl$/, "");
function name({ table, row, column }) { const r = findRow(table, row); return `${words(table)} ${r ? r.title : ""}${column ? ": " + called(column) : ""}`; }

async function settle(d, i) {
  at = { table: d.table, row: d.row, column: d.column };
  if (!d.column) return act(d.said[i] === "there" ? { kind: "accept", table: d.table, row: d.row, shown: shownOf(at) } : { kind: "reject", table: d.table, row: d.row }, "settled");
  const cell = findRow(d.table, d.row).cells[d.column];
  const same = JSON.stringify(cell.v) === JSON.stringify(d.values[i]);
  return act(same ? { kind: "accept", ...at, shown: shownOf(at) } : { kind: "correct", ...at, value: d.values[i] }, "settled");
}

// What is accepted is what is seen: where the server has another value by then, it refuses.
const shownOf = (place) => Object.fromEntries(Object.entries(findRow(place.table, place.row).cells).filter(([c]) => !place.column || c === place.column).map(([c, x]) => [c, x.v]));
const findRow = (table, row) => (chart.rows[table] || []).find((r) => r.id === row);

function drawRows() {
  const tables = Object.keys(session.schema).filter((t) => t !== "patients" || chart.rows.patients.length);
  $("tables").replaceChildren(...tables.map((t) => {
    const rows = chart.rows[t];
    return el("section", { class: "table", "aria-label": words(t) }, el("h3", {}, words(t), el("span", { class: "count" }, t === "patients" ? "" : rows.filter((r) => !r.out).length)),
      ...rows.map((r) => drawRow(t, r)), rows.length ? null : el("p", { class: "none" }, "no row"));
  }));
}

function drawRow(table, row) {
  const told = row.out ? `not counted: ${row.out}` : row.origin === "added" ? `added by ${row.by}` : row.origin === "kept" ? "no longer read, kept" : "";
  const head = el("button", { type: "button", class: "head", "data-cell": key(table, row.id, ""), tabindex: -1, on: { click: () => go(table, row.id, "", true) } },
    el("span", { class: "title" }, row.title), differing(table, row.id, "") ? el("span", { class: "chip back" }, "readers differ") : null, told ? el("span", { class: "chip" }, told) : null, row.question ? el("span", { class: "chip back" }, row.question) : null);
  const list = session.schema[table].columns.filter((c) => c.name in row.cells);
  return el("article", { class: "row" + (row.out ? " out" : "") }, head, row.out ? null : el("div", { class: "cells", role: "group", "aria-label": row.title }, ...list.map((c) => drawCell(table, row, c))));
}

function drawCell(table, row, column) {
  const c = row.cells[column.name];
  const state = c.q || differing(table, row.id, column.name) ? "back" : c.state || (c.sure !== null && c.sure < 0.5 ? "doubt" : "");
  const sure = c.sure === null || c.sure === undefined ? "" : `${Math.round(c.sure * 100)} %`;
  const value = column.link && c.v ? linkTitle(column.link, c.v) : shown(c.v);
  const told = { accepted: "accepted", corrected: "corrected", added: "added", chart: "finished", derived: "follows" }[c.state] || sure;
  const label = `${called(column.name)}: ${c.v === null ? "not documented" : value}, ${c.state ? told + (c.by ? " by " + c.by : "") : sure ? "confidence " + sure : "not decided"}${c.q ? ", " + c.q : ""}${differing(table, row.id, column.name) ? ", readers differ" : ""}`;
  return el("button", { type: "button", class: `cell ${state} ${c.v === null ? "empty" : ""}`, "data-cell": key(table, row.id, column.name), tabindex: -1, "aria-label": label, title: column.doc,
    on: { click: () => go(table, row.id, column.name, true), dblclick: edit } },
    el("span", { class: "column" }, called(column.name)), el("span", { class: "value" }, value), el("span", { class: "told" }, told),
    "read" in c && c.state && row.origin !== "added" && session.mode !== "blinded" ? el("span", { class: "was" }, `read: ${shown(c.read)}`) : null);
}
const differing = (table, row, column) => chart.differs.some((d) => d.open && d.table === table && d.row === row && d.column === column);
const key = (t, r, c) => JSON.stringify([t, r, c]);
const linkTitle = (table, id) => (findRow(table, id) || { title: id }).title;
const buttons = () => [...$("tables").querySelectorAll("[data-cell]")];
const here = () => at && buttons().find((b) => b.dataset.cell === key(at.table, at.row, at.column));

function focusCell() {
  for (const b of buttons()) { b.tabIndex = -1; b.removeAttribute("aria-current"); }
  let b = here();
  if (!b) { b = buttons()[0]; if (!b) return; const [table, row, column] = JSON.parse(b.dataset.cell); at = { table, row, column }; }
  b.tabIndex = 0;
  b.setAttribute("aria-current", "true");
  tellCell();
  b.focus({ preventScroll: true });
  b.scrollIntoView({ block: "nearest" });
}

// ---- from cells to words and back -------------------------------------------------------------------------------------------

function mentionsOf(place) {
  const row = findRow(place.table, place.row);
  if (!row) return [];
  if (place.column) return row.cells[place.column] ? row.cells[place.column].m : [];
  return [...new Set(Object.values(row.cells).flatMap((c) => c.m))];
}

// Land on a cell, and on its words; the same cell once more goes to its next words.
async function go(table, row, column, land) {
  const again = at && at.table === table && at.row === row && at.column === column;
  at = { table, row, column };
  const ids = mentionsOf(at);
  step = again && land ? step + 1 : 0;
  marked = new Set(ids);
  if (land && ids.length) {
    const m = chart.mentions[ids[step % ids.length]];
    await showNote(m.note, true);
    note.show(m.start);
    pane("notes");
  } else if (land) { say("No words behind this cell"); }
  drawMarks(); drawTimeline(); hideWords();
  if (!land || !narrow()) focusCell(); else focusCellQuietly();
}
$("tables").addEventListener("focusin", (e) => {
  const b = e.target.closest("[data-cell]");
  if (!b || b === here()) return;
  const [table, row, column] = JSON.parse(b.dataset.cell);
  at = { table, row, column };
  marked = new Set(mentionsOf(at));
  focusCellQuietly(); drawMarks();
});
function tellCell() {
  const row = chart && cellOf();
  $("act-cell").textContent = !row ? "" : at.column ? `${called(at.column)}: ${shown(row.cells[at.column].v)}` : `row: ${row.title}`;
  const d = row && chart.differs.find((x) => x.table === at.table && x.row === at.row && x.column === at.column);
  $("act-choices").replaceChildren(...(d ? d.said.map((_, i) => choice(d, i)) : []));
  const outside = row && row.out.startsWith("was not there"); // read since by other rules: it can be taken in
  $("act-accept").disabled = !row || (!!row.out && !outside);
  $("act-reject").disabled = !row || !!row.out;
  $("act-correct").disabled = !row || !!row.out || !at.column;
}
function focusCellQuietly() { for (const b of buttons()) { b.tabIndex = -1; b.removeAttribute("aria-current"); } const b = here(); if (b) { b.tabIndex = 0; b.setAttribute("aria-current", "true"); } tellCell(); }

// look: turn a narrow window to the notes
async function showNote(id, look = false) {
  if (look) pane("notes");
  if (openNote === id) return;
  if (!texts.has(id)) {
    texts.set(id, (await get("note", { id: chart.id, note: id })).text);
    if (texts.size > 8) texts.delete(texts.keys().next().value);
  }
  openNote = id;
  const n = chart.notes.find((x) => x.id === id);
  $("note-title").replaceChildren(`${n.date} ${n.type || "note"}`, el("small", {}, `${chart.notes.indexOf(n) + 1} of ${chart.notes.length} · ${id}`));
  note.open(texts.get(id), aboutMarks);
  drawMarks(); drawTimeline();
}

function used() {
  const by = new Map();
  for (const [table, rows] of Object.entries(chart.rows)) for (const row of rows) if (!row.out) for (const [column, c] of Object.entries(row.cells)) for (const m of c.m) {
    if (!by.has(m)) by.set(m, []);
    by.get(m).push({ table, row: row.id, column });
  }
  return by;
}

function drawMarks() {
  if (!openNote) return;
  const inNote = (id) => chart.mentions[id] && chart.mentions[id].note === openNote;
  const spans = [...used().keys()].filter(inNote).map((id) => ({ id, kind: "used", ...chart.mentions[id] }));
  const have = new Set(spans.map((s) => s.id));
  if (showDrops) for (const d of chart.drops) if (inNote(d.m) && !have.has(d.m)) { have.add(d.m); spans.push({ id: d.m, ...chart.mentions[d.m], kind: "drop" }); }
  note.draw(spans, marked);
  $("drops").setAttribute("aria-pressed", showDrops);
  const n = chart.drops.filter((d) => inNote(d.m)).length;
  $("drops").textContent = `Dropped ${n}`;
  $("drops").hidden = session.mode === "blinded";
}

function aboutMarks(ids) {
  const by = used();
  const parts = ids.map((id) => {
    const m = chart.mentions[id], cells = by.get(id) || [], drops = chart.drops.filter((d) => d.m === id);
    return el("div", { class: "mention" },
      el("p", {}, el("strong", {}, words(m.label.toLowerCase())), ` ${words(m.concept)}`, ...m.context.map((c) => el("span", { class: "chip" }, c))),
      el("p", { class: "rule" }, `found by ${m.rule}${m.section ? ` in ${words(m.section)}` : ""}`),
      cells.length ? el("ul", {}, ...cells.map((c) => el("li", {}, el("button", { type: "button", class: "link", on: { click: () => { go(c.table, c.row, c.column, false); pane("rows"); focusCell(); } } }, `${name(c)} = ${shown(findRow(c.table, c.row).cells[c.column].v)}`)))) : el("p", {}, "no cell uses it"),
      ...drops.map((d) => el("p", { class: "dropped" }, why(d))));
  });
  openWords(...parts);
  note.keep(chart.mentions[ids[0]].start); // the panel takes room from the note
}
function openWords(...parts) {
  $("words").replaceChildren(el("button", { type: "button", class: "close", "aria-label": "Close", on: { click: hideWords } }, "×"), ...parts);
  $("words").hidden = false;
  $("words").scrollTop = 0;
  ($("words").querySelector(".link") || $("words")).focus();
}
function hideWords() { $("words").hidden = true; }

// ---- deciding ---------------------------------------------------------------------------------------------------------------

async function act(request, done) {
  try {
    const answer = await decide(request);
    if (answer.id !== chart.id) return false;
    chart = answer;
    draw();
    if (at && !findRow(at.table, at.row)) at = null;
    if (at) marked = new Set(mentionsOf(at));
    drawMarks(); focusCellQuietly();
    say(`${done}: saved`);
    return true;
  } catch (e) { alertOf(e.message); if (!e.stays) setTimeout(() => $("alert").textContent === e.message && alertOf(""), 6000); return false; }
}

const cellOf = () => at && findRow(at.table, at.row);
async function accept(whole) {
  if (!cellOf()) return;
  const place = { table: at.table, row: at.row };
  const request = whole || !at.column ? { kind: "accept", ...place } : { kind: "accept", ...place, column: at.column };
  request.shown = shownOf(at);
  if (await act(request, whole || !at.column ? "Row accepted" : `${called(at.column)} accepted`)) move(1, whole || !at.column);
}
async function reject(whole) {
  const row = cellOf();
  if (!row) return;
  if (whole || !at.column) { if (await act({ kind: "reject", table: at.table, row: at.row }, "Row rejected")) { at.column = ""; focusCell(); } return; }
  if (await act({ kind: "correct", table: at.table, row: at.row, column: at.column, value: null }, `${called(at.column)} not documented`)) move(1);
}
async function undo() { if (chart && chart.undo) { await act({ kind: "undo" }, "Undone"); focusCell(); } else say("Nothing to undo in this chart"); }
async function finish() { if (chart && (await act({ kind: "complete" }, `Chart ${chart.id} finished`))) await nextChart(); }
async function mark() {
  const span = note.selected();
  if (!cellOf() || !at.column) return say("Choose a cell first, then mark its words");
  if (!span) return say("Select the words first: arrow keys in the note, with Shift to stretch, or / to find");
  await act({ kind: "mark", table: at.table, row: at.row, column: at.column, note_id: openNote, ...span }, `Marked for ${called(at.column)}`);
  getSelection().removeAllRanges();
}

function move(by, rows = false) {
  const all = buttons();
  let i = all.indexOf(here());
  if (i < 0) i = 0;
  else if (!rows) i = Math.max(0, Math.min(all.length - 1, i + by));
  else do i += by; while (all[i] && !all[i].classList.contains("head"));
  const b = all[Math.max(0, Math.min(all.length - 1, i))];
  if (!b) return;
  const [table, row, column] = JSON.parse(b.dataset.cell);
  go(table, row, column, false);
  const ids = mentionsOf(at);
  if (ids.length && !narrow()) showNote(chart.mentions[ids[0]].note).then(() => { if (at && at.row === row && at.column === column) note.show(chart.mentions[ids[0]].start); });
}

// ---- the editor -------------------------------------------------------------------------------------------------------------

let save = async () => false;
function choices(column) {
  if (column.values.length) return column.values.map((v) => [v, words(v)]);
  if (column.type === "boolean") return [["true", "yes"], ["false", "no"]];
  if (column.link) return chart.rows[column.link].filter((r) => !r.out).map((r) => [r.id, r.title]);
  return null;
}
function field(column, value, id) {
  const some = choices(column);
  const text = value === null || value === undefined ? "" : String(value);
  const hint = column.type === "date" ? "2019-03-12, 2019-03 or 2019" : column.type === "text" ? "" : "a number";
  const input = some
    ? el("select", { id }, el("option", { value: "" }, "not documented"), ...some.map(([v, t]) => el("option", { value: v, selected: v === text }, t)))
    : el("input", { id, value: text, autocomplete: "off", inputmode: ["number", "integer"].includes(column.type) ? "decimal" : null, placeholder: hint });
  return el("div", { class: "field" }, el("label", { for: id }, called(column.name)), input, el("small", {}, column.doc));
}
const valueOf = (id) => $(id).value.trim() || null;

function openEditor(title, fields, onSave) {
  $("editor-title").textContent = title;
  $("editor-fields").replaceChildren(...fields);
  $("editor-error").textContent = "";
  save = onSave;
  $("editor").showModal();
  const first = $("editor-fields").querySelector("select, input");
  if (first) { first.focus(); if (first.select) first.select(); }
}
function edit() {
  const row = cellOf();
  if (!row || row.out) return;
  if (!at.column) return say("Choose a cell of this row to correct");
  const place = { ...at }, column = session.schema[at.table].columns.find((c) => c.name === at.column);
  openEditor(`Correct ${called(at.column)}`, [field(column, row.cells[at.column].v, "edit-value")], () => ({ kind: "correct", ...place, value: valueOf("edit-value") }));
}
function add() {
  if (!chart) return;
  const tables = Object.keys(session.schema).filter((t) => t !== "patients");
  const now = at && tables.includes(at.table) ? at.table : "procedures";
  const chooser = el("select", { id: "add-table" }, ...tables.map((t) => el("option", { value: t, selected: t === now }, words(t))));
  const rest = el("div", { class: "grid" });
  const fill = () => rest.replaceChildren(...session.schema[chooser.value].columns.map((c) => field(c, likely(c), `add-${c.name}`)));
  chooser.addEventListener("change", fill);
  fill();
  openEditor("Add a row", [el("div", { class: "field" }, el("label", { for: "add-table" }, "table"), chooser), rest], () => {
    const cells = {};
    for (const c of session.schema[chooser.value].columns) if (valueOf(`add-${c.name}`) !== null && !(c.name.endsWith("_precision"))) cells[c.name] = valueOf(`add-${c.name}`);
    return { kind: "add", table: chooser.value, cells };
  });
}
// The only session there is, or the one that the cursor stands on.
function likely(column) {
  if (!column.link || column.name === "retreatment_of") return null;
  const live = chart.rows[column.link].filter((r) => !r.out);
  const on = at && at.table === column.link && live.find((r) => r.id === at.row);
  return on ? on.id : live.length === 1 ? live[0].id : null;
}
$("editor-form").addEventListener("submit", async (e) => {
  e.preventDefault();
  if (saving()) return; // Enter pressed twice is one decision
  const request = save();
  saving(true);
  try {
    const before = new Set((chart.rows[request.table] || []).map((r) => r.id));
    chart = await decide(request);
    $("editor").close();
    draw();
    const made = request.kind === "add" && chart.rows[request.table].find((r) => !before.has(r.id));
    if (made) at = { table: request.table, row: made.id, column: "" };
    marked = new Set(at ? mentionsOf(at) : []);
    drawMarks(); focusCell();
    say(request.kind === "add" ? "Row added: saved" : `${called(request.column)} corrected: saved`);
  } catch (error) { $("editor-error").textContent = error.message; } finally { saving(false); }
});
function saving(now) {
  const button = $("editor").querySelector("[type=submit]");
  if (now !== undefined) { button.setAttribute("aria-disabled", now); button.textContent = now ? "Saving…" : "Save"; }
  return button.getAttribute("aria-disabled") === "true";
}
for (const b of document.querySelectorAll("[data-close]")) b.addEventListener("click", () => b.closest("dialog").close());

// ---- keys -------------------------------------------------------------------------------------------------------------------

const KEYS = [
  ["Move", [["↓ ↑  j k", "next, previous cell"], ["J K", "next, previous row"], ["Enter", "land on the cell's words; again: its next words"], ["[ ]", "note before, next note"], ["g", "go into the note's text; Esc comes back"], ["N", "next chart in the list"], ["l", "list of charts"]]],
  ["Decide", [["a", "accept the cell"], ["A", "accept the whole row"], ["c", "correct the cell"], ["x", "reject the cell: not documented"], ["X", "reject the whole row"], ["n", "add a row"], ["u", "undo"], ["f", "finish the chart"], ["1 2", "settle: take the first, second reader's"]]],
  ["Words", [["← → ↑ ↓", "in the note: word by word; with Shift: stretch"], ["/ Enter", "find in the note and select; again: the next place"], ["m", "mark the selected words for the cell"], ["Tab, Enter", "in the note: to a mark, what it is used for"], ["d", "dropped candidates"], ["?", "this help"]]],
];
$("keys").append(...KEYS.map(([title, keys]) => el("section", {}, el("h3", {}, title), el("dl", {}, ...keys.flatMap(([k, what]) => [el("dt", {}, ...k.split(" ").filter(Boolean).map((x) => el("kbd", {}, x))), el("dd", {}, what)])))));

function stepNote(by) {
  if (!chart) return;
  const i = chart.notes.findIndex((n) => n.id === openNote) + by;
  if (chart.notes[i]) showNote(chart.notes[i].id);
}
function toggleDrops() {
  if (!chart || session.mode === "blinded") return;
  showDrops = !showDrops;
  drawMarks();
  if (!showDrops) { hideWords(); focusCell(); return say("Dropped candidates are hidden"); }
  const here = chart.drops.filter((d) => chart.mentions[d.m].note === openNote).sort((a, b) => chart.mentions[a.m].start - chart.mentions[b.m].start);
  pane("notes");
  openWords(el("h3", {}, `Dropped in this note: ${here.length}`), el("ol", {}, ...here.map((d) => el("li", {},
    el("button", { type: "button", class: "link", on: { click: () => showDrop(d) } }, d.text), " ", el("span", { class: "dropped" }, why(d))))));
}
function showDrop(d) {
  marked = new Set([d.m]);
  drawMarks();
  note.show(chart.mentions[d.m].start);
}
const why = (d) => `${d.table === "mentions" ? "passed over" : `no row of ${words(d.table)}`}: ${d.reason}`;
function openFind() { $("find").hidden = false; pane("notes"); $("find-text").focus(); $("find-text").select(); }
function settleHere(i) {
  const d = chart.differs.find((x) => at && x.table === at.table && x.row === at.row && x.column === at.column);
  if (d && i < d.said.length) settle(d, i).then(() => { const n = chart.differs.find((x) => x.open); if (n) go(n.table, n.row, n.column, true); });
}
const ACTIONS = {
  j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), J: () => move(1, true), K: () => move(-1, true),
  a: () => accept(false), A: () => accept(true), c: edit, x: () => reject(false), X: () => reject(true), n: add, m: mark, u: undo, f: finish,
  "[": () => stepNote(-1), "]": () => stepNote(1), d: toggleDrops, "/": openFind, l: () => toggleList(), N: nextChart, g: () => { pane("notes"); $("text").focus(); },
  "?": () => $("help").showModal(), 1: () => settleHere(0), 2: () => settleHere(1), 3: () => settleHere(2),
};
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
  const typing = e.target.closest("input, select, textarea");
  if (e.key === "Escape") {
    if (!$("list").hidden) return toggleList(false);
    if (!$("find").hidden && typing) { $("find").hidden = true; return $("text").focus(); }
    if (!$("words").hidden) hideWords();
    pane("rows"); return focusCell();
  }
  if (typing || !chart) return;
  if ($("text").contains(e.target) && e.key.startsWith("Arrow")) { e.preventDefault(); return note.move(e.key, e.shiftKey); }
  if (!$("keys-on").checked && e.key !== "?") return;
  if (e.key.startsWith("Arrow") && !e.target.closest("#tables") && e.target !== document.body) return;
  const action = ACTIONS[e.key];
  if (action) { e.preventDefault(); action(); }
});

// ---- panes of a narrow screen -----------------------------------------------------------------------------------------------

const narrow = () => matchMedia("(max-width: 900px)").matches;
function pane(name) {
  $("main").dataset.pane = name;
  for (const b of $("panes").querySelectorAll("button")) b.setAttribute("aria-pressed", b.dataset.pane === name);
}
for (const b of $("panes").querySelectorAll("button")) b.addEventListener("click", () => pane(b.dataset.pane));

const click = { "list-toggle": () => toggleList(), "list-close": () => toggleList(false), "act-accept": () => accept(false), "act-correct": edit, "act-reject": () => reject(false), undo, finish, add, mark, drops: toggleDrops, "note-before": () => stepNote(-1), "note-after": () => stepNote(1), "help-open": () => $("help").showModal() };
for (const [id, what] of Object.entries(click)) $(id).addEventListener("click", what);
$("page-before").addEventListener("click", () => { list.offset = Math.max(0, list.offset - list.limit); drawList(); });
$("page-after").addEventListener("click", () => { list.offset += list.limit; drawList(); });
$("list-form").addEventListener("submit", (e) => e.preventDefault());
$("list-form").addEventListener("input", () => { list = { ...list, show: $("list-show").value, q: $("list-find").value, offset: 0 }; drawList(); });
const tellFound = ({ count }) => { $("find-count").textContent = count ? `${count} found` : "none"; };
$("find").addEventListener("submit", (e) => { e.preventDefault(); tellFound(note.find($("find-text").value, true)); });
$("find-text").addEventListener("input", () => tellFound(note.find($("find-text").value, false)));
// a click on a button must not take away the selection that it is about
$("mark").addEventListener("mousedown", (e) => e.preventDefault());

async function start() {
  session = await get("session");
  $("who").textContent = session.mode === "review" ? session.reviewer : `${session.reviewer} · ${session.mode === "blinded" ? "blinded" : "settling " + session.readers.map((_, i) => reader(i)).join(", ")}`;
  pane("rows");
  $("rows-key").hidden = session.mode === "blinded";
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (wanted) await openChart(wanted);
  if (!chart) await nextChart();
  document.body.dataset.ready = "1";
}
start().catch((e) => alertOf(e.message || "The server does not answer"));
