"""The bridge to Alertmanager: only what was chosen, capped, under pseudonyms, and each end is said."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from stream.config.settings import Settings
from stream.core.pseudonyms import Pseudonyms
from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.intake.bridging import Bridging, follow, post
from stream.intake.kafka import apply_topics
from stream.sinks.bridge import Bridge
from tests.deploy.alerting import fetch, served, wait_until
from tests.deploy.test_alertmanager_running import shipped

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEY = Pseudonyms(b"secret")


def breach(contact: str, status: str = "firing", standard: str = "first-response", minute: int = 0) -> dict[str, Any]:
    """A record of standard-breaches about one contact."""
    return {
        "id": f"{standard}/queue=billing/{contact}",
        "revision": 1,
        "status": status,
        "standard": standard,
        "title": "Every inquiry gets a first answer within an hour",
        "severity": "warning",
        "cadence": "ticket",
        "form": "clock",
        "scope": {"queue": "billing", "channel": "email"},
        "value": 3600.0,
        "target": 3600.0,
        "op": "<=",
        "unit": "seconds",
        "started_at": f"2026-03-02T09:{minute:02}:00.000Z",
        "ended_at": None if status == "firing" else "2026-03-02T09:59:00.000Z",
        "contact_id": contact,
        "runbook": "",
    }


def test_a_contact_is_an_alert_under_a_pseudonym_until_it_is_over() -> None:
    """The id of the contact is nowhere in it; its end is said, and repeated for five minutes only."""
    bridge = Bridge(["first-response"], 10, KEY)
    bridge.take(breach("c-17"))
    (alert,) = bridge.alerts(NOW)
    labels = {
        "alertname": "ContactOverdue",
        "standard": "first-response",
        "severity": "warning",
        "cadence": "ticket",
        "queue": "billing",
        "channel": "email",
        "contact": KEY.of("contact", "c-17"),
    }
    assert (labels, "2026-03-02T09:00:00.000Z", "2026-03-02T10:03:00.000Z") == (alert["labels"], alert["startsAt"], alert["endsAt"])
    assert "c-17" not in json.dumps(alert)
    bridge.take(breach("c-17", "resolved"))
    assert [alert | {"endsAt": "2026-03-02T10:01:00.000Z"}] == bridge.alerts(NOW + timedelta(minutes=1))
    assert [alert | {"endsAt": "2026-03-02T10:01:00.000Z"}] == bridge.alerts(NOW + timedelta(minutes=5))
    assert [] == bridge.alerts(NOW + timedelta(minutes=6))


def test_what_was_not_chosen_or_is_of_no_contact_is_left_out() -> None:
    """Other standards, breaches of whole scopes, and what was over before anybody heard of it."""
    bridge = Bridge(["first-response"], 10, KEY)
    whole = {name: value for name, value in breach("c-1").items() if name != "contact_id"}
    for record in (breach("c-2", standard="email-response"), whole, breach("c-3"), breach("c-3", "withdrawn")):
        bridge.take(record)
    assert [] == bridge.alerts(NOW)


def test_above_the_cap_one_alert_counts_the_rest() -> None:
    """The oldest are shown; who is shown no more because others are older does not stay as firing."""
    bridge = Bridge(["first-response"], 2, KEY)
    for number in range(5):
        bridge.take(breach(f"c-{number}", minute=10 + number))
    shown = bridge.alerts(NOW)
    assert ["ContactOverdue", "ContactOverdue", "ContactsOverdueMore"] == [alert["labels"]["alertname"] for alert in shown]
    assert shown[2]["annotations"]["description"].startswith("3 more contacts break the standard")
    assert [KEY.of("contact", "c-0"), KEY.of("contact", "c-1")] == [alert["labels"]["contact"] for alert in shown[:2]]
    bridge.take(breach("c-older", minute=1))
    later = {alert["labels"].get("contact"): alert["endsAt"] for alert in bridge.alerts(NOW)}
    assert "2026-03-02T10:00:00.000Z" == later[KEY.of("contact", "c-1")]


def test_an_alertmanager_that_is_not_there_is_named() -> None:
    """The sentence says what to do."""
    with pytest.raises(PartMissing, match=r"No Alertmanager answers at http://127.0.0.1:1 "):
        post("http://127.0.0.1:1", [])


def test_breaches_in_kafka_become_alerts_and_end(broker: Broker, alertmanager_binary: Path, tmp_path: Path) -> None:
    """From the topic into a real Alertmanager, and out of it when the contact is answered."""
    prefix = f"bridge-{uuid.uuid4().hex[:8]}-"
    settings = replace(Settings(), bootstrap_servers=broker.bootstrap, topic_prefix=prefix, partitions=1)
    apply_topics(settings)
    producer = KafkaProducer(**settings.for_kafka_python())

    def tell(record: dict[str, Any]) -> None:
        producer.send(settings.topic("standard-breaches"), key=record["id"].encode(), value=json.dumps(record).encode())
        producer.flush()

    tell(breach("c-1"))  # before the bridge starts
    stop = threading.Event()
    with served(alertmanager_binary, shipped(), tmp_path / "am") as address:
        bridging = Bridging(settings=settings, url=f"http://{address}", since=3_600_000, say=lambda _: None)
        thread = threading.Thread(target=follow, args=(bridging, Bridge(["first-response"], 5, KEY), stop.is_set))
        thread.start()

        def contacts() -> set[str]:
            return {one["labels"]["contact"] for one in json.loads(fetch(f"http://{address}/api/v2/alerts") or b"[]")}

        try:
            wait_until("the contact fires", lambda: {KEY.of("contact", "c-1")} == contacts(), 20)
            tell(breach("c-1", "resolved"))
            tell(breach("c-2", minute=5))
            wait_until("the other one fires alone", lambda: {KEY.of("contact", "c-2")} == contacts(), 20)
        finally:
            stop.set()
            thread.join(10)
            producer.close()
