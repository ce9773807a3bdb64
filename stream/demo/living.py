"""A synthetic centre that lives on the wall clock: today's events as their moments come, and those of each day after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Final

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.events import Event
from stream.intake.publish import Sending
from stream.simulator.day import days

SOURCE: Final = "simulator"
OF_AGENTS: Final = "agent."


def under_way(events: Iterable[Event], since: int) -> list[Event]:
    """Of a day's events, in their order, those of agents, and of whatever goes on at or after `since` (ms).

    Who is on duty was said in the morning, and a contact that is under way needs its beginning. What was over before is left out:
    it would come too late to count in full, and a second time where the centre was begun again.
    """
    played = list(events)
    last: dict[str, int] = defaultdict(int)
    for event in played:
        last[event.subject] = max(last[event.subject], event.time)
    return [event for event in played if event.type.startswith(OF_AGENTS) or last[event.subject] >= since]


def from_now(centre: Centre, now: int, *, seed: int, scale: float) -> Iterator[Event]:
    """What happens from `now` (ms) on, without end, after what is needed of today before it. Raises ValueError as `days` does."""
    today = datetime.fromtimestamp(now / 1000, centre.zone).date()
    for day in days(centre, first=today, seed=seed, scale=scale):
        yield from under_way(day.events, now - centre.lateness)


def keep_living(settings: Settings, events: Iterable[Event], now: Callable[[], int], wait: Callable[[float], bool]) -> int:
    """Send each event when its moment has come; give how many were sent when `wait` (s) says True, or the events end.

    Raises BrokerMissing or PartMissing where Kafka takes nothing: begun again, it goes on, and what is sent twice counts once.
    """
    sent = 0
    with closing(Sending(settings, SOURCE)) as sending:
        for event in events:
            while (left := event.time - now()) > 0:
                sending.flush()
                if wait(left / 1000):
                    return sent
            sending.send(event)
            sent += 1
        sending.flush()
    return sent
