"""A stage: the pure work of one processor on one partition. The drivers (live, replay) move records in and out of it.

Everything that a stage knows is in its changelog entries: `restore` of what `changes` gave makes the same stage again.
A stage whose `fold` raised is not to be used any more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import orjson

from stream.core.centre import Centre
from stream.core.changes import Change
from stream.core.events import CLOCK_MARKED, CONTROLS, Event
from stream.core.facts import Book, conclusions, net
from stream.core.opening import out_of_hours, queues_that_close
from stream.core.schedule import NEVER, Schedule
from stream.core.scopes import Scoping, keys_to_all
from stream.core.topology import SCOPE_FACTS, sends
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import Watermark
from stream.errors import StateUnreadable

Output = tuple[str, bytes, Any]
"""(topic, key, value): the value is JSON-able. The driver picks the partition by the key (`stream.core.scopes.partition_of`)."""

QUEUE_READINGS: Final = "queue-readings"
QUEUE_INTERVALS: Final = "queue-intervals"
STANDARD_BREACHES: Final = "standard-breaches"

FACTS_A_RECORD: Final = 2_000
"""So that a record of facts stays far below Kafka's megabyte."""


MARK: Final = b"!mark"
"""The driver's own key among the committed entries: the next source offset. No stage writes it, and each passes it over."""


def marked(value: bytes) -> tuple[int, str]:
    """The next source offset in a mark, and the id of the topic that it is of: empty where it is not known. Raises ValueError."""
    offset, _, topic = value.partition(b" ")
    if not offset.isdigit():
        raise ValueError(value)
    return int(offset), topic.decode()


class Committed(Protocol):
    """The committed entries of one partition of one stage: read at any time; the driver puts changes there after each commit."""

    def get(self, key: bytes, /) -> bytes | None:
        """The entry of a key; None where there is none."""
        ...

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        """Every entry, the mark among them, in no order; they may come one by one from a disk."""
        ...


class Stage(Protocol):
    """What both drivers need of a processor's partition."""

    def fold(self, batch: Sequence[Any], offset: int) -> list[Output]:
        """Fold a batch whose last source offset is `offset`; give what it brought forth."""
        ...

    def tick(self, now: int) -> list[Output]:
        """Time moves on to `now` (ms of the driver's clock) without records."""
        ...

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """The changelog entries since the last call; None deletes."""
        ...

    def erase(self, asked: Sequence[tuple[str, int]]) -> None:
        """Forget customers: (customer, when it was asked for in ms). All that was up to then loses them, and no figure changes."""
        ...

    def restore(self, committed: Committed) -> None:
        """Take back everything that `changes` gave, last value per key; `committed` may be kept and read later."""
        ...


class FactsOut:
    """Collects the facts of one batch and makes the records for the next stages of them.

    book: facts of contacts by place; each place belongs to several scopes. by_scope: facts of which the scope is known (agents').
    keyed: by topic and key, what goes to the stages of issues and of customers.
    """

    __slots__ = ("book", "by_scope", "closing", "keyed", "scoping", "sends", "source")

    def __init__(self, source: str, scoping: Scoping, topics: tuple[str, ...] = (SCOPE_FACTS,)) -> None:
        """`source` names the partition that they come from, e.g. "contacts/3"; `topics`: to which it sends."""
        self.source = source
        self.scoping = scoping
        self.sends = topics
        self.book: Book = {}
        self.closing: dict[str, Schedule] = {}
        """Of queues that are not always open, the hours outside which an offer is counted apart."""
        self.by_scope: dict[str, list[Any]] = {}
        self.keyed: dict[str, dict[str, list[Any]]] = {topic: {} for topic in topics if topic != SCOPE_FACTS}

    def amend(self, before: Book, after: Book, counted: int = NEVER) -> None:
        """Put into the book by what two foldings of one history differ; what is of a moment after `counted` (ms) is no first conclusion."""
        for conclusion, weight, first in net(conclusions(before), conclusions(after)):
            self.book.setdefault(conclusion[0], []).append((*conclusion[1:], weight, first if conclusion[2] <= counted else 0))

    def records(self, offset: int, number: int = 0) -> list[Output]:
        """One record per scope (several where it is large), numbered from `number`, so that the next stage can skip what it has.

        The facts are in groups, which the records of several scopes share: who writes them encodes each group once.
        """
        groups: dict[str, list[list[Any]]] = {}
        for place, rows in self.book.items():
            if self.closing and (schedule := self.closing.get(place[0])) is not None:
                rows.extend(out_of_hours(rows, schedule))
            parts = _parts(rows)
            for scope in self.scoping.of(place):
                groups.setdefault(scope, []).extend(parts)
        for scope, rows in self.by_scope.items():
            groups.setdefault(scope, []).extend(_parts(rows))
        self.book.clear()
        self.by_scope = {}
        out: list[Output] = []
        self._add(out, SCOPE_FACTS, groups, offset, number)
        for topic, by_key in self.keyed.items():
            if by_key:
                self._add(out, topic, {key: _parts(rows) for key, rows in by_key.items()}, offset, number)
                self.keyed[topic] = {}
        return out

    def _add(self, out: list[Output], topic: str, groups: dict[str, list[list[Any]]], offset: int, number: int) -> None:
        for name, parts in groups.items():
            key = name.encode()
            for filled in _filled(parts):
                out.append((topic, key, {"s": self.source, "o": offset, "i": number + len(out), "k": name, "f": filled}))

    def time(self, keys: Iterable[bytes], settled: int, *, final: bool, topics: tuple[str, ...] | None = None) -> list[Output]:
        """Tell every partition of the next stages (or of `topics`) that nothing up to `settled` will come any more from here."""
        record = {"s": self.source, "w": settled, "x": final}
        return [(topic, key, record) for topic in (self.sends if topics is None else topics) for key in keys]

    def change(self, keys: Iterable[bytes], change: Change) -> list[Output]:
        """Tell every partition of the next stage what is promised from a moment on."""
        record = {"s": self.source, "c": change.encode()}
        return [(SCOPE_FACTS, key, record) for key in keys] if SCOPE_FACTS in self.sends else []


def _parts(rows: list[Any]) -> list[list[Any]]:
    """Rows cut into groups that fit into a record."""
    return [rows[start : start + FACTS_A_RECORD] for start in range(0, len(rows), FACTS_A_RECORD)]


def _filled(parts: list[list[Any]]) -> Iterable[list[list[Any]]]:
    """Groups put together, as many as a record may hold."""
    taken: list[list[Any]] = []
    count = 0
    for part in parts:
        if taken and count + len(part) > FACTS_A_RECORD:
            yield taken
            taken, count = [], 0
        taken.append(part)
        count += len(part)
    if taken:
        yield taken


VERSION: Final = 1
TIME_KEY: Final = b"!time"
SENT_KEY: Final = b"!sent"
BY_TIME: Final = 1_000_000_000
"""Records that time alone brings forth are numbered from here, behind those of the last batch."""


def unpacked(value: bytes) -> Any:
    """The state in an entry; StateUnreadable where a newer release wrote it."""
    version, stored = orjson.loads(value)
    if version > VERSION:
        raise written_by_newer(version)
    return stored


def written_by_newer(version: object) -> StateUnreadable:
    """What to do with an entry of a version that this release does not know."""
    return StateUnreadable(
        f"The state was written in version {version} by a newer release: run that release, or make the state anew with --rebuild."
    )


STATE: Final = b"="
"""Before the id of a contact or an agent, so that no id can be a key of ours."""


class EventStage(ABC):
    """What the stages that take events have in common: the time of their partition, and facts out by scope."""

    source: str

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool, wanted: Wanted = ALL_WANTED) -> None:
        """`partition`: of the topic of events; `targets`: how many partitions topics of facts have; `played`: only marks move the time."""
        self.centre = centre
        self.wanted = wanted
        self.watermark = Watermark(centre.lateness, played=played)
        self.figures = {"processed": 0, "late": 0, "duplicate": 0}
        self.facts = FactsOut(
            f"{self.source}/{partition}", Scoping(centre.of_queues(), wanted.dimensions, centre.of_agent), sends(self.source, wanted.nodes)
        )
        self.facts.closing = queues_that_close(centre, wanted.kinds)
        self._everyone = keys_to_all(targets)
        self._offset = -1
        self._numbered = BY_TIME

    @abstractmethod
    def take(self, event: Event) -> None:
        """Fold one event that is no mark."""

    def conclude(self) -> None:  # noqa: B027 - most stages have nothing to say here
        """After a batch was taken: put what is to be said once per batch into `facts`."""

    def expire(self, settled: int) -> None:  # noqa: B027 - most stages conclude nothing from time alone
        """Conclude what follows from time alone up to `settled` (ms)."""

    @abstractmethod
    def forget(self, settled: int) -> None:
        """Drop state that nothing up to `settled` can need any more."""

    @abstractmethod
    def state_changes(self) -> list[tuple[bytes, bytes | None]]:
        """Each changed key with its encoded state, None where it is gone."""

    @abstractmethod
    def put_back(self, key: bytes, value: bytes) -> None:
        """Take back one entry that `state_changes` gave."""

    def fold(self, batch: Sequence[Event], offset: int) -> list[Output]:
        """Fold a batch of events; duplicates change nothing."""
        marks = late = 0
        changes: list[Change] = []
        watermark, take = self.watermark, self.take
        for event in batch:
            if event.type in CONTROLS:
                marks += 1
                if event.type == CLOCK_MARKED:
                    watermark.mark(event.time, final=bool(event.data.get("final")))
                else:
                    changes.append(Change.of(event))
                continue
            time = event.time
            if time <= watermark.settled:
                late += 1
            take(event)
            if time > watermark.newest:
                watermark.see(time)
        self.figures["processed"] += len(batch) - marks
        self.figures["late"] += late
        self._offset, self._numbered = offset, BY_TIME
        self.expire(self.watermark.settled)
        self.conclude()
        self.forget(self.watermark.settled)
        # What is promised from a moment on goes before the facts of that moment.
        out = [output for change in changes for output in self.facts.change(self._everyone, change)]
        out += self.facts.records(offset)
        if self.watermark.to_tell(None) or marks:
            out += self.facts.time(self._everyone, self.watermark.settled, final=self.watermark.final)
        return out

    def tick(self, now: int) -> list[Output]:
        """Move on with the clock where nothing comes."""
        self.watermark.idle(now)
        self.expire(self.watermark.settled)
        self.conclude()
        self.forget(self.watermark.settled)
        out = self._by_time()
        if self.watermark.to_tell(now):
            out += self.facts.time(self._everyone, self.watermark.settled, final=self.watermark.final)
        return out

    def _by_time(self) -> list[Output]:
        """Records of what time alone concluded: they stand behind those of the last batch."""
        out = self.facts.records(self._offset, self._numbered)
        self._numbered += len(out)
        return out

    def erase(self, asked: Sequence[tuple[str, int]]) -> None:  # noqa: B027 - a stage that keeps no customers has nothing to forget
        """See `Stage`."""

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Each changed state, and the time of the partition."""
        out = self.state_changes()
        out.append((TIME_KEY, orjson.dumps([VERSION, self.watermark.encode()])))
        if self._numbered > BY_TIME:
            out.append((SENT_KEY, orjson.dumps([VERSION, [self._offset, self._numbered]])))
        return out

    def restore(self, committed: Committed) -> None:
        """Take everything back."""
        offset, sent = -1, (-1, BY_TIME)
        for key, value in committed.items():
            if key == TIME_KEY:
                self.watermark.decode(unpacked(value))
            elif key == SENT_KEY:
                sent = tuple(unpacked(value))
            elif key == MARK:
                offset = marked(value)[0] - 1
            else:
                self.put_back(key, value)
        # Behind the last batch, as the driver's mark tells it, and behind what time has concluded since.
        self._offset, self._numbered = max((offset, BY_TIME), sent)
