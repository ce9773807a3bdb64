"""Days of a synthetic centre: plan, floor and truth put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from stream.simulator.features import NOTHING, Features
from stream.simulator.floor import Floor
from stream.simulator.matters import Matters
from stream.simulator.of_issues import Spans
from stream.simulator.plan import HOUR, Plan, plan
from stream.simulator.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stream.core.centre import Centre
    from stream.core.events import Event

MONDAY = date(2026, 3, 2)
"""The day that is played by default."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A day, or some in a row: the plan, the events (to be taken once, in order), and the truth, complete when they have been taken."""

    plan: Plan
    events: Iterator[Event]
    truth: Truth


def simulate(
    centre: Centre, *, day: date = MONDAY, seed: int = 7, scale: float = 1.0, features: Features = NOTHING, number: int = 1
) -> Simulation:
    """Make a day of the centre, or `number` days in a row. The same arguments give the same events, to the byte.

    scale multiplies the contacts, and the people with them. A day on which every queue is closed has no events.
    """
    planned = plan(centre, day=day, seed=seed, scale=scale)
    for more in range(1, number):
        following = plan(centre, day=day + timedelta(days=more), seed=seed, scale=scale)
        lunch = planned.lunch if planned.lines else following.lunch
        planned = replace(planned, lines=planned.lines + following.lines, people=planned.people + following.people, lunch=lunch)
    truth = Truth(
        lunch=(planned.lunch, planned.lunch + HOUR),
        declared={name: frozenset(queue.extras()) for name, queue in centre.queues.items()},
        opening=opening_of(planned),
        groups=centre.groups,
        cadence=centre.ring_cadence,
        instant=centre.instant,
        zone=centre.zone,
        dropout_share=centre.dropout_share,
    )
    floor = Matters(planned, truth, features) if features.any else Floor(planned, truth)
    return Simulation(planned, floor.run(), truth)


def opening_of(planned: Plan) -> dict[str, Spans]:
    """When each queue is open on the planned days."""
    spans: dict[str, Spans] = {}
    for line in planned.lines:
        spans[line.queue] = None if line.always else tuple(sorted({*(spans.get(line.queue) or ()), *line.periods}))
    return spans


def days(centre: Centre, *, first: date = MONDAY, seed: int = 7, scale: float = 1.0) -> Iterator[Simulation]:
    """Day after day from `first`, without end; days on which every queue is closed are left out.

    Raises ValueError where a whole week has no open day.
    """
    week = [first + timedelta(days=n) for n in range(7)]
    if not any(plan(centre, day=day, seed=seed, scale=scale).lines for day in week):
        message = "no queue of the centre is open on any day of the week"
        raise ValueError(message)
    day = first
    while True:
        simulation = simulate(centre, day=day, seed=seed, scale=scale)
        if simulation.plan.lines:
            yield simulation
        day += timedelta(days=1)
