// The wallboard: keeps what the worker tells over server-sent events, and shows the view that the address names.
import {$, called, desk, say, totals, wall} from "./draw.js";
import {agents, detail} from "./detail.js";
import {span, time} from "./words.js";

const SILENT = 5000;  // ms without a word from the worker: it tells something each second
const SAID = 3;  // rows in one announcement: more would be a list to listen to
const READ = 3000;  // ms that an announcement stands: one that goes at once some screen readers pass over
let board = null, heard = 0, opened = performance.now(), sick = null, announced = 0, detailed = 0;

function take(told) {
  const rows = told.whole || board === null ? new Map() : board.rows;
  for (const [key, row] of Object.entries(told.rows)) rows.set(key, row);
  const there = new Set(told.order);
  for (const key of [...rows.keys()]) if (!there.has(key)) rows.delete(key);
  board = {...told, rows};
  heard = performance.now();
  $("to-agents").hidden = !told.agents;
  if (told.centre && told.centre.name) say($("centre"), told.centre.name);
  announce();
  show();
}
const zone = () => board && board.centre ? board.centre.zone : undefined;
// The time of the figures, going on with our own clock where theirs is the time of day; what is old does not grow older unseen.
const now = () => board.clock === "played" || document.body.classList.contains("stale") ? board.age.shown : board.at + (performance.now() - heard);

// What is new is said to screen readers, once; the rest they read when they want to. A row is new again with each graver standard,
// and with one that is broken again after it was kept: the same words are news only once they have gone in between.
function announce() {
  const broken = [...board.rows.values()].filter(row => row.broken.length), id = (row, one) => JSON.stringify([row.key, one.standard, one.severity]);
  const fresh = sick === null ? [] : broken.filter(row => !sick.has(id(row, row.broken[0]))).map(row => `${called(row)}: ${row.broken[0].says}`);
  sick = new Set(broken.flatMap(row => row.broken.map(one => id(row, one))));
  if (fresh.length) {
    say($("news"), fresh.slice(0, SAID).join(". ") + (fresh.length > SAID ? `. And ${fresh.length - SAID} more.` : ""));
    announced = performance.now();
  } else if (performance.now() - announced > READ) say($("news"), "");
}

function view() {
  const [name, key] = location.hash.slice(1).split("=");
  return {name: ["desk", "row", "agents"].includes(name) ? name : "wall", key: key ? decodeURIComponent(key) : ""};
}
function show() {
  age();
  if (board === null) return;
  const {name, key} = view();
  if (name === "wall") { wall(board, now(), zone()); totals(board.head, now()); }
  if (name === "desk") desk(board, now(), $("filter").value);
  // Who looks at contacts or agents is noted: they are asked for now and then, not each second.
  if ((name === "row" || name === "agents") && performance.now() - detailed > 10000) {
    detailed = performance.now();
    const current = () => location.hash.slice(1).split("=")[0] === name && view().key === key;
    if (name === "row") detail(key, zone(), current); else agents(zone(), current);
  }
}
function turn() {
  const {name} = view();
  document.body.className = `at-${name} ${document.body.classList.contains("stale") ? "stale" : ""}`;
  for (const [id, names] of Object.entries({wall: ["wall"], totals: ["wall"], desk: ["desk"], detail: ["row"], agents: ["agents"]})) $(id).hidden = !names.includes(name);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.id === `to-${name}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  $("detail").replaceChildren(); $("agents").replaceChildren();
  detailed = -Infinity;
  show();
}

// How old it is: red when the worker says so, or says nothing.
function age() {
  const quiet = performance.now() - (board === null ? opened : heard), silent = quiet > SILENT;
  const stale = silent || (board !== null && board.age.stale);
  let says = board === null ? "" : board.age.says;
  if (silent) says = board === null ? "No data: the worker does not answer." : `These figures are ${span(quiet + board.age.age)} old: the worker does not answer.`;
  document.body.classList.toggle("stale", stale);
  $("banner").hidden = !says;
  say($("banner"), says);
  // For those who listen: said once, and not again for each second that it grows older.
  say($("alarm"), !stale ? "" : silent ? "Stale: the worker does not answer." : "Stale: these figures are old.");
  const old = board === null ? 0 : board.age.age + (silent ? quiet : 0);
  say($("state"), stale ? "✕ stale" : board === null ? "connecting" : board.clock === "played" ? "▶ played day" : `● live, ${Math.round(old / 1000)} s old`);
  if (board !== null) say($("clock"), time(board.age.shown, zone(), {weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit"}));
}

function connect() {
  const events = new EventSource("api/board/events");
  events.addEventListener("board", event => take({...JSON.parse(event.data), whole: true}));
  events.addEventListener("change", event => take(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    // A worker that refuses or is gone for long ends the stream for good: begin anew. Who is signed out is asked to sign in.
    if (events.readyState !== EventSource.CLOSED) return;
    fetch("api/board/row", {cache: "no-store"}).then(answer => { if (answer.status === 401) location.assign("sign-in"); }).catch(() => {});
    setTimeout(connect, 2000);
  });
}

const paint = theme => { document.documentElement.dataset.theme = theme; };
const asked = new URLSearchParams(location.search), dark = matchMedia("(prefers-color-scheme: dark)"), wished = asked.get("theme");
paint(["dark", "light"].includes(wished) ? wished : dark.matches ? "dark" : "light");
dark.addEventListener("change", () => { if (!wished) paint(dark.matches ? "dark" : "light"); });
$("theme").addEventListener("click", () => paint(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
$("filter").addEventListener("input", show);
addEventListener("hashchange", turn);
// Who speaks to the browser says letters without meaning a key: keys that are letters can be switched off, for good by the address.
let letters = asked.get("keys") !== "off";
const tellKeys = () => say($("keys"), letters ? "Keys on" : "Keys off");
$("keys").addEventListener("click", () => { letters = !letters; tellKeys(); });
addEventListener("keydown", event => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const to = {...(letters ? {w: "#wall", d: "#desk"} : {}), Escape: view().name === "row" ? "#desk" : "#wall"}[event.key];
  if (to) location.hash = to;
});
setInterval(show, 1000);
tellKeys();
turn();
connect();
