"""The [contacts] stage: events of contacts in, facts by scope out. Its state is the history of each contact that is not over.

A history is kept sorted; an event that comes in order takes one step of the life, one that comes out of order folds the
history again and sends the difference. So the facts are a function of the set of events, whatever their arrival.

Contacts that nothing touched for long are bytes among the committed entries only; the next event makes a life of them again.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Container, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Any, Final

import orjson

from stream.core import facts
from stream.core.carrying import BEGINS
from stream.core.centre import OTHER, Centre
from stream.core.contact import REFOLDS, fold, step
from stream.core.events import Event
from stream.core.forgetting import ERASED, REQUESTS_KEY, Requests, names
from stream.core.life import CODES, NAMED, RANKS, Entry, Life
from stream.core.lookout import Lookout
from stream.core.parts import PART, PART_FIELDS, WAS, Parts, parts
from stream.core.patience import Patience
from stream.core.scopes import CANARY
from stream.core.stage import STATE, VERSION, Committed, EventStage, unpacked, written_by_newer
from stream.core.topology import ISSUE_FACTS
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import NOTHING
from stream.errors import StateUnreadable

KEPT_FIELDS: Final = frozenset(
    {
        *("queue", "channel", "wait_ms", "ring_ms", "handle_ms", "hold_ms", "acw_ms", "stage"),
        *("by", "to_queue", "author", "public", "automatic", "attributed_at"),
        *("acknowledgement", "direction", "success", "tier", "to_tier", "root_contact_id", "may_consult"),
    }
)
"""The fields that a life reads; the rest of an event is not kept."""

HOT: Final = 2_000
"""How many contacts of a partition stay in memory as lives, apart from those that a batch has just changed."""

CONTACT_VERSION: Final = 4
CONTACT_PREFIX: Final = b"[2,"
"""[2, when it may be forgotten (ms) or null, history]. Version 1 was [1, history], with the type's name in each entry."""
EXPIRING_PREFIX: Final = b"[3,"
"""[3, when it counts as lost if nothing more is heard (ms), history]: a contact that waits."""
LOST_PREFIX: Final = b"[4,"
"""[4, when it may be forgotten (ms), since when it counts as lost (ms), history]: it was said so, whatever is believed by now."""
OVER_PREFIXES: Final = (CONTACT_PREFIX, LOST_PREFIX)
"""Of those that wait for nothing more: they say when they may be forgotten."""
ENDLESS_PREFIX: Final = b"[2,null,"
"""Of a contact that is not over, and that waits for ever if it waits at all."""

PATIENCE_KEY: Final = b"!patience"
"""How long waits were believed when the entries were written."""

REVISED: Final = 2_000
"""So many of those who wait are looked at anew in one batch, where they are believed for another time than they were."""


def counts_first(known: Entry, other: Entry) -> bool:
    """Which of two events with one id counts, whichever comes first: the earlier, and of one time the lesser text."""
    if known[:2] != other[:2]:
        return known[:2] < other[:2]
    return orjson.dumps(known[3:], option=orjson.OPT_SORT_KEYS) < orjson.dumps(other[3:], option=orjson.OPT_SORT_KEYS)


def _encoded(life: Life) -> bytes:
    """The entry of a contact. Put together, because what orjson gives holds some kilobytes for a long time, and there are millions."""
    if life.expires_at is not None:
        return b"".join((EXPIRING_PREFIX, b"%d" % life.expires_at, b",", orjson.dumps(life.history), b"]"))
    at = b"null" if life.forget_at is None else b"%d" % life.forget_at
    if life.missing_at is not None:
        return b"".join((LOST_PREFIX, at, b",%d," % life.missing_at, orjson.dumps(life.history), b"]"))
    return b"".join((CONTACT_PREFIX, at, b",", orjson.dumps(life.history), b"]"))


def forget_at(value: bytes) -> int | None:
    """When the contact of an entry with one of OVER_PREFIXES may be forgotten (ms); None: not yet."""
    text = value[3 : value.index(b",", 3)]
    return None if text == b"null" else int(text)


def _due_at(value: bytes) -> int:
    """When the contact of an entry with EXPIRING_PREFIX counts as lost (ms)."""
    return int(value[3 : value.index(b",", 3)])


def decode(value: bytes) -> tuple[list[Entry], int | None]:
    """The history in an entry of any version up to the present one, and since when the contact counts as lost (ms), where it says so."""
    version, *state = orjson.loads(value)
    if version > CONTACT_VERSION:
        raise written_by_newer(version)
    if version == 1:
        return [(time, rank, identity, CODES[kind], kept) for time, rank, identity, kind, kept in state[0]], None
    return [tuple(entry) for entry in state[-1]], state[1] if value.startswith(LOST_PREFIX) else None


def _damaged(error: Exception) -> StateUnreadable:
    """What to do with an entry that is first read when the next event of its contact comes: the event is not to blame."""
    return StateUnreadable(
        f"An entry in the state of contacts cannot be read ({type(error).__name__}): somebody else wrote it, or it was damaged. "
        "Make the state anew with `answerable worker --rebuild`."
    )


class ContactStage(EventStage):
    """One partition of contact-events."""

    source = "contacts"

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool, wanted: Wanted = ALL_WANTED, hot: int = HOT) -> None:
        """See `EventStage`; `hot`: see HOT."""
        super().__init__(centre, partition, targets, played=played, wanted=wanted)
        self.hot = hot
        self._lives: dict[str, Life] = {}
        self._committed: Committed | None = None
        self._gone: set[str] = set()
        """Forgotten, but still among the committed entries."""
        self._forget: list[tuple[int, str]] = []
        self._dirty: set[str] = set()
        self._patience = Patience.of(centre)
        self._running = frozenset(kind for kind in BEGINS if kind in wanted.kinds)
        """What a life that comes in again must know besides its state: which clocks run, and where."""
        self._lookout = Lookout()
        self._to_revise: dict[str, None] = {}
        """Committed contacts that may wait, and of whom it was said by another patience when they count as lost."""
        self._said_by: object = None
        """The patience that the committed entries go by."""
        self._expired_to = NOTHING
        self._declared = centre.queue_names
        self._names = centre.names_by_id()
        self._own = {person.name: 1 for person in centre.people.values() if person.team or person.tier or person.skills}
        self._named = ("agent",) in wanted.dimensions
        self._in_hand = facts.HAND_TAKEN in wanted.kinds or self._named
        self._for_issues = ISSUE_FACTS in self.facts.keyed
        self._groups = frozenset(centre.groups)
        self._kept_fields = KEPT_FIELDS | (PART_FIELDS if self._for_issues else frozenset()) | ({"groups"} if self._groups else set())
        self._before: dict[str, Parts] = {}
        """Contacts that this batch touched, with the parts that they were before it."""
        self._requests = Requests()
        self._tiers = {name: queue.tier for name, queue in centre.queues.items() if queue.tier}

    def take(self, event: Event) -> None:  # noqa: C901, PLR0912 - the hot path: a call more per event would cost more
        """Fold one event into its contact's life."""
        kept_fields = self._kept_fields
        kept = {name: value for name, value in event.data.items() if name in kept_fields}
        if self._declared:
            self._map_queues(kept)
        if "groups" in kept:
            kept["groups"] = [group for group in kept["groups"] if group in self._groups]
        if self._in_hand and "agent_id" in event.data:
            self._map_agent(kept, event.data["agent_id"])
        contact, time, identity, kind = event.subject, event.time, event.id, event.type
        entry: Entry = (time, RANKS[kind], identity, CODES[kind], kept)
        life = self._lives.get(contact)
        if life is None:
            life = self._come_in(contact)
        history = life.history
        if self._for_issues and contact not in self._before and kept.get("queue") != CANARY:
            self._before[contact] = self._parts(life)
        if history:
            for known in history:
                if known[2] == identity:
                    self.figures["duplicate"] += 1
                    if "customer_ref" in kept and known[4].get("customer_ref") == ERASED:
                        kept["customer_ref"] = ERASED
                    if known == entry or counts_first(known, entry):
                        return
                    self._mend(life, entry, known)
                    return
            last = history[-1]
            if last[0] >= time and last[:3] > entry[:3]:
                self._mend(life, entry, None)
                return
        if (
            entry[3] in REFOLDS
            or (life.missing_at is not None and (time <= life.missing_at or self._is_lost_otherwise(life, life.missing_at)))
            or (history and "groups" in kept and not life.is_in(kept["groups"]))
        ):
            self._mend(life, entry, None)
            return
        history.append(entry)
        step(life, time, entry[3], kept)
        if life.expires_at is not None:
            self._expect(life, life.expires_at)
        elif contact in self._lookout.soon:
            del self._lookout.soon[contact]
        if life.forget_at is not None:
            heappush(self._forget, (life.forget_at, contact))
        self._dirty.add(contact)

    def _expect(self, life: Life, at: int) -> None:
        """Look again at a contact that waits; of what is settled already it is lost now."""
        if at <= self._expired_to:
            life.expire()
            self._lookout.soon.pop(life.contact, None)
            return
        self._lookout.expect(life.contact, at)

    def expire(self, settled: int) -> None:
        """Give up for lost who waits and of whom nothing was heard for too long."""
        if self._to_revise:
            self._revise()
        for contact in self._lookout.due(settled, self._waiting):
            life = self._lives.get(contact) or self._come_in(contact)
            if life.expires_at is None:
                continue
            if life.expires_at > settled:
                self._lookout.expect(contact, life.expires_at)
            else:
                if self._for_issues and contact not in self._before and life.queue != CANARY:
                    self._before[contact] = self._parts(life)
                life.expire()
                self._dirty.add(contact)
                if life.forget_at is not None:
                    heappush(self._forget, (life.forget_at, contact))
        self._expired_to = max(self._expired_to, settled)

    def _revise(self) -> None:
        """Say anew of some of those who wait when they count as lost: the centre believes waits for another time than it did."""
        for contact in list(islice(self._to_revise, REVISED)):
            self._come_in(contact)

            self._to_revise.pop(contact, None)

    def _say_anew(self, life: Life) -> None:
        """Say of a contact that waits when it counts as lost; where that has passed, it is lost now, and was not before."""
        if life.expires_at is None:
            return
        contact = life.contact
        if self._for_issues and contact not in self._before and life.queue != CANARY:
            self._before[contact] = parts(contact, life.history, life.cuts, self._still_waiting)
        self._expect(life, life.expires_at)
        self._dirty.add(contact)
        if life.forget_at is not None:
            heappush(self._forget, (life.forget_at, contact))

    def _waiting(self) -> Iterator[tuple[str, int]]:
        """Each contact that waits, and when it counts as lost (ms): in memory, or among the committed entries."""
        for contact, life in self._lives.items():
            if life.expires_at is not None:
                yield contact, life.expires_at
        if self._committed is not None:
            for key, value in self._committed.items():
                if value.startswith(EXPIRING_PREFIX) and key.startswith(STATE):
                    contact = key[len(STATE) :].decode()
                    if contact not in self._lives and contact not in self._gone:
                        yield contact, _due_at(value)

    def _map_queues(self, kept: dict[str, Any]) -> None:
        """Queues are the centre's, whatever the source calls them; those that it does not declare count under `other`."""
        for name in ("queue", "to_queue"):
            if name in kept and kept[name] != CANARY:
                kept[name] = self._declared.get(kept[name], OTHER)
        if self._tiers:
            for queue, tier in (("queue", "tier"), ("to_queue", "to_tier")):
                if tier not in kept and kept.get(queue) in self._tiers:
                    kept[tier] = self._tiers[kept[queue]]

    def _map_agent(self, kept: dict[str, Any], agent: str) -> None:
        """Agents are persons here, whatever the source calls them."""
        name = kept["agent_id"] = self._names.get(agent, agent)
        own = NAMED if self._named else self._own.get(name)
        if own:
            kept["own"] = own

    def _come_in(self, contact: str) -> Life:
        """The life of a contact that is not in memory: from the committed entries, or a new one."""
        if self._committed is not None and contact not in self._gone:
            stored = self._committed.get(STATE + contact.encode())
            if stored is not None:
                revised = contact in self._to_revise
                try:
                    life = self._thawed(contact, *decode(stored), NOTHING if revised else self._expired_to)
                except (ValueError, TypeError, LookupError, AttributeError) as error:
                    raise _damaged(error) from error
                self._lives[contact] = life
                if revised:
                    del self._to_revise[contact]
                    self._say_anew(life)
                return life
        life = Life(contact, self.centre.short_abandon, self.centre.lateness, self.facts.book, self.wanted.kinds, self._patience)
        self._lives[contact] = life
        return life

    def _thawed(self, contact: str, history: list[Entry], lost_at: int | None, until: int) -> Life:
        """The life of a history of which everything was sent already that was decided up to `until` (ms)."""
        running = self._running
        life = self._folded(contact, history, running, until) if lost_at is None else self._lost(contact, history, running, lost_at)
        life.book, life.owns_book, life.wanted = self.facts.book, False, self.wanted.kinds
        return life

    def _folded(self, contact: str, history: list[Entry], wanted: Container[str], until: int | None = None) -> Life:
        until = self._expired_to if until is None else until
        return fold(contact, history, self.centre.short_abandon, self.centre.lateness, wanted, self._patience, until)

    def _lost(self, contact: str, history: list[Entry], wanted: Container[str], at: int) -> Life:
        """The life of who was given up for lost at `at` (ms), which by the patience of now might be another time, or not yet."""
        life = self._folded(contact, history, wanted, at)
        if life.missing_at == at:
            return life
        life = self._still_waiting(contact, history, wanted)
        heard = len(history)
        while life.missing_at is not None and heard > 1:  # what came after the time of now says nothing new
            heard -= 1
            life = self._still_waiting(contact, history[:heard], wanted)
        life.history = history
        life.expires_at = at
        life.expire()
        return life

    def _is_lost_otherwise(self, life: Life, at: int) -> bool:
        """Whether the life was given up for lost at `at` (ms) by another patience than that of now: its levels were left then, too."""
        return self._folded(life.contact, life.history, (), at).missing_at != at

    def _as_said(self, life: Life, history: list[Entry], wanted: Container[str]) -> Life:
        """What was sent of a life, or of the part of its history that is given."""
        if life.missing_at is None or history[-1] is not life.history[-1]:
            return self._folded(life.contact, history, wanted)
        return self._lost(life.contact, history, wanted, life.missing_at)

    def _still_waiting(self, contact: str, history: list[Entry], wanted: Container[str]) -> Life:
        return self._folded(contact, history, wanted, NOTHING)

    def _mend(self, life: Life, entry: Entry, instead: Entry | None) -> None:
        """Put an entry where it belongs, in the place of another of the same id; send what differs."""
        contact, history = life.contact, life.history
        before = self._as_said(life, history, self.wanted.kinds).book
        if instead is not None:
            history.remove(instead)
        insort(history, entry, key=lambda known: known[:3])
        mended = self._folded(contact, history, self.wanted.kinds)
        self.facts.amend(before, mended.book)
        mended.book, mended.owns_book = self.facts.book, False
        self._lives[contact] = mended
        self._dirty.add(contact)
        self._lookout.soon.pop(contact, None)
        if mended.expires_at is not None:
            self._expect(mended, mended.expires_at)
        if mended.forget_at is not None:
            heappush(self._forget, (mended.forget_at, contact))

    def _parts(self, life: Life) -> Parts:
        return parts(life.contact, life.history, life.cuts, lambda _, history, wanted: self._as_said(life, history, wanted))

    def conclude(self) -> None:
        """Say what the contacts that this batch changed are for their issues."""
        if not self._before:
            return
        rows = self.facts.keyed[ISSUE_FACTS]
        for contact, before in self._before.items():
            life = self._lives.get(contact)
            now = {} if life is None else self._parts(life)
            for issue, began in before:
                if (issue, began) not in now:
                    rows.setdefault(issue, []).append((PART, contact, began, None))
            for (issue, began), part in now.items():
                if part.get("customer_ref") == ERASED:
                    self._unname(contact)
                if before.get((issue, began)) != part:
                    rows.setdefault(issue, []).append((PART, contact, began, part))
        self._before.clear()

    def _unname(self, contact: str) -> None:
        """Whose customer was forgotten is nobody's from then on, whatever is still said."""
        for *_, data in self._lives[contact].history:
            if data.get("customer_ref"):
                data["customer_ref"] = ERASED

    def erase(self, asked: Sequence[tuple[str, int]]) -> None:
        """See `Stage`: it is done once all up to the time of the request is there."""
        self._requests.hear(asked)

    def _forget_customers(self, customers: frozenset[str], until: int) -> None:
        """Take customers out of what was said up to `until`. Issues do so themselves; of what went on they are told what it was then."""
        if self._committed is not None:
            # All entries are looked at, and only those are held that name one of them: there may be a million, on disk.
            named = [key for key, value in self._committed.items() if key.startswith(STATE) and names(value, customers)]
            for contact in (key[len(STATE) :].decode() for key in named):
                if contact not in self._lives and contact not in self._gone:
                    self._come_in(contact)
        for contact, life in self._lives.items():
            found = [data for time, *_, data in life.history if time <= until and data.get("customer_ref") in customers]
            if not found:
                continue
            if self._for_issues and life.history[-1][0] > until:
                self._tell_what_was(life, customers, until)
            for data in found:
                data["customer_ref"] = ERASED
            self._dirty.add(contact)

    def _tell_what_was(self, life: Life, customers: frozenset[str], until: int) -> None:
        history = [entry for entry in life.history if entry[0] <= until]
        then = parts(life.contact, history, self._folded(life.contact, history, ()).cuts, self._folded)
        rows = self.facts.keyed[ISSUE_FACTS]
        for (issue, began), part in self._parts(life).items():
            if (issue, began) in then and part.get("customer_ref") in customers:
                rows.setdefault(issue, []).append((PART, life.contact, began, {**part, WAS: then[issue, began]}))

    def forget(self, settled: int) -> None:
        """Forget contacts that are over and of which nothing can come any more; let the oldest go from memory."""
        if self._requests:
            for until, customers in self._requests.due(settled):
                self._forget_customers(customers, until)
            self.conclude()  # who came in for that may have been lost by the patience of now
        due = self._forget
        while due and due[0][0] < settled:
            at, contact = heappop(due)
            life = self._lives.get(contact)
            if life is None and (contact in self._gone or not self._is_over(contact, at)):
                continue
            if life is None or (life.forget_at is not None and life.forget_at < settled):
                self._lives.pop(contact, None)
                self._gone.add(contact)
                self._dirty.add(contact)
        if self._committed is not None and len(self._lives) > self.hot + len(self._dirty):
            self._cool()

    def _is_over(self, contact: str, at: int) -> bool:
        """Whether a contact that is not in memory may be forgotten since `at`."""
        stored = None if self._committed is None else self._committed.get(STATE + contact.encode())
        return stored is not None and stored.startswith(OVER_PREFIXES) and forget_at(stored) == at

    def _cool(self) -> None:
        """Let the lives go that came in first and that are committed as they are."""
        surplus = len(self._lives) - self.hot
        for contact in [contact for contact in islice(self._lives, surplus) if contact not in self._dirty]:
            del self._lives[contact]

    def state_changes(self) -> list[tuple[bytes, bytes | None]]:
        """Each changed contact's history."""
        lives = self._lives
        out: list[tuple[bytes, bytes | None]] = []
        for contact in self._dirty:
            life = lives.get(contact)
            out.append((STATE + contact.encode(), None if life is None else _encoded(life)))
        self._dirty.clear()
        self._gone.clear()
        # While some are looked at anew the entries go by none: whoever restarts then, with whatever patience, looks at all of them.
        said = None if self._to_revise else self._patience.said()
        if self._said_by != said:
            self._said_by = said
            out.append((PATIENCE_KEY, orjson.dumps([VERSION, said])))
        return out + self._requests.changes()

    def restore(self, committed: Committed) -> None:
        """Keep the committed entries: a contact comes in with its next event."""
        stored = committed.get(PATIENCE_KEY)
        self._said_by = None if stored is None else unpacked(stored)
        super().restore(committed)
        self._expired_to = self.watermark.settled
        heapify(self._forget)
        self._committed = committed

    def put_back(self, key: bytes, value: bytes) -> None:
        """Note when a contact may be forgotten. What an earlier version wrote comes in, and is written anew."""
        if key == REQUESTS_KEY:
            self._requests.restore(unpacked(value))
            return
        if key == PATIENCE_KEY:
            return
        contact = key[len(STATE) :].decode()
        if self._said_by != self._patience.said() and value.startswith((EXPIRING_PREFIX, ENDLESS_PREFIX)):
            self._to_revise[contact] = None
        if value.startswith(EXPIRING_PREFIX):
            self._lookout.allow(_due_at(value))
            return
        if value.startswith(OVER_PREFIXES):
            at = forget_at(value)
        else:
            life = self._lives[contact] = self._thawed(contact, *decode(value), self._expired_to)
            self._dirty.add(contact)
            at = life.forget_at
        if at is not None:
            self._forget.append((at, contact))
