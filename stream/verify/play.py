"""Events played to live workers in the background, while the caller does harm to them and reads what they commit.

Whoever does harm waits by `let`: meanwhile the outputs are read, a worker that ends by itself is told, and so is a publishing that
fails. The moments of a harm that are told to `fault` are timed until everything that was sent by then is settled in every partition.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from stream.config.settings import Settings
from stream.core.events import Event
from stream.errors import PartMissing
from stream.intake.deliveries import Disorder
from stream.intake.publish import Published, publish
from stream.replay.figures import Figures
from stream.verify.outputs import Outputs, Seen
from stream.worker_process import STOP_SECONDS, WorkerProcess

PATIENCE_SECONDS: Final = 90.0
"""How long nothing may come from the workers, when all is sent, before they are called stuck."""

POLL_SECONDS: Final = 0.1


@dataclass(slots=True)
class Fault:
    """One harm: what it was, and how long (s) until all that had been sent by then was settled; None while it is not."""

    what: str
    at: float
    until: int
    recovered: float | None = None


class Play:
    """One play. `workers` are those that run or are about to run again; `sent` says what was sent, once all is."""

    def __init__(self, settings: Settings, make: Callable[[int], WorkerProcess], seen: Seen | None = None) -> None:
        """Connect to the outputs; nothing is sent before `begin`. `make` makes the worker of a number; `seen` sees each record."""
        self.settings = settings
        self.workers: list[WorkerProcess] = []
        self.faults: list[Fault] = []
        self.sent: Published | None = None
        self.outputs = Outputs(settings, seen)
        self._make = make
        self._made = 0
        self._failed: BaseException | None = None
        self._position: int | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Nothing more."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Send no more, end the workers and the reading."""
        self._stopped = True
        for worker in self.workers:
            worker.resume()
            worker.signal_end()
        for worker in self.workers:
            worker.end()
        if self._thread is not None:
            self._thread.join()
        self.outputs.close()

    def add(self) -> WorkerProcess:
        """Start one more worker; it is not waited for."""
        self._made += 1
        worker = self._make(self._made)
        self.workers.append(worker)
        worker.start()
        return worker

    def ready(self) -> None:
        """Wait until every worker processes. Raises PartMissing where one does not, or ends instead."""
        for worker in list(self.workers):
            worker.wait(lambda: self.let(POLL_SECONDS))

    def end(self, worker: WorkerProcess) -> None:
        """End one worker cleanly. Raises PartMissing where that is not clean."""
        self.workers.remove(worker)
        worker.signal_end()
        self.wait(f"worker {worker.number} ended", lambda: worker.pid is None, STOP_SECONDS)
        if code := worker.end():
            raise PartMissing(f"Worker {worker.number} did not end cleanly (exit code {code}).")

    def begin(self, events: Iterable[Event], disorder: Disorder, *, speed: float | None = None) -> None:
        """Send the events in a thread of their own, `speed` times as fast as they happened (None: at once)."""
        self._thread = threading.Thread(target=self._publish, args=(events, disorder, speed), daemon=True)
        self._thread.start()

    def let(self, seconds: float) -> None:
        """Let so many seconds pass. Raises PartMissing where a worker ends by itself, and whatever the publishing met."""
        until = time.monotonic() + seconds
        self._look()
        while (left := until - time.monotonic()) > 0:
            self.outputs.poll(min(left, POLL_SECONDS))
            self._look()

    def wait(self, what: str, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Let time pass until something holds. Raises PartMissing where it does not within `seconds`."""
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until:
                raise PartMissing(f"Not within {seconds:.0f} s: {what}.")
            self.let(POLL_SECONDS)

    def fault(self, what: str, until: int | None = None) -> None:
        """Note a harm that was done just now. `until`: the time (ms) of what had been sent by then, where another than we sends."""
        self.faults.append(Fault(what, time.monotonic(), self._position or 0 if until is None else until))

    def finish(self, end: int, told: Callable[[int], None] | None = None) -> Figures:
        """Everything that the workers committed, once all is sent and every partition has come to `end` (ms).

        told: called now and then with the time (ms) up to which every partition is settled. Raises PartMissing where they do not.
        """
        heard = time.monotonic()
        partitions = self.settings.partitions
        while (settled := self.outputs.settled(end)) < partitions:
            if told is not None and len(self.outputs.times) == partitions:
                told(min(self.outputs.times.values()))
            if self.outputs.poll(POLL_SECONDS) or self.sent is None:
                heard = time.monotonic()
            self._look()
            if time.monotonic() - heard > PATIENCE_SECONDS:
                raise PartMissing(
                    f"The workers are stuck: {settled} of {partitions} partitions came to the end, "
                    f"and nothing came for {PATIENCE_SECONDS:.0f} s."
                )
        self._look()
        self.outputs.drain()
        return self.outputs.figures

    def _publish(self, events: Iterable[Event], disorder: Disorder, speed: float | None) -> None:
        try:
            self.sent = publish(
                self._followed(events),
                self.settings,
                source="verify",
                speed=speed,
                shuffle_ms=disorder.shuffle,
                duplicate_every=disorder.duplicate_every,
                seed=disorder.seed,
            )
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._failed = error

    def _followed(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if self._stopped:
                return
            yield event
            self._position = event.time

    def _look(self) -> None:
        if self._failed is not None:
            raise self._failed
        for worker in self.workers:
            worker.check()
        now = time.monotonic()
        for fault in self.faults:
            if fault.recovered is None and self.outputs.passed(fault.until) >= self.settings.partitions:
                fault.recovered = now - fault.at
