"""What the webhook gateway holds on one core: wrk posts as fast as it is answered, and all that was answered 200 has to be in Kafka."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson
import psutil
from kafka import KafkaConsumer, TopicPartition

from stream.config.settings import Settings, load
from stream.embedded import debian
from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.intake.kafka import apply_topics
from stream.wire.codec import CONTACT_TOPIC

HERE: Final = Path(__file__).parent
PARTITIONS: Final = 4
CONNECTIONS: Final = 50
WARM_UP: Final = 3
KEY: Final = "a key of the benchmark"
MAPPING: Final = """version: 1
listen: 127.0.0.1:0
sources:
  cloudevents: { secret_env: GATEWAY_KEY, requests_per_second: 1000000 }
"""


def measure(rounds: int, seconds: float, *, short: bool = False) -> dict[str, Any]:
    """Post for `seconds`, `rounds` times, after a warm-up; medians."""
    wrk = debian.find("wrk")
    connections = 4 if short else CONNECTIONS
    cores = sorted(os.sched_getaffinity(0))
    apart = len(cores) > 1
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place, Broker(Path(place) / "broker") as broker:
        settings = load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix="b-", partitions=PARTITIONS)
        apply_topics(settings)
        with _gateway(settings, Path(place)) as (process, address):
            if apart:
                process.cpu_affinity(cores[:1])
                for other in (psutil.Process(broker.pid), psutil.Process()):
                    for thread in other.threads():
                        os.sched_setaffinity(thread.id, cores[1:])
            try:
                if not short:
                    _post(wrk, address, connections, WARM_UP)
                for number in range(rounds):
                    before, spent = _there(settings), sum(process.cpu_times()[:2])
                    one = _post(wrk, address, connections, seconds)
                    one["cpu"] = sum(process.cpu_times()[:2]) - spent
                    there = _there(settings) - before
                    if one["wrong"] or there < one["requests"]:
                        raise PartMissing(
                            f"Of {one['requests']:,} requests {one['wrong']:,} failed, and {there:,} are in Kafka: look at the broker."
                        )
                    speed = one["requests"] / one["microseconds"] * 1e6
                    print(f"gateway, round {number + 1}: {speed:,.0f} requests/s, p99 {one['p99'] / 1000:.0f} ms", flush=True)
                    found.append({**one, "speed": speed})
            finally:
                if apart:
                    for thread in psutil.Process().threads():
                        os.sched_setaffinity(thread.id, cores)
    middle = {name: median(one[name] for one in found) for name in ("speed", "p50", "p99", "longest")}
    where = "on one core, broker and wrk on the others" if apart else "with all on one core"
    return {
        "about": f"`answerable listen --source webhooks` {where}; "
        f"wrk posts structured CloudEvents with a key over {connections} connections, each as soon as the one before is answered, "
        f"for {seconds:g} s, {rounds} times; medians. All that was answered is in Kafka (acks=all).",
        "requests_per_second": middle["speed"],
        "seconds_median": middle["p50"] / 1e6,
        "seconds_p99": middle["p99"] / 1e6,
        "seconds_longest": middle["longest"] / 1e6,
        "cpu_microseconds_per_request": median(one["cpu"] / one["requests"] * 1e6 for one in found),
        "requests_per_second_round_by_round": [one["speed"] for one in found],
        "seconds_p99_round_by_round": [one["p99"] / 1e6 for one in found],
    }


@contextmanager
def _gateway(settings: Settings, place: Path) -> Iterator[tuple[psutil.Process, str]]:
    """A gateway that listens, and where."""
    mapping = place / "gateway.yaml"
    mapping.write_text(MAPPING)
    call = [sys.executable, "-m", "stream", "listen", "--source", "webhooks", "--mapping", str(mapping), "--web-port", "0", "--json"]
    call += ["--bootstrap-servers", settings.bootstrap_servers, "--prefix", settings.topic_prefix]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "GATEWAY_KEY": KEY}) as child:
        try:
            told = child.stdout.readline() if child.stdout is not None else b""
            if not told:
                raise PartMissing("The gateway did not start: run it by hand to see why.")
            yield psutil.Process(child.pid), orjson.loads(told)["address"]
        finally:
            child.terminate()


def _post(wrk: Path, address: str, connections: int, seconds: float) -> dict[str, Any]:
    """One run of wrk."""
    call = [
        str(wrk),
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}",
        "--timeout",
        "10s",
        "-s",
        str(HERE / "gateway.lua"),
        address,
    ]
    done = subprocess.run(call, capture_output=True, check=True, env={**os.environ, "GATEWAY_KEY": KEY})
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return found


def _there(settings: Settings) -> int:
    """How many records are in the topic of contacts."""
    consumer = KafkaConsumer(**settings.for_kafka_python())
    try:
        return int(
            sum(consumer.end_offsets([TopicPartition(settings.topic(CONTACT_TOPIC), number) for number in range(PARTITIONS)]).values())
        )
    finally:
        consumer.close()
