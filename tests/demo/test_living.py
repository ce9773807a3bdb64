"""A synthetic centre on the wall clock."""

from __future__ import annotations

import uuid
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from click.testing import CliRunner

from stream.cli import main
from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.core.events import order
from stream.demo.living import from_now, keep_living, under_way
from stream.embedded.broker import Broker
from stream.intake.kafka import apply_topics
from stream.simulator.day import MONDAY, simulate
from stream.wire.codec import decode
from tests.parts.topics import records_of

CENTRE = read_centre(Path(__file__).parents[2] / "deploy" / "centre.yaml")
ELEVEN = 1_772_445_600_000
"""In Berlin, on the Monday."""


def test_of_the_morning_there_is_who_is_on_duty_and_what_is_under_way() -> None:
    """All of the agents, the whole of each contact that goes on, nothing of the others, in order; and all that follows."""
    day = list(simulate(CENTRE, day=MONDAY, seed=3, scale=0.1).events)
    going_on = {event.subject for event in day if event.time >= ELEVEN}
    found = under_way(iter(day), ELEVEN)
    assert [event for event in day if event.type.startswith("agent.") or event.subject in going_on] == found
    assert sorted(found, key=order) == found
    assert [event for event in day if event.time >= ELEVEN] == [event for event in found if event.time >= ELEVEN]
    assert len(found) < len(day)


def test_the_days_follow_each_other_under_ids_of_their_own() -> None:
    """A contact of tomorrow is not one of today, and what begins anew sends the same events."""
    end = ELEVEN + 30 * 3_600_000
    once, again = (list(takewhile(lambda event: event.time < end, from_now(CENTRE, ELEVEN, seed=3, scale=0.05))) for _ in range(2))
    assert once == again
    assert once[-1].time - ELEVEN > 20 * 3_600_000
    assert len({event.id for event in once}) == len(once)


def test_what_has_happened_is_in_kafka_and_what_has_not_is_waited_for(broker: Broker) -> None:
    """At eleven all up to eleven is sent, and the first wait is until the next event."""
    settings = replace(Settings(), bootstrap_servers=broker.bootstrap, topic_prefix=f"living-{uuid.uuid4().hex[:8]}-", partitions=2)
    apply_topics(settings)
    due = under_way(simulate(CENTRE, day=MONDAY, seed=7, scale=0.05).events, ELEVEN - CENTRE.lateness)
    past = [event for event in due if event.time <= ELEVEN]
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return True

    assert len(past) == keep_living(settings, from_now(CENTRE, ELEVEN, seed=7, scale=0.05), lambda: ELEVEN, wait)
    assert [(due[len(past)].time - ELEVEN) / 1000] == waits
    records = records_of(settings, ["contact-events", "agent-events"])
    found = [decode(record.value, record.headers, record.key) for record in records]
    assert sorted(past, key=order) == sorted(found, key=order)


def test_options_about_files_are_refused() -> None:
    """One sentence says which of them is too much."""
    result = CliRunner().invoke(main, ["simulate", "--live", "--days", "2"])
    assert (2, "Error: --days is about files, and --live writes none: leave one of them out.\n") == (result.exit_code, result.stderr)


def test_the_played_clock_is_refused() -> None:
    """Workers there would wait for marks for ever."""
    result = CliRunner(env={"ANSWERABLE_CLOCK": "played"}).invoke(main, ["simulate", "--live"])
    assert (2, True) == (result.exit_code, result.stderr.endswith("set clock to wall.\n"))


def test_without_a_broker_it_ends_with_3() -> None:
    """The container is begun again by its engine."""
    result = CliRunner().invoke(main, ["simulate", "--live", "--scale", "0.02", "--bootstrap-servers", "127.0.0.1:1"])
    assert (3, True) == (result.exit_code, "No Kafka broker answers at 127.0.0.1:1" in result.stderr)
