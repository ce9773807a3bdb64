"""Asterisk's call detail records -> calls, and whether they ended before any queue."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from stream.cli import main
from stream.config.yaml import parse
from stream.core.events import Event, order
from stream.errors import DeclarationError, WrongUse
from stream.sources.asterisk_cdr import COLUMNS, FORMS, NEW, prepare
from stream.sources.records import Rejected, Unknown
from stream.wire.codec import decode, encode, from_json
from tests.sources import queue_logs
from tests.sources.managers import LOGGED

RECORDED: Final = Path(__file__).parent / "asterisk_cdr" / "Master.csv"
"""What an Asterisk 16.28 wrote of the calls of which LOGGED is the queue_log."""
BY_HAND: Final = (9, 2)
"""Calls that began, and abandons before any queue: of nine two hung up early, one before the answer, one in the menu."""
MAPPING: Final = "version: 1\ntrunks: [SIP/trunk]\nqueued: true\n"
DEFAULT: Final = "version: 1\ntrunks: [SIP/trunk]\n"


def told(lines: Iterable[bytes], mapping: str = MAPPING) -> list[Event | Rejected | Unknown]:
    """What the rows of one file become: events in their order, then what is none."""
    source = prepare(parse(mapping, "cdr.yaml"), from_json)
    assert source.fold is not None
    found = list(source.translate(lines))
    rows = sorted((one for one in found if isinstance(one, Event)), key=order)
    return [*sorted(source.fold(rows), key=order), *(one for one in found if not isinstance(one, Event))]


def recorded() -> list[bytes]:
    """The lines of the sample."""
    return RECORDED.read_bytes().splitlines(keepends=True)


def events(lines: Iterable[bytes], mapping: str = MAPPING) -> list[Event]:
    """Only the events."""
    return [one for one in told(lines, mapping) if isinstance(one, Event)]


def test_calls_that_never_reached_a_queue_are_added_to_the_queue_log() -> None:
    """Of one Asterisk, called over SIP: who hung up in the menu abandoned before any queue, and nothing of the log changes."""
    log = queue_logs.events_of(LOGGED.read_bytes().splitlines(keepends=True))
    alone, both = queue_logs.figures(log), queue_logs.figures([*log, *events(recorded())])
    assert {queue: queue_logs.counts(alone[queue]) for queue in alone} == {queue: queue_logs.counts(both[queue]) for queue in alone}
    # One more was turned away and one served by the dialplan.
    assert BY_HAND == (both[""]["begun"], both[""]["abandoned_before_queue"])


def test_calls_that_were_in_a_queue_are_left_to_the_queue_log() -> None:
    """The log, read at another time, has every one of them; no call is told by both, so whichever comes first changes nothing."""
    log = queue_logs.events_of(LOGGED.read_bytes().splitlines(keepends=True))
    added = events(recorded(), DEFAULT)
    assert (5, 4, 9) == tuple(len({one.subject for one in some}) for some in (log, added, [*log, *added]))
    alone, both = queue_logs.figures(log), queue_logs.figures([*log, *added])
    assert {queue: alone[queue] for queue in alone if queue} == {queue: both[queue] for queue in alone if queue}
    assert (9, 4, 2) == tuple(both[""][one] for one in ("records", "begun", "abandoned_before_queue"))
    assert [] == events([row("c.1", lastapp="Dial"), row("c.2", "c.1", channel="Local/9@in-1;2", lastapp="Queue")], DEFAULT)


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        (
            "version: 1\ntrunks: [PJSIP/a, SIP/b]\nqueued: true\n",
            "no row comes from these trunks (a channel that begins with PJSIP/a- or SIP/b-):",
        ),
        (
            "version: 1\ntrunks: [SIP/trunkline]\n",
            "no row comes from these trunks (a channel that begins with SIP/trunkline-), or each of the calls was in a queue:",
        ),
    ],
)
def test_a_wrong_trunk_is_said(mapping: str, why: str, tmp_path: Path) -> None:
    """Where a file of calls has no event, the trunks are likely to be written otherwise than the channels."""
    written = tmp_path / "cdr.yaml"
    written.write_text(mapping)
    run = CliRunner().invoke(main, ["replay", "--source", "asterisk-cdr", "--mapping", str(written), str(RECORDED)])
    assert 1 == run.exit_code
    assert f"There are no events in {RECORDED}: {why} check trunks in the mapping" in run.stderr


def test_each_inbound_call_begins_and_ends_once() -> None:
    """However many legs it has, in whatever order the files are, and read twice."""
    expected = events(recorded())
    assert 18 == len({one.id for one in expected}) == len(expected)
    assert expected == events(reversed(recorded()))
    assert {one.id: one for one in expected} == {one.id: one for one in events(recorded() * 2)}
    early = [(one.time, one.type, one.data.get("by")) for one in expected if one.subject == "asterisk/1795651670.0"]
    assert [(1_795_651_670_000, "contact.begun", None), (1_795_651_672_999, "contact.ended", "customer")] == early


def row(call: str = "c.1", linked: str = "", **fields: object) -> bytes:
    """One row of cdr_csv with all its columns."""
    known: dict[str, object] = {"channel": "SIP/trunk-1", "start": "2026-03-02 09:00:00", "end": "2026-03-02 09:00:30", "uniqueid": call}
    values = {**known, "linkedid": linked or call, "lastapp": "Wait", "dcontext": "menu", **fields}
    return ",".join(f'"{values.get(name, "")}"' for name in (*COLUMNS, "userfield", *NEW)).encode() + b"\n"


def ends(*rows: bytes, mapping: str = MAPPING) -> list[dict[str, Any]]:
    """What the ends say."""
    return [{**one.data} for one in events(rows, mapping) if one.type == "contact.ended"]


def test_who_was_served_or_reached_somebody_did_not_abandon() -> None:
    """A context that serves, a talk outside of queues, a mailbox, the dialplan's own hangup."""
    served = ends(row(dcontext="balance"), mapping=f"{MAPPING}served: [balance]\n")
    assert [{"contact_id": "asterisk/c.1", "by": "customer", "success": True}] == served
    assert ["transfer"] == [one["by"] for one in ends(row(lastapp="Dial", dstchannel="SIP/201-1", disposition="ANSWERED"))]
    assert ["customer"] == [one["by"] for one in ends(row(lastapp="Dial", dstchannel="SIP/201-1", disposition="NO ANSWER"))]
    assert ["system", "system"] == [ends(row(lastapp=app))[0]["by"] for app in ("VoiceMail", "Hangup")]


def test_a_call_that_came_into_a_queue_by_another_channel_is_that_channels() -> None:
    """The queue_log knows it by that one's id; the linkedid joins them."""
    found = events([row("c.1", lastapp="Dial"), row("c.2", "c.1", channel="Local/9@in-1;2", lastapp="Queue")])
    assert {"asterisk/c.2"} == {one.subject for one in found}


def test_outbound_and_internal_calls_are_none() -> None:
    """Only what comes from a trunk that the mapping names, as its first leg."""
    assert [] == events([row(channel="SIP/201-1"), row(channel="SIP/trunkline-1"), row("c.2", "c.1")])


def test_dumped_rows_name_their_columns() -> None:
    """A table of a database: calldate and duration in the place of start and end, local times, in any order of columns."""
    text = b"calldate,duration,uniqueid,channel,lastapp,dcontext\n2026-03-02 09:00:00,30,c.1,SIP/trunk-1,Wait,menu\n"
    found = events(text.splitlines(keepends=True), f"{MAPPING}time_zone: Europe/Berlin\n")
    assert [(1_772_438_400_000, "contact.begun"), (1_772_438_430_999, "contact.ended")] == [(one.time, one.type) for one in found]


def of_columns(columns: Iterable[str], **fields: str) -> bytes:
    """One row of cdr_csv with these columns."""
    values = {"channel": "SIP/trunk-1", "start": "2026-03-02 09:00:00", "end": "2026-03-02 09:00:30", "lastapp": "Wait", **fields}
    return ",".join(f'"{values.get(name, "")}"' for name in columns).encode() + b"\n"


@pytest.mark.parametrize("call", ["1772442000.1", "berlin-2-1772442000.17"])
@pytest.mark.parametrize("width", sorted(FORMS))
def test_every_form_of_the_file_is_known_by_its_width(width: int, call: str) -> None:
    """By the settings of cdr.conf a file has more or fewer columns."""
    assert [f"asterisk/{call}"] * 2 == [one.subject for one in events([of_columns(FORMS[width], uniqueid=call)])]


@pytest.mark.parametrize("columns", [COLUMNS, (*COLUMNS, *NEW)])
@pytest.mark.parametrize("noted", ["vip", "+4930123456", "0301234567", "DE-12345678.1", "1772442000", ""])
def test_a_userfield_is_no_uniqueid(columns: tuple[str, ...], noted: str) -> None:
    """With loguserfield=yes alone a file is as wide as with loguniqueid=yes: what the dialplan noted would merge calls, and be their id."""
    line = of_columns(columns, uniqueid=noted, linkedid="1772442000.1")
    detail = "the file has no column uniqueid: set loguniqueid=yes in cdr.conf, or dump the rows with the names of their columns"
    assert [("missing_field", detail)] * 2 == [(one.reason, one.detail) for one in told([line, line]) if isinstance(one, Rejected)]
    assert [] == events([line, line])


@pytest.mark.parametrize("columns", [(*COLUMNS, "userfield"), (*COLUMNS, *NEW)])
def test_an_id_that_somebody_gave_a_call_is_one_where_the_columns_are_certain(columns: tuple[str, ...]) -> None:
    """Asterisk takes any from whoever originates a call: where userfield has a place of its own, or the linkedid is the same."""
    assert ["asterisk/ours"] * 2 == [one.subject for one in events([of_columns(columns, uniqueid="ours", linkedid="ours")])]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row("", "c.1"), "missing_field"),
        (row(start="yesterday"), "bad_value"),
        (row(start="0001-01-01 00:00:00"), "bad_value"),
        (row("c" * 300), "bad_value"),
        (b'"a","b"\n', "missing_field"),
    ],
)
def test_a_row_that_cannot_be_read_is_said(line: bytes, reason: str) -> None:
    """With its reason; the rest goes on."""
    found = told([line] if line.count(b",") < len(COLUMNS) else [row(), line])
    assert [reason] == [one.reason for one in found if isinstance(one, Rejected)]


@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from(recorded())), max_size=12))
def test_no_bytes_raise_anything(lines: list[bytes]) -> None:
    """Whatever a file holds; and all events are of the contract."""
    for one in events(lines):
        key, value, headers = encode(one, "x")
        assert one == decode(value, headers, key)


def test_a_mapping_has_to_name_the_trunks() -> None:
    """Without them an outbound call would be taken for a customer's."""
    with pytest.raises(WrongUse, match="names the trunks"):
        prepare(None, from_json)
    with pytest.raises(DeclarationError, match="trunks names the channels"):
        prepare(parse("version: 1\n", "cdr.yaml"), from_json)
