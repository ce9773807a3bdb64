"""Whatever the systems call queues and people, the figures are those of the centre's own names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from stream.config.centre import read_centre
from stream.core.centre import OTHER, Centre
from stream.core.events import Event
from stream.replay.driver import replay
from stream.replay.report import report
from stream.simulator.day import simulate
from stream.simulator.features import ALL

SHIPPED = read_centre(Path(__file__).parents[2] / "deploy/centre.yaml")


def called_otherwise(event: Event, queues: dict[str, list[str]], people: dict[str, list[str]], random: Random) -> Event:
    """The event as another system tells it, under any of the names of its queues and its agent."""
    data: dict[str, Any] = dict(event.data)
    for name in ("queue", "to_queue"):
        if name in data:
            data[name] = random.choice(queues[data[name]])
    if "queues" in data:
        data["queues"] = [random.choice(queues[queue]) for queue in data["queues"]]
    if data.get("agent_id") in people:
        data["agent_id"] = random.choice(people[data["agent_id"]])
    return Event(event.time, event.type, event.subject, event.id, data)


def test_ids_of_queues_change_no_figure() -> None:
    """A day with transfers, issues and surveys, told under names and ids by chance: the report is the same to the last figure."""
    random = Random(5)
    plain = replace(SHIPPED, agent_figures="none")
    ids = {name: [f"arn:aws:connect:eu-central-1:1:instance/i/queue/{name}", f"q-{name}"] for name in plain.queues}
    centre = replace(plain, queues={name: replace(queue, ids=tuple(ids[name])) for name, queue in plain.queues.items()})
    events = sorted(simulate(plain, day=date(2026, 3, 2), seed=3, scale=0.1, features=ALL).events, key=lambda one: (one.time, one.id))
    known = {name: [name, *others] for name, others in ids.items()}
    people = {name: [name, *person.ids] for name, person in plain.people.items()}
    told = [called_otherwise(event, known, people, random) for event in events]

    assert any(one.data.get("queue", "").startswith("arn:") for one in told)
    assert report(replay(events, plain, ()), None) == report(replay(told, centre, ()), None)


def test_an_id_that_nobody_declared_counts_as_other() -> None:
    """Declared ones are their queue; without any declared queue each name stands for itself."""
    queue = replace(SHIPPED.queues["billing"], ids=("q-17",))
    centre = Centre(queues={"billing": queue})
    assert ("billing", "billing", OTHER, "q-17") == (
        centre.queue("billing"),
        centre.queue("q-17"),
        centre.queue("q-18"),
        Centre().queue("q-17"),
    )
