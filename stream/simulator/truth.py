"""What really happened on a synthetic day, noted as it happens and counted without a line of `stream.core`.

Only the simulation writes here; `stream.simulator.expected` counts. The report has the shape of `answerable replay --report json`,
so that the two can be laid side by side.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from stream.simulator.expected import measures, still_waiting
from stream.simulator.of_agents import Hand, Spell, agent_measures, staffed, utilisation
from stream.simulator.of_customers import retention
from stream.simulator.of_hours import accessibility, left_at_closing
from stream.simulator.of_issues import issue_measures
from stream.simulator.of_patience import dropout

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from stream.simulator.matters import Matter
    from stream.simulator.of_customers import Status
    from stream.simulator.of_issues import Spans
    from stream.simulator.of_patience import End

Place = tuple[str, str]
"""(queue, channel)."""


@dataclass(slots=True)
class Tally:
    """The notes about one queue and channel. Times are milliseconds.

    stays: (since, until) of each wait. rings: all ringing until an answer; waited_rings: the wait of a call that never rang.
    surveys: (what was asked, the grade or None while it is only sent). evaluations: what was met of the checklist.
    ends: how each wait for a person ended.
    """

    records: int = 0
    begun: int = 0
    handed_off: int = 0
    offered: int = 0
    out_of_hours: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    abandoned_before_queue: int = 0
    flowed_out: int = 0
    lost: int = 0
    transferred: int = 0
    requeued: int = 0
    ring_missed: int = 0
    closed: int = 0
    reopened: int = 0
    self_served: int = 0
    escalated: int = 0
    waits: list[int] = field(default_factory=list)
    abandon_waits: list[int] = field(default_factory=list)
    callbacks: list[int] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    talks: list[int] = field(default_factory=list)
    holds: list[int] = field(default_factory=list)
    rings: list[int] = field(default_factory=list)
    waited_rings: list[int] = field(default_factory=list)
    kept_waiting: list[int] = field(default_factory=list)
    first_responses: list[int] = field(default_factory=list)
    first_since_handoff: list[int] = field(default_factory=list)
    first_responses_waived: list[int] = field(default_factory=list)
    responses: list[int] = field(default_factory=list)
    responses_waived: list[int] = field(default_factory=list)
    acknowledgements: list[int] = field(default_factory=list)
    automatic_acknowledgements: list[int] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    stays: list[tuple[int, int]] = field(default_factory=list)
    surveys: list[tuple[str, int | None]] = field(default_factory=list)
    evaluations: list[dict[str, bool]] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another tally's notes in."""
        for each in fields(self):
            mine, its = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, int):
                setattr(self, each.name, mine + its)
            else:
                mine.extend(its)


OF_SURVEYS: Final = ("csat", "nps", "ces", "ces_by_scale", "things_gone_wrong", "awareness", "customer_success", "checklist", "evaluated")
"""What is noted by group of customers; what happens to their contacts is noted by queue and channel only."""


@dataclass(slots=True)
class Truth:
    """The notes of a day by (queue, channel); complete when the simulation has ended.

    of_groups: by group of customers, what is known to be theirs; it is in `tallies` too. groups: those that the centre knows.
    declared: by queue, what the centre says of it besides its name, as (dimension, value). cadence, instant: the centre's, in ms.
    matters: the issues. opening: by queue, when it is open. ended: when the last event was (ms).
    spells: what people did, and in `last_spells` since when they do what they do now; hands: what they had in hand,
    and in `in_hand`, by contact and person, what they have now.
    statuses: who became a customer or ceased to be one. zone, dropout_share: the centre's.
    """

    tallies: defaultdict[Place, Tally] = field(default_factory=lambda: defaultdict(Tally))
    of_groups: dict[str, defaultdict[Place, Tally]] = field(default_factory=dict)
    events: int = 0
    lunch: tuple[int, int] = (0, 0)
    declared: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    matters: list[Matter] = field(default_factory=list)
    opening: dict[str, Spans] = field(default_factory=dict)
    ended: int = 0
    spells: list[Spell] = field(default_factory=list)
    last_spells: dict[str, Spell] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    hands: list[Hand] = field(default_factory=list)
    in_hand: dict[str, dict[str, Hand]] = field(default_factory=dict)
    zone: tzinfo = UTC
    dropout_share: float = 0.1
    cadence: int = 6_000
    instant: int = 5_000

    def report(self) -> dict[str, Any]:
        """The whole, each queue, each channel, each of both and what is declared besides, as one JSON object."""
        return {
            "events": self.events,
            "lunch": {"from_ms": self.lunch[0], "to_ms": self.lunch[1]},
            "scopes": [{"scope": scope, "measures": self.measures(scope)} for scope in self.scopes()],
        }

    def measures(self, scope: dict[str, str]) -> dict[str, Any]:
        """The measures of a scope by their names in the report."""
        tally = self.sum(**scope)
        found = measures(tally, cadence=self.cadence, instant=self.instant)
        found |= still_waiting(tally.stays, self.ended)
        found["retention"] = retention([] if scope else self.statuses, self.zone, self.ended)
        if scope.keys() <= {"queue", "channel"}:
            found |= agent_measures(self.spells_of(**scope), tally.offered, self.ended)
            found["utilisation"] = self.utilisation(**scope)
            found["staffed"] = staffed(self.spells_of(**scope))
            spans = self.spans_of(**scope)
            if spans:
                found["left_at_closing"] = left_at_closing(tally.stays, spans, self.ended)
                found["accessibility"] = accessibility(self.spells_of(**scope), spans, self.ended)
        if "group" in scope:
            found = {name: value for name, value in found.items() if name in OF_SURVEYS}
        if not self.matters:
            return found  # Nobody said what the contacts are about, so nothing is known of issues.
        matters = [matter for matter in self.matters if self.about(matter, **scope)]
        return {**found, **issue_measures(matters, self.matters, self.opening, self.ended)}

    def change(self, agent: str, queues: tuple[str, ...], channels: tuple[str, ...], state: str, now: int) -> None:
        """A person is in another state from now on."""
        last = self.last_spells.get(agent)
        if last is not None:
            last.until = now
        self.last_spells[agent] = Spell(agent, queues, channels, state, now)
        self.spells.append(self.last_spells[agent])

    def take_in_hand(self, agent: str, contact: str, queue: str, channel: str, now: int) -> None:
        """A person has a contact in hand from now on."""
        held = self.in_hand.setdefault(contact, {})
        if agent not in held:
            held[agent] = Hand(agent, contact, queue, channel, now)
            self.hands.append(held[agent])

    def let_go(self, contact: str, now: int) -> None:
        """Nobody has the contact in hand any more."""
        for hand in self.in_hand.pop(contact, {}).values():
            hand.until = now

    def beat(self, agent: str, slots: dict[str, int], now: int) -> None:
        """A person's system says how many contacts at once they may have by channel: until it says the next state."""
        last = self.last_spells.get(agent)
        if last is not None:
            self.change(agent, last.queues, last.channels, last.state, now)
            self.last_spells[agent].slots = slots

    def dropout(self, scope: dict[str, str], since: int, until: int) -> dict[str, Any]:
        """When the first customers give up, of those offered from `since` to `until` (ms)."""
        ends = [end for end in self.sum(**scope).ends if since <= end[0] < until]
        return dropout(ends, self.dropout_share)

    def utilisation(self, queue: str | None = None, channel: str | None = None) -> float | None:
        """Contacts in hand by those that could be, over time."""
        channels = {place[1] for place in self.tallies if place[0] == queue} if queue is not None else None
        wanted = {channel} if channel is not None else channels
        hands = [hand for hand in self.hands if queue in {None, hand.queue} and channel in {None, hand.channel}]
        return utilisation(self.spells_of(queue, channel), hands, wanted, self.ended)

    def spells_of(self, queue: str | None = None, channel: str | None = None) -> list[Spell]:
        """What the people did who serve this queue and channel."""
        return [spell for spell in self.spells if queue in {None, *spell.queues} and channel in {None, *spell.channels}]

    def spans_of(self, queue: str | None = None, channel: str | None = None) -> list[tuple[int, int]]:
        """When any of these queues is open; nothing where one always is."""
        places = [place for place in self.tallies if queue in {None, place[0]} and channel in {None, place[1]}]
        opening = [self.opening[place[0]] for place in places]
        return [] if None in opening else [span for spans in opening for span in spans or ()]

    def about(self, matter: Matter, queue: str | None = None, channel: str | None = None, group: str = "", **declared: str) -> bool:
        """Whether an issue belongs to a scope."""
        here = queue in {None, matter.queue} and channel in {None, matter.channel}
        return here and (not group or matter.vip) and set(declared.items()) <= self.declared.get(matter.queue, frozenset())

    def tallies_of(self, place: Place, groups: Iterable[str]) -> list[Tally]:
        """Every tally that something about customers of these groups is noted in."""
        tallies = [self.of_groups.setdefault(group, defaultdict(Tally))[place] for group in groups if group in self.groups]
        return [self.tallies[place], *tallies]

    def tier(self, queue: str) -> str:
        """The tier that is declared of a queue; "" where none is."""
        return next((value for name, value in self.declared.get(queue, ()) if name == "tier"), "")

    def scopes(self) -> list[dict[str, str]]:
        """Every scope that has notes, the whole first."""
        queues = sorted({place[0] for place in self.tallies})
        channels = sorted({place[1] for place in self.tallies})
        both = [{"queue": queue, "channel": channel} for queue, channel in sorted(self.tallies)]
        declared = sorted({pair for queue in queues for pair in self.declared.get(queue, ())})
        groups = sorted(self.of_groups)
        return [
            {},
            *({"queue": queue} for queue in queues),
            *({"channel": channel} for channel in channels),
            *both,
            *({name: value} for name, value in declared),
            *({"group": group} for group in groups),
        ]

    def sum(self, queue: str | None = None, channel: str | None = None, group: str | None = None, **declared: str) -> Tally:
        """The notes of a scope; `declared`: a team, tier or skill."""
        total = Tally()
        for place, tally in (self.tallies if group is None else self.of_groups[group]).items():
            here = queue in {None, place[0]} and channel in {None, place[1]}
            if here and set(declared.items()) <= self.declared.get(place[0], frozenset()):
                total.add(tally)
        return total
