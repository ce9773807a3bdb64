"""A worker process from outside: its pages, its errors, its state."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import urllib.request
from pathlib import Path

import pytest

from stream.embedded.broker import Broker
from stream.live.changelogs import changelog_name
from tests.live.installation import Installation, events, installation
from tests.live.stages import COUNTED


def test_the_pages_of_a_worker(broker: Broker, tmp_path: Path) -> None:
    """Health, readiness, metrics, readings and wallboard, all on 127.0.0.1."""
    with installation(broker.bootstrap, tmp_path) as here:
        (worker,) = here.start_all(1)
        assert worker.address.startswith("http://127.0.0.1:")
        assert (200, {"status": "ok"}) == _json(worker.get("/healthz"))
        assert (200, {"ready": True, "partitions": [0, 1, 2, 3]}) == _json(worker.get("/readyz"))
        here.send([*events(range(100)), ("contact-events", b"k1", b"no json")])
        here.read(COUNTED, 100)
        status, metrics = worker.get("/metrics")
        assert 200 == status
        assert "cc_worker_ready 1" in metrics
        assert 'cc_events_rejected_total{topic="contact-events",reason="undecodable"} 1' in metrics
        assert 'cc_events_processed_total{topic="scope-facts"} 100' in metrics
        status, readings = _json(worker.get("/api/readings"))
        assert (200, [], "played") == (status, readings["readings"], readings["clock"])
        assert readings.keys() == json.loads(gzip.decompress(_compressed(worker.address + "/api/readings"))).keys()
        assert "<title>Wallboard" in worker.get("/")[1]
        assert 404 == worker.get("/tables/")[0]


def test_a_taken_port_is_told(broker: Broker, tmp_path: Path) -> None:
    """One sentence that says what to do, and exit code 3."""
    with socket.create_server(("127.0.0.1", 0)) as taken, installation(broker.bootstrap, tmp_path) as here:
        port = taken.getsockname()[1]
        worker = here.start(web_port=str(port))
        assert 3 == worker.wait()
        assert f"Error: The address 127.0.0.1:{port} is taken: set ANSWERABLE_WEB_PORT" in worker.log.read_text()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_told(broker: Broker, tmp_path: Path, host: str) -> None:
    """The sentence names the address, not the port."""
    with installation(broker.bootstrap, tmp_path) as here:
        worker = here.start(web_host=host)
        assert 3 == worker.wait()
        assert f"Error: {host} is no address of this machine: set ANSWERABLE_WEB_HOST" in worker.log.read_text()


def test_a_missing_broker_is_told(broker: Broker, tmp_path: Path) -> None:
    """Where nobody answers, the worker ends with 3 and says how to start a broker."""
    with installation(broker.bootstrap, tmp_path) as here:
        worker = here.start(bootstrap_servers="127.0.0.1:1")
        assert 3 == worker.wait()
        assert "Error: No Kafka broker answers at 127.0.0.1:1" in worker.log.read_text()


def test_a_changelog_that_cannot_be_read_stops_the_worker(broker: Broker, tmp_path: Path) -> None:
    """State is never passed over silently: the worker ends with 1 and names the state."""
    with installation(broker.bootstrap, tmp_path) as here:
        (worker,) = here.start_all(1)
        worker.stop()
        asyncio.run(_write(here, changelog_name(here.settings, "contacts"), b"k1", b"many"))
        broken = here.start()
        assert 1 == broken.wait()
        assert "Error: An entry in the state of contacts, partition" in broken.log.read_text()


def _json(answer: tuple[int, str]) -> tuple[int, dict[str, object]]:
    return answer[0], json.loads(answer[1])


def _compressed(address: str) -> bytes:
    """The answer as it comes to who takes gzip."""
    asked = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - our own address
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - as above
        found: bytes = answer.read()
    return found


async def _write(here: Installation, topic: str, key: bytes, value: bytes) -> None:
    producer = here.producer()
    await producer.start()
    await producer.send_and_wait(topic, value, key)
    await producer.stop()
