// One row and the contacts behind what is red there; and, for supervisors, the agents.
import {$, called, facts, make, say} from "./draw.js";
import {fill, keyed} from "./keep.js";
import {STATES, span, time} from "./words.js";

async function ask(path) {
  const answer = await fetch(path, {cache: "no-store", signal: AbortSignal.timeout(15000)});
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.problem || `The worker answers ${answer.status}.`);
  return said;
}
function table(caption, names, lines) {
  const head = names.map(name => { const cell = make("th", "", name); cell.scope = "col"; return cell; });
  return make("table", "", null, make("caption", "", caption), make("thead", "", null, make("tr", "", null, ...head)),
    make("tbody", "", null, ...lines.map(cells => keyed(cells[0], make("tr", "", null, ...cells.map(text => make("td", "", text)))))));
}
function into(box, id, title, ...children) {
  if (!box.firstChild) {
    const back = make("a", "back", "← All queues"), heading = make("h2", "", title);
    back.href = "#desk"; heading.id = id; heading.tabIndex = -1;
    box.append(back, heading, make("div"));
    heading.focus();
  }
  say(box.querySelector("h2"), title);
  fill(box.lastChild, children);
}

export async function detail(key, zone, current) {
  try {
    const {at, row, groups, nobody, named} = await ask(`api/board/row?key=${encodeURIComponent(key)}`);
    if (!current()) return;
    const broken = row.broken.map(one => make("li", one.severity, `✕ ${one.title}: ${one.says}, since ${time(one.since, zone)} (${span(at - one.since)})`));
    const moment = one => time(one.since, zone, {weekday: "short", hour: "2-digit", minute: "2-digit"});
    const lines = {
      true: group => [["Contact", "missed at", "took", "then"], one => [one.contact, moment(one), span(one.took), one.became + (one.agent ? `, now with ${one.agent}` : "")]],
      false: group => [["Contact", group.since, "for"], one => [one.contact, moment(one), span(at - one.since)]],
    };
    const listed = groups.map(group => {
      const [names, cells] = lines[Boolean(group.missed)](group);
      return table(`${group.title}${group.says ? `: ${group.says}` : ""}`, names, group.contacts.map(cells));
    });
    into($("detail"), "detail-title", called(row), broken.length ? make("ul", "told", null, ...broken) : make("p", "", "✓ All standards are kept."),
      make("p", "cause", row.cause), facts(row, at), ...listed,
      ...(nobody ? [make("p", "note", nobody)] : []),
      ...(listed.length && !named ? [make("p", "note", "Contacts stand under pseudonyms; a supervisor sees their ids.")] : []));
  } catch (problem) {
    if (current()) into($("detail"), "detail-title", "Queue", make("p", "", problem.message));
  }
}

export async function agents(zone, current) {
  try {
    const {at, agents: found} = await ask("api/board/agents");
    if (!current()) return;
    into($("agents"), "agents-title", "Agents", found.length ? table(`${found.length} logged in`, ["Agent", "State", "Since", "For", "Queues"],
      found.map(one => [one.agent, STATES[one.state] + (one.reason ? `: ${one.reason}` : ""), time(one.since, zone), span(at - one.since), one.queues.join(", ")]))
      : make("p", "", "Nobody is logged in."));
  } catch (problem) {
    if (current()) into($("agents"), "agents-title", "Agents", make("p", "", problem.message));
  }
}
