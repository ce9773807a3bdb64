"""Synthetic contacts on their way into Kafka."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from stream.config.settings import Settings
from stream.core.scopes import CANARY
from stream.embedded.broker import Broker
from stream.errors import BrokerMissing
from stream.intake.canary import contact, keep_sending, send
from stream.intake.kafka import apply_topics
from stream.wire.codec import decode
from tests.parts.topics import records_of

AT = 1_772_440_000_000


def test_a_contact_lies_in_the_topic_of_contacts_as_any_other(broker: Broker) -> None:
    """Three events under one key, which the decoder of the worker reads back as they were."""
    settings = replace(Settings(), bootstrap_servers=broker.bootstrap, topic_prefix=f"canary-{uuid.uuid4().hex[:8]}-", partitions=2)
    apply_topics(settings)
    send(settings, AT)
    records = records_of(settings, ["contact-events"])
    found = [decode(record.value, record.headers, record.key) for record in records]
    assert contact(AT) == found
    assert {CANARY} == {event.data["queue"] for event in found}


def test_a_trouble_is_said_once_and_tried_again() -> None:
    """A broker that is down for an hour is one line, not sixty."""
    settings = replace(Settings(), bootstrap_servers="127.0.0.1:1")
    turns, said = iter((False, False, True)), list[str]()
    assert 0 == keep_sending(settings, lambda: AT, lambda: next(turns), said.append)
    assert ["No Kafka broker answers at 127.0.0.1:1"] == [sentence.partition(":1:")[0] + ":1" for sentence in said]
    with pytest.raises(BrokerMissing):
        send(settings, AT)
