"""Events of FreeSWITCH's mod_callcenter: a sample that was made up, figures that were counted by hand."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import DAY, broken, counted, events_of, fits_on_the_wire, said, sample, source, told

NAME: Final = "freeswitch"
LINES: Final = sample("freeswitch/callcenter.jsonl")
#                        offered, answered, abandoned, flowed_out, callback, waiting
BY_HAND: Final = {"": (4, 1, 1, 1, 0, 1), "billing": (3, 1, 1, 0, 0, 1), "sales": (1, 0, 0, 1, 0, 0)}
MAPPING: Final = 'agents: {a1: ["1000@pbx"]}\nmembers: {billing: [a1], sales: [a1]}'


def test_events_become_the_calls_that_they_tell_of() -> None:
    """Answered after a missed ring, abandoned, and one that one queue's time limit sends to the next."""
    found = events_of(NAME, LINES)
    assert BY_HAND == counted(found)
    billing = figures(found)["billing"]
    assert (30.0, 120.0, 1) == (billing["wait_answered_mean_seconds"], billing["handle_mean_seconds"], billing["ring_missed"])


def event(action: str, second: int, call: str = "c1", **more: Any) -> bytes:
    """One event of the module, so many seconds after 09:00."""
    fields = {"Event-Subclass": "callcenter::info", "Event-Date-Timestamp": str((DAY // 1000 + 32_400 + second) * 1_000_000)}
    return json.dumps({**fields, "CC-Action": action, "CC-Queue": "billing@default", "CC-Member-Session-UUID": call, **more}).encode()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"CC-Cancel-Reason": "BREAK_OUT", "Answer-State": "hangup"}, "abandoned"),
        ({"CC-Cancel-Reason": "BREAK_OUT"}, "abandoned"),
        ({"CC-Cancel-Reason": "NONE", "Answer-State": "hangup"}, "abandoned"),
        ({"CC-Cancel-Reason": "BREAK_OUT", "Answer-State": "answered"}, "flowed_out"),
        ({"CC-Cancel-Reason": "TIMEOUT", "Answer-State": "answered"}, "flowed_out"),
        ({"CC-Cancel-Reason": "NO_AGENT_TIMEOUT"}, "flowed_out"),
        ({"CC-Cancel-Reason": "EXIT_WITH_KEY"}, "flowed_out"),
    ],
)
def test_who_hangs_up_breaks_out_of_the_queue(said: dict[str, str], expected: str) -> None:
    """The module has one word for a hangup and for being sent elsewhere: whether the channel is still there tells them apart."""
    lines = [event("member-queue-start", 0), event("member-queue-end", 20, **{"CC-Cause": "Cancel", **said})]
    billing = figures(events_of(NAME, lines))["billing"]
    assert {"offered": 1, expected: 1} == {name: billing[name] for name in ("offered", "abandoned", "flowed_out") if billing[name]}


def test_who_calls_again_and_gets_the_old_place_is_another_contact() -> None:
    """The module says resume in the place of start; it is another call."""
    lines = [
        event("member-queue-start", 0),
        event("member-queue-end", 10, **{"CC-Cause": "Cancel", "CC-Cancel-Reason": "BREAK_OUT"}),
        event("member-queue-resume", 30, "c2"),
    ]
    assert (2, 0, 1, 0, 0, 1) == counted(events_of(NAME, lines))["billing"]


def test_a_ring_that_another_agent_or_the_caller_ended_was_not_missed() -> None:
    """With ring-all every agent but one has such a line."""
    causes = ("LOSE_RACE", "ORIGINATOR_CANCEL", "NO_ANSWER", "USER_BUSY")
    fails = [event("bridge-agent-fail", 5, **{"CC-Agent": f"{cause}@pbx", "CC-Hangup-Cause": cause}) for cause in causes]
    assert 2 == figures(events_of(NAME, [event("member-queue-start", 0), *fails]))["billing"]["ring_missed"]


def test_an_agent_is_what_status_and_state_say_together() -> None:
    """Who goes on a break in a call is in it until it ends; in which queues they are the mapping says."""
    queues = {"queues": ["billing", "sales"]}
    found = [one for one in events_of(NAME, LINES, MAPPING) if one.type.startswith("agent.")]
    assert {"a1"} == {one.subject for one in found}
    assert [
        ("08:00:00", "agent.state_changed", {"state": "available", **queues}),
        ("08:00:00", "agent.state_changed", {"state": "available", **queues}),
        ("09:00:05", "agent.state_changed", {"state": "reserved", **queues}),
        ("09:00:30", "agent.state_changed", {"state": "on_contact", **queues}),
        ("09:01:00", "agent.state_changed", {"state": "on_contact", **queues}),
        ("09:02:40", "agent.state_changed", {"state": "paused", **queues}),
        ("17:00:00", "agent.state_changed", {"state": "offline", **queues}),
    ] == said(found)


def test_whom_the_mapping_does_not_name_is_said_once_a_line_to_be_missing() -> None:
    """Their queues are not known, so nothing is told of their presence."""
    words = {one.word for one in told(NAME, LINES, MAPPING) if isinstance(one, Unknown)}
    assert {"members-count", "HEARTBEAT", "an agent whom the mapping names in no queue"} == words


def test_a_log_that_is_followed_becomes_what_its_file_becomes() -> None:
    """With the state saved and taken back after each line."""
    begin = source(NAME, MAPPING).following
    assert begin is not None
    log, out = begin(), []
    for line in LINES:
        out += [one for one in log.feed(line) if isinstance(one, Event)]
        state, log = log.save(), begin()
        log.restore(state)
    assert events_of(NAME, LINES, MAPPING) == out


def test_the_caller_is_named_only_where_the_mapping_says_so() -> None:
    """As the customer, of whom a pseudonym is made."""
    assert "1555" not in repr(events_of(NAME, LINES))
    named = [one for one in events_of(NAME, LINES, "customers: true") if CUSTOMER in one.data]
    assert {("contact.offered", "+15550100")} == {(one.type, one.data[CUSTOMER]) for one in named}


@settings(deadline=None)
@given(broken(LINES))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines) if isinstance(one, Event))


def test_of_an_agent_nothing_is_told_until_the_status_is_known() -> None:
    """Waiting is the state of who is logged out, too; idle is who is available on demand and asks for nothing."""
    words = ("State", "Waiting"), ("Status", "Available (On Demand)"), ("State", "Idle"), ("State", "Waiting"), ("Status", "Logged Out")
    lines = [
        event(f"agent-{word.lower()}-change", at, **{"CC-Agent": "a1", f"CC-Agent-{word}": said}) for at, (word, said) in enumerate(words)
    ]
    found = events_of(NAME, lines, "members: {billing: [a1]}")
    assert ["available", "paused", "available", "offline"] == [one.data["state"] for one in found]
