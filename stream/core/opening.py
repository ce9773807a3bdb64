"""Which opening hours hold where: those of a queue, or of all queues that belong to a scope together."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Final

from stream.core.centre import Centre, Queue
from stream.core.facts import OFFERED, OUT_OF_HOURS, Fact
from stream.core.schedule import Schedule, together

PLACES: Final = frozenset({"queue", "channel", "team", "tier", "skill"})
"""Scopes of these dimensions have opening hours; a group of contacts, a kind of issue and an agent have none."""


def hours_of(centre: Centre, dimensions: Mapping[str, str]) -> Schedule | None:
    """The opening hours of a scope: open while any queue is that belongs to it. None where no declared queue does."""
    if not PLACES.issuperset(dimensions):
        return None
    found = [centre.schedule(queue.hours) for queue in centre.queues.values() if _belongs(queue, dimensions)]
    return together(found) if found else None


def _belongs(queue: Queue, dimensions: Mapping[str, str]) -> bool:
    extras = queue.extras()
    told = {name for name, _ in extras}
    for name, value in dimensions.items():
        if name == "queue":
            belongs = value == queue.name
        elif name == "channel":
            belongs = value in queue.channels
        else:
            # People work in a queue that says nothing of teams, so its hours may be theirs.
            belongs = name not in told or (name, value) in extras
        if not belongs:
            return False
    return True


def queues_that_close(centre: Centre, wanted: Container[str]) -> dict[str, Schedule]:
    """The schedules of queues that are not always open, by queue; empty where nobody asks who came out of hours."""
    if OUT_OF_HOURS not in wanted:
        return {}
    return {name: schedule for name, queue in centre.queues.items() if not (schedule := centre.schedule(queue.hours)).always}


def out_of_hours(facts: Iterable[Fact], schedule: Schedule) -> list[Fact]:
    """For each offer among the facts of a queue that was made outside its hours one fact more, which is withdrawn with it."""
    return [(OUT_OF_HOURS, *fact[1:]) for fact in facts if fact[0] == OFFERED and not schedule.is_open(fact[2])]
