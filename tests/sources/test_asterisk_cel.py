"""Asterisk's channel event log -> calls, while they last, and whether they ended before any queue."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.core.events import Event, order
from stream.errors import DeclarationError, WrongUse
from stream.sources.asterisk_cel import COLUMNS, NEEDED, READ, prepare
from stream.sources.records import Rejected, Unknown
from stream.wire.codec import decode, encode, from_json
from tests.sources import queue_logs, test_asterisk_cdr
from tests.sources.managers import LOGGED

RECORDED: Final = Path(__file__).parent / "asterisk_cel" / "Master.csv"
"""What an Asterisk 16.28 wrote of the calls of which LOGGED is the queue_log; the call detail records of them are a sample, too."""
MAPPING: Final = "version: 1\ntrunks: [SIP/trunk]\n"


def recorded() -> list[bytes]:
    """The lines of the sample."""
    return RECORDED.read_bytes().splitlines(keepends=True)


def told(lines: Iterable[bytes], mapping: str = MAPPING) -> list[Event | Rejected | Unknown]:
    """What the rows of one file become: events in their order, then what is none."""
    source = prepare(parse(mapping, "cel.yaml"), from_json)
    assert source.fold is not None
    found = list(source.translate(lines))
    rows = sorted((one for one in found if isinstance(one, Event)), key=order)
    return [*source.fold(rows), *(one for one in found if not isinstance(one, Event))]


def events(lines: Iterable[bytes], mapping: str = MAPPING) -> list[Event]:
    """Only the events."""
    return [one for one in told(lines, mapping) if isinstance(one, Event)]


def followed(lines: Iterable[bytes], mapping: str = MAPPING) -> list[Event]:
    """The same of a log that grows, with the state saved and taken back after each line."""
    begin = prepare(parse(mapping, "cel.yaml"), from_json).following
    assert begin is not None
    log, out = begin(), []
    for line in lines:
        out += [one for one in log.feed(line) if isinstance(one, Event)]
        state, log = orjson.loads(orjson.dumps(log.save())), begin()
        log.restore(state)
    return out


def row(kind: str, second: float, call: str = "c.1", linked: str = "", **fields: str) -> bytes:
    """One row of the shipped cel_custom.conf, so many seconds after nine."""
    known = {
        "eventtype": kind,
        "eventtime": f"{1_772_442_000 + second:.6f}",
        "channame": "SIP/trunk-1",
        "context": "menu",
        "uniqueid": call,
    }
    values = {**known, "linkedid": linked or call, **fields}
    return ",".join('"' + values.get(name, "").replace('"', '""') + '"' for name in COLUMNS).encode() + b"\n"


def hangup(second: float, source: str = "SIP/trunk-1", **fields: str) -> bytes:
    """The caller's channel is gone, and what hung up."""
    return row("HANGUP", second, extra=json.dumps({"hangupcause": 16, "hangupsource": source, "dialstatus": ""}), **fields)


BEGINS: Final = row("CHAN_START", 0.7)


def ends(*lines: bytes, mapping: str = MAPPING) -> list[dict[str, Any]]:
    """What the ends say, without the contact."""
    found = [one for one in events([BEGINS, *lines], mapping) if one.type == "contact.ended"]
    return [{name: value for name, value in one.data.items() if name != "contact_id"} for one in found]


def test_calls_that_never_reached_a_queue_are_added_to_the_queue_log() -> None:
    """Of one Asterisk, called over SIP: as its call detail records say, and nothing of the log changes."""
    log = queue_logs.events_of(LOGGED.read_bytes().splitlines(keepends=True))
    alone, both = queue_logs.figures(log), queue_logs.figures([*log, *events(recorded())])
    assert {queue: queue_logs.counts(alone[queue]) for queue in alone} == {queue: queue_logs.counts(both[queue]) for queue in alone}
    assert test_asterisk_cdr.BY_HAND == (both[""]["begun"], both[""]["abandoned_before_queue"])


def test_beside_the_call_detail_records_nothing_counts_twice() -> None:
    """Both tell the same calls under the same contacts."""
    records, log = test_asterisk_cdr.events(test_asterisk_cdr.recorded()), events(recorded())
    found = queue_logs.figures([*records, *log])[""]
    assert {one.subject for one in records} == {one.subject for one in log}
    assert test_asterisk_cdr.BY_HAND == (found["begun"], found["abandoned_before_queue"])


def test_a_log_that_is_followed_tells_each_call_as_it_begins_and_ends() -> None:
    """The same events as of the file; read again, and rotated, they are no more."""
    expected = {one.id: one for one in events(recorded())}
    assert 18 == len(expected)
    assert expected == {one.id: one for one in followed(recorded())}
    assert expected == {one.id: one for one in events(recorded() * 2)}
    first = followed(recorded()[:1])
    assert [("contact.begun", "asterisk/1795651670.0")] == [(one.type, one.subject) for one in first]


def test_whoever_hangs_up_is_known() -> None:
    """The caller, the dialplan, something else; whichever row comes first, once."""
    assert [{"by": "customer"}] == ends(hangup(5.25), row("CHAN_END", 5.25), row("LINKEDID_END", 5.25))
    assert [{"by": "customer"}] == ends(row("CHAN_END", 5), hangup(5))
    assert [{"by": "system"}] == ends(hangup(5, "dialplan/builtin"))
    assert [{"by": "system"}] == ends(hangup(5, "SIP/trunk-2"))
    (begun, ended) = events([BEGINS, hangup(5.25)])
    assert (1_772_442_000_000, 1_772_442_005_250) == (begun.time, ended.time)


def test_who_was_served_or_reached_somebody_did_not_abandon() -> None:
    """A context that serves, a talk outside of queues, a transfer, a queue: that one ends 2 s later, after its log."""
    bridge, queue = row("BRIDGE_ENTER", 2, appname="Dial"), row("APP_START", 2, appname="Queue")
    assert [{"by": "transfer"}] == ends(bridge, hangup(5))
    assert [{"by": "transfer"}] == ends(row("BLINDTRANSFER", 3, "c.2", "c.1", channame="SIP/201-1"), hangup(5))
    assert [{"by": "customer", "success": True}] == ends(hangup(5, context="balance"), mapping=f"{MAPPING}served: [balance]\n")
    assert [{"by": "system"}] == ends(queue, hangup(5))
    assert [7_000] == [one.time - 1_772_442_000_000 for one in events([BEGINS, queue, hangup(5)]) if one.type == "contact.ended"]
    elsewhere = row("APP_START", 2, "c.2", "c.1", appname="Queue", channame="Local/9@in-1;2")
    assert [{"by": "system"}] == ends(elsewhere, hangup(5))
    assert [{"by": "system"}] == ends(row("BRIDGE_ENTER", 2, appname="Queue"), hangup(5))


def test_outbound_and_internal_calls_are_none() -> None:
    """Only what comes from a trunk that the mapping names, as its first channel."""
    names = ("SIP/201-1", "SIP/trunkline-1")
    others = [row("CHAN_START", 0, f"c.{number}", channame=name) for number, name in enumerate(names)]
    assert [] == events([*others, row("CHAN_START", 0, "c.9", "c.1"), hangup(5)])


def test_columns_and_times_may_be_others() -> None:
    """Those that the mapping or the first line names; local times with dateformat, also of a dumped table."""
    lines = [b"eventtime,eventtype,channame,uniqueid,linkedid,context\n", b"2026-03-02 10:00:00,CHAN_START,SIP/trunk-1,c.1,c.1,in\n"]
    expected = [(1_772_442_000_000, "contact.begun")]
    zone = f"{MAPPING}time_zone: Europe/Berlin\n"
    assert expected == [(one.time, one.type) for one in events(lines, zone)] == [(one.time, one.type) for one in followed(lines, zone)]
    named = f"{zone}columns: [eventtime, eventtype, channame, uniqueid, linkedid, context]\n"
    assert expected == [(one.time, one.type) for one in events(lines[1:], named)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row("CHAN_START", 0, ""), "missing_field"),
        (row("CHAN_START", 0, "c" * 300), "bad_value"),
        (row("CHAN_START", 0, eventtime="yesterday"), "bad_value"),
        (row("CHAN_START", 0, eventtime="9" * 11), "bad_value"),
        (b'"CHAN_START","1","2"\n', "missing_field"),
        (b'"CHAN_START"x,"1\n', "undecodable"),
    ],
)
def test_a_row_that_cannot_be_read_is_said(line: bytes, reason: str) -> None:
    """With its reason; the rest goes on."""
    found = told([line, BEGINS])
    assert ([reason], 1) == ([one.reason for one in found if isinstance(one, Rejected)], len(events([line, BEGINS])))


def test_nothing_personal_gets_into_events() -> None:
    """No number and no name; one in an old encoding spoils nothing."""
    lines = [row("CHAN_START", 0, cid_num="0170555000", cid_name="XX").replace(b"XX", b"M\xfcller"), *recorded()]
    assert 19 == len(events(lines))
    assert not [word for word in ("0170555000", "ller", "c7") if word in repr(events(lines))]


VALUES: Final = st.one_of(
    st.text(max_size=8), st.sampled_from(["c.1", "SIP/trunk-1", "1772442000.5", "2026-03-02 09:00:00", "Queue", '{"x":1}'])
)
ROWS: Final = st.builds(
    lambda kind, fields: row(kind, 0, **fields),
    st.sampled_from([*sorted(READ), "ANSWER", "HOLD"]),
    st.dictionaries(st.sampled_from([name for name in COLUMNS if name not in ("eventtype", "uniqueid", "linkedid")]), VALUES, max_size=6),
)


@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from(recorded()), ROWS), max_size=15))
def test_no_bytes_raise_anything(lines: list[bytes]) -> None:
    """Whatever a file holds; and all events are of the contract."""
    for one in [*events(lines), *followed(lines)]:
        key, value, headers = encode(one, "x")
        assert one == decode(value, headers, key)


def test_a_mapping_has_to_name_the_trunks() -> None:
    """Without them an outbound call would be taken for a customer's; columns have to hold what is needed."""
    with pytest.raises(WrongUse, match="names the trunks"):
        prepare(None, from_json)
    with pytest.raises(DeclarationError, match="trunks names the channels"):
        prepare(parse("version: 1\n", "cel.yaml"), from_json)
    with pytest.raises(DeclarationError, match=f"columns has no {NEEDED[0]}"):
        prepare(parse(f"{MAPPING}columns: [a]\n", "cel.yaml"), from_json)


def test_a_file_without_a_call_on_the_trunks_says_so() -> None:
    """The trunks of the page are hardly those of the PBX."""
    source = prepare(parse("version: 1\ntrunks: [PJSIP/provider, DAHDI/i1]", "cel.yaml"), from_json)
    assert (
        "no call begins on these trunks (a CHAN_START of a channel that begins with PJSIP/provider- or DAHDI/i1-): "
        "check trunks in the mapping, and cel.conf"
    ) == source.nothing
