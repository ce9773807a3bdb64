"""A synthetic centre that lives on the wall clock: today's events as their moments come, and those of each day after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Final

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.events import Event, order
from stream.intake.publish import Sending
from stream.simulator.day import days

SOURCE: Final = "simulator"
OF_AGENTS: Final = "agent."
QUIET: Final = 15 * 60_000
"""From so long a wait (ms) on, people are told until when."""


def under_way(events: Iterable[Event], since: int) -> list[Event]:
    """Of a day's events, in their order: what each agent is at `since` (ms), told at that moment, and all of what goes on then or later.

    A contact that is under way needs its beginning. What was over before is left out, and so is what an agent was before: it would come
    too late to count in full, and a second time where the centre was begun again.
    """
    played = list(events)
    last: dict[str, int] = defaultdict(int)
    before: dict[str, Event] = {}
    for event in played:
        last[event.subject] = max(last[event.subject], event.time)
        if event.type.startswith(OF_AGENTS) and event.time < since:
            before[event.subject] = event
    standing = [Event(since, one.type, one.subject, f"{one.id}@{since}", one.data) for one in before.values()]
    going_on = [one for one in played if (one.time if one.type.startswith(OF_AGENTS) else last[one.subject]) >= since]
    return sorted([*standing, *going_on], key=order)


def from_now(centre: Centre, now: int, *, seed: int, scale: float) -> Iterator[Event]:
    """What happens from `now` (ms) on, without end, after what is needed of today before it. Raises ValueError as `days` does."""
    today = datetime.fromtimestamp(now / 1000, centre.zone).date()
    for day in days(centre, first=today, seed=seed, scale=scale):
        yield from under_way(day.events, now - centre.lateness)


def keep_living(
    settings: Settings,
    events: Iterable[Event],
    now: Callable[[], int],
    wait: Callable[[float], bool],
    *,
    ready: Callable[[], None] = lambda: None,
    quiet: Callable[[int], None] = lambda _: None,
) -> int:
    """Send each event when its moment has come; give how many were sent when `wait` (s) says True, or the events end.

    ready: called once Kafka is there. quiet: called with the moment (ms) until which nothing happens, where that is long.

    Raises BrokerMissing or PartMissing where Kafka takes nothing: begun again, it goes on, and what is sent twice counts once.
    """
    sent = 0
    with closing(Sending(settings, SOURCE)) as sending:
        for number, event in enumerate(events):
            if not number:
                ready()
            if event.time - now() > QUIET:
                quiet(event.time)
            while (left := event.time - now()) > 0:
                sending.flush()
                if wait(left / 1000):
                    return sent
            sending.send(event)
            sent += 1
        sending.flush()
    return sent
