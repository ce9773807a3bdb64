"""The driver of the bridge: follows standard-breaches and posts to Alertmanager."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import orjson
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.config.settings import Settings
from stream.core.stage import STANDARD_BREACHES
from stream.errors import PartMissing
from stream.intake.kafka import admin_client, explain, partition_counts

EVERY: Final = 30.0
"""How often (s) all that fires is sent again; what is new goes out with the next poll."""
POLL_MS: Final = 1_000
TIMEOUT: Final = 10.0


class Alerts(Protocol):
    """What makes alerts of breaches: `stream.sinks.bridge.Bridge`."""

    def take(self, breach: Mapping[str, Any]) -> None:
        """Hear of a breach."""

    def alerts(self, now: datetime) -> list[dict[str, Any]]:
        """What is to be sent now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridging:
    """Where it reads and writes. url: Alertmanager's base. since: how far back (ms) breaches are looked for that still go on."""

    settings: Settings
    url: str
    since: int
    say: Callable[[str], None]


def post(url: str, alerts: list[dict[str, Any]]) -> None:
    """Send alerts to the API v2. Raises PartMissing where Alertmanager does not take them."""
    request = urllib.request.Request(  # noqa: S310 - the address is given by who runs it, http or https
        f"{url.rstrip('/')}/api/v2/alerts", data=json.dumps(alerts).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310 - as above
            return
    except urllib.error.HTTPError as error:
        with error:
            why = error.read(300).decode(errors="replace").strip()
        raise PartMissing(f"Alertmanager at {url} refuses the alerts ({error.code} {why}): is it an API v2?") from None
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise PartMissing(
            f"No Alertmanager answers at {url} ({getattr(error, 'reason', error)}): name its address, with its port."
        ) from None


def follow(bridging: Bridging, bridge: Alerts, stop: Callable[[], bool]) -> None:
    """Follow until `stop`. Alertmanager's troubles are said once and tried again; Kafka's raise BrokerMissing or PartMissing."""
    settings = bridging.settings
    with admin_client(settings) as client:
        count = partition_counts(client).get(settings.topic(STANDARD_BREACHES))
    if count is None:
        raise PartMissing(f"The topic {settings.topic(STANDARD_BREACHES)} is not there: create it with `answerable topics apply`.")
    try:
        consumer: Any = KafkaConsumer(
            **settings.for_kafka_python(), isolation_level="read_committed", group_id=None, enable_auto_commit=False
        )
        with closing(consumer):
            _seek(consumer, [TopicPartition(settings.topic(STANDARD_BREACHES), number) for number in range(count)], bridging.since)
            _relay(consumer, bridging, bridge, stop)
    except KafkaError as error:
        raise explain(error, settings) from error


def _seek(consumer: Any, partitions: list[TopicPartition], since: int) -> None:
    consumer.assign(partitions)
    begin = time.time_ns() // 1_000_000 - since
    found = consumer.offsets_for_times(dict.fromkeys(partitions, begin))
    for partition in partitions:
        at = found.get(partition)
        if at is None:
            consumer.seek_to_end(partition)
        else:
            consumer.seek(partition, at.offset)


def _relay(consumer: Any, bridging: Bridging, bridge: Alerts, stop: Callable[[], bool]) -> None:
    due, trouble = 0.0, ""
    ends = consumer.end_offsets(consumer.assignment())
    while not stop():
        batches = consumer.poll(POLL_MS)
        for batch in batches.values():
            for record in batch:
                bridge.take(orjson.loads(record.value))
        if ends and batches and any(consumer.position(partition) < end for partition, end in ends.items()):
            continue  # what fires in the past may have been resolved since: nothing is posted before the present is reached
        ends = {}
        if not batches and time.monotonic() < due:
            continue
        alerts = bridge.alerts(datetime.now(UTC))
        due = time.monotonic() + EVERY
        if not alerts:
            continue
        try:
            post(bridging.url, alerts)
            trouble = ""
        except PartMissing as error:
            if str(error) != trouble:
                trouble = str(error)
                bridging.say(trouble)
