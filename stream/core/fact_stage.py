"""Stages between the events and the scopes: facts by issue or by customer in, facts by scope (and by customer) out.

What such a stage keeps of a key is a function of the set of rows that came for it; its time is the least of all who send to it.
A row that came is never forgotten before its key is, so a changed or late row folds the key anew and sends the difference.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Final

import orjson

from stream.core.centre import Centre
from stream.core.forgetting import REQUESTS_KEY, Requests
from stream.core.scopes import Scoping, keys_to_all
from stream.core.stage import MARK, STATE, VERSION, Committed, FactsOut, Output, unpacked
from stream.core.topology import SOURCES, senders, sends
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import NOTHING, TELL_EVERY

SENDERS_KEY: Final = b"!sources"


class Senders:
    """How far each partition that sends facts here has come, and what of it was taken already.

    Partitions of one stage may send to each other (`peers`), once: what one makes of what comes from outside, and never of what
    a peer sent. So up to `heard` all is here from outside and was handed to the peers, and up to `settled` they have done so, too.
    """

    __slots__ = ("_outside", "final", "heard", "heard_all", "of", "settled")

    def __init__(self, names: Sequence[str], partitions: int, peers: str = "") -> None:
        """`names`: the processors that send, each from so many partitions; `peers`: which of them is this one."""
        self.of: dict[str, list[int]] = {f"{name}/{number}": [NOTHING, 0, -1, -1] for name in names for number in range(partitions)}
        """By sender: until when (ms) nothing more comes, whether that is the end, the last offset and the number in it."""
        self._outside = [f"{name}/{number}" for name in names if name != peers for number in range(partitions)]
        self.heard = self.settled = NOTHING
        self.heard_all = self.final = False

    def take(self, record: dict[str, Any]) -> bool:
        """Take a record; say whether it holds facts that are new. Of a processor that is not asked for any more nothing is."""
        sender = self.of.get(record["s"])
        if sender is None:
            return False
        if "w" in record:
            sender[0] = max(sender[0], record["w"])
            sender[1] = int(record["x"])
            return False
        if (record["o"], record["i"]) <= (sender[2], sender[3]):
            return False
        sender[2], sender[3] = record["o"], record["i"]
        return True

    def move(self) -> bool:
        """Whether all of them have come further."""
        settled = min((sender[0] for sender in self.of.values()), default=NOTHING)
        final = all(sender[1] for sender in self.of.values())
        moved = settled > self.settled or final != self.final
        self.settled, self.final = max(self.settled, settled), final
        return moved

    def hear(self) -> bool:
        """Whether all who are not peers have come further."""
        heard, final = self._least_outside()
        moved = heard > self.heard or final != self.heard_all
        self.heard, self.heard_all = max(self.heard, heard), final
        return moved

    def _least_outside(self) -> tuple[int, bool]:
        outside = [self.of[name] for name in self._outside]
        return min((sender[0] for sender in outside), default=NOTHING), all(sender[1] for sender in outside)

    def restore(self, stored: dict[str, list[int]]) -> None:
        """Take back what `of` was; who sends now and did not then begins."""
        self.of.update((name, sender) for name, sender in stored.items() if name in self.of)
        self.settled = min((sender[0] for sender in self.of.values()), default=NOTHING)
        self.final = all(sender[1] for sender in self.of.values())
        self.heard, self.heard_all = self._least_outside()


class FactStage(ABC):
    """What the stages of issues and of customers have in common."""

    source: str

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool, wanted: Wanted = ALL_WANTED) -> None:
        """As of `EventStage`."""
        self.centre = centre
        self.wanted = wanted
        self.played = played
        self.senders = Senders(senders(SOURCES[self.source], wanted.nodes), targets, self.source)
        topics = sends(self.source, wanted.nodes)
        self.facts = FactsOut(f"{self.source}/{partition}", Scoping(centre.of_queues(), wanted.dimensions), topics)
        self._to_peers = tuple(topic for topic in topics if topic == SOURCES[self.source])
        self._onward = tuple(topic for topic in topics if topic != SOURCES[self.source])
        self._everyone = keys_to_all(targets)
        self._told = self._told_at = NOTHING
        self._dirty: set[str] = set()
        self._requests = Requests()

    @abstractmethod
    def take(self, key: str, rows: Sequence[Any]) -> None:
        """Take the rows that came for one key, and put what follows from them into `facts`; name the key `changed`."""

    @abstractmethod
    def settle(self, settled: int) -> None:
        """Conclude what follows from time alone up to `settled` (ms), and forget what nobody can ask for any more."""

    @abstractmethod
    def encoded(self, key: str) -> Any:
        """What must survive of a key, as JSON; None where it is forgotten."""

    @abstractmethod
    def decode(self, key: str, stored: Any) -> None:
        """Take back what `encoded` gave."""

    def put_back(self, key: bytes, stored: Any) -> None:  # noqa: B027 - most stages keep nothing else
        """Take back an entry of a stage's own, which is of no key that rows came for."""

    @abstractmethod
    def forget(self, customers: frozenset[str], until: int) -> None:
        """Forget customers in all that was up to `until` (ms), which is all there: what is concluded by then stays."""

    def erase(self, asked: Sequence[tuple[str, int]]) -> None:
        """See `Stage`: it is done once all who send have come to the time of the request."""
        self._requests.hear(asked)

    def changed(self, key: str) -> None:
        """What is kept of a key is not what the changelog holds."""
        self._dirty.add(key)

    def fold(self, batch: Sequence[Any], offset: int) -> list[Output]:
        """Fold decoded records of a topic of facts (see `stream.wire.facts`)."""
        for record in batch:
            if self.senders.take(record):
                for rows in record["f"]:
                    self.take(record["k"], rows)
        moved = self.senders.move()
        if self._requests:
            for until, customers in self._requests.due(self.senders.settled):
                self.forget(customers, until)
        if moved and self.senders.settled > NOTHING:
            self.settle(self.senders.settled)
        out = self.facts.records(offset)
        if self._to_peers and self.senders.hear():
            out += self.facts.time(self._everyone, self.senders.heard, final=self.senders.heard_all, topics=self._to_peers)
        if moved and (self.senders.settled > self._told or self.senders.final):
            # At once: who sends tells the time once a second at most, and each stage between would add a second to every verdict.
            out += self._time()
        return out

    def tick(self, now: int) -> list[Output]:
        """Tell how far time has come, at most once a second."""
        if self.senders.settled <= self._told or now - self._told_at < TELL_EVERY:
            return []
        self._told_at = now
        return self._time()

    def _time(self) -> list[Output]:
        self._told = self.senders.settled
        return self.facts.time(self._everyone, self.senders.settled, final=self.senders.final, topics=self._onward)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Each changed key, and how far the senders have come."""
        out: list[tuple[bytes, bytes | None]] = []
        for key in self._dirty:
            state = self.encoded(key)
            out.append((STATE + key.encode(), None if state is None else orjson.dumps([VERSION, state])))
        self._dirty.clear()
        out += self._requests.changes()
        out.append((SENDERS_KEY, orjson.dumps([VERSION, self.senders.of], option=orjson.OPT_SORT_KEYS)))
        return out

    def restore(self, committed: Committed) -> None:
        """Take everything back."""
        for key, value in committed.items():
            if key == SENDERS_KEY:
                self.senders.restore(unpacked(value))
            elif key == REQUESTS_KEY:
                self._requests.restore(unpacked(value))
            elif key.startswith(STATE):
                self.decode(key[len(STATE) :].decode(), unpacked(value))
            elif key != MARK:
                self.put_back(key, unpacked(value))
