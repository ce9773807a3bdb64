"""Somebody else's topics, in JSON, Avro and Protobuf, become our events in a real Kafka: through kills, poison and a registry's outage."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
from kafka import KafkaAdminClient, TopicPartition

from stream.config.settings import Settings, load
from stream.config.yaml import parse
from stream.embedded.broker import Broker
from stream.errors import DeclarationError
from stream.intake.topics import connection
from stream.sources.topic.mapping import read
from tests.intake.listening import PATIENCE, command, installation, metrics, once, plain, published, running, until
from tests.intake.registry import PASSWORD, Served, serving
from tests.intake.telephony import ANSWERS, MAPPING, WRITERS, as_avro, as_json, send, story, topic_of_theirs
from tests.parts.topics import records_of
from tests.sources.queue_logs import figures


@pytest.fixture
def registry() -> Iterator[Served]:
    """A schema registry."""
    with serving(ANSWERS) as served:
        yield served


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


@pytest.fixture
def topic(settings: Settings) -> str:
    """A topic of theirs, with three partitions."""
    return topic_of_theirs(settings)


def mapping(home: Path, topic: str, form: str, registry: Served) -> Path:
    """The mapping of a topic in one of the forms."""
    at = f"registry\nregistry: {{url: '{registry.url}', username: reader, password_env: REGISTRY_PASSWORD}}"
    path = home / "theirs.yaml"
    path.write_text(MAPPING.replace("TOPIC", topic).replace("FORMAT", "json" if form == "json" else at))
    return path


def delete(settings: Settings, topic: str, before: int) -> None:
    """Delete the first records of each partition."""
    with closing(KafkaAdminClient(**settings.for_kafka_python())) as client:
        client.delete_records({TopicPartition(topic, number): before for number in range(3)})


def listening(settings: Settings, home: Path) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen` by the mapping in `home`, ready, with the address of its pages."""
    return running(command(settings, "kafka", home / "state.json", "--mapping", home / "theirs.yaml"), REGISTRY_PASSWORD=PASSWORD)


@pytest.mark.parametrize(("form", "compression"), [("json", "lz4"), ("avro", "snappy"), ("protobuf", "zstd")])
def test_their_events_become_ours_once(
    form: str, compression: str, settings: Settings, topic: str, registry: Served, tmp_path: Path
) -> None:
    """In each form, compressed: the same events and figures; poison is a dead letter, the rest is told, a schema is asked for once."""
    mapping(tmp_path, topic, form, registry)
    theirs, expected = story(60)
    poison: list[bytes | None] = [b"\0\0\0\0\x63nothing", b"{", None]
    send(settings, topic, [*poison, *(WRITERS[form](one) for one in theirs)], compression)
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address).get("cc_source_lines_total") == len(theirs) + 3, "read all")
        until(lambda: metrics(address).get("cc_source_backlog") == 0, "at the end")
        shown = metrics(address)
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    found = published(settings)

    assert plain(expected) == plain(found)
    assert figures(expected) == figures(found)
    assert (2, 1, 0, 1) == tuple(shown[f"cc_source_{name}"] for name in ("rejected_total", "unknown_total", "gaps_total", "connected"))
    letters = [json.loads(one.value) for one in records_of(settings, ("dead-letters",))]
    places = [(f"source/kafka/{topic}", partition, 0) for partition in (0, 1)]
    assert places == sorted((one["topic"], one["partition"], one["offset"]) for one in letters)
    assert len(registry.asked) == len(set(registry.asked))
    assert (0, False) == (process.returncode, PASSWORD in said.decode())


def test_kills_lose_no_record_and_double_no_contact(settings: Settings, topic: str, registry: Served, tmp_path: Path) -> None:
    """Kill -9 at any moment, while their system goes on writing: the topics hold what all of its records say, each event once by its id."""
    mapping(tmp_path, topic, "json", registry)
    theirs, expected = story(1_000)
    random, killed = Random(7), Event()
    writer = Thread(target=send, args=(settings, topic, [as_json(one) for one in theirs], None, killed))
    writer.start()
    for _ in range(4):
        with listening(settings, tmp_path) as (process, _):
            time.sleep(random.uniform(0, 1))
            process.kill()
            process.wait()
    killed.set()
    writer.join()
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address).get("cc_source_backlog") == 0, "at the end")
        assert 0 == metrics(address)["cc_source_gaps_total"]
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    found = once(published(settings))

    assert plain(expected) == plain(found)
    assert figures(expected) == figures(found)


def test_it_goes_on_where_it_was_and_tells_what_was_gone(settings: Settings, topic: str, registry: Served, tmp_path: Path) -> None:
    """After a stop nothing is read twice; records that were deleted meanwhile, or under a running intake, are told and counted."""
    mapping(tmp_path, topic, "json", registry)
    theirs, _ = story(20)
    values: list[bytes | None] = [as_json(one) for one in theirs[:30]]
    send(settings, topic, values)
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address)["cc_source_lines_total"] == len(values), "read all")
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    send(settings, topic, values)
    delete(settings, topic, before=15)
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address)["cc_source_lines_total"] == len(values) / 2, "read what is left")
        assert 3 == metrics(address)["cc_source_gaps_total"]
        process.send_signal(signal.SIGSTOP)
        time.sleep(2)  # a fetch that waits at the broker ends, and a stopped process asks for no other
        send(settings, topic, values)
        delete(settings, topic, before=25)
        process.send_signal(signal.SIGCONT)
        until(lambda: metrics(address)["cc_source_lines_total"] == len(values), "read what is left")
        assert 6 == metrics(address)["cc_source_gaps_total"]
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert f"Records of {topic}/2 were gone before they were read; what is there is read." in said.decode().splitlines()


def test_an_outage_of_the_registry_is_waited_for(settings: Settings, topic: str, registry: Served, tmp_path: Path) -> None:
    """Nothing is rejected because a schema cannot be had now; it goes on by itself."""
    mapping(tmp_path, topic, "avro", registry)
    registry.end()
    theirs, expected = story(3)
    send(settings, topic, [as_avro(one) for one in theirs])
    with listening(settings, tmp_path) as (process, address):
        until(lambda: metrics(address)["cc_source_connected"] == 0, "missed the registry")
        registry.begin()
        until(lambda: metrics(address)["cc_source_lines_total"] == len(theirs), "read all")
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert plain(expected) == plain(published(settings))
    assert f"No schema registry answers at {registry.url}" in said.decode()


def test_it_does_not_read_what_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A topic of our own events on our own brokers would never end; elsewhere the name is free."""
    monkeypatch.setenv("THEIRS", PASSWORD)
    ours = load(environ={}, bootstrap_servers="k1:9092,k2:9092")
    text = MAPPING.replace("FORMAT", "json").replace("TOPIC", "contact-events")
    with pytest.raises(DeclarationError, match="contact-events is where our own events are written"):
        connection(read(parse(text, "theirs.yaml")), ours)
    elsewhere = text.replace(
        "topics:", "bootstrap_servers: 'k3:9092', security_protocol: SASL_SSL, sasl_username: u, sasl_password_env: THEIRS, topics:"
    )
    found = connection(read(parse(elsewhere, "theirs.yaml")), ours)
    assert ("k3:9092", "SASL_SSL", "u", PASSWORD) == (
        found.bootstrap_servers,
        found.security_protocol,
        found.sasl_username,
        found.sasl_password,
    )
