"""The [contacts] stage: events of contacts in, facts by scope out. Its state is the history of each contact that is not over.

A history is kept sorted; an event that comes in order takes one step of the life, one that comes out of order folds the
history again and sends the difference. So the facts are a function of the set of events, whatever their arrival.
"""

from __future__ import annotations

from bisect import insort
from heapq import heappop, heappush
from typing import Any

import orjson

from stream.core.centre import Centre
from stream.core.contact import fold, step
from stream.core.events import Event
from stream.core.facts import net
from stream.core.life import Entry, Life, life_rank
from stream.core.scopes import scopes_of
from stream.core.stage import EventStage

KEPT_FIELDS = (
    "queue",
    "channel",
    "wait_ms",
    "ring_ms",
    "handle_ms",
    "hold_ms",
    "acw_ms",
    "stage",
    "by",
    "to_queue",
    "author",
    "public",
    "automatic",
    "attributed_at",
)
"""The fields that a life reads; the rest of an event is not kept."""


def _before(known: Entry, other: Entry) -> bool:
    """Which of two events with one id counts, whichever comes first: the earlier, and of one time the lesser text."""
    if known[:2] != other[:2]:
        return known[:2] < other[:2]
    return orjson.dumps(known[3:], option=orjson.OPT_SORT_KEYS) < orjson.dumps(other[3:], option=orjson.OPT_SORT_KEYS)


class Held:
    """A contact in memory: its sorted history and the life that it makes."""

    __slots__ = ("history", "life")

    def __init__(self, history: list[Entry], life: Life) -> None:
        """Keep both; the life is always the fold of the history."""
        self.history = history
        self.life = life


class ContactStage(EventStage):
    """One partition of contact-events."""

    source = "contacts"

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool) -> None:
        """See `EventStage`."""
        super().__init__(centre, partition, targets, played=played)
        self._held: dict[str, Held] = {}
        self._forget: list[tuple[int, str]] = []
        self._dirty: set[str] = set()

    def take(self, event: Event) -> None:
        """Fold one event into its contact's life."""
        data = event.data
        kept = {name: data[name] for name in KEPT_FIELDS if name in data}
        if "queue" in kept:
            kept["queue"] = self.centre.queue(kept["queue"])
        if "to_queue" in kept:
            kept["to_queue"] = self.centre.queue(kept["to_queue"])
        entry: Entry = (event.time, life_rank(event.type), event.id, event.type, kept)
        held = self._held.get(event.subject)
        if held is None:
            held = self._held[event.subject] = Held([], Life(event.subject, self.centre.short_abandon, self.centre.lateness))
        history = held.history
        for known in history:
            if known[2] == entry[2]:
                self.figures["duplicate"] += 1
                if known == entry or _before(known, entry):
                    return
                history.remove(known)
                break
        else:
            if not history or history[-1][:3] < entry[:3]:
                self._in_order(held, entry)
                self._dirty.add(event.subject)
                return
        self._out_of_order(event.subject, held, entry)
        self._dirty.add(event.subject)

    def _in_order(self, held: Held, entry: Entry) -> None:
        held.history.append(entry)
        life = held.life
        start = len(life.out)
        step(life, entry[0], entry[3], entry[4])
        for conclusion, weight in life.out[start:]:
            self._send(conclusion, weight, int(weight > 0))
        if life.forget_at is not None:
            heappush(self._forget, (life.forget_at, life.contact))

    def _out_of_order(self, contact: str, held: Held, entry: Entry) -> None:
        before = held.life.out
        insort(held.history, entry, key=lambda known: known[:3])
        life = fold(contact, held.history, self.centre.short_abandon, self.centre.lateness)
        for conclusion, weight, first in net(before, life.out):
            self._send(conclusion, weight, first)
        held.life = life
        if life.forget_at is not None:
            heappush(self._forget, (life.forget_at, contact))

    def _send(self, conclusion: tuple[Any, ...], weight: int, first: int) -> None:
        queue, channel, kind, when, at, rank, subject, value = conclusion
        fact = (kind, when, at, rank, subject, value, weight, first)
        by_scope = self.facts.by_scope
        for scope in scopes_of(queue, channel):
            found = by_scope.get(scope)
            if found is None:
                by_scope[scope] = [fact]
            else:
                found.append(fact)

    def forget(self, settled: int) -> None:
        """Forget contacts that are over and of which nothing can come any more."""
        while self._forget and self._forget[0][0] < settled:
            _, contact = heappop(self._forget)
            held = self._held.get(contact)
            if held is not None and held.life.forget_at is not None and held.life.forget_at < settled:
                del self._held[contact]
                self._dirty.add(contact)

    @property
    def open_contacts(self) -> int:
        """How many contacts are in memory, those included that are over but not yet forgotten."""
        return len(self._held)

    def state_changes(self) -> list[tuple[bytes, Any]]:
        """Each changed contact's history."""
        held = self._held
        out = [(contact.encode(), held[contact].history if contact in held else None) for contact in self._dirty]
        self._dirty.clear()
        return out

    def put_back(self, key: str, stored: Any) -> None:
        """Fold a stored history again."""
        history: list[Entry] = [tuple(entry) for entry in stored]
        life = fold(key, history, self.centre.short_abandon, self.centre.lateness)
        self._held[key] = Held(history, life)
        if life.forget_at is not None:
            heappush(self._forget, (life.forget_at, key))
