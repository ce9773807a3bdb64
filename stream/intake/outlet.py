"""Where every running intake puts what its source tells: on the way to Kafka, with the figures of /metrics.

The figures move when Kafka has acknowledged, so they never promise more than the topics hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from stream.config.settings import Settings
from stream.core.events import Event
from stream.core.pseudonyms import Pseudonyms
from stream.errors import PartMissing, RejectedRecord
from stream.intake.customers import concealed
from stream.intake.publish import BATCH_BYTES, Sending
from stream.sources.records import CUSTOMER, Rejected, Unknown
from stream.wire.codec import refusal
from stream.wire.dead_letters import Origin, dead_letter

RETRY: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long (s) is waited before another try; the last one for ever."""
LONGEST_KEPT: Final = BATCH_BYTES // 2
"""Bytes; a longer line is not kept in dead-letters, where its base64 would be too long for a record."""
SAID_AGAIN: Final = 60.0
"""So often (s) the same is said while it lasts."""


@dataclass(slots=True)
class SourceFigures:
    """What a running intake tells of itself, for /metrics; times in ms.

    unread: counts the bytes of a log that Kafka does not have yet, whenever somebody asks; backlog: rows, messages or records that are
    not read. None where the source cannot know.
    refused: requests of a source that posts, which were not taken, by why.
    silent_after: for how long (ms) it may be silent; 0: for ever, None: not said yet. channels: of which its events are, as far as known.
    """

    source: str
    lines: int = 0
    events: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    last_event: int | None = None
    unread: Callable[[], int] | None = None
    backlog: int | None = None
    gaps: int = 0
    connected: bool = False
    refused: dict[str, int] = field(default_factory=dict)
    silent_after: int | None = None
    channels: frozenset[str] = frozenset()

    @property
    def lag(self) -> int | None:
        """What of a log is not read and acknowledged at this moment, in bytes."""
        return None if self.unread is None else self.unread()


class Outlet:
    """What one source tells, on its way into Kafka.

    `take` what one line (row, message, request) became, then `flush`, and save how far the source was read only after that: what is
    read again after a kill has the same ids, and workers count it once.
    """

    def __init__(self, sending: Sending, figures: SourceFigures, settings: Settings) -> None:
        """The customers' pseudonyms are made with the key of `settings`; without one no customer leaves the source."""
        self._sending = sending
        self._figures = figures
        self._settings = settings
        self._pseudonyms = Pseudonyms(settings.pseudonym_key.encode()) if settings.pseudonym_key else None
        self._pending = SourceFigures(figures.source)

    def take(self, found: Iterable[Event | Rejected | Unknown], raw: bytes, offset: int, *, topic: str = "", partition: int = 0) -> None:
        """What one line became; a line that is no event goes to dead-letters with its place in the source. Raises BrokerMissing.

        So does an event that no worker would take, or no broker: one of them must not stop all that come after it.
        topic, partition: where the offset is one of a source that has topics itself.
        """
        place = Origin(topic=f"source/{self._figures.source}{topic and '/'}{topic}", partition=partition, offset=offset)
        pending = self._pending
        pending.lines += 1
        for one in found if self._pseudonyms is None else concealed(found, self._pseudonyms):
            if isinstance(one, Event):
                one.data.pop(CUSTOMER, None)
                if (refused := refusal(one, BATCH_BYTES)) is not None:
                    self._reject(refused, raw, place)
                    continue
                self._sending.send(one)
                pending.events += 1
                pending.last_event = one.time if pending.last_event is None else max(pending.last_event, one.time)
                if (channel := one.data.get("channel")) is not None and channel not in pending.channels:
                    pending.channels |= {channel}
            elif isinstance(one, Rejected):
                self._reject(one, raw, place)
            else:
                pending.unknown += 1

    def flush(self) -> None:
        """Wait until Kafka has all that was taken, then count it. Raises BrokerMissing or PartMissing."""
        self._sending.flush()
        figures, pending = self._figures, self._pending
        self._pending = SourceFigures(figures.source)
        figures.lines += pending.lines
        figures.events += pending.events
        figures.unknown += pending.unknown
        figures.channels |= pending.channels
        if pending.last_event is not None:
            figures.last_event = max(pending.last_event, figures.last_event or pending.last_event)
        for reason, count in pending.rejected.items():
            figures.rejected[reason] = figures.rejected.get(reason, 0) + count

    def _reject(self, rejected: Rejected | RejectedRecord, raw: bytes, origin: Origin) -> None:
        counts = self._pending.rejected
        counts[rejected.reason] = counts.get(rejected.reason, 0) + 1
        keep = self._settings.keep_rejected_bytes and len(raw) <= LONGEST_KEPT
        now = int(time.time() * 1000)
        self._sending.set_aside(*dead_letter(RejectedRecord(rejected.reason, rejected.detail), origin, now, raw, keep_bytes=keep))


def through_outages(
    connect: Callable[[Callable[[], None]], None],
    figures: SourceFigures,
    stopped: Callable[[], bool],
    ready: Callable[[], None],
    say: Callable[[str], None],
) -> None:
    """Run `connect` until it ends by itself or `stopped`; where Kafka or the source is away, say so and begin anew from what is saved.

    The same sentence is said again after a minute only, however often it is tried by then.

    connect: is handed what it calls whenever it is connected; the first time that is `ready`. Before it PartMissing is raised: the call is
    likely to be wrong.
    """
    failures, told = 0, False
    said, silent_until = "", 0.0

    def connected() -> None:
        nonlocal told, failures
        failures = 0
        if not told:
            told = True
            ready()

    while not stopped():
        try:
            connect(connected)
        except PartMissing as missing:
            figures.connected = False
            if not told:
                raise
            if str(missing) != said or time.monotonic() >= silent_until:
                said, silent_until = str(missing), time.monotonic() + SAID_AGAIN
                say(f"{said} Trying again; nothing is lost.")
            pause(RETRY[min(failures, len(RETRY) - 1)], stopped)
            failures += 1
        else:
            return


def pause(seconds: float, stopped: Callable[[], bool]) -> None:
    """Wait, but no longer than until `stopped`."""
    until = time.monotonic() + seconds
    while not stopped() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.1))
