"""A body is split by its envelope; an envelope that is broken is refused, and nothing else is ever raised."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.intake.webhooks import posts
from stream.intake.webhooks.declared import read_gateway
from stream.intake.webhooks.gateway import translated
from stream.intake.webhooks.posts import Malformed, Split
from stream.intake.webhooks.vendors import VENDORS
from stream.sources.records import Rejected
from tests.intake.webhooks.gateways import made

EVENT = {
    "specversion": "1.0",
    "id": "e 1",
    "source": "/pbx",
    "type": "cc.contact.offered.v1",
    "time": "2026-03-02T09:00:00Z",
    "data": {"contact_id": "c1", "queue": "billing", "channel": "call"},
}
GATEWAY = "version: 1\npublic_url: https://x\nsources: {{{}: {{secret_env: S}}}}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def records(split: Split, body: bytes, headers: dict[str, str]) -> list[Any]:
    """What a body is split into, as JSON."""
    return [json.loads(one) for one in split(made(body, headers)).records]


def test_all_three_modes_of_cloud_events_say_the_same() -> None:
    """Structured, batched, and binary with percent-encoded headers."""
    headers = {f"ce-{name}": str(value) for name, value in EVENT.items() if name != "data"} | {
        "ce-id": "e%201",
        "Content-Type": "application/json",
    }
    binary = records(posts.as_cloud_events, json.dumps(EVENT["data"]).encode(), headers)
    structured = records(posts.as_cloud_events, json.dumps(EVENT).encode(), {"Content-Type": "application/cloudevents+json; charset=utf-8"})
    batched = records(posts.as_cloud_events, json.dumps([EVENT, EVENT]).encode(), {"Content-Type": "application/cloudevents-batch+json"})
    assert [EVENT] == structured == binary
    assert [EVENT, EVENT] == batched


def test_an_empty_batch_is_no_event_and_right() -> None:
    """So says the binding."""
    assert [] == records(posts.as_cloud_events, b"[]", {"Content-Type": "application/cloudevents-batch+json"})


def test_a_form_becomes_an_object_of_texts() -> None:
    """Blank fields stay, umlauts are decoded."""
    assert [{"A": "ä b", "B": ""}] == records(posts.as_form_or_json, b"A=%C3%A4+b&B=", FORM)
    assert [{"a": 1}] == records(posts.as_form_or_json, b'{"a": 1}', {"Content-Type": "application/json"})


def test_a_batch_of_firehose_is_its_records_and_the_id_for_the_answer() -> None:
    """The data are base64."""
    batch = {"requestId": "r-1", "timestamp": 1, "records": [{"data": b64encode(one).decode()} for one in (b'{"a":1}{"b":2}', b"x")]}
    found = posts.as_firehose(made(json.dumps(batch).encode(), {"X-Amz-Firehose-Request-Id": "r-1"}))
    assert ([b'{"a":1}{"b":2}', b"x"], "r-1") == (found.records, found.request)


BINARY = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "x", "ce-type": "t"}
BROKEN: list[tuple[Split, bytes, dict[str, str]]] = [
    (posts.as_json, b"{", {}),
    (posts.as_json, b"1", {}),
    (posts.as_json, b"[1]", {}),
    (posts.as_json, b"\xff", {}),
    (posts.as_json, b"[" * 100_000, {}),
    (posts.as_json, b'{"a": "\\ud83d"', {}),
    (posts.as_json, b'{"a": "\\ud83d", "b": NaN}', {}),
    (posts.as_json, b'["\\ud83d"]', {}),
    (posts.as_json, b'"\\ud83d"', {}),
    (posts.as_json, b'{"a": "\\ud83d", "b": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}),
    (posts.as_form_or_json, b"", FORM),
    (posts.as_form_or_json, b"a", FORM),
    (posts.as_form_or_json, b"a=%ff", FORM),
    (posts.as_form_or_json, b"&".join(b"a=1" for _ in range(500)), FORM),
    (posts.as_cloud_events, b"{}", {}),
    (posts.as_cloud_events, b"{}", {"Content-Type": "application/cloudevents+avro"}),
    (posts.as_cloud_events, b"[]", {"Content-Type": "application/cloudevents+json"}),
    (posts.as_cloud_events, b"{}", {"Content-Type": "application/cloudevents-batch+json"}),
    (posts.as_cloud_events, b'[{"a": "\\ud83d"}]', {"Content-Type": "application/cloudevents+json"}),
    (posts.as_cloud_events, b'{"a": "\\ud83d"}', {"Content-Type": "application/cloudevents-batch+json"}),
    (posts.as_cloud_events, b"x", {**BINARY, "Content-Type": "text/plain"}),
    (posts.as_cloud_events, b"", BINARY),
    (posts.as_cloud_events, b"{}", {**BINARY, "ce-data": "x"}),
    (posts.as_cloud_events, b"{}", {**BINARY, "ce-id": "%ff"}),
    (posts.as_firehose, b"{}", {}),
    (posts.as_firehose, b'{"requestId": "<b>", "records": []}', {}),
    (posts.as_firehose, b'{"requestId": "r", "records": [{"data": "?"}]}', {}),
    (posts.as_firehose, b'{"requestId": "r", "records": [{}]}', {}),
    (posts.as_firehose, b'{"requestId": "r", "records": []}', {"X-Amz-Firehose-Request-Id": "other"}),
]


@pytest.mark.parametrize(("split", "body", "headers"), BROKEN)
def test_a_broken_envelope_is_refused(split: Split, body: bytes, headers: dict[str, str]) -> None:
    """What no vendor sends."""
    with pytest.raises(Malformed):
        split(made(body, headers))


@pytest.mark.parametrize("body", [b'{"content": "\\ud83d"}', b' [{"content": "\\ud83d"}, {"content": "x"}]'])
@pytest.mark.parametrize("name", [name for name, one in VENDORS.items() if one.split is not posts.as_firehose])
def test_half_a_sign_breaks_no_envelope_and_its_translator_sets_it_aside(name: str, body: bytes) -> None:
    """The grammar of JSON allows it: a text that was cut within a sign comes so. Nothing can be written of it."""
    kind = "application/json" if name != "cloudevents" else f"application/cloudevents{'-batch' if body[:1] == b' ' else ''}+json"
    found = VENDORS[name].split(made(body, {"Content-Type": kind}))
    assert [body] == found.records
    [told] = translated(read_gateway(parse(GATEWAY.format(name), "gateway.yaml"), environ={"S": "s"}).sources[0], body)
    assert isinstance(told, Rejected)
    assert ("undecodable", body) == (told.reason, told.raw)


TYPES = st.sampled_from(
    [
        "",
        "application/json",
        *FORM.values(),
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/cloudevents",
    ]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["requestId", "records", "data", "a"]), inner, max_size=3),
)
BODIES = st.one_of(st.binary(), VALUES.map(lambda value: json.dumps(value).encode()))


@given(st.dictionaries(st.sampled_from(["ce-id", "ce-type", "CE-Source", "ce-specversion", "ce-x"]), st.text()), TYPES, BODIES)
def test_no_body_whatever_raises_anything_else(headers: dict[str, str], kind: str, body: bytes) -> None:
    """Any bytes are records, or refused."""
    for split in (posts.as_json, posts.as_form_or_json, posts.as_cloud_events, posts.as_firehose):
        try:
            found = split(made(body, {**headers, "Content-Type": kind}))
        except Malformed:
            continue
        assert all(isinstance(one, bytes) for one in found.records)


def test_what_is_nested_too_deep_to_be_written_again_is_malformed() -> None:
    """It is read, and cannot be cut out of its list."""
    deep = b'[{"a": ' + b"[" * 300 + b"]" * 300 + b"}]"
    for split, kind in ((posts.as_json, "application/json"), (posts.as_cloud_events, "application/cloudevents-batch+json")):
        with pytest.raises(Malformed):
            split(made(deep, {"Content-Type": kind}))
