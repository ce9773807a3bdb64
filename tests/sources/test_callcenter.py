"""FreeSWITCH's event socket, as bytes -> events: frames, lists, and what a look at all queues sets right."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.core.events import Event
from stream.errors import DeclarationError
from stream.sources.callcenter.frames import CLOCK, EVENT, LONGEST_BODY, LONGEST_HEAD, LOOK, Frame, Frames, carried, opened
from stream.sources.callcenter.lists import queue_names, refused, rows
from stream.sources.callcenter.mapping import SocketMapping, read_mapping
from stream.sources.callcenter.translator import Translator
from stream.sources.records import CUSTOMER, Rejected, Unknown
from stream.wire.codec import decode, encode
from tests.sources import queue_logs

BASE: Final = 1_772_442_000
"""Seconds: 09:00 on the day of the samples."""
OLD: Final = "queue|system|uuid|session_uuid|cid_number|cid_name|system_epoch|joined_epoch|rejoined_epoch|bridge_epoch|abandoned_epoch"
OLD_MEMBERS: Final = f"{OLD}|base_score|skill_score|serving_agent|serving_system|state"
"""The columns of 2011; those of 2023 are named otherwise where it does not matter, and have one more."""
NEW_MEMBERS: Final = f"{OLD_MEMBERS.replace('system|uuid', 'instance_id|uuid')}|score"
AGENTS: Final = "name|system|uuid|type|contact|status|state|last_bridge_end"
Found = list[Event | Rejected | Unknown]


def mapping(text: str = "") -> SocketMapping:
    """A mapping with these lines besides what is needed."""
    return read_mapping(parse(f"version: 1\naddress: 127.0.0.1:8021\npassword_env: A\n{text}\n", "switch.yaml"))


def event(action: str, second: float, call: str = "", queue: str = "billing@default", **more: str) -> bytes:
    """One event, so many seconds after nine."""
    fields = {"Event-Subclass": "callcenter::info", "Event-Date-Timestamp": str(int((BASE + second) * 1_000_000)), "CC-Action": action}
    fields |= {"CC-Member-Session-UUID": call, "CC-Queue": queue} if call else {}
    return carried(EVENT, json.dumps({**fields, **more}).encode())


def member(call: str, joined: int, state: str = "Waiting", bridged: int = 0, agent: str = "", *, columns: str = NEW_MEMBERS) -> str:
    """A row of the members of a queue."""
    known = {"session_uuid": call, "uuid": f"m-{call}", "cid_number": "4930", "cid_name": "a|b", "state": state, "serving_agent": agent}
    times = {"joined_epoch": str(BASE + joined), "bridge_epoch": str(BASE + bridged) if bridged else "0"}
    return "|".join({**known, **times}.get(name, "0") for name in columns.split("|"))


def listed(columns: str, *lines: str) -> str:
    """A list, as the module writes it."""
    return "".join(f"{line}\n" for line in ((columns, *lines) if lines else ())) + "+OK\n"


def look(*members: str, agents: str = "", tiers: str = "", **more: str) -> bytes:
    """A look at one queue; more: the lists of others."""
    return long_look(0, *members, agents=agents, tiers=tiers, **more)


def long_look(took: int, *members: str, agents: str = "", tiers: str = "", **more: str) -> bytes:
    """The same, with so many ms from the first question to the last answer."""
    queues = {"billing@default": listed(NEW_MEMBERS, *members), **more}
    found = [{"name": name, "members": text} for name, text in queues.items()]
    return carried(
        LOOK,
        json.dumps({"agents": agents or listed(AGENTS), "tiers": tiers or listed("queue|agent"), "queues": found, "took": took}).encode(),
    )


def told(*pieces: tuple[float, bytes] | float, text: str = "") -> Found:
    """What comes at a time (s after nine), and that time goes on; our clock is the switch's."""
    translator, found = Translator(mapping(text)), []
    for piece in pieces:
        at, raw = (piece, b"") if isinstance(piece, int | float) else piece
        now = int((BASE + at) * 1000)
        found += translator.feed(raw, now) if raw else translator.tick(now)
        again = Translator(mapping(text))
        again.restore(orjson.loads(orjson.dumps(translator.save())))
        translator = again
    return found


def verbs(found: Found, kind: str = "contact.") -> list[tuple[int, str, dict[str, Any]]]:
    """Events as short tuples."""
    return queue_logs.verbs([one for one in found if isinstance(one, Event) and one.type.startswith(kind)], BASE)


JOINS: Final = (0.2, event("member-queue-start", 0.2, "c1"))
BILLING: Final = {"queue": "billing"}


def test_who_waits_and_was_not_told_is_offered_and_confirmed() -> None:
    """At the end of the second in which they joined; who is younger than 2 s is left to the events. Told twice it is one offer."""
    found = told((5.0, look(member("c1", 0), member("c2", 4))), (9.0, look(member("c1", 0), member("c2", 4))))
    assert [
        (999, "offered", BILLING),
        (5_000, "confirmed", BILLING),
        (9_000, "confirmed", BILLING),
        (4_999, "offered", BILLING),
        (9_000, "confirmed", BILLING),
    ] == verbs(found)
    late = [one for one in [*found, *told(JOINS)] if isinstance(one, Event)]
    assert {"offered": 2, "waiting": 2} == {name: queue_logs.figures(late)["billing"][name] for name in ("offered", "waiting")}


def test_who_is_gone_unheard_is_lost_and_who_talked_has_ended() -> None:
    """After 3 s in which an event may still say how it went; a talk with its agent's last call, where they are in none."""
    answer = event("bridge-agent-start", 2, "c2", **{"CC-Agent": "1@pbx"})
    idle = listed(AGENTS, f"1@pbx|s|u|callback|user/1|Available|Waiting|{BASE + 6}")
    found = told(JOINS, (1.0, event("member-queue-start", 1, "c2")), (2.0, answer), (9.0, look(agents=idle)), 11.0, 13.0)
    assert [
        (9_000, "ended", {"by": "system"}),
        (6_999, "ended", {"by": "system", "agent_id": "1@pbx", "talk_ms": 4_999}),
    ] == verbs(found)[-2:]
    measures = queue_logs.figures([one for one in found if isinstance(one, Event)])["billing"]
    assert (2, 1, 0, 0, 0, 1, 0) == queue_logs.counts(measures)


def test_what_comes_after_a_look_is_believed() -> None:
    """Events from before it are sent after it."""
    hung_up = {"CC-Cause": "Cancel", "CC-Cancel-Reason": "BREAK_OUT"}
    found = told(JOINS, (9.0, look()), (9.1, event("member-queue-end", 8.9, "c1", **hung_up)), 13.0, 20.0)
    assert ["offered", "abandoned"] == [verb for _, verb, _ in verbs(found)]


def test_a_talk_that_nobody_told_of_is_told_with_its_wait() -> None:
    """By its agent, at the second of the bridge; also of who was known to wait, and once."""
    row = member("c1", 0, "Answered", 7, "1@pbx")
    answered = (7_999, "answered", {**BILLING, "agent_id": "1@pbx", "wait_ms": 7_000})
    assert [answered] == verbs(told((20.0, look(row)), (30.0, look(row))))
    assert [answered] == verbs(told(JOINS, (20.0, look(row))))[1:]
    assert [] == verbs(told((8.0, look(row))))


def test_a_call_that_is_over_is_not_believed_from_a_list() -> None:
    """The module says that it is over before it deletes it; one that comes back to a queue is there."""
    over = event("bridge-agent-end", 9, "c1", **{"CC-Agent": "1@pbx"})
    row = member("c1", 0, "Answered", 2, "1@pbx")
    assert ["offered", "ended"] == [verb for _, verb, _ in verbs(told(JOINS, (9.0, over), (9.1, look(row))))]
    again = (9.2, event("member-queue-start", 9.2, "c1", "sales@default"))
    sales = {"sales@default": listed(NEW_MEMBERS, member("c1", 9))}
    found = told(JOINS, (9.0, over), again, (12.0, look(**sales)), 20.0)
    assert ["offered", "ended", "offered", "confirmed"] == [verb for _, verb, _ in verbs(found)]


def test_queues_that_were_not_asked_or_cannot_be_read_are_not_judged() -> None:
    """Who is in them may still be there. The rows that are none are told once a look."""
    there = (0.2, event("member-queue-start", 0.2, "c1", "my queue@default"))
    assert ["offered"] == [verb for _, verb, _ in verbs(told(there, (9.0, look()), 20.0))]
    spoilt = {"billing@default": listed(NEW_MEMBERS, "only|three|fields")}
    found = told(JOINS, (9.0, look(**spoilt)), 20.0)
    assert ["offered"] == [verb for _, verb, _ in verbs(found)]
    assert ["1 rows of the switch's lists have too few or too many fields"] == [one.detail for one in found if isinstance(one, Rejected)]
    seen = look(agents=listed(AGENTS, "1@pbx|s|u|callback|user/1|Available|Waiting|0"), tiers=listed("queue|agent", "billing@a|1@pbx"))
    assert ["available"] == [
        one.data["state"] for one in told((1.0, seen), (9.0, look(agents=listed(AGENTS, "x|y")))) if isinstance(one, Event)
    ]


def test_a_call_that_is_seen_in_another_queue_moved_there() -> None:
    """Its way there was missed: it flowed out of the one and is offered to the other, where it is answered, too."""
    sales = {"sales@default": listed(NEW_MEMBERS, member("c1", 4))}
    assert [(200, "offered", BILLING), (4_999, "offered", {"queue": "sales"}), (9_000, "confirmed", {"queue": "sales"})] == verbs(
        told(JOINS, (9.0, look(**sales)))
    )
    talks = {"sales@default": listed(NEW_MEMBERS, member("c1", 4, "Answered", 6, "1@pbx"))}
    found = [one for one in told(JOINS, (9.0, look(**talks))) if isinstance(one, Event)]
    measures = queue_logs.figures(found)
    assert {"billing": (1, 0, 0, 1, 0, 0, 0), "sales": (1, 1, 0, 0, 0, 0, 0)} == {
        queue: queue_logs.counts(measures[queue]) for queue in ("billing", "sales")
    }


def test_agents_are_in_the_queues_of_their_tiers() -> None:
    """A change is told once, what has not changed is a heartbeat; who is not listed, or has no tier any more, has gone."""
    one, two, three = (f"{number}@pbx|s|u|callback|[t=1]user/{number}|user/9|" for number in (1, 2, 3))
    agents = listed(AGENTS, f"{one}Available|Waiting|0", f"{two}On Break|Waiting|0", f"{three}Available|Waiting|0")
    everybody = look(
        agents=agents, tiers=listed("queue|agent|state", "billing@a|1@pbx|Ready", "sales@a|1@pbx|Ready", "sales@a|2@pbx|Ready")
    )
    rings = event("agent-state-change", 5, **{"CC-Agent": "1@pbx", "CC-Agent-State": "Receiving"})
    without_tiers = look(agents=listed(AGENTS, f"{two}On Break|Waiting|0"))
    pieces = ((1.0, everybody), (2.0, everybody), (5.0, rings), (5.1, rings), (9.0, without_tiers), (12.0, without_tiers))
    first, second = {"agent_id": "a1", "queues": ["billing", "sales"]}, {"agent_id": "2@pbx", "queues": ["sales"], "state": "paused"}
    assert [
        (1_000, "state_changed", {**first, "state": "available"}),
        (1_000, "state_changed", second),
        (2_000, "heartbeat", {**first, "state": "available"}),
        (2_000, "heartbeat", second),
        (5_000, "state_changed", {**first, "state": "reserved"}),
        (9_000, "state_changed", {"agent_id": "a1", "state": "offline", "queues": []}),
        (9_000, "state_changed", {"agent_id": "2@pbx", "state": "offline", "queues": []}),
    ] == verbs(told(*pieces, text="agents: {a1: [1@pbx]}"), "agent.")


def test_a_look_that_took_long_says_nothing_of_what_came_meanwhile() -> None:
    """Who joined after the list of their queue was made is not missing, and who may have left since is not told to have come."""
    joined = (10.5, event("member-queue-start", 10.5, "c1"))
    left = event("member-queue-end", 16, "c1", **{"CC-Cause": "Cancel", "CC-Cancel-Reason": "TIMEOUT"})
    meanwhile = told(joined, (12.0, long_look(2_000)), 15.5, (16.0, left))
    assert ["offered", "flowed_out"] == [verb for _, verb, _ in verbs(meanwhile)]
    assert [] == verbs(told((12.9, long_look(2_000, member("c2", 10)))))
    missing = told(joined, (14.0, long_look(2_000)), 17.5)
    assert ["offered", "ended"] == [verb for _, verb, _ in verbs(missing)]


def test_an_agent_who_changes_while_a_look_is_taken_has_changed() -> None:
    """The list is older than the event."""
    rows_of = listed("name|status|state|last_bridge_end", "1@pbx|Available|Waiting|0")
    change = event("agent-state-change", 11, **{"CC-Agent": "1@pbx", "CC-Agent-State": "Receiving"})
    first = (1.0, look(agents=rows_of, tiers=listed("queue|agent", "billing@default|1@pbx")))
    second = (12.0, long_look(2_000, agents=rows_of, tiers=listed("queue|agent", "billing@default|1@pbx")))
    states = [data["state"] for _, _, data in verbs(told(first, (11.0, change), second), "agent.")]
    assert ["available", "reserved", "reserved"] == states


def test_looks_are_taken_by_the_switchs_clock() -> None:
    """As it was asked for the time; an answer that is none changes nothing."""
    ahead = carried(CLOCK, str((BASE + 100) * 1_000_000).encode())
    found = told((0.0, ahead), (0.0, carried(CLOCK, b"-ERR strmicroepoch Command not found!\n")), (5.0, look(member("c1", 90))))
    assert [(90_999, "offered", BILLING), (105_000, "confirmed", BILLING)] == verbs(found)


def test_the_caller_is_named_only_where_the_mapping_says_so() -> None:
    """By an event and by a list; a name in an old encoding spoils nothing."""
    raw = event("member-queue-start", 0, "c1", **{"CC-Member-CID-Number": "4930", "CC-Member-CID-Name": "XX"}).replace(b"XX", b"M\xfcller")
    pieces = ((0.0, raw), (9.0, look(member("c1", 0), member("c2", 1))))
    assert "4930" not in repr(told(*pieces))
    named = [one for one in told(*pieces, text="customers: true") if isinstance(one, Event) and CUSTOMER in one.data]
    assert [("c1", "4930"), ("c2", "4930")] == [(one.subject.partition("/")[2], one.data[CUSTOMER]) for one in named]


def test_lists_of_old_and_new_versions_are_read_by_their_columns() -> None:
    """A text with the sign between columns keeps its row; a row that is none is counted."""
    for columns in (OLD_MEMBERS, NEW_MEMBERS):
        found, lame = rows(listed(columns, member("c1", 3, columns=columns), "x|y"))
        assert (1, 1, "c1", "a|b", "Waiting", str(BASE + 3)) == (
            len(found),
            lame,
            *(found[0][name] for name in ("session_uuid", "cid_name", "state", "joined_epoch")),
        )
    assert ([], 0) == rows("+OK\n")
    assert ["billing@default"] == queue_names("name|strategy\nbilling@default|ring-all\nmy queue@default|ring-all\n|x\n+OK\n")
    answers = ("+OK\n", "name|x\n+OK\n", "-ERR callcenter_config Command not found!\n", "", "callcenter_config: Command not found!\n")
    assert ["", "", "-ERR callcenter_config Command not found!", "an empty answer", "callcenter_config: Command not found!"] == [
        refused(text) for text in answers
    ]


BODY: Final = b'{"a":"\n\n"}'
STREAM: Final = (
    b"Content-Type: auth/request\n\n"
    b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
    b"Content-Length: 10\nContent-Type: text/event-json\n\n" + BODY + b"\nContent-Type: api/response\nContent-Length: 4\n\n+OK\n"
)
WHOLE: Final = [
    Frame("auth/request", "", b""),
    Frame("command/reply", "+OK accepted", b""),
    Frame("text/event-json", "", BODY),
    Frame("api/response", "", b"+OK\n"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=9))
def test_frames_are_the_same_however_they_come_in_pieces(cuts: list[int]) -> None:
    """A body may hold an empty line, and between frames there may be one."""
    frames, at = Frames(), sorted({0, *cuts, len(STREAM)})
    assert WHOLE == [one for begin, end in pairwise(at) for one in frames.feed(STREAM[begin:end])]
    assert not frames.broken


@pytest.mark.parametrize(
    "raw",
    [b"HTTP/1.1 200 OK\r\n\n\n", b"Content-Type: x\nContent-Length: -1\n\n", b"Content-Type: x\nContent-Length: 1e9\n\n", b"x" * 20_000],
)
def test_what_is_no_event_socket_is_said(raw: bytes) -> None:
    """And nothing is held of it."""
    frames = Frames()
    assert [] == frames.feed(raw)
    assert frames.broken
    assert [] == frames.feed(STREAM)
    assert len(raw) <= 2 * LONGEST_HEAD


def test_a_body_that_is_too_long_is_passed_over_and_the_rest_goes_on() -> None:
    """It is told as such, and is never held as a whole."""
    frames, size = Frames(), LONGEST_BODY + 7
    found = frames.feed(f"Content-Type: text/event-json\nContent-Length: {size}\n\n".encode())
    for _ in range(size // 65_536 + 1):
        part = b"y" * min(size, 65_536)
        size -= len(part)
        found += frames.feed(part)
        assert len(frames._held) <= 65_536
    assert [Frame("text/event-json", "", b"", cut=True), *WHOLE] == [*found, *frames.feed(STREAM)]
    assert ["bad_value"] == [one.reason for one in told((0.0, carried(EVENT, b""))) if isinstance(one, Rejected)]


KEYS: Final = st.sampled_from(
    ["CC-Action", "CC-Queue", "CC-Agent", "CC-Member-Session-UUID", "Event-Subclass", "Event-Date-Timestamp", "CC-Cause", "CC-Agent-State"]
)
VALUES: Final = st.one_of(
    st.sampled_from(["callcenter::info", "billing@default", "c1", "1@pbx", str(BASE * 1_000_000), "Cancel", "member-queue-start"]),
    st.sampled_from(
        ["member-queue-end", "bridge-agent-start", "agent-state-change", "9" * 30, "x" * 300, "İ" * 3_000, "\ud800", "", "a/b\n"]
    ),
    st.text(max_size=5),
    st.integers(),
    st.none(),
)
TABLES: Final = st.one_of(
    st.text(max_size=40),
    st.builds(lambda lines: listed(NEW_MEMBERS, *lines), st.lists(st.text(max_size=30), max_size=3)),
    st.sampled_from(
        [
            listed(NEW_MEMBERS, member("c1", 0, "Answered", 1, "x" * 3_000), member("c" * 300, 1)),
            listed(AGENTS, "1@pbx|s|u|c|d|Available|Waiting|x"),
        ]
    ),
)
RAWS: Final = st.one_of(
    st.binary(max_size=60),
    st.builds(carried, st.sampled_from([EVENT, LOOK, CLOCK]), st.binary(max_size=40)),
    st.builds(lambda fields: carried(EVENT, json.dumps(fields).encode()), st.dictionaries(KEYS, VALUES, max_size=8)),
    st.builds(
        lambda agents, tiers, name, text: carried(
            LOOK, json.dumps({"agents": agents, "tiers": tiers, "queues": [{"name": name, "members": text}]}).encode()
        ),
        TABLES,
        TABLES,
        st.sampled_from(["billing@default", "", "@", "x" * 300, "x" * 3_000]),
        TABLES,
    ),
)


@given(st.lists(RAWS, max_size=20), st.integers(-(2**40), 2**50))
def test_no_bytes_raise_anything(pieces: list[bytes], now: int) -> None:
    """Whatever comes: no exception, the state can be saved as JSON, and all events are of the contract."""
    frames, translator = Frames(), Translator(mapping())
    for piece in pieces:
        for frame in frames.feed(piece):
            assert (frame.kind, frame.body) == opened(carried(frame.kind, frame.body))
        for one in [*translator.feed(piece, now), *translator.tick(now + 20_000)]:
            if isinstance(one, Event):
                key, value, headers = encode(one, "x")
                assert one == decode(value, headers, key)
    again = Translator(mapping())
    again.restore(orjson.loads(orjson.dumps(translator.save())))
    assert translator.save() == again.save()


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ("address: localhost", "write host:port, for example 127.0.0.1:8021"),
        ("address: switch:8021", "over the network for all to read"),
        ("address: 127.0.0.1:8021\nreconcile: 1s", "cannot be below 5s"),
        ("address: 127.0.0.1:8021\nuser: a:b", "user cannot hold a colon"),
        ("address: 127.0.0.1:8021\nmembers: {a: [b]}", "has no key members"),
        ("address: 127.0.0.1:8021\norigin: a/b", "part of every id"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(lines: str, refusal: str) -> None:
    """With the line and what to write instead."""
    with pytest.raises(DeclarationError, match=refusal):
        read_mapping(parse(f"version: 1\npassword_env: A\n{lines}\n", "switch.yaml"))
    assert read_mapping(parse("version: 1\naddress: switch:8021\ntrusted_network: true", "switch.yaml")).address.port


def test_a_state_without_a_status_is_told_by_nobody() -> None:
    """Somebody new who waits may be logged out: the next look says so."""
    waits = event("agent-state-change", 5, **{"CC-Agent": "9@pbx", "CC-Agent-State": "Waiting"})
    assert [] == verbs(told((5.0, waits)), "agent.")
