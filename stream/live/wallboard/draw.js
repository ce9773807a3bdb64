// Draws what the worker says. Text is only ever set as text, so that nothing from the data becomes markup.
import {fill, keyed} from "./keep.js";
import {NONE, count, known, lasting, percent, span, time} from "./words.js";

export const $ = id => document.getElementById(id);
export function make(tag, classes, text, ...children) {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  if (known(text)) node.textContent = text;
  node.append(...children);
  return node;
}
export function say(node, text) { if (node.textContent !== text) node.textContent = text; }
export const called = row => row.kind ? `${row.name} · ${row.kind}` : row.name;
export const address = row => `#row=${encodeURIComponent(row.key)}`;
const REAL_TIME = ["call", "chat"];

const pair = (name, value, red, more) => keyed(name, make("div", red ? "red" : "", null, make("dt", "", name),
  make("dd", "", value, ...(more ? [make("small", "", more)] : []))));
const late = (row, now) => !row.closed && known(row.oldest_since) && known(row.wait_target) && now - row.oldest_since > row.wait_target * 1000;
const many = row => !row.closed && known(row.waiting) && known(row.waiting_target) && row.waiting > row.waiting_target;
// What is promised of nine in ten is not promised of the one who waits longest.
const promised = row => !known(row.wait_target) ? "" : known(row.wait_share) ? `${percent([row.wait_share, 1])} in ${span(row.wait_target * 1000)}` : `at most ${span(row.wait_target * 1000)}`;
const atMost = target => known(target) ? `at most ${target}` : "";

function staff(states) {
  if (!known(states)) return [pair("agents", "unknown")];
  const inside = Object.values(states).some(Boolean);
  return [["available", states.available, !inside], ["on contact", (states.on_contact || 0) + (states.reserved || 0)], ["wrap-up", states.wrap_up], ["paused", states.paused]]
    .map(([name, value, red]) => pair(name, count(value || 0), red));
}
// The figures of a row, in reading order: who waits, who is there, how well it goes, who gave up, who is owed an answer.
export function facts(row, now) {
  const target = row.level && row.level.target, wait = known(row.oldest_since) ? now - row.oldest_since : null, shown = [
    pair("waiting", count(row.waiting), many(row), atMost(row.waiting_target)),
    pair("longest", span(wait), late(row, now), promised(row)),
    ...staff(row.agents)];
  if (row.level) shown.push(
    pair(`in ${span(row.level.within * 1000)}`, percent(row.level_30m), row.missed_30m && !row.closed, known(target) ? `at least ${percent([target, 1])}` : "30 min"),
    pair("today", percent(row.level_day), row.missed_day));
  if (REAL_TIME.includes(row.channel)) shown.push(pair("gave up", count(row.abandoned)), pair("callbacks", count(row.callbacks)));
  else if (row.channel) shown.push(pair("overdue", count(row.overdue), row.overdue > 0), pair("due in 60 min", count(row.due_60m)));
  return make("dl", "facts", null, ...shown);
}

export function wallRow(row, now, zone) {
  const title = make("h3", "", null, make("a", "", called(row))), worst = row.broken[0];
  title.firstChild.href = address(row);
  if (!worst) return make("li", "row over", null, title, make("p", "cause", "✓ kept again"));
  const more = row.broken.length > 1 ? ` and ${row.broken.length - 1} more broken` : "";
  // What stands there is the gravest, and so is its time: what is broken beside it may have been so for longer.
  const first = known(row.first_since) ? ` (first since ${time(row.first_since, zone)})` : "";
  return make("li", `row broken ${worst.severity}`, null, title,
    make("p", "what", null, make("b", "", `✕ ${worst.says}`), `${more} · since ${time(row.since, zone)}, for ${lasting(now - row.since)}${first}`),
    make("p", "cause", row.cause), facts(row, now));
}

function free(place) {
  const node = keyed(`free ${place}`, make("li", "row free"));
  node.setAttribute("aria-hidden", "true");
  return node;
}
const queues = number => `${number} ${number === 1 ? "queue" : "queues"}`;
// The wall: at most eight rows, each in the place that the worker gives it.
export function wall(board, now, zone) {
  const shown = board.wall.map((key, place) => board.rows.has(key) ? keyed(key, wallRow(board.rows.get(key), now, zone)) : free(place));
  fill($("rows"), shown);
  const head = board.head, places = new Set(board.wall), more = [...board.rows.values()].filter(row => row.broken.length && !places.has(row.key)).length;
  const left = head.left_waiting ? `, ${head.left_waiting} still waiting there` : "";
  const shut = head.closed ? (head.closed === head.queues ? `${head.queues > 1 ? `All ${queues(head.queues)}` : "The only queue is"} closed${left}.` : `${queues(head.closed)} closed${left}.`) : "";
  // Beside a breach over several queues each of them may be fine, which is not all that there is to say of the centre.
  const alone = head.wider ? " by themselves: what is in breach is of several together" : "";
  const fine = !head.queues ? "No queue is known yet." : head.fine === head.queues ? `${head.fine > 1 ? `All ${queues(head.fine)}` : "The only queue is"} fine${alone}.` : head.fine ? `${queues(head.fine)} fine.` : "";
  say($("fine"), [more ? `${more} more in breach: see Desk.` : "", fine, shut].filter(Boolean).join(" "));
  $("fine").classList.toggle("left", Boolean(head.left_waiting || more));
  document.body.classList.toggle("full", shown.filter(row => !row.classList.contains("free")).length > 6);
  say($("wall-title"), !head.rows_broken ? "No queue in breach" : head.wider === head.rows_broken ? "In breach over several queues" : "Queues in breach");
  document.body.classList.toggle("calm", !head.rows_broken);
}

export function totals(head, now) {
  const level = head.level, states = head.agents || {}, unknown = !known(head.agents);
  const state = name => unknown ? "unknown" : count(states[name] || 0), name = level ? `${level.channel} in ${span(level.within * 1000)}` : "In time";
  fill($("figures"), [
    pair(head.spoken ? "Calls, chats waiting" : "Waiting", count(head.waiting)), pair(head.spoken ? "Longest of them" : "Longest", span(known(head.oldest_since) ? now - head.oldest_since : null)),
    pair("Available", state("available")), pair("On contact", unknown ? "unknown" : count((states.on_contact || 0) + (states.reserved || 0))),
    pair("Wrap-up", state("wrap_up")), pair("Paused", state("paused")),
    pair(`${name}, 30 min`, percent(head.level_30m), head.missed_30m, head.level_30m ? `of ${head.level_30m[1]}` : ""),
    pair("Today", percent(head.level_day), head.missed_day, head.level_day ? `of ${head.level_day[1]}` : ""),
    pair("Gave up today", count(head.abandoned), false, known(head.offered) ? `of ${head.offered}` : ""),
    known(head.callbacks_due) ? pair("Callbacks due", count(head.callbacks_due)) : pair("Callbacks asked today", count(head.callbacks)),
    pair("Mail, social overdue", count(head.overdue), head.overdue > 0), pair("Due in 60 min", count(head.due_60m))]);
}

const COLUMNS = ["Queue", "Standards", "Waiting", "Longest", "Available", "On contact", "Wrap-up", "Paused", "30 min", "Today", "Gave up", "Callbacks", "Overdue", "Due in 60 min"];
export function desk(board, now, wanted) {
  const table = $("lines"), word = wanted.trim().toLowerCase(), lines = board.order.map(key => board.rows.get(key)).filter(row => row && called(row).toLowerCase().includes(word));
  if (!table.tHead) table.append(make("caption", "hidden", "Every queue and channel, those in breach first"),
    make("thead", "", null, make("tr", "", null, ...COLUMNS.map(name => { const cell = make("th", "", name); cell.scope = "col"; return cell; }))), make("tbody"));
  fill(table.tBodies[0], lines.map(row => keyed(row.key, deskLine(row, now))));
  say($("matches"), word ? `${lines.length} found` : "");
}
function deskLine(row, now) {
  const state = name => known(row.agents) ? count(row.agents[name] || 0) : "unknown";
  const cell = (text, red) => make("td", red ? "red" : "", red ? `✕ ${text}` : text);
  const name = make("th", "", null, make("a", "", called(row)));
  name.scope = "row"; name.firstChild.href = address(row);
  const async = row.channel && !REAL_TIME.includes(row.channel);
  return make("tr", row.broken.length ? `broken ${row.broken[0].severity}` : "", null, name,
    cell(row.broken.length ? `✕ ${row.broken.length} broken` : row.closed ? "closed" : "✓ fine"),
    cell(count(row.waiting), many(row)), cell(known(row.oldest_since) ? span(now - row.oldest_since) : NONE, late(row, now)),
    ...["available", "on_contact", "wrap_up", "paused"].map(one => cell(state(one))),
    cell(percent(row.level_30m), row.missed_30m && !row.closed), cell(percent(row.level_day), row.missed_day),
    cell(async ? NONE : count(row.abandoned)), cell(async ? NONE : count(row.callbacks)), cell(count(row.overdue), row.overdue > 0), cell(count(row.due_60m)));
}
