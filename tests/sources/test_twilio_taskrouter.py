"""TaskRouter's events, in both ways that Twilio sends them: samples that were made of the published fields, figures counted by hand."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given, settings

from stream.core.events import Event
from stream.sources.records import CUSTOMER, Unknown
from tests.sources.queue_logs import figures
from tests.sources.vendors import DAY, broken, counted, delivered_again, events_of, fits_on_the_wire, said, sample, source, told

NAME: Final = "twilio-taskrouter"
CALLBACKS: Final = sample("twilio_taskrouter/callbacks.jsonl")
STREAMS: Final = sample("twilio_taskrouter/streams.jsonl")
MAPPING: Final = """queues: {billing desk: billing, WQs0: sales}
agents: {a1: [wk1@centre.example], a2: [WK2]}
serves: {a1: [sales, billing]}
"""
BY_HAND: Final[dict[str, tuple[int, ...]]] = {"": (6, 2, 1, 2, 0, 1), "billing": (3, 1, 1, 1, 0, 0), "sales": (3, 1, 0, 1, 0, 1)}
"""By queue: offered, answered, abandoned, flowed out, called back, waiting."""


@pytest.mark.parametrize("lines", [CALLBACKS, STREAMS], ids=["callbacks", "streams"])
def test_tasks_become_contacts(lines: list[bytes]) -> None:
    """Answered after a missed ring, hung up, moved on and timed out, answered without wrapping up, and one that waits."""
    found = events_of(NAME, lines, MAPPING)
    assert BY_HAND == counted(found)
    billing, sales = figures(found)["billing"], figures(found)["sales"]
    assert (25.0, 180 + 30, 1) == (billing["wait_answered_mean_seconds"], billing["handle_mean_seconds"], billing["ring_missed"])
    assert (10.0, 60.02) == (sales["wait_answered_mean_seconds"], sales["handle_mean_seconds"])


def test_both_ways_tell_the_same() -> None:
    """Under the same ids."""
    assert {one.id: one for one in events_of(NAME, CALLBACKS, MAPPING)} == {one.id: one for one in events_of(NAME, STREAMS, MAPPING)}


def test_activities_say_who_is_there() -> None:
    """In the queues that the mapping says; a name that nobody explained is a break."""
    found = [one for one in events_of(NAME, CALLBACKS, MAPPING) if one.type.startswith("agent.")]
    assert [
        ("08:00:00", "agent.state_changed", {"state": "available", "queues": ["billing", "sales"]}),
        ("10:00:00", "agent.state_changed", {"state": "paused", "queues": ["billing", "sales"], "reason": "lunch"}),
        ("17:00:00", "agent.state_changed", {"state": "offline", "queues": []}),
    ] == said(found)
    trained = [one for one in events_of(NAME, CALLBACKS, "activities: {Lunch: available}") if one.type.startswith("agent.")]
    assert ["available", "available", "offline"] == [one.data["state"] for one in trained]


def test_what_says_nothing_of_queues_is_passed_over_by_name() -> None:
    """Outbound tasks, task channels that may be anything, workflows."""
    words = [one.word for one in told(NAME, CALLBACKS, MAPPING) if isinstance(one, Unknown)]
    assert ["reservation.canceled", "task-queue.timeout", "workflow.timeout", "task channel default", "outbound"] == words
    assert 1 == len([one for one in events_of(NAME, CALLBACKS, "channels: {default: call}") if one.subject == "twilio/WT5"])


@pytest.mark.parametrize("lines", [CALLBACKS, STREAMS], ids=["callbacks", "streams"])
def test_nothing_personal_gets_past_but_the_customer_where_the_mapping_says_so(lines: list[bytes]) -> None:
    """No number, no worker's address, no word of a workspace."""
    assert not any(word in repr(events_of(NAME, lines, MAPPING)) for word in ("1555", "example", "private words"))
    named = [one for one in events_of(NAME, lines, "customers: true") if CUSTOMER in one.data]
    assert {("contact.begun", "+15550100")} == {(one.type, one.data[CUSTOMER]) for one in named}
    assert source(NAME, "customers: true").personal


@pytest.mark.parametrize("seed", range(5))
def test_deliveries_in_any_order_and_again_change_nothing(seed: int) -> None:
    """Every event says all of itself."""
    assert {one.id: one for one in events_of(NAME, STREAMS)} == {one.id: one for one in events_of(NAME, delivered_again(STREAMS, seed))}


@settings(deadline=None)
@given(broken([*CALLBACKS, *STREAMS]))
def test_no_input_whatever_raises(lines: list[bytes]) -> None:
    """Any bytes become events, rejects and words; the events fit on the wire."""
    assert fits_on_the_wire(one for one in told(NAME, lines, MAPPING) if isinstance(one, Event))


def happened(word: str, second: int, status: str = "", **more: str) -> bytes:
    """An event of one call, so many seconds after nine."""
    known = {"EventType": word, "TimestampMs": str(DAY + 32_400_000 + 1_000 * second), "TaskSid": "WT1", "TaskChannelUniqueName": "voice"}
    return json.dumps({**known, "TaskAssignmentStatus": status, "TaskQueueName": "billing", "WorkerSid": "WK1", **more}).encode()


BEGUN: Final = (happened("task.created", 0), happened("task-queue.entered", 0), happened("reservation.accepted", 10))
SECOND: Final = {"TaskQueueName": "sales", "WorkerSid": "WK2"}
OVER: Final = (
    happened("reservation.wrapup", 300, "wrapping", **SECOND),
    happened("task.wrapup", 300, "wrapping", **SECOND),
    happened("reservation.completed", 310, "completed", **SECOND),
    happened("task.completed", 310, "completed", **SECOND),
)
COLD: Final = {
    "to a queue": [
        happened("task.transfer-initiated", 100, "assigned", TransferMode="COLD"),
        happened("task-queue.entered", 100, "pending", **SECOND),
        happened("reservation.wrapup", 102, "pending"),
        happened("reservation.completed", 105, "pending"),
        happened("reservation.created", 110, "reserved", **SECOND),
        happened("reservation.accepted", 130, "assigned", **SECOND),
        happened("task.transfer-completed", 130, "assigned", TransferMode="COLD", **SECOND),
    ],
    "to a worker, who has it before the first one is done": [
        happened("task.transfer-initiated", 130, "assigned", TransferMode="COLD"),
        happened("reservation.accepted", 130, "assigned", **SECOND),
        happened("reservation.wrapup", 135, "assigned"),
        happened("reservation.completed", 140, "assigned"),
    ],
}
WARM: Final = [
    happened("task.transfer-initiated", 80, "assigned", TransferMode="WARM"),
    happened("task-queue.entered", 80, "assigned", **SECOND),
    happened("reservation.created", 81, "assigned", **SECOND),
    happened("reservation.accepted", 90, "assigned", **SECOND),
]


@pytest.mark.parametrize("way", [*COLD, "warm"])
def test_a_transfer_is_one_of_the_same_contact(way: str) -> None:
    """The second worker has it in a stay of its own; what the first one does afterwards ends nothing, and nobody is lost."""
    warm = [
        *WARM,
        happened("task.transfer-completed", 130, "assigned", TransferMode="WARM"),
        happened("reservation.wrapup", 131, "assigned"),
    ]
    found = events_of(NAME, [*BEGUN, *COLD.get(way, warm), *OVER])
    assert {"": (2, 2, 0, 0, 0, 0), "billing": (1, 1, 0, 0, 0, 0), "sales": (1, 1, 0, 0, 0, 0)} == counted(found)
    billing, sales = figures(found)["billing"], figures(found)["sales"]
    assert (1, 0, 0) == (billing["transferred"], sales["transferred"], billing["lost"] + sales["lost"])
    assert (90.0 if way == "to a queue" else 120.0, 180.0) == (billing["handle_mean_seconds"], sales["handle_mean_seconds"])
    assert (30.0 if way == "to a queue" else 0.0) == sales["wait_answered_mean_seconds"]


@pytest.mark.parametrize("how", ["task.transfer-canceled", "task.transfer-failed"])
def test_a_warm_transfer_in_vain_changes_nothing(how: str) -> None:
    """The first worker talks until the end; a later transfer goes where it says."""
    vain = [*WARM, happened(how, 120, "assigned", TransferMode="WARM"), happened("reservation.completed", 121, "assigned", **SECOND)]
    own = [happened("task.wrapup", 300, "wrapping"), happened("reservation.completed", 310, "completed")]
    found = events_of(NAME, [*BEGUN, *vain, *own])
    assert {"": (1, 1, 0, 0, 0, 0), "billing": (1, 1, 0, 0, 0, 0)} == counted(found)
    assert (0, 290.0 + 10) == (figures(found)["billing"]["transferred"], figures(found)["billing"]["handle_mean_seconds"])
    later = [
        happened("task.transfer-initiated", 200, "assigned", TransferMode="COLD"),
        happened("reservation.accepted", 210, TaskQueueName="help"),
    ]
    found = events_of(NAME, [*BEGUN, *vain, *later, *OVER])
    assert {"": (2, 2, 0, 0, 0, 0), "billing": (1, 1, 0, 0, 0, 0), "help": (1, 1, 0, 0, 0, 0)} == counted(found)


@pytest.mark.parametrize("how", ["task.transfer-failed", "task.transfer-canceled"])
@pytest.mark.parametrize("to", ["queue", "worker"])
def test_after_a_cold_transfer_that_failed_the_first_worker_goes_on(how: str, to: str) -> None:
    """In a stay of its own, answered at once; whoever the event names, and whether the task had entered a queue."""
    begun = happened("task.transfer-initiated", 100, "assigned", TransferMode="COLD")
    second = [happened("task-queue.entered", 100, "pending", **SECOND), happened("reservation.created", 101, "reserved", **SECOND)]
    over = [happened("task.wrapup", 300, "wrapping"), happened("reservation.completed", 310, "completed")]
    for named in ({}, SECOND):
        back = happened(how, 160, "assigned", TransferMode="COLD", **named)
        found = events_of(NAME, [*BEGUN, begun, *(second if to == "queue" else ()), back, *over])
        waited = {"sales": (1, 0, 0, 1, 0, 0)} if to == "queue" else {}
        assert {"": (2 + len(waited), 2, 0, len(waited), 0, 0), "billing": (2, 2, 0, 0, 0, 0), **waited} == counted(found)
        assert (0, 1, 5.0) == tuple(figures(found)[""][name] for name in ("lost", "transferred", "wait_answered_mean_seconds"))
        assert (90 + 140 + 10) / 2 == figures(found)["billing"]["handle_mean_seconds"]


def test_a_cold_transfer_that_ends_with_its_task_brings_nobody_back() -> None:
    """The customer hung up while they waited for the second worker: given up there."""
    waits = [
        happened("task.transfer-initiated", 100, "assigned", TransferMode="COLD"),
        happened("task-queue.entered", 100, "pending", **SECOND),
    ]
    gone = [
        happened("task.transfer-canceled", 160, "canceled", TransferMode="COLD"),
        happened("task.canceled", 160, "canceled", **SECOND, TaskCanceledReason="hangup"),
    ]
    assert (1, 0, 1, 0, 0, 0) == counted(events_of(NAME, [*BEGUN, *waits, *gone]))["sales"]
