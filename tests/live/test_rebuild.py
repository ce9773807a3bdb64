"""`worker --rebuild` on a real broker: state anew under another application id, to the same figures."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiokafka
import pytest

from stream.cli import main
from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.embedded.broker import Broker
from stream.errors import AnswerableError, WrongUse
from stream.intake.files import read_events
from stream.intake.kafka import apply_topics
from stream.intake.publish import publish
from stream.live.changelogs import changelog_name
from stream.live.preflight import check
from stream.live.rebuild import _ends, begin_rebuild, refuse_foreign_facts
from stream.replay.driver import replay
from stream.replay.figures import Figures
from stream.verify.compare import differences
from stream.verify.outputs import Outputs
from tests.live.installation import as_counted, counted, events, installation
from tests.live.stages import COUNTED

ROOT = Path(__file__).parents[2]


@contextmanager
def worker(settings: Settings, place: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The product's worker, ready, and stopped in order at the end."""
    env = {
        **os.environ,
        "ANSWERABLE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "ANSWERABLE_TOPIC_PREFIX": settings.topic_prefix,
        "ANSWERABLE_APPLICATION_ID": settings.application_id,
        "ANSWERABLE_CLOCK": settings.clock,
        "ANSWERABLE_WEB_PORT": "0",
        "ANSWERABLE_DATA_DIR": str(place),
    }
    command = [sys.executable, "-m", "stream", "worker", "--json", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline().startswith('{"ready":true')
            yield running
        finally:
            running.terminate()


def settled(outputs: Outputs, settings: Settings, end: int) -> Figures:
    """What workers wrote, once all partitions have come to the end."""
    while outputs.settled(end) < settings.partitions:
        outputs.poll(0.2)
    outputs.drain()
    return outputs.figures


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated day."""
    path = tmp_path_factory.mktemp("day") / "day.jsonl"
    main(["simulate", "--scale", "0.03", "--events", str(path)], standalone_mode=False)
    return path


def test_a_rebuilt_state_has_the_figures_of_a_replay(broker: Broker, tmp_path: Path, day: Path) -> None:
    """A day is worked off, then again under a new application id: readings, intervals and breaches are those of a replay.

    Breaches come again under the same ids, and their revisions begin anew; the facts of the first time are not counted.
    """
    name = f"t{tmp_path.parent.name[-4:]}{os.getpid()}-"
    old = Settings(bootstrap_servers=broker.bootstrap, topic_prefix=name, application_id="first", clock="played")
    new = replace(old, application_id="second")
    apply_topics(old)
    seen: list[tuple[str, str, Any]] = []
    centre = read_centre(ROOT / "deploy/centre.yaml")
    standards = read_standards(ROOT / "deploy/standards.yaml", centre)
    with read_events("events", None, [day]) as played:
        replayed = replay(played, centre, standards)
        assert replayed.as_of is not None
        outputs = Outputs(old, lambda *record: seen.append(record))
        with worker(old, tmp_path):
            publish(played, old, source="test")
            assert [] == differences(settled(outputs, old, replayed.as_of), replayed)
        facts = asyncio.run(_ends(old, [old.topic("scope-facts")], old.partitions, "read_committed"))

        outputs.figures, outputs.finished = Figures(), {}
        first, seen[:] = list(seen), []
        with worker(new, tmp_path, "--rebuild"):
            assert [] == differences(settled(outputs, new, replayed.as_of), replayed)
        outputs.close()
    assert revisions(first) == revisions(seen)
    assert all(end for _, end in facts.values())
    assert sorted(end for _, end in facts.values()) == sorted(asyncio.run(first_marks(new)))


def revisions(seen: list[tuple[str, str, Any]]) -> dict[str, int]:
    """The ids of all breaches, with the least revision of each."""
    found: dict[str, int] = {}
    for topic, key, record in seen:
        if topic == "standard-breaches":
            found[key] = min(record["revision"], found.get(key, record["revision"]))
    return found


async def first_marks(settings: Settings) -> list[int]:
    """The first record of each partition of the changelog of scopes: where it begins to read."""
    topic = changelog_name(settings, "scopes")
    consumer = aiokafka.AIOKafkaConsumer(
        topic, bootstrap_servers=settings.brokers, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    found: dict[int, int] = {}
    while len(found) < settings.partitions:
        for tp, records in (await consumer.getmany(timeout_ms=200)).items():
            found.setdefault(tp.partition, int(records[0].value))
    await consumer.stop()
    return list(found.values())


def test_a_rebuild_is_refused_where_it_would_do_harm(broker: Broker, tmp_path: Path) -> None:
    """While any worker reads the facts, and where there is state; a new id without --rebuild is refused where others' facts are."""
    with installation(broker.bootstrap, tmp_path) as here:
        settings = here.settings
        new = replace(settings, application_id="other-7")
        (running,) = here.start_all(1)
        here.send(events(range(200)))
        here.read(COUNTED, 200)
        asyncio.run(check(new))
        with pytest.raises(WrongUse, match=rf"1 worker of {settings.installation} still reads .*scope-facts: stop all workers before"):
            asyncio.run(begin_rebuild(new, 4))
        assert 0 == running.stop()
        with pytest.raises(WrongUse, match=rf"There is state under .* say --application-id {settings.application_id}-2 here and to the"):
            asyncio.run(begin_rebuild(settings, 4))
        with pytest.raises(WrongUse, match="holds facts of another application id, and there is no state under other-7"):
            asyncio.run(refuse_foreign_facts(new, 4))
        asyncio.run(refuse_foreign_facts(settings, 4))
        asyncio.run(begin_rebuild(new, 4))
        asyncio.run(refuse_foreign_facts(new, 4))
        with pytest.raises(WrongUse, match="say --application-id other-8 here"):
            asyncio.run(begin_rebuild(new, 4))


async def committed(settings: Settings, topic: str, partitions: int) -> list[int]:
    """How many committed records each partition of a topic holds; those that only open or end a transaction are none."""
    places = [aiokafka.TopicPartition(topic, number) for number in range(partitions)]
    consumer: Any = aiokafka.AIOKafkaConsumer(**settings.for_aiokafka(), isolation_level="read_committed", auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(places)
        found = dict.fromkeys(places, 0)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found[place] += len(records)
        return [found[place] for place in places]
    finally:
        await consumer.stop()


@pytest.mark.timeout(300)
def test_of_several_that_rebuild_at_once_one_begins(broker: Broker, tmp_path: Path) -> None:
    """The others are told so; the marks are written once, and for every partition."""

    async def all_at_once(settings: Settings) -> list[BaseException | None]:
        # aiokafka leaves errors of fenced producers that nobody asks for; they would be logged whenever they happen to be collected.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        await check(settings)
        return await asyncio.gather(*(begin_rebuild(settings, 4) for _ in range(4)), return_exceptions=True)

    with installation(broker.bootstrap, tmp_path) as here:
        found = asyncio.run(all_at_once(here.settings))
        refused = [one for one in found if one is not None]
        assert (4, 3) == (len(found), len(refused)), refused
        assert all(isinstance(one, AnswerableError) for one in refused), refused
        assert [0, 0, 0, 0] == asyncio.run(first_marks(here.settings))
        assert [1, 1, 1, 1] == asyncio.run(committed(here.settings, changelog_name(here.settings, "scopes"), 4))
        here.start_all(2)
        here.send(events(range(500)))
        assert counted(range(500)) == as_counted(here.read(COUNTED, 500))
