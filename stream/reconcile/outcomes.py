"""What became of each segment and of each contact, from the facts of the core's own fold: events are never judged a second time here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from stream.core import facts
from stream.core.centre import Centre
from stream.core.contact import fold
from stream.core.contacts import KEPT_FIELDS, counts_first
from stream.core.events import CONTACT_EVENTS, Event
from stream.core.facts import Fact
from stream.core.life import CODES, RANKS, Entry, Life

LEFT_BY: Final = frozenset({facts.ANSWERED, facts.ABANDONED, facts.FLOWED_OUT, facts.CALLBACK, facts.LOST})
KINDS: Final = frozenset({facts.OFFERED, *LEFT_BY, facts.HANDLED, facts.TALKED, facts.WRAPPED_UP, facts.CLOSED})
CONTACTS: Final = frozenset(CONTACT_EVENTS)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """A stay in one queue, or (see `roots`) a whole contact. Times and lengths are ms; None where it has not happened.

    at: the time of the window in which the core counts it (its source's own day may differ from `offered`).
    kind: the fact that ended the wait, "" while it waits. handled: talk and hold, without wrap-up.
    """

    contact: str
    queue: str
    channel: str
    at: int
    offered: int
    kind: str = ""
    left: int | None = None
    wait: int = 0
    ended: int | None = None
    handled: int | None = None
    talked: int = 0
    wrapped_up: int = 0


def segments(events: Iterable[Event], centre: Centre, channels: Sequence[str] = ()) -> list[Outcome]:
    """Every segment of the contacts in the events, in the order of their contacts' first events; `channels`: only these."""
    found: list[Outcome] = []
    for contact, history in _histories(events, centre).items():
        life = fold(contact, history, centre.short_abandon, centre.lateness, KINDS)
        found += [one for one in _of(life) if not channels or one.channel in channels]
    return found


def roots(found: Iterable[Outcome]) -> list[Outcome]:
    """Contacts instead of segments: offered once, where they were first; the wait ends with the first answer."""
    by_contact: dict[str, list[Outcome]] = {}
    for one in found:
        by_contact.setdefault(one.contact, []).append(one)
    return [_whole(stays) if len(stays) > 1 else stays[0] for stays in by_contact.values()]


def _whole(stays: list[Outcome]) -> Outcome:
    stays = sorted(stays, key=lambda stay: stay.offered)
    first = stays[0]
    decisive = next((stay for stay in stays if stay.kind == facts.ANSWERED), stays[-1])
    handled = [stay.handled for stay in stays if stay.handled is not None]
    wait = decisive.wait if decisive is first else max(0, (decisive.left or first.offered) - first.offered)
    return Outcome(
        contact=first.contact,
        queue=first.queue,
        channel=first.channel,
        at=first.at,
        offered=first.offered,
        kind=decisive.kind,
        left=decisive.left,
        wait=wait,
        ended=stays[-1].ended,
        handled=sum(handled) if handled else None,
        talked=sum(stay.talked for stay in stays),
        wrapped_up=sum(stay.wrapped_up for stay in stays),
    )


def _histories(events: Iterable[Event], centre: Centre) -> dict[str, list[Entry]]:
    """The sorted history of each contact, as the processor of contacts keeps it; of two events with one id one counts."""
    found: dict[str, dict[str, Entry]] = {}
    for event in events:
        if event.type not in CONTACTS:
            continue
        kept = {name: value for name, value in event.data.items() if name in KEPT_FIELDS}
        for name in ("queue", "to_queue"):
            if name in kept:
                kept[name] = centre.queue(kept[name])
        entry: Entry = (event.time, RANKS[event.type], event.id, CODES[event.type], kept)
        known = found.setdefault(event.subject, {})
        if event.id not in known or counts_first(entry, known[event.id]):
            known[event.id] = entry
    return {contact: sorted(entries.values(), key=lambda entry: entry[:3]) for contact, entries in found.items()}


def _of(life: Life) -> list[Outcome]:
    """The segments of a life: in each place each offer begins one, and what follows there is about it."""
    found: list[Outcome] = []
    for place, rows in life.book.items():
        current: Outcome | None = None
        for kind, when, at, _, _, value, _, _ in _standing(rows):
            if kind == facts.OFFERED:
                current = Outcome(contact=life.contact, queue=str(place[0]), channel=str(place[1]), at=at, offered=when)
                found.append(current)
            elif current is not None:
                _take(current, kind, when, value)
    for one in found:
        if one.ended is None and one.kind and one.kind != facts.ANSWERED:
            one.ended = one.left
    return found


def _standing(rows: list[Fact]) -> list[Fact]:
    """The rows without those that a later row takes back; when it did so is in that row."""
    kept: list[Fact] = []
    for row in rows:
        if row[6] > 0:
            kept.append(row)
            continue
        for index in range(len(kept) - 1, -1, -1):
            if (kept[index][0], kept[index][2:6]) == (row[0], row[2:6]):
                del kept[index]
                break
    return kept


def _take(current: Outcome, kind: str, when: int, value: int) -> None:
    if kind in LEFT_BY:
        current.kind, current.left, current.wait = kind, when, value
        # An outcome without an offer: the offer was concluded with it, and the wait had begun before.
        current.offered = min(current.offered, when - value) if current.offered == when else current.offered
    elif kind == facts.HANDLED:
        current.handled = (current.handled or 0) + value
        current.ended = when
    elif kind == facts.TALKED:
        current.talked += value
    elif kind == facts.WRAPPED_UP:
        current.wrapped_up += value
    elif kind == facts.CLOSED:
        current.ended = when
