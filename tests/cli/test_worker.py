"""`answerable worker`, as the product runs it: the real stages on a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kafka import KafkaProducer

from stream.cli import main
from stream.config.settings import Settings, load
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.intake.kafka import apply_topics
from stream.wire.codec import encode, topic_of

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 30.0


def test_a_contact_is_seen_on_all_pages(broker: Broker, tmp_path: Path) -> None:
    """An event of now, on the wall clock: it counts in /metrics and in the readings, and SIGTERM ends the worker with 0."""
    name = f"worker-{uuid.uuid4().hex[:8]}-"
    settings = load(None, {}, bootstrap_servers=broker.bootstrap, topic_prefix=name, application_id=f"{name}app")
    apply_topics(settings)
    options = ["--bootstrap-servers", broker.bootstrap, "--prefix", name, "--application-id", f"{name}app", "--web-port", "0", "--json"]
    env = {**os.environ, "ANSWERABLE_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "stream", "worker", *options], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as worker:
        try:
            assert worker.stdout is not None
            said = json.loads(worker.stdout.readline())
            assert (True, [0, 1, 2, 3]) == (said["ready"], said["partitions"])
            _offer(settings)
            _until(said["web"] + "/metrics", lambda page: 'cc_contacts_offered_total{queue="billing",channel="call"} 1' in page)
            _until(said["web"] + "/api/readings", _is_offered)
        finally:
            worker.send_signal(signal.SIGTERM)
        assert 0 == worker.wait(WAIT_SECONDS)


def test_a_wrong_file_is_told_before_anything_starts(tmp_path: Path) -> None:
    """A centre that cannot be read ends the command with 2 and one sentence."""
    wrong = tmp_path / "centre.yaml"
    wrong.write_text("version: 1\nnmae: Us\n")
    result = CliRunner().invoke(main, ["worker", "--bootstrap-servers", "127.0.0.1:1", "--centre", str(wrong)])
    assert 2 == result.exit_code
    assert f"Error: {wrong}:2: " in result.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_missing_broker_is_said_in_one_sentence(host: str) -> None:
    """And in no line of the client's before it."""
    address = f"{host}:{free_ports(1)[0]}"
    command = [sys.executable, "-m", "stream", "worker", "--web-port", "0", "--bootstrap-servers", address]
    made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=120)
    said = f"Error: No Kafka broker answers at {address}: start one with `answerable broker start`, or set ANSWERABLE_BOOTSTRAP_SERVERS.\n"
    assert (3, "", said) == (made.returncode, made.stdout, made.stderr)


def _offer(settings: Settings) -> None:
    """One contact that is offered now."""
    now = time.time_ns() // 1_000_000
    data = {"contact_id": "c1", "channel": "call", "queue": "billing"}
    producer = KafkaProducer(**settings.for_kafka_python())
    for kind in ("contact.begun", "contact.offered"):
        key, value, headers = encode(Event(now, kind, "c1", kind, data), "test")
        producer.send(settings.topic(topic_of(kind)), value, key, headers=headers)
    producer.flush()
    producer.close()


def _is_offered(page: str) -> bool:
    readings: list[dict[str, Any]] = json.loads(page)["readings"]
    scope = {"queue": "billing", "channel": "call"}
    return any(one["scope"] == scope and one["window"] is None and one["measures"]["offered"] == 1 for one in readings)


def _until(address: str, seen: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    page = ""
    while time.monotonic() < deadline:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own address
            page = answer.read().decode()
        if seen(page):
            return
        time.sleep(0.1)
    raise AssertionError(f"{address} never showed it:\n{page[:3000]}")
