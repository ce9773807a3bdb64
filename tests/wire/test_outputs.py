"""Breaches leave as CloudEvents in binary mode."""

from __future__ import annotations

import json

from stream.wire.outputs import BREACH_TYPE, breach_headers
from stream.wire.topics import REPOSITORY, load

RESOLVED = REPOSITORY / "examples" / "valid" / "standard-breaches" / "breach--resolved.json"


def test_a_breach_is_a_cloud_event() -> None:
    """Each record has an id of its own; its subject is the breach, so that corrections find what they correct."""
    breach = json.loads(RESOLVED.read_text())
    expected = {
        "ce_specversion": b"1.0",
        "ce_type": b"cc.breach.v1",
        "ce_source": b"/answerable/eu-answerable",
        "ce_id": b"calls-in-a-minute/channel=call,queue=billing/2026-03-02/1/2",
        "ce_time": b"2026-03-02T09:41:00.000Z",
        "ce_subject": b"calls-in-a-minute/channel=call,queue=billing/2026-03-02/1",
        "content-type": b"application/json",
    }
    assert expected == dict(breach_headers(breach, "eu-answerable"))


def test_the_type_is_that_of_the_contract() -> None:
    """cc.<title of the schema>.v<version>."""
    (schema,) = load()["standard-breaches"].schemas
    assert f"cc.{schema.name}.v{schema.version}".encode() == BREACH_TYPE
