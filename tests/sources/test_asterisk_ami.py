"""Asterisk's manager interface, as bytes -> events: the queue_log's own for calls, states for members."""

from __future__ import annotations

from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.core.events import Event
from stream.errors import DeclarationError
from stream.sources.asterisk_ami.mapping import read_mapping
from stream.sources.asterisk_ami.messages import LONGEST_MESSAGE, Splitter
from stream.sources.asterisk_ami.translator import Translator
from stream.sources.records import Rejected, Unknown
from stream.wire.codec import decode, encode
from tests.sources import queue_logs
from tests.sources.managers import ALL, LOGGED, RECORDED, mapping, message, of, told

NOW = 1_795_651_669_000
BASE = 1_795_651_669


def agents(found: list[Event | Rejected | Unknown]) -> list[tuple[int, str, str, list[str]]]:
    """State changes as (s since BASE, agent, state, queues)."""
    return [
        (one.time // 1000 - BASE, one.data["agent_id"], one.data["state"], one.data["queues"]) for one in of(found, "agent.state_changed")
    ]


def test_calls_are_the_same_events_as_the_queue_log_of_the_same_pbx() -> None:
    """What a real Asterisk said on its manager interface gives, id by id and field by field, what its queue_log gives."""
    from_log = [one for one in queue_logs.events_of(LOGGED.read_bytes().splitlines(keepends=True)) if one.type.startswith("contact.")]
    from_ami = of(told([RECORDED.read_bytes()]), "contact.")
    assert len(from_log) > 15
    assert {one.id: one for one in from_log} == {one.id: one for one in from_ami if one.type != "contact.confirmed"}
    both = queue_logs.figures([*from_log, *from_ami])
    assert {queue: queue_logs.counts(one) for queue, one in queue_logs.figures(from_log).items()} == {
        queue: queue_logs.counts(one) for queue, one in both.items()
    }


def test_static_members_and_whoever_waits_are_known() -> None:
    """Static members have a state from the first look on; a call that a look shows is confirmed; calls are left to the log."""
    found = told([RECORDED.read_bytes()], "tell: [agents, waiting]")
    two = "asterisk/Local/202@agents/n"
    assert [
        (0, two, "available", ["billing"]),
        (0, "asterisk/desk one", "available", ["billing"]),
        (0, "asterisk/desk three", "available", ["sales"]),
        (2, "asterisk/desk one", "on_contact", ["billing"]),
        (5, "asterisk/desk one", "available", ["billing"]),
        (6, "asterisk/desk one", "paused", ["billing"]),
        (6, two, "on_contact", ["billing"]),
        (7, two, "available", ["billing"]),
        (10, "asterisk/desk one", "available", ["billing"]),
        (12, two, "on_contact", ["billing"]),
        (14, two, "available", ["billing"]),
        (15, "asterisk/desk three", "offline", []),
    ] == agents(found)
    assert ["asterisk/1795651674.41"] == [one.subject for one in of(found, "contact.")]
    assert ["contact.confirmed"] == [one.type for one in of(found, "contact.")]


def test_a_person_is_one_agent_by_interface_and_by_member_name() -> None:
    """The mapping may name either: states and answers bear the same id."""
    found = told([RECORDED.read_bytes()], f"{ALL}\nagents: {{a1: [Local/201@agents/n], a2: [Local/202@agents/n]}}")
    assert {"a1", "a2", "asterisk/desk three"} == {one.data["agent_id"] for one in of(found, "agent.")}
    assert {"a1", "a2"} == {one.data["agent_id"] for one in of(found, "contact.answered")}


def test_bytes_come_in_any_pieces() -> None:
    """Cut at any byte, a connection says the same."""
    raw, random = RECORDED.read_bytes(), Random(5)
    whole = told([raw])
    assert whole == told([raw[at : at + 1] for at in range(len(raw))])
    for _ in range(20):
        cuts = sorted(random.randrange(len(raw)) for _ in range(random.randrange(200)))
        assert whole == told([raw[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)])


def test_what_was_saved_at_any_message_goes_on() -> None:
    """A translator restored after any message says what one says that never stopped."""
    raws = Splitter().feed(RECORDED.read_bytes())
    expected = told([RECORDED.read_bytes()])
    for cut in range(0, len(raws), 7):
        first, second = Translator(mapping()), Translator(mapping())
        found = [one for raw in raws[:cut] for one in first.feed(raw, NOW)]
        second.restore(first.save())
        found += [one for raw in raws[cut:] for one in second.feed(raw, NOW)]
        # A look that the cut falls into is not brought to its end; all else is the same.
        assert [one for one in of(expected, "contact.") if one.type != "contact.confirmed"] == [
            one for one in of(found, "contact.") if one.type != "contact.confirmed"
        ]


def _at(second: float, **lines: object) -> bytes:
    return message(**lines, Timestamp=f"{BASE + second:.6f}")


def _look(*shown: bytes) -> bytes:
    head = message(Response="Success", ActionID="answerable-1", EventList="start")
    return head + b"".join(shown) + message(Event="QueueStatusComplete", ActionID="answerable-1")


def _member(queue: str = "billing", interface: str = "PJSIP/201", **more: object) -> bytes:
    lines: dict[str, object] = {"Status": 1, "Paused": 0, "InCall": 0, "LastCall": 0, **more}
    return message(Event="QueueMember", Queue=queue, Name=interface, Location=interface, **lines, ActionID="answerable-1")


def _entry(call: str, wait: int) -> bytes:
    return message(Event="QueueEntry", Queue="billing", Position=1, Uniqueid=call, Wait=wait, ActionID="answerable-1")


def _join(second: float, call: str) -> bytes:
    return _at(second, Event="QueueCallerJoin", Uniqueid=call, Queue="billing", Position=1, CallerIDNum="<unknown>")


def verbs(found: list[Event | Rejected | Unknown]) -> list[tuple[int, str, dict[str, Any]]]:
    """Contacts' events as short tuples."""
    return queue_logs.verbs(of(found, "contact."), BASE)


def test_lost_messages_about_calls_heal() -> None:
    """A call that waits and was not told has joined when its wait began; one that waits no more is lost, if nothing says otherwise."""
    pieces = [_join(0, "c.1"), _join(1, "c.2"), _look(_entry("c.1", 5), _entry("c.3", 3))]
    found = told(pieces, "tell: [calls]", NOW + 5_000, NOW + 30_000)
    assert [
        (0, "offered", {"queue": "billing"}),
        (1_000, "offered", {"queue": "billing"}),
        (2_001, "offered", {"queue": "billing"}),
        (5_000, "lost", {"queue": "billing", "reason": "unseen", "wait_ms": 4_000}),
    ] == verbs(found)


@pytest.mark.parametrize("status", [0, 1])
def test_a_talk_goes_on_where_nobody_says_that_the_member_is_free(status: int) -> None:
    """Old versions leave InCall out, and the phone of a Local member looks free: its call ends when the message of it comes."""
    answer = {"Uniqueid": "c.1", "Queue": "billing", "Interface": "Local/201@in", "MemberName": "x", "HoldTime": 4, "RingTime": 1}
    free = message(Event="QueueMember", Queue="billing", Name="x", Location="Local/201@in", Status=status, ActionID="answerable-1")
    end = _at(310, Event="AgentComplete", **answer | {"TalkTime": 300, "Reason": "caller"})
    splitter, translator = Splitter(), Translator(mapping("tell: [calls]"))
    found = []
    for second, pieces in {10: [_join(6, "c.1"), _at(10, Event="AgentConnect", **answer)], 60: [_look(free)], 310: [end]}.items():
        raws = [raw for piece in pieces for raw in splitter.feed(piece)]
        found += [one for raw in raws for one in translator.feed(raw, NOW + second * 1_000)]
        found += translator.tick(NOW + second * 1_000 + 30_000)
    assert ["offered", "answered", "ended"] == [verb for _, verb, _ in verbs(found)]
    assert (310_000, "ended", {"queue": "billing", "by": "customer", "handle_ms": 300_000}) == verbs(found)[-1]


def test_what_was_queued_behind_a_look_is_believed() -> None:
    """Asterisk sends what happened just before a look after it: who was not seen was answered, not lost, and joined once."""
    late = _at(4, Event="QueueCallerLeave", Uniqueid="c.1", Queue="billing")
    answer = {"Uniqueid": "c.1", "Queue": "billing", "Interface": "PJSIP/201", "MemberName": "x", "HoldTime": 4, "RingTime": 1}
    pieces = [_join(0, "c.1"), _look(_entry("c.2", 1)), late, _at(4, Event="AgentConnect", **answer), _join(3.9, "c.2")]
    found = told(pieces, "tell: [calls]", NOW + 5_000, NOW + 30_000)
    assert [
        (0, "offered", {"queue": "billing"}),
        (4_001, "offered", {"queue": "billing"}),
        (4_000, "answered", {"queue": "billing", "wait_ms": 4_000, "agent_id": "asterisk/x", "ring_ms": 1_000}),
    ] == verbs(found)


def test_a_call_that_is_seen_in_another_queue_is_offered_there() -> None:
    """The messages of its way there were missed. Beside the log, which has them, nothing is offered or flows out twice."""
    pieces = [_join(0, "c.1"), _look(message(Event="QueueEntry", Queue="sales", Uniqueid="c.1", Wait=1, ActionID="answerable-1"))]
    found = told(pieces, "tell: [calls]", NOW + 5_000)
    assert [(0, "offered", {"queue": "billing"}), (4_001, "offered", {"queue": "sales"})] == verbs(found)
    log = [f"{BASE}|c.1|billing|NONE|ENTERQUEUE||<unknown>|1\n", f"{BASE + 4}|c.1|billing|NONE|EXITWITHTIMEOUT|1|1|4\n"]
    from_log = queue_logs.events_of([*map(str.encode, log), f"{BASE + 4}|c.1|sales|NONE|ENTERQUEUE||49|1\n".encode()])
    expected = queue_logs.figures(from_log)[""]
    assert queue_logs.counts(expected) == queue_logs.counts(queue_logs.figures([*from_log, *of(found, "contact.")])[""])


def test_a_call_of_which_only_the_end_was_heard_is_told_whole() -> None:
    """Beside the log, in which it timed out of one queue, came into the next and was answered within a second, nothing changes."""
    end = {"Queue": "sales", "Interface": "PJSIP/201", "MemberName": "x", "HoldTime": 0, "TalkTime": 2, "Reason": "caller"}
    found = told([_join(0, "c.1"), _at(6, Event="AgentComplete", Uniqueid="c.1", **end)], "tell: [calls]")
    assert ["offered", "answered", "ended"] == [verb for _, verb, _ in verbs(found)]
    log = [
        f"{BASE}|c.1|billing|NONE|ENTERQUEUE||<unknown>|1",
        f"{BASE + 4}|c.1|billing|NONE|EXITWITHTIMEOUT|1|1|4",
        f"{BASE + 4}|c.1|sales|NONE|ENTERQUEUE||<unknown>|1",
        f"{BASE + 4}|c.1|sales|x|CONNECT|0|1.1|0",
        f"{BASE + 6}|c.1|sales|x|COMPLETECALLER|0|2|1",
    ]
    from_log = queue_logs.events_of(f"{line}\n".encode() for line in log)
    both = queue_logs.figures([*from_log, *of(found, "contact.")])
    assert {queue: queue_logs.counts(one) for queue, one in queue_logs.figures(from_log).items()} == {
        queue: queue_logs.counts(one) for queue, one in both.items()
    }


def test_a_talk_whose_end_was_lost_ends_with_its_members_last_call() -> None:
    """The look shows a member who talks to nobody, and since when."""
    answer = {"Uniqueid": "c.1", "Queue": "billing", "Interface": "PJSIP/201", "MemberName": "x", "HoldTime": 1, "RingTime": 1}
    pieces = [_join(0, "c.1"), _at(1, Event="AgentConnect", **answer), _look(_member(LastCall=BASE + 9))]
    found = told(pieces, "tell: [calls]", NOW + 60_000, NOW + 90_000)
    assert (9_000, "ended", {"queue": "billing", "by": "system", "handle_ms": 8_000}) == verbs(found)[-1]


def test_who_runs_out_of_time_did_not_hang_up() -> None:
    """Asterisk calls both an abandon; only who hung up said so before. Where no hangups are to be seen its word is taken."""
    gone = {"Uniqueid": "c.1", "Queue": "billing", "Position": 1, "OriginalPosition": 1, "HoldTime": 3}
    abandon, leave = _at(3, Event="QueueCallerAbandon", **gone), _at(3, Event="QueueCallerLeave", Uniqueid="c.1", Queue="billing")
    hangup, other = _at(3, Event="HangupRequest", Uniqueid="c.1"), _at(0, Event="Newchannel", Privilege="call,all", Uniqueid="c.7")
    endings = [[hangup, abandon, leave], [other, abandon, leave], [abandon, leave], [other, leave]]
    last = [verbs(told([_join(0, "c.1"), *ending], "tell: [calls]", NOW, NOW + 60_000))[-1][1] for ending in endings]
    assert ["abandoned", "flowed_out", "abandoned", "flowed_out"] == last


def test_an_end_without_a_call_is_that_of_its_member() -> None:
    """Asterisk leaves out the channels of an AgentComplete where the caller's is gone already: their member is in one talk only."""
    answer = {"Uniqueid": "c.1", "Queue": "billing", "Interface": "PJSIP/201", "MemberName": "x", "HoldTime": 1, "RingTime": 1}
    end = {"Queue": "billing", "Interface": "PJSIP/201", "MemberName": "x", "HoldTime": 1, "TalkTime": 2, "Reason": "caller"}
    found = told([_join(0, "c.1"), _at(1, Event="AgentConnect", **answer), _at(3, Event="AgentComplete", **end)])
    assert (3_000, "ended", {"queue": "billing", "by": "customer", "handle_ms": 2_000}) == verbs(found)[-1]


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        ([_member()], ("available", ["billing"])),
        ([_member(Status=6)], ("reserved", ["billing"])),
        ([_member(Status=2)], ("on_contact", ["billing"])),
        ([_member(Status=8), _member("sales", Status=8)], ("on_contact", ["billing", "sales"])),
        ([_member(Paused=1), _member("sales")], ("available", ["sales"])),
        ([_member(Paused=1), _member("sales", Paused=1)], ("paused", ["billing", "sales"])),
        ([_member(Status=2, Paused=1, InCall=1), _member("sales", Status=2, Paused=1)], ("on_contact", ["billing"])),
        ([_member(Status=2, Paused=1)], ("paused", ["billing"])),
        ([_member(Status=1, Paused=1, InCall=1)], ("paused", ["billing"])),
        ([_member(Status=77)], ("available", ["billing"])),
    ],
)
def test_states_of_a_member(seats: list[bytes], expected: tuple[str, list[str]]) -> None:
    """The phone and the pauses decide; a pause in one queue takes only that one away, and one during its call begins after that."""
    assert [expected] == [(one[2], one[3]) for one in agents(told([_look(*seats)]))]


def test_whose_phone_is_away_is_offline() -> None:
    """Nobody can ring it: a static member whose phone is not registered is not there, and comes and goes with it."""
    pieces = [_look(_member(Status=5)), _look(_member(Status=1)), _look(_member(Status=5)), _look()]
    assert ["available", "offline"] == [one[2] for one in agents(told(pieces))]


def test_members_that_a_look_does_not_show_have_gone() -> None:
    """A removal that was lost heals; who is still there is said again, as a heartbeat."""
    found = told([_look(_member(), _member(interface="PJSIP/202")), _look(_member())])
    assert [("available", "agent.state_changed"), ("available", "agent.state_changed"), ("available", "agent.heartbeat")] == [
        (one.data["state"], one.type) for one in of(found, "agent.") if one.data["state"] != "offline"
    ]
    assert ["asterisk/PJSIP/202"] == [one.subject for one in of(found, "agent.") if one.data["state"] == "offline"]


def test_time_without_stamps_is_the_pbxs_own() -> None:
    """Where messages bear no time, arrival is brought to the PBX's clock, which the answers to pings tell."""
    pong = message(Response="Success", Ping="Pong", Timestamp=f"{BASE + 100}.000000")
    found = told([pong, message(Event="QueueCallerJoin", Uniqueid="c.1", Queue="billing", Position=1)], now=NOW)
    assert [(100_000, "offered", {"queue": "billing"})] == verbs(found)


def test_what_cannot_be_read_is_said_and_passed_over() -> None:
    """A message without its call, one without its member, one that is endless, one that nobody knows; the rest goes on."""
    endless = b"Event: QueueCallerJoin\r\nQueue: " + b"x" * (3 * LONGEST_MESSAGE) + b"\r\n\r\n"
    pieces = [
        b"\r\n\r\nno line\r\n\r\n: \r\n\r\n",
        message(Event="QueueCallerJoin", Queue="billing"),
        message(Event="QueueMemberAdded", Queue="billing"),
        endless,
        message(Event="QueueDreams"),
        message(Event="Newchannel", Uniqueid="c.1"),
        _join(0, "c|1\nEvent: x"),
        _join(0, "c.1"),
    ]
    found = told(pieces)
    assert ["missing_field", "missing_field", "bad_value", "missing_field"] == [one.reason for one in found if isinstance(one, Rejected)]
    assert [Unknown("queuedreams")] == [one for one in found if isinstance(one, Unknown)]
    assert ["asterisk/c.1"] == [one.subject for one in of(found, "contact.")]
    assert not any("c|1" in one.detail for one in found if isinstance(one, Rejected))


WORDS = st.sampled_from(
    [*b"Event Response Queue Uniqueid Interface MemberName Status Paused Timestamp ActionID Wait Position LastCall Location".split()]
)
EVENTS = (
    "QueueCallerJoin QueueCallerLeave QueueCallerAbandon AgentConnect AgentComplete AgentRingNoAnswer AgentDump QueueMember Hangup "
    "QueueMemberStatus QueueMemberAdded QueueMemberRemoved QueueMemberPause QueueEntry QueueStatusComplete QueueParams"
)
VALUES = st.one_of(
    st.sampled_from(EVENTS.encode().split()),
    st.sampled_from([b"Success", b"answerable-1", b"billing", b"c.1", b"c.2", b"PJSIP/201", b"1", b"5", b"1795651669.5", b"9" * 30]),
    st.binary(max_size=12),
)
LINES = st.builds(lambda name, value: name + b": " + value + b"\r\n", WORDS, VALUES)
MESSAGES = st.one_of(
    st.builds(
        lambda kind, lines: b"Event: " + kind.encode() + b"\r\n" + b"".join(lines) + b"\r\n",
        st.sampled_from(EVENTS.split()),
        st.lists(LINES, max_size=8),
    ),
    st.builds(lambda lines: b"Response: Success\r\nActionID: answerable-1\r\n" + b"".join(lines) + b"\r\n", st.lists(LINES, max_size=3)),
    st.binary(max_size=40),
)


@given(st.lists(MESSAGES, max_size=30), st.integers(-(2**40), 2**50))
def test_no_bytes_raise_anything(pieces: list[bytes], now: int) -> None:
    """Whatever comes: no exception, the state can be saved as JSON, and all events are of the contract."""
    splitter, translator = Splitter(), Translator(mapping())
    for piece in pieces:
        for raw in splitter.feed(piece):
            for one in [*translator.feed(raw, now), *translator.tick(now + 20_000)]:
                if isinstance(one, Event):
                    key, value, headers = encode(one, "x")
                    assert one == decode(value, headers, key)
    again = Translator(mapping())
    again.restore(orjson.loads(orjson.dumps(translator.save())))
    assert translator.save() == again.save()


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ("address: localhost", "write host:port"),
        ("address: localhost:99999", "write host:port"),
        ("address: pbx:5038\nauth: plain", "over the network for all to read"),
        ("address: pbx:5038\ntls_ca: ca.pem", "write tls: true as well"),
        ("address: pbx:5038\nreconcile: 1s", "cannot be below 5s"),
        ("address: pbx:5038\ntell: [members]", "choose from agents, calls, waiting"),
        ("address: pbx:5038\npbx: a/b", "part of every id"),
        ("address: pbx:5038\nsecret: x", "has no key secret"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(lines: str, refusal: str) -> None:
    """With the line and what to write instead."""
    with pytest.raises(DeclarationError, match=refusal):
        read_mapping(parse(f"version: 1\nusername: answerable\nsecret_env: A\n{lines}\n", "pbx.yaml"))
