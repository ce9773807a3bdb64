"""Every source on what nobody foresaw: any bytes, and its own samples with bytes changed, cut, doubled and mixed. Nothing raises.

What comes out is what an intake can take: events that are on the wire as they were, rejects with a known reason, words. A source that is
new is in here as soon as it is in the registry and has a sample.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stream.config.yaml import load, parse
from stream.core.events import Event, order
from stream.errors import RejectedRecord
from stream.sources import SOURCES
from stream.sources.records import CUSTOMER, Prepared, Rejected, Unknown
from stream.wire.codec import from_json, to_json_line
from tests.sources import test_asterisk_cdr, test_asterisk_cel, test_email

HERE: Final = Path(__file__).parent
VENDORS: Final = "version: 1\ncustomers: true\n"
SAMPLES: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "amazon-connect": (("amazon_connect/events.jsonl", "amazon_connect/agents.jsonl"), VENDORS),
    "amazon-connect-records": (("amazon_connect/records.json",), VENDORS),
    "asterisk-cdr": (("asterisk_cdr/Master.csv",), test_asterisk_cdr.MAPPING),
    "asterisk-cel": (("asterisk_cel/Master.csv",), test_asterisk_cel.MAPPING),
    "asterisk-queue-log": (
        tuple(f"asterisk_queue_log/{name}" for name in ("modern.log", "old.log", "restart.log", "broken.log", "realtime.csv", "wazo.csv")),
        'version: 1\nwrap_up: true\nmembers: {"q1": [SIP/1]}\n',
    ),
    "call-log": (("call_log/pbx.csv",), "call_log/pbx.mapping.yaml"),
    "chatwoot": (("chatwoot/webhooks.jsonl",), VENDORS),
    "email": (("email/inbox.mbox", "email/sent.mbox"), f"version: 1\n{test_email.MAPPING}customers: true\n"),
    "events": ((), ""),
    "freeswitch": (("freeswitch/callcenter.jsonl",), VENDORS),
    "genesys-cloud": (("genesys_cloud/notifications.jsonl",), VENDORS),
    "intercom": (("intercom/notifications.jsonl",), VENDORS),
    "twilio-taskrouter": (("twilio_taskrouter/callbacks.jsonl", "twilio_taskrouter/streams.jsonl"), VENDORS),
    "zammad": (("zammad/webhooks.jsonl",), VENDORS),
    "zendesk": (("zendesk/events.jsonl",), VENDORS),
}
"""The files, and the text of the mapping or its file."""
ODD: Final = (
    b"",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b'"',
    b"|",
    b",",
    b"\n",
    b"\r",
    b"-1",
    b"9" * 30,
    b"1e999",
    b"null",
    b"{",
    b"]",
    b"\\ud800",
)


@cache
def golden(name: str) -> list[bytes]:
    """The lines of all samples of a source; of our own events, the examples of the contract."""
    files = [HERE / one for one in SAMPLES[name][0]]
    if files:
        return [line for one in files for line in one.read_bytes().splitlines(keepends=True)]
    found = (HERE.parents[1] / "topics/examples/valid").glob("*/*.json")
    return [json.dumps(json.loads(one.read_bytes())).encode() + b"\n" for one in sorted(found)]


@cache
def source(name: str) -> Prepared:
    """A source with its mapping."""
    text = SAMPLES[name][1]
    written = load(HERE / text) if text.endswith(".yaml") else parse(text, "mapping.yaml") if text else None
    return SOURCES[name].prepare(written, from_json)


@some.composite
def spoilt(draw: some.DrawFn, lines: Sequence[bytes]) -> list[bytes]:
    """Some lines that follow each other in a sample, with a few things done to them."""
    at = draw(some.integers(0, max(0, len(lines) - 1)))
    text = bytearray(b"".join(lines[at : at + draw(some.integers(1, 12))]))
    for _ in range(draw(some.integers(0, 4))):
        first = draw(some.integers(0, len(text)))
        last = min(len(text), first + draw(some.sampled_from([0, 1, 1, 2, 5, 40])))
        what = draw(some.sampled_from(["odd", "bytes", "twice", "elsewhere"]))
        if what == "odd":
            text[first:last] = draw(some.sampled_from(ODD))
        elif what == "bytes":
            text[first:last] = draw(some.binary(max_size=3))
        elif what == "twice":
            text[first:first] = text[first:last]
        else:
            other = lines[draw(some.integers(0, len(lines) - 1))]
            start = draw(some.integers(0, len(other)))
            text[first:last] = other[start : start + 20]
    return bytes(text).splitlines(keepends=True)


def fine(found: Iterable[Event | Rejected | Unknown]) -> list[Event]:
    """The events, after a look at everything: an event is read back as it was written, or refused by the same decoder with a reason."""
    events = []
    for one in found:
        if isinstance(one, Rejected):
            assert one.reason in RejectedRecord.REASONS
            assert one.detail
        elif isinstance(one, Event):
            events.append(one)
            data = {name: value for name, value in one.data.items() if name != CUSTOMER}
            again = from_json(json.loads(to_json_line(Event(one.time, one.type, one.subject, one.id, data), "test")))
            assert (one.time, one.type, one.subject, data) == (again.time, again.type, again.subject, again.data)
        else:
            assert isinstance(one.word, str)
    return events


def read(name: str, lines: list[bytes]) -> None:
    """As `answerable replay` reads a file, and as `answerable listen` follows one, with its state saved and taken back between lines."""
    prepared = source(name)
    if name == "call-log":  # without the names of its columns a table is refused as a whole, in one sentence
        lines = [golden(name)[0], *lines]
    if prepared.fold is None:
        fine(prepared.translate(lines))
    else:
        carried: list[Any] = [one for one in prepared.translate(lines) if isinstance(one, Event)]
        fine(prepared.fold(sorted(carried, key=order)))
        fine(one for one in prepared.translate(lines) if not isinstance(one, Event))
    if prepared.following is None:
        return
    log = prepared.following()
    log.begin()
    for line in lines:
        fine(log.feed(line))
        state, log = orjson.loads(orjson.dumps(log.save())), prepared.following()
        log.restore(state)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_sample_is_read_as_it_is(name: str) -> None:
    """So that what is spoilt below was once good."""
    assert golden(name)
    read(name, golden(name))


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_no_spoilt_sample_raises(name: str) -> None:
    """A few bytes changed, cut, doubled, or taken from elsewhere."""

    @settings(deadline=None, max_examples=150)
    @given(spoilt(golden(name)))
    def check(lines: list[bytes]) -> None:
        read(name, lines)

    check()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_no_bytes_raise(name: str) -> None:
    """Alone, and between lines of a sample."""

    @settings(deadline=None, max_examples=100)
    @given(some.lists(some.binary(max_size=80) | some.sampled_from(golden(name)), max_size=8))
    def check(lines: list[bytes]) -> None:
        read(name, [line for one in lines for line in (one + b"\n").splitlines(keepends=True)])

    check()
