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
    """One state of each agent, the whole of each contact that goes on, nothing of the others, in order; and all that follows."""
    day = list(simulate(CENTRE, day=MONDAY, seed=3, scale=0.1).events)
    found = under_way(iter(day), ELEVEN)
    states = {event.subject: event.data for event in day if event.type == "agent.state_changed" and event.time < ELEVEN}
    told = [event for event in found if event.type.startswith("agent.") and event.time <= ELEVEN]
    assert states == {event.subject: event.data for event in told}
    assert [ELEVEN] * len(states) == [event.time for event in told]
    contacts = {event.subject for event in day if event.time >= ELEVEN and not event.type.startswith("agent.")}
    assert [event for event in day if event.subject in contacts] == [event for event in found if event.subject in contacts]
    assert sorted(found, key=order) == found
    later = [event for event in day if event.time >= ELEVEN]
    assert later == [event for event in found if event.time >= ELEVEN and event not in told]
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

    told: list[int | None] = []
    living = from_now(CENTRE, ELEVEN, seed=7, scale=0.05)
    assert len(past) == keep_living(settings, living, lambda: ELEVEN, wait, ready=lambda: told.append(None), quiet=told.append)
    assert [None] == told
    assert [(due[len(past)].time - ELEVEN) / 1000] == waits
    records = records_of(settings, ["contact-events", "agent-events"])
    found = [decode(record.value, record.headers, record.key) for record in records]
    assert sorted(past, key=order) == sorted(found, key=order)


def test_where_nothing_happens_for_long_it_is_said_until_when(broker: Broker) -> None:
    """At three in the morning the first event is hours away."""
    settings = replace(Settings(), bootstrap_servers=broker.bootstrap, topic_prefix=f"living-{uuid.uuid4().hex[:8]}-", partitions=2)
    apply_topics(settings)
    night, told = ELEVEN - 8 * 3_600_000, list[int | None]()
    first = min(event.time for event in simulate(CENTRE, day=MONDAY, seed=7, scale=0.05).events)
    living = from_now(CENTRE, night, seed=7, scale=0.05)
    assert 0 == keep_living(settings, living, lambda: night, lambda _: True, ready=lambda: told.append(None), quiet=told.append)
    assert [None, first] == told


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
    assert "" == result.stdout
