"""Plays simulated days into Kafka at a multiple of their own pace, with marks that say until when all is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from stream.config.settings import Settings
from stream.core.events import Event
from stream.intake.publish import Pace, Sending

SOURCE = "simulator"
MARK_SECONDS = 0.25
"""How often (wall time) all partitions are told until when all is sent: a wallboard should move on."""

Watch = Callable[[int, int], None]
"""Called with every mark: the event time (ms), and how many events have been sent."""


class Player:
    """Sends events that come in order of time. Nights are not waited for: each `play` begins at once."""

    def __init__(self, settings: Settings, watch: Watch) -> None:
        """Connect. Raises BrokerMissing or PartMissing."""
        self.sending = Sending(settings, SOURCE)
        self.count = 0
        self._watch = watch
        self._told = 0
        self._told_wall = 0.0

    def play(self, events: Iterable[Event], speed: float) -> None:
        """Send events at `speed` times their own pace; 0: as fast as it goes."""
        pace = Pace(speed)
        for event in events:
            while (left := pace.wait(event.time)) > 0:
                # As before the event below: of this very millisecond nothing can be said.
                self._mark(pace.moment(left, event.time) - 1)
                time.sleep(min(left, MARK_SECONDS))
            # Between two events of one millisecond nothing can be said of that millisecond.
            self._mark(event.time - 1)
            self.sending.send(event)
            self.count += 1

    def finish(self, at: int) -> None:
        """Say that all up to `at` is sent and that nothing follows, and wait until Kafka has it all."""
        self.sending.tell(at, final=True)
        self._watch(at, self.count)

    def close(self) -> None:
        """Disconnect."""
        self.sending.close()

    def _mark(self, at: int) -> None:
        now = time.monotonic()
        if at <= self._told or now - self._told_wall < MARK_SECONDS:
            return
        self.sending.tell(at)
        self._told, self._told_wall = at, now
        self._watch(at, self.count)
