"""Asterisk's queue_log: samples that were made up, with every word, and figures that were counted by hand."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.core.events import Event
from stream.errors import DeclarationError
from stream.intake.files import read_events
from stream.sources.asterisk_queue_log import NAME, read
from stream.sources.queue_log.mapping import QueueLogMapping, read_mapping
from stream.sources.queue_log.words import CALL_WORDS, MEMBER_WORDS, QUIET_WORDS, SYSTEM_WORDS
from stream.sources.records import Rejected, Unknown
from tests.sources.queue_logs import COUNTS, HERE, balanced, counts, events_of, figures, file_figures, lines_of, prepared, told, verbs

MEASURES = (*COUNTS, "wait_answered_mean_seconds", "handle_mean_seconds", "transferred", "ring_missed")
BY_HAND: dict[str, dict[str, tuple[Any, ...]]] = {
    "modern.log": {
        "": (11, 5, 1, 4, 0, 0, 1, 7.0, 37.5, 3, 1),
        "billing": (9, 4, 0, 4, 0, 0, 1, 7.5, 110 / 3, 2, 1),
        "sales": (2, 1, 1, 0, 0, 0, 0, 5.0, 40.0, 1, 0),
    },
    "old.log": {"9000": (6, 2, 2, 2, 0, 0, 0, 5.5, 16.5, 1, 1)},
    "realtime.csv": {"q2": (3, 3, 0, 0, 0, 0, 0, 20.0, 180.0, 3, 0)},
    "wazo.csv": {"q1": (7, 1, 0, 6, 0, 0, 0, 9.0, 30.0, 0, 0)},
    "restart.log": {
        "billing": (5, 1, 1, 2, 0, 1, 0, 5.0, 95.0, 0, 0),
        "support": (1, 1, 0, 0, 0, 0, 0, 5.0, 10.0, 0, 0),
    },
    "broken.log": {"billing": (1, 0, 1, 0, 0, 0, 0, None, None, 0, 0)},
}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("CONNECT|-5|m.1|1", 1),
        ("CONNECT|5|m.1|soon", 3),
        ("COMPLETEAGENT|abc|def|1", 1),
        ("COMPLETECALLER|5|-1|1", 2),
        ("ABANDON|1|1|x", 3),
        ("ABANDON|1|1|9999999999", 3),
        ("EXITWITHKEY|5|1|1|1.5", 4),
        ("BLINDTRANSFER|9|in|5|x|1", 4),
        ("ATTENDEDTRANSFER|BRIDGE|b|x|10|1", 3),
        ("ATTENDEDTRANSFER|LINK|a|b|5|x|1", 5),
        ("RINGNOANSWER|-1", 1),
        ("WRAPUPSTART|-1", 1),
    ],
)
def test_a_length_of_time_that_cannot_be_is_no_figure(line: str, field: int) -> None:
    """The line is set aside with what is wrong in it, and nothing is counted by the times of others in its place."""
    found = list(read([f"1772438400|c.1|9000|a1|{line}\n".encode()], QueueLogMapping()))
    detail = f"the data field {field} of {line.partition('|')[0]} is no length of time: write a whole number from 0 on, or nothing"
    assert [("bad_value", detail)] == [(one.reason, one.detail) for one in found if isinstance(one, Rejected)]
    assert 1 == len(found)


@pytest.mark.parametrize(
    "line",
    [
        *("CONNECT|5", "CONNECT|", "ABANDON|1|1", "COMPLETEAGENT", "AGENTDUMP"),
        *("ATTENDEDTRANSFER|BRIDGE|b|5|10|1", "ATTENDEDTRANSFER|BRIDGE|b", "ATTENDEDTRANSFER|LINK|a|b|||1", "ATTENDEDTRANSFER"),
    ],
)
def test_a_length_of_time_may_be_missing(line: str) -> None:
    """Old versions leave some out: then the times of the lines say it."""
    found = list(read([f"1772438400|c.1|9000|a1|{line}\n".encode()], QueueLogMapping()))
    assert [True] == [isinstance(one, Event) for one in found]


@pytest.mark.parametrize("name", BY_HAND)
def test_figures_are_those_counted_by_hand(name: str) -> None:
    """Each sample gives the figures of its queues, and whoever was offered is somewhere."""
    found = file_figures([HERE / name])
    shown = {queue: tuple(found[queue][measure] for measure in MEASURES) for queue in BY_HAND[name]}

    assert BY_HAND[name] == shown
    assert all(balanced(measures) for measures in found.values())


def test_a_row_says_what_its_line_says() -> None:
    """What the five columns of the table have no place for stands in the last one."""
    rows = (HERE / "realtime.csv").read_text(encoding="utf-8").splitlines()
    lines = lines_of("\n".join(row.replace(",", "|") for row in rows[1:]))

    assert 9 == len(lines)
    assert events_of(lines) == events_of(lines_of("\n".join(rows)))


def test_the_samples_have_every_word() -> None:
    """What the tables know stands in some sample, so that nothing in them is only believed to work."""
    text = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("*.*"))
    known = CALL_WORDS | MEMBER_WORDS | QUIET_WORDS | SYSTEM_WORDS

    assert set() == {word for word in known if f"|{word}|" not in text and f",{word}," not in text}


def test_a_call_is_told_with_the_fields_of_the_log() -> None:
    """Waits, talks and rings are the log's own; a call that rang at two members in turn rang for both."""
    lines = [line for line in (HERE / "modern.log").read_bytes().splitlines(keepends=True) if b"|1772438409.1|" in line]
    agent = "asterisk/PJSIP/202"
    expected = [
        (10_000, "offered", {"queue": "billing"}),
        (20_000, "ring_missed", {"queue": "billing", "agent_id": "asterisk/PJSIP/201", "ring_ms": 8_000}),
        (25_000, "answered", {"queue": "billing", "wait_ms": 15_000, "agent_id": agent, "ring_ms": 4_000}),
        (85_000, "ended", {"queue": "billing", "by": "agent", "handle_ms": 60_000}),
    ]

    assert expected == verbs(events_of(lines), 1772438400)


def test_leaving_one_queue_and_entering_the_next_in_one_second_keeps_its_order() -> None:
    """The log's order holds within a second: the second queue's wait is not ended by the first queue's exit."""
    lines = lines_of("""
1772438400|c.1|a|NONE|ENTERQUEUE||1|1
1772438400|c.1|a|NONE|EXITEMPTY|1|1|0
1772438400|c.1|b|NONE|ENTERQUEUE||1|1
1772438400|c.1|b|NONE|EXITEMPTY|1|1|0
1772438400|c.1|c|NONE|ENTERQUEUE||1|1
1772438410|d.2|c|NONE|ENTERQUEUE||1|1
""")
    found = figures(events_of(lines))

    assert {"a": (1, 0, 0, 1, 0, 0, 0), "b": (1, 0, 0, 1, 0, 0, 0), "c": (2, 0, 0, 0, 0, 0, 2)} == {
        queue: counts(found[queue]) for queue in "abc"
    }


def test_members_who_ring_at_once_are_one_ringing() -> None:
    """With ringall each member has a line; the caller heard one ringing."""
    lines = lines_of("""
1772438400|c.1|a|NONE|ENTERQUEUE||1|1
1772438415|c.1|a|SIP/1|RINGNOANSWER|15000
1772438415|c.1|a|SIP/2|RINGNOANSWER|15000
1772438415|c.1|a|SIP/3|RINGNOANSWER|15000
1772438420|c.1|a|SIP/1|CONNECT|20|x|3
""")

    assert 18.0 == figures(events_of(lines))["a"]["ring_mean_seconds"]


def test_a_call_that_began_before_the_log_is_told_by_its_end() -> None:
    """Its wait and talk stand in its last line; an end after an end says nothing new."""
    lines = lines_of("""
1772438400|c.1|a|SIP/1|COMPLETEAGENT|7|60|1
1772438401|c.2|a|NONE|EXITWITHTIMEOUT|1|1|30
1772438402|c.3|a|NONE|ABANDON|1|1|9
1772438403|c.4|a|SIP/2|CONNECT|4|x|2
1772438404|c.1|a|SIP/1|COMPLETEAGENT|7|60|1
""")
    found = figures(events_of(lines))["a"]

    assert (4, 2, 1, 1, 0, 0, 0) == counts(found)
    assert (5.5, 60.0) == (found["wait_answered_mean_seconds"], found["handle_mean_seconds"])


def test_equal_lines_are_two_only_where_the_log_has_two() -> None:
    """Two equal rings of one second are two, and reading the file again makes them no four."""
    lines = lines_of("""
1772438400|c.1|a|NONE|ENTERQUEUE||1|1
1772438410|c.1|a|SIP/1|RINGNOANSWER|0
1772438410|c.1|a|SIP/1|RINGNOANSWER|0
""")
    once = events_of(lines)

    assert 2 == figures(once)["a"]["ring_missed"]
    assert 3 == len({event.id for event in once})
    assert once == events_of(lines)


@pytest.mark.parametrize("seed", range(5))
def test_rotated_files_give_the_same_in_any_order_and_twice(tmp_path: Path, seed: int) -> None:
    """Files that are named in any order, and one of them twice, are the whole log."""
    random = Random(seed)
    lines = (HERE / "modern.log").read_bytes().splitlines(keepends=True)
    cuts = sorted(random.sample(range(1, len(lines)), 3))
    paths = []
    for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(lines)], strict=True)):
        paths.append(tmp_path / f"queue_log.{number}")
        paths[-1].write_bytes(b"".join(lines[begin:end]))
    random.shuffle(paths)
    with read_events(NAME, None, [HERE / "modern.log"]) as whole, read_events(NAME, None, [*paths, paths[0]]) as parts:
        assert list(whole) == list(parts)


def test_two_pbxs_never_mix() -> None:
    """The PBX's name is part of every id: of contacts, agents and events."""
    lines = (HERE / "modern.log").read_bytes().splitlines(keepends=True)
    one, other = events_of(lines, "pbx: berlin"), events_of(lines, "pbx: ulm")

    assert set() == {event.subject for event in one} & {event.subject for event in other}
    assert set() == {event.id for event in one} & {event.id for event in other}
    assert {"asterisk/berlin"} == {event.id.partition("|")[0] for event in one}


def test_no_number_or_name_of_a_caller_goes_out() -> None:
    """What is personal of a caller stands in no event, and changes no id."""
    line = "1772438400|c.1|a|NONE|ENTERQUEUE||{}|1|{}"
    first, second = (events_of(lines_of(line.format(number, name))) for number, name in (("4930111222", "One"), ("4930333444", "Two")))

    assert first == second
    assert "4930111222" not in repr(first)


def test_what_cannot_be_read_is_rejected_with_its_reason() -> None:
    """Each bad line is there with its number; empty lines are none, and the half line at the end is one."""
    lines = (HERE / "broken.log").read_bytes().splitlines(keepends=True)
    found = [(one.line, one.reason) for one in told(lines) if isinstance(one, Rejected)]
    expected = [(1, "missing_field"), (3, "bad_value"), (4, "missing_field"), (5, "missing_field"), (6, "unknown_type"), (9, "undecodable")]

    assert expected == found


def test_words_that_nobody_knows_are_passed_over_and_counted() -> None:
    """A dialplan's own words are no fault of the log."""
    lines = lines_of("1772438400|c.1|a|NONE|CALLSURVEY|5\n1772438400|c.1|a|NONE|ENTERQUEUE||1|1")

    assert [Unknown("CALLSURVEY")] == [one for one in told(lines) if not isinstance(one, Event)]


MEMBERS = """
1772438400|MANAGER|billing|SIP/1|ADDMEMBER|
1772438401|MANAGER|sales|SIP/1|ADDMEMBER|PAUSED
1772438402|NONE|sales|SIP/1|UNPAUSE|
1772438403|NONE|billing|SIP/1|PAUSE|lunch
1772438404|NONE|NONE|SIP/1|PAUSEALL|lunch
1772438405|NONE|NONE|SIP/1|UNPAUSEALL|
1772438406|c.1|sales|NONE|ENTERQUEUE||1|1
1772438407|c.1|sales|SIP/1|CONNECT|1|x|1
1772438417|c.1|sales|SIP/1|COMPLETEAGENT|1|10|1
1772438418|MANAGER|billing|SIP/1|REMOVEMEMBER|
1772438418|MANAGER|sales|SIP/1|REMOVEMEMBER|
1772438419|NONE|sales|SIP/9|PAUSE|a static member
"""


def presence(text: str, mapping: str = "") -> list[tuple[int, str, str, list[str]]]:
    """What is told of agents: ms, who, state, queues."""
    return [
        (event.time - 1772438400_000, event.subject, event.data["state"], event.data["queues"])
        for event in events_of(lines_of(text), mapping)
        if event.type == "agent.state_changed"
    ]


def test_presence_follows_the_members_lines() -> None:
    """A pause in one queue takes only that one away; who is in no queue any more is offline; nothing is told of static members."""
    both = ["billing", "sales"]
    expected = [
        (0, "available", ["billing"]),
        (2_000, "available", both),
        (3_000, "available", ["sales"]),
        (4_000, "paused", both),
        (5_000, "available", both),
        (7_000, "on_contact", both),
        (17_000, "available", both),
        (18_000, "available", ["sales"]),
        (18_001, "offline", []),
    ]

    assert [(at, "asterisk/SIP/1", state, queues) for at, state, queues in expected] == presence(MEMBERS)
    assert [] == presence(MEMBERS, "presence: none")


def test_interface_and_member_name_are_one_agent() -> None:
    """The mapping says so, or an ADDMEMBER line that has both."""
    lines = """
1772438400|MANAGER|billing|SIP/1|ADDMEMBER|{}
1772438405|c.1|billing|NONE|ENTERQUEUE||1|1
1772438407|c.1|billing|front desk|CONNECT|2|x|1
"""
    declared = presence(lines.format(""), 'agents: {a1: [SIP/1, "front desk"]}')
    learned = presence(lines.format("front desk"))

    assert [(0, "a1", "available", ["billing"]), (7_000, "a1", "on_contact", ["billing"])] == declared
    assert [(at, "asterisk/SIP/1", state, queues) for at, _, state, queues in declared] == learned


def test_static_members_come_from_the_mapping() -> None:
    """They are there from the first line on, and their pauses count."""
    text = "1772438400|NONE|NONE|NONE|QUEUESTART|\n1772438401|NONE|9000|SIP/1|PAUSE|x"
    mapping = 'queues: {"9000": billing}\nmembers: {"9000": [SIP/1, SIP/2]}'
    expected = [
        (0, "asterisk/SIP/1", "available", ["billing"]),
        (0, "asterisk/SIP/2", "available", ["billing"]),
        (1_000, "asterisk/SIP/1", "paused", ["billing"]),
    ]

    assert expected == presence(text, mapping)


@pytest.mark.parametrize(("setting", "states"), [("true", ["available"]), ("false", ["available", "offline"])])
def test_dynamic_members_outlive_a_restart_where_asterisk_keeps_them(setting: str, states: list[str]) -> None:
    """As persistentmembers in queues.conf says."""
    text = "1772438400|MANAGER|billing|SIP/1|ADDMEMBER|\n1772438500|NONE|NONE|NONE|QUEUESTART|"

    assert states == [state for _, _, state, _ in presence(text, f"persistent_members: {setting}")]


def test_local_times_are_of_the_mappings_zone_through_a_change_of_the_clock() -> None:
    """The hour that comes twice is taken in the order of the rows, so that no wait is an hour too long or negative."""
    rows = (
        b"time,callid,queuename,agent,event,data1,data2,data3\n",
        b"2026-10-25 02:59:50.5,c.1,a,NONE,ENTERQUEUE,,1,1\n",
        b"2026-10-25 02:00:05.25,c.1,a,NONE,ABANDON,1,1,\n",
    )
    start = 1792889990  # 00:59:50 UTC, ten seconds before the clock goes back
    summer = [(500, "offered", {"queue": "a"}), (15_250, "abandoned", {"queue": "a", "stage": "queue", "wait_ms": 14_750})]

    assert summer == verbs(events_of(rows, "time_zone: Europe/Berlin"), start)
    assert 2 * 3_600_000 == events_of(rows[:2])[0].time - events_of(rows[:2], "time_zone: Europe/Berlin")[0].time


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pbx: a|b", "pbx is part of every id"),
        ("pbxs: a", "did you mean pbx?"),
        ("agents: {a1: [SIP/1], a2: [SIP/1]}", "SIP/1 is a1 already"),
        ("rename: {when: x}", "has no key when"),
        ("presence: maybe", "presence cannot be maybe"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(text: str, problem: str) -> None:
    """With the line and what to write."""
    with pytest.raises(DeclarationError) as refused:
        read_mapping(parse(f"version: 1\n{text}\n", "m.yaml"), None)
    assert problem in str(refused.value)


def test_dumps_are_read_however_they_are_written() -> None:
    """Quoted, with other names, other signs between the fields, NULL for nothing, or without a header."""
    expected = counts(figures(events_of(lines_of("1772438400|c.1|a|NONE|ENTERQUEUE||1|1\n1772438405|c.1|a|NONE|ABANDON|1|1|5")))["a"])
    row = (
        ("2026-03-02 08:00:00", "c.1", "a", "NONE", "ENTERQUEUE", "NULL", "1", "1"),
        (
            *("2026-03-02 08:00:05.000001", "c.1", "a", "NONE", "ABANDON"),
            *("1", "1", "5"),
        ),
    )
    header = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3")
    quoted = [(",".join(f'"{field}"' for field in one) + "\n").encode() for one in (header, *row)]
    tabs = [("\t".join(one) + "\n").encode() for one in (header, *row)]
    other = [(";".join(one) + "\n").encode() for one in (("eventdate", *header[1:]), *row)]
    bare = [(",".join(one) + "\n").encode() for one in row]
    columns = "format: {delimiter: comma, columns: [time, callid, queuename, agent, event, data1, data2, data3]}"
    for lines, mapping in ((quoted, ""), (tabs, ""), (other, "rename: {time: eventdate}"), (bare, columns)):
        assert expected == counts(figures(events_of(lines, mapping))["a"])


WORDS = st.sampled_from([*sorted(CALL_WORDS | MEMBER_WORDS | QUIET_WORDS | SYSTEM_WORDS), "NEWWORD", "", "\x00"])
FIELD = st.one_of(
    st.sampled_from(["NONE", "", "1", "99999999999999999999", "-1", "c.1", "c.2", "a", "b", "PAUSED", "²"]), st.text(max_size=8)
)
TIME = st.one_of(
    st.integers(-5, 20).map(lambda n: str(1772438400 + n)),
    st.sampled_from(["0", "99999999999", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "2026-03-29 02:30:00", "1772438400.5", "١"]),
)
LINE = st.one_of(
    st.binary(max_size=60),
    st.tuples(TIME, FIELD, FIELD, FIELD, WORDS, st.lists(FIELD, max_size=6)).map(
        lambda parts: "|".join((*parts[:5], *parts[5])).encode("utf-8", "surrogatepass")
    ),
)


@settings(deadline=None)
@given(st.lists(LINE, max_size=30), st.sampled_from(["", "time_zone: Europe/Berlin\nmembers: {a: [x]}"]))
def test_no_input_whatever_raises(lines: list[bytes], mapping: str) -> None:
    """Any bytes become events and rejects, in a file as in a log that is followed; their events balance, and fit on the wire."""
    whole = [line.replace(b"\n", b"") + b"\n" for line in lines]
    found = events_of(whole, mapping)
    following = prepared(mapping).following
    assert following is not None
    log = following()
    for line in whole:
        log.feed(line)
        log.restore(log.save())

    assert all(balanced(measures) for measures in figures(found).values())


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_file_whatever_raises(content: bytes) -> None:
    """Also what looks like a dumped table."""
    header = b"time,callid,queuename,agent,event,data1\n"
    told(content.splitlines(keepends=True))
    told([header, *content.splitlines(keepends=True)])


def test_a_log_that_is_followed_becomes_what_its_file_becomes() -> None:
    """Line by line, with the state saved and taken back after each, the same events under the same ids."""
    for name in ("modern.log", "old.log", "restart.log"):
        lines = (HERE / name).read_bytes().splitlines(keepends=True)
        following = prepared().following
        assert following is not None
        out: list[Event] = []
        state = None
        for line in lines:
            log = following()
            if state is not None:
                log.restore(state)
            out += [one for one in log.feed(line) if isinstance(one, Event)]
            state = log.save()

        assert events_of(lines) == out
