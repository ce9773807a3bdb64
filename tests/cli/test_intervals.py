"""`answerable intervals`, on a real broker."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner
from kafka import KafkaProducer

from stream.cli.intervals import command, records
from stream.config.settings import Settings, load
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.intake.kafka import apply_topics


def interval(start: str, queue: str, offered: int, revision: int = 1) -> dict[str, Any]:
    """Make one record as the scopes processor writes it."""
    return {
        "scope": {"queue": queue, "channel": "call"},
        "window": {"name": "30m", "start": f"2026-11-02T{start}:00.000Z", "end": f"2026-11-02T{start[:3]}59:00.000Z"},
        "revision": revision,
        "measures": {"offered": offered, "answered": 2, "service_level": [{"formula": "strict", "within_seconds": 20, "ratio": 0.5}]},
    }


def test_the_last_record_of_each_interval_is_printed_as_csv(broker: Broker) -> None:
    """Corrected intervals stand once, other queues are left out where asked, and cells without data are empty."""
    prefix = f"intervals-{uuid.uuid4().hex[:8]}-"
    settings = load(None, {}, bootstrap_servers=broker.bootstrap, topic_prefix=prefix)
    apply_topics(settings)
    producer = KafkaProducer(**settings.for_kafka_python())
    for record in (
        interval("09:00", "billing", 3),
        interval("09:00", "billing", 7, revision=2),
        interval("08:30", "billing", 5),
        interval("09:00", "billing", 4),  # after a rebuild
        interval("09:00", "sales", 9),
    ):
        key = f"{record['scope']['queue']}|{record['window']['start']}".encode()
        producer.send(settings.topic("queue-intervals"), orjson.dumps(record), key)
    producer.flush()
    producer.close()
    arguments = ["--csv", "--bootstrap-servers", broker.bootstrap, "--prefix", prefix, "--queue", "billing"]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    expected = (
        "start,end,queue,channel,offered,answered,abandoned,short_abandoned,flowed_out,service_level_20s,"
        "asa_seconds,longest_wait_seconds,aht_seconds,max_waiting\n"
        "2026-11-02T08:30:00.000Z,2026-11-02T08:59:00.000Z,billing,call,5,2,,,,0.5,,,,\n"
        "2026-11-02T09:00:00.000Z,2026-11-02T09:59:00.000Z,billing,call,4,2,,,,0.5,,,,\n"
    )
    assert (0, expected) == (result.exit_code, result.output)


def test_deserted_intervals_are_left_out_and_said(broker: Broker) -> None:
    """Half-hours without a contact and an agent are counted below the table; --all prints them."""
    prefix = f"intervals-{uuid.uuid4().hex[:8]}-"
    settings = load(None, {}, bootstrap_servers=broker.bootstrap, topic_prefix=prefix)
    apply_topics(settings)
    nobody = interval("09:00", "sales", 0) | {"measures": {"offered": 0, "accessibility": {"open_seconds": 1_800.0, "ratio": 0.0}}}
    asyncio.run(fill(settings, [orjson.dumps(interval("09:00", "billing", 3)), orjson.dumps(nobody)]))
    arguments = ["--bootstrap-servers", broker.bootstrap, "--prefix", prefix]
    some, everything = (CliRunner().invoke(command, [*arguments, *more], catch_exceptions=False) for more in ([], ["--all"]))
    assert (["billing"], ["billing", "sales"]) == tuple(
        [line.split()[2] for line in one.stdout.splitlines()[1:]] for one in (some, everything)
    )
    assert "1 of 2 without a contact and without an agent are left out: --all prints them, too.\n" == some.stderr
    assert "" == everything.stderr


def test_many_records_are_read_quickly(broker: Broker) -> None:
    """Thirty megabytes cost less than two seconds of the processor: what checks each byte in Python takes four."""
    prefix = f"intervals-{uuid.uuid4().hex[:8]}-"
    settings = load(None, {}, bootstrap_servers=broker.bootstrap, topic_prefix=prefix)
    apply_topics(settings)
    asyncio.run(fill(settings, [bytes(30_000)] * 1_000))
    began = time.process_time()
    assert 1_000 == sum(1 for _ in records(settings))
    assert time.process_time() - began < 2


async def fill(settings: Settings, values: list[bytes]) -> None:
    """Write values into queue-intervals under keys of their own, with the client that is quick."""
    producer = AIOKafkaProducer(**settings.for_aiokafka())
    await producer.start()
    for number, value in enumerate(values):
        await producer.send(settings.topic("queue-intervals"), value, key=b"%d" % number)
    await producer.stop()


def test_a_missing_topic_is_said_in_one_sentence(broker: Broker) -> None:
    """The sentence names the command that helps."""
    result = CliRunner().invoke(command, ["--csv", "--bootstrap-servers", broker.bootstrap, "--prefix", "nobody-made-"])
    assert "The topic nobody-made-queue-intervals is not there: create it with `answerable topics apply`." == str(result.exception)


def test_a_missing_broker_is_said_in_one_sentence() -> None:
    """Nobody listens there, and the sentence says where."""
    result = CliRunner().invoke(command, ["--csv", "--bootstrap-servers", f"127.0.0.1:{free_ports(1)[0]}"])
    assert str(result.exception).startswith("No Kafka broker answers at 127.0.0.1:")
