"""The job of JOB.md in Bytewax, with its Kafka connectors and recovery on.

BOOTSTRAP=... READ=... WRITE=... COUNTS=... python -m bytewax.run bytewax_job:flow -i 0 -a ... -r DIRECTORY -s 1 -b 0
"""
# mypy: disable-error-code="import-not-found, misc, no-any-return"

from __future__ import annotations

import mmap
import os
import struct
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSinkMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic

WITHIN: Final = 20_000
HALF_HOUR: Final = 30 * 60_000
FIELDS: Final = ("offered", "answered", "abandoned", "wait_ms", "in_time", "out_of")
BROKERS: Final = [os.environ["BOOTSTRAP"]]

Event = tuple[bytes, int, dict[str, Any]]
Fact = tuple[str, str, int, int]
"""Place, kind, time of the offer, wait."""


class Counter:
    """How many records this process has read, where the race can see it."""

    def __init__(self) -> None:
        """A file of eight bytes."""
        path = Path(os.environ["COUNTS"]) / f"{os.getpid()}.count"
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)
        self._count = 0

    def add(self, count: int) -> None:
        """So many more."""
        self._count += count
        self._memory[:] = struct.pack("<q", self._count)


counter = Counter()


def decode(batch: list[Any]) -> list[tuple[str, Event]]:
    """The events of a batch, by contact; clock marks are passed over."""
    counter.add(len(batch))
    out = []
    for record in batch:
        headers = dict(record.headers)
        kind = headers["ce_type"]
        if kind != b"cc.clock.marked.v1":
            out.append((record.key.decode(), (kind, milliseconds(headers["ce_time"]), orjson.loads(record.value))))
    return out


class Life(StatefulBatchLogic[Event, Fact, Any]):
    """The contact's life: (state, place, offered at, answered at)."""

    def __init__(self, contact: tuple[str, str, int, int] | None) -> None:
        """Begin, or go on from a snapshot."""
        self.contact = contact or ("new", "", 0, 0)

    def on_batch(self, values: list[Event]) -> tuple[list[Fact], bool]:
        """What the events settled, and whether the contact is over."""
        out: list[Fact] = []
        over = StatefulBatchLogic.RETAIN
        for kind, at, data in values:
            state, place, offered_at, answered_at = self.contact
            if kind == b"cc.contact.begun.v1":
                self.contact = ("begun", "", 0, 0)
            elif kind == b"cc.contact.offered.v1":
                place = f"{data['queue']}|{data['channel']}"
                self.contact = ("waiting", place, at, 0)
                out.append((place, "offered", at, 0))
            elif kind == b"cc.contact.answered.v1" and state == "waiting":
                self.contact = ("connected", place, offered_at, at)
                out.append((place, "answered", offered_at, at - offered_at))
            elif kind == b"cc.contact.abandoned.v1" and state == "waiting":
                out.append((place, "abandoned", offered_at, at - offered_at))
                over = StatefulBatchLogic.DISCARD
            elif kind == b"cc.contact.ended.v1":
                self.contact = ("ended", place, offered_at, answered_at)
            elif kind == b"cc.contact.wrapped_up.v1":
                over = StatefulBatchLogic.DISCARD
        return out, over

    def snapshot(self) -> tuple[str, str, int, int]:
        """What must survive."""
        return self.contact


class Tally(StatefulBatchLogic[Fact, list[int], list[int]]):
    """The figures of one queue, channel and half-hour, sent once for each batch."""

    def __init__(self, figures: list[int] | None) -> None:
        """Begin, or go on from a snapshot."""
        self.figures = figures or [0] * len(FIELDS)

    def on_batch(self, values: list[Fact]) -> tuple[list[list[int]], bool]:
        """The figures after these facts."""
        found = self.figures
        for _, kind, _, wait in values:
            if kind == "offered":
                found[0] += 1
                continue
            found[5] += 1
            if kind == "answered":
                found[1] += 1
                found[3] += wait
                found[4] += wait <= WITHIN
            else:
                found[2] += 1
        return [list(found)], StatefulBatchLogic.RETAIN

    def snapshot(self) -> list[int]:
        """What must survive."""
        return list(self.figures)


class Waiting(StatefulBatchLogic[Fact, int, int]):
    """How many wait in one queue and channel."""

    def __init__(self, count: int | None) -> None:
        """Begin, or go on from a snapshot."""
        self.count = count or 0

    def on_batch(self, values: list[Fact]) -> tuple[list[int], bool]:
        """How many wait after these facts."""
        self.count += sum(1 if kind == "offered" else -1 for _, kind, _, _ in values)
        return [self.count], StatefulBatchLogic.RETAIN

    def snapshot(self) -> int:
        """What must survive."""
        return self.count


def milliseconds(text: bytes) -> int:
    """A time of RFC 3339 as milliseconds since the epoch."""
    return round(datetime.fromisoformat(text.decode()).timestamp() * 1000)


def window_record(found: tuple[str, list[int]]) -> KafkaSinkMessage[bytes, bytes]:
    """The figures of a half-hour as a record."""
    return KafkaSinkMessage(found[0].encode(), orjson.dumps(dict(zip(FIELDS, found[1], strict=True))))


def waiting_record(found: tuple[str, int]) -> KafkaSinkMessage[bytes, bytes]:
    """How many wait, as a record."""
    return KafkaSinkMessage(found[0].encode(), orjson.dumps({"waiting": found[1]}))


flow = Dataflow("job")
read = kop.input("read", flow, brokers=BROKERS, topics=[os.environ["READ"]], batch_size=5_000)
events = op.flat_map_batch("decode", read.oks, decode)
lives = op.stateful_batch("life", events, Life)
facts = op.map("fact", lives, lambda found: found[1])
by_window = op.map("by_window", facts, lambda fact: (f"{fact[0]}|{fact[2] // HALF_HOUR * HALF_HOUR}", fact))
by_place = op.map("by_place", facts, lambda fact: (fact[0], fact))
windows = op.map("window_record", op.stateful_batch("tally", by_window, Tally), window_record)
waits = op.map("waiting_record", op.stateful_batch("waiting", by_place, Waiting), waiting_record)
kop.output("write", op.merge("figures", windows, waits), brokers=BROKERS, topic=os.environ["WRITE"])
