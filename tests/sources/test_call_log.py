"""Finished calls become the events of their contacts, in order of time, however untidy the log is."""

from __future__ import annotations

import zoneinfo
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.config.yaml import load, parse
from stream.core.events import Event
from stream.errors import DeclarationError
from stream.sources import SOURCES
from stream.sources.call_log import translate
from stream.sources.mapping import read_mapping
from stream.sources.records import Rejected
from stream.wire.codec import from_json, to_json_line
from tests.sources.samples import HERE, mapping, sample, told, translated

WEEK = "bank-calls-1999-02-01-to-07.tsv"
HEADER = (
    "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time "
    "q_start q_exit q_time outcome ser_start ser_exit ser_time server"
)
NOBODY = "0:00:00 0:00:00 0 NO_SERVER"


def bank(*rows: str) -> list[Event | Rejected]:
    """What rows of the bank's log become; each is written with blanks, from `type` on."""
    lines = [HEADER, *(f"L1 {number} 0 0 {row}" for number, row in enumerate(rows, start=1))]
    return list(translate(["\t".join(line.split()).encode() + b"\n" for line in lines], mapping("bank-1999")))


def at(hours: int, minutes: int, seconds: int) -> float:
    """Seconds of the UTC day of a time on the bank's clock in winter."""
    return ((hours - 2) * 60 + minutes) * 60 + seconds


def test_an_answered_call() -> None:
    """It enters, is offered when it queues, is answered when it leaves the queue, and ends; the log's own times win."""
    expected = [
        (at(8, 29, 6), "begun", {"channel": "call", "queue": "PS"}),
        (at(8, 29, 12), "offered", {"channel": "call", "queue": "PS"}),
        (at(8, 30, 20), "answered", {"wait_ms": 68_000, "agent_id": "ADA"}),
        (at(8, 35, 13), "ended", {"handle_ms": 294_000}),
    ]
    assert expected == told(bank("PS 990201 8:29:06 8:29:12 6 8:29:12 8:30:20 68 AGENT 8:30:19 8:35:13 294 ADA"))


def test_a_call_that_never_queued() -> None:
    """Without a queue start it went straight to an agent: offered and answered at the menu's end, wait 0; nobody's name is no agent."""
    expected = [
        (at(7, 2, 47), "begun", {"channel": "call", "queue": "PS"}),
        (at(7, 2, 56), "offered", {"channel": "call", "queue": "PS"}),
        (at(7, 2, 56), "answered", {"wait_ms": 0}),
        (at(7, 5, 41), "ended", {"handle_ms": 166_000}),
    ]
    assert expected == told(bank("PS 990201 7:02:47 7:02:56 9 0:00:00 0:00:00 0 AGENT 7:02:55 7:05:41 166 NO_SERVER"))


def test_calls_that_hung_up() -> None:
    """In the queue where the log counts waiting time, before it otherwise, also where a queue start was written."""
    expected = [
        (at(8, 9, 16), "begun", {"channel": "call", "queue": "PS"}),
        (at(8, 9, 22), "offered", {"channel": "call", "queue": "PS"}),
        (at(8, 9, 27), "abandoned", {"wait_ms": 5_000, "stage": "queue"}),
        (at(8, 9, 16), "begun", {"channel": "call", "queue": "PS"}),
        (at(8, 9, 22), "abandoned", {"stage": "menu"}),
        (at(8, 9, 16), "begun", {"channel": "call", "queue": "PS"}),
        (at(8, 9, 22), "abandoned", {"stage": "menu"}),
    ]
    rows = (
        f"PS 990201 8:09:16 8:09:22 6 8:09:22 8:09:27 5 HANG {NOBODY}",
        f"PS 990201 8:09:16 8:09:22 6 0:00:00 0:00:00 0 HANG {NOBODY}",
        f"PS 990201 8:09:16 8:09:22 6 8:09:22 8:09:22 0 HANG {NOBODY}",
    )
    assert expected == told(bank(*rows))


def test_a_phantom_is_begun_and_excluded() -> None:
    """It counts as a record and in no measure: no offer, no answer."""
    expected = [
        (at(8, 29, 26), "begun", {"channel": "call", "queue": "PS"}),
        (at(8, 29, 26), "excluded", {"reason": "phantom"}),
    ]
    assert expected == told(bank("PS 990201 8:29:26 8:29:31 5 8:29:31 8:30:40 69 PHANTOM 8:30:39 8:30:43 4 NO_SERVER"))


def test_a_menu_left_before_it_was_entered_is_noise() -> None:
    """The offer stands where the log has it; the call begins no later."""
    expected = [
        (at(9, 47, 17), "begun", {"channel": "call", "queue": "PS"}),
        (at(9, 47, 17), "offered", {"channel": "call", "queue": "PS"}),
        (at(9, 50, 11), "answered", {"wait_ms": 174_000, "agent_id": "ADA"}),
        (at(9, 51, 28), "ended", {"handle_ms": 77_000}),
    ]
    assert expected == told(bank("PS 990207 9:48:14 9:47:17 -57 9:47:17 9:50:11 174 AGENT 9:50:11 9:51:28 77 ADA"))


def test_a_call_over_midnight_ends_on_the_next_day() -> None:
    """A time more than twelve hours before the one before it is on the next day, noise around midnight is not."""
    found = bank(
        "PS 990206 23:57:05 23:57:16 11 0:00:00 0:00:00 0 AGENT 23:57:15 0:01:10 235 ADA",
        f"NW 990202 23:59:17 23:59:17 0 23:59:26 0:00:27 61 HANG {NOBODY}",
        "PS 990202 23:58:00 23:58:10 10 23:58:10 0:00:01 111 AGENT 23:59:59 0:02:00 121 ADA",
    )
    times = [datetime.fromtimestamp(one.time / 1000, UTC).strftime("%d %H:%M:%S") for one in found if isinstance(one, Event)]
    expected = [
        ["06 21:57:05", "06 21:57:16", "06 21:57:16", "06 22:01:10"],
        ["02 21:59:17", "02 21:59:26", "02 22:00:27"],
        ["02 21:58:00", "02 21:58:10", "02 22:00:01", "02 22:02:00"],
    ]
    assert [time for call in expected for time in call] == times


def test_an_offer_after_midnight_counts_on_the_date_of_its_row() -> None:
    """By-date figures go by the date column: the offer carries the last moment of that date."""
    found = bank("PS 990202 23:59:50 23:59:58 8 0:00:03 0:00:13 10 AGENT 0:00:13 0:01:13 60 ADA")
    last_moment = round(datetime(1999, 2, 2, 22, 0, tzinfo=UTC).timestamp() * 1000) - 1
    attributed = [(one.type, one.data.get("attributed_at")) for one in found if isinstance(one, Event)]
    expected = [("contact.begun", None), ("contact.offered", last_moment), ("contact.answered", None), ("contact.ended", None)]
    assert expected == attributed


def test_no_row_is_lost() -> None:
    """A row that cannot be read comes out with its line and reason; the rows around it are whole."""
    good = "PS 990201 7:02:47 7:02:56 9 0:00:00 0:00:00 0 AGENT 7:02:55 7:05:41 166 ADA"
    found = bank(
        good,
        good.replace("990201", "991301"),
        good.replace("7:02:56", "7:61:56"),
        good.replace("AGENT", "AGNET"),
        good.replace("166", "soon"),
        good.replace("7:02:56", "0:00:00"),
        good.replace(" ADA", ""),
        good + " more",
        good,
    )
    expected = [
        (3, "bad_value", "date is no date of the form %y%m%d"),
        (4, "bad_value", "vru_exit is no time of the form %H:%M:%S"),
        (5, "bad_value", "outcome is AGNET, which the mapping's outcome.values does not name"),
        (6, "bad_value", "ser_time is no number"),
        (7, "missing_field", "the call has no time for offered: q_start, vru_exit is empty"),
        (8, "missing_field", "the line has 16 fields where the header has 17"),
        (9, "bad_value", "the line has 18 fields where the header has 17"),
    ]
    rejected = told(one for one in found if isinstance(one, Rejected))
    contacts = Counter(one.subject for one in found if isinstance(one, Event))
    assert (expected, {"L1-1-990201": 4, "L1-9-990201": 4}) == (rejected, contacts)


def test_a_row_that_contradicts_itself_is_refused() -> None:
    """A call answered an hour before it was offered, or with a negative wait; some minutes of untidy clocks are none."""
    good = "PS 990201 8:29:06 8:29:12 6 8:29:12 8:30:20 68 AGENT 8:30:19 8:35:13 294 ADA"
    found = bank(good, good.replace("8:30:20", "7:29:12"), good.replace(" 68 ", " -5 "), good.replace("8:30:20", "8:20:20"))
    expected = [
        (3, "bad_value", "q_exit is more than 10 min before q_start, which happens before it"),
        (4, "bad_value", "q_time is negative"),
    ]
    contacts = Counter(one.subject for one in found if isinstance(one, Event))
    assert (expected, {"L1-1-990201": 4, "L1-4-990201": 4}) == (told(one for one in found if isinstance(one, Rejected)), contacts)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("id,date,offered,answered,ended,outcome,k\xfcche".encode("latin-1"), "the line is not utf-8 text"),
        (b'id,date,offered,answered,ended,"outcome', "the quotes of the line cannot be read"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(header: bytes, problem: str) -> None:
    """Not an empty report: one sentence that says what to write in the mapping."""
    asked = read_mapping(parse(DATED.replace("ZONE", "UTC"), "mapping.yaml"))
    with pytest.raises(DeclarationError) as refused:
        list(translate([header + b"\n", b"1,2026-03-02,8:00:00,8:00:05,8:00:10,yes\n"], asked))
    hint = "write its encoding and quote under format, for example encoding: latin-1"
    assert f"mapping.yaml: the log's header cannot be read ({problem}): {hint}" == str(refused.value)


def test_the_log_of_another_system() -> None:
    """Full ISO times with and without an offset, no numbers of calls, other words and outcomes: the same keys say it."""
    day = 7 * 3600.0
    expected = [
        (day, "begun", {"channel": "call", "queue": "sales"}),
        (day, "offered", {"channel": "call", "queue": "sales"}),
        (day + 30, "answered", {"wait_ms": 30_000, "agent_id": "ada"}),
        (day + 270, "ended", {"handle_ms": 240_000}),
        (day + 1800, "begun", {"channel": "call", "queue": "support"}),
        (day + 1800, "offered", {"channel": "call", "queue": "support"}),
        (day + 1805, "answered", {"wait_ms": 5_000, "agent_id": "bob"}),
        (day + 1865, "ended", {"handle_ms": 60_000}),
        (day + 600, "begun", {"channel": "call", "queue": "sales"}),
        (day + 600, "offered", {"channel": "call", "queue": "sales"}),
        (day + 675, "abandoned", {"wait_ms": 75_000, "stage": "queue"}),
        (day + 1200, "begun", {"channel": "call", "queue": "sales"}),
        (day + 1200, "excluded", {"reason": "failed"}),
        (day + 1800, "begun", {"channel": "call", "queue": "support"}),
        (day + 1800, "offered", {"channel": "call", "queue": "support"}),
        (day + 1860, "flowed_out", {"wait_ms": 60_000}),
    ]
    found = sample("pbx")
    assert (expected, "2026-03-02T08:10:00/sales/4") == (told(found), found[8].subject if isinstance(found[8], Event) else "")


def test_a_log_of_lengths() -> None:
    """One time per contact and measured lengths: the other times follow; a length that is no number is not guessed."""
    day = 7 * 3600.0
    expected = [
        (2, "bad_value", "Wartezeit is no number"),
        (day + 60, "begun", {"channel": "chat", "queue": "Küche"}),
        (day + 60, "offered", {"channel": "chat", "queue": "Küche"}),
        (day + 570, "answered", {"wait_ms": 510_000}),
        (day + 690, "ended", {"handle_ms": 120_000}),
        (day + 120, "begun", {"channel": "call", "queue": "Verkauf"}),
        (day + 120, "offered", {"channel": "call", "queue": "Verkauf"}),
        (day + 135, "abandoned", {"wait_ms": 15_000, "stage": "queue"}),
        (5, "bad_value", "Medium has a value that the mapping does not name"),
    ]
    assert expected == told(sample("durations"))


DATED = """
version: 1
time_zone: ZONE
contact: {id: [id]}
date: {column: date}
times: {columns: [offered, answered, ended]}
begun: offered
offered: offered
answered: answered
ended: ended
queue: {value: main}
channel: {value: call}
outcome: {column: outcome, values: {yes: answered}}
"""


@pytest.mark.parametrize(
    ("zone", "row", "expected"),
    [
        ("Europe/Berlin", "2026-03-29,1:59:50,3:00:05,3:00:15", (15_000, 10_000)),
        ("Europe/Berlin", "2026-03-29,2:30:00,2:30:05,2:30:15", (5_000, 10_000)),
        ("Europe/Berlin", "2026-03-29,2:59:50,3:00:05,3:00:15", (0, 0)),
        ("Europe/Berlin", "2026-10-25,2:59:50,2:00:05,2:00:15", (15_000, 10_000)),
        ("Europe/Berlin", "2026-10-25,2:30:00,2:29:59,2:31:00", (0, 60_000)),
        ("Asia/Jerusalem", "1999-04-02,1:59:55,3:00:00,3:00:10", (5_000, 10_000)),
        ("America/St_Johns", "2006-10-29,0:00:55,23:01:05,23:01:15", (10_000, 10_000)),
        ("UTC", "2026-03-29,23:59:55,0:00:05,0:00:15", (10_000, 10_000)),
    ],
)
def test_clock_changes(zone: str, row: str, expected: tuple[int, int]) -> None:
    """Times that a clock skips or shows twice neither crash nor make hours out of seconds."""
    found = translated(["id,date,offered,answered,ended,outcome", f"1,{row},yes"], DATED.replace("ZONE", zone))
    values = {**found[2].data, **found[3].data} if isinstance(found[2], Event) and isinstance(found[3], Event) else {}
    assert expected == (values.get("wait_ms"), values.get("handle_ms"))


def test_a_log_without_the_named_column_is_refused_at_the_mapping() -> None:
    """A wrong file, or a wrong mapping: one sentence instead of as many rejects as rows."""
    with pytest.raises(DeclarationError) as refused:
        translated(["id,date,offered,answerd,ended,outcome"], DATED)
    assert "mapping.yaml" in str(refused.value)


def test_an_empty_log_has_no_events() -> None:
    """No header, no rows, nothing."""
    assert [] == translated([], DATED.replace("ZONE", "UTC"))


clock_times = some.one_of(
    some.just("0:00:00"),
    some.times().map(lambda time: f"{time.hour}:{time.minute:02}:{time.second:02}"),
    some.sampled_from(["23:59:59", "0:00:01", "1:59:59", "2:00:00", "2:30:00", "", "25:00:00", "x"]),
)
rows = some.tuples(
    some.sampled_from(["990201", "990402", "990910", "000229", "990230", ""]),
    clock_times,
    clock_times,
    clock_times,
    clock_times,
    some.sampled_from(["0", "5", "-3", "", "x", "99999", "1e99", "nan"]),
    some.sampled_from(["AGENT", "HANG", "PHANTOM", "", "?"]),
    clock_times,
    clock_times,
    some.sampled_from(["0", "60", "-1", ""]),
)


@given(some.lists(rows, max_size=8))
def test_however_untidy_no_time_goes_back_and_no_call_is_lost(drawn: list[tuple[str, ...]]) -> None:
    """Each row is one contact or one reject; its events are in order and no length is negative; the wire takes them all."""
    lines = [HEADER.replace(" ", "\t")]
    for number, (date, entry, leave, start, stop, waited, outcome, begin, end, length) in enumerate(drawn):
        lines.append(
            "\t".join(("L", str(number), "0", "0", "PS", date, entry, leave, "0", start, stop, waited, outcome, begin, end, length, "ADA"))
        )
    found = list(translate([line.encode() + b"\n" for line in lines], mapping("bank-1999")))
    calls = defaultdict(list)
    for one in found:
        if isinstance(one, Event):
            calls[one.subject].append(one)
    assert len(drawn) == len(calls) + sum(isinstance(one, Rejected) for one in found)
    for events in calls.values():
        assert events[0].type == "contact.begun"
        assert all(earlier.time <= later.time for earlier, later in pairwise(events))
        assert all(value >= 0 for one in events for key, value in one.data.items() if key.endswith("_ms"))
        assert len(events) == len({one.id for one in events})
        for one in events:
            again = from_json(orjson.loads(to_json_line(one, "call-log")))
            assert (one.time, one.type, one.subject, one.data) == (again.time, again.type, again.subject, again.data)


def test_the_real_week(shared: Path) -> None:
    """9 007 calls: every count of the reference, and nothing is rejected."""
    found = list(translate((shared / "data" / WEEK).read_bytes().splitlines(keepends=True), mapping("bank-1999")))
    events = [one for one in found if isinstance(one, Event)]
    counts = Counter(f"{one.type} {one.data.get('stage', '')}".strip() for one in events)
    expected = {
        "contact.begun": 9007,
        "contact.offered": 8276,
        "contact.answered": 7429,
        "contact.ended": 7429,
        "contact.abandoned queue": 847,
        "contact.abandoned menu": 672,
        "contact.excluded": 59,
    }
    assert (expected, len(found), 9007) == (counts, len(events), len({one.subject for one in events}))


def test_the_longest_and_the_mean_of_the_real_week(shared: Path) -> None:
    """Waits and handle times are the log's own; the most that waited at once is the reference's."""
    events = [
        one
        for one in translate((shared / "data" / WEEK).read_bytes().splitlines(keepends=True), mapping("bank-1999"))
        if isinstance(one, Event)
    ]
    waits = [one.data["wait_ms"] for one in events if one.type == "contact.answered"]
    handles = [one.data["handle_ms"] for one in events if one.type == "contact.ended"]
    steps = [(one.time, 1) for one in events if one.type == "contact.offered"]
    steps += [(one.time, -1) for one in events if one.type == "contact.answered" or one.data.get("stage") == "queue"]
    level = most = 0
    for _, step in sorted(steps):
        level += step
        most = max(most, level)
    longest = max(one.data.get("wait_ms", 0) for one in events)
    assert (32.03, 167.94, 676_000, 17, 0) == (
        round(sum(waits) / len(waits) / 1000, 2),
        round(sum(handles) / len(handles) / 1000, 2),
        longest,
        most,
        level,
    )


def test_the_zone_of_the_mapping_is_the_files() -> None:
    """Who reads the file may ask in which zone its days begin."""
    prepared = SOURCES["call-log"].prepare(load(HERE / "bank-1999.mapping.yaml"), from_json)
    assert zoneinfo.ZoneInfo("Asia/Jerusalem") == prepared.zone
