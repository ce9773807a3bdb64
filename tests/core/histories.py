"""Whole histories of a centre, for hypothesis: contacts that live ordinary or senseless lives, agents who come and go.

Times come from a short list, so that events of one millisecond, waits of 0 ms, thresholds hit to the millisecond and edges
of windows are the rule and not the exception.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from stream.core.events import AGENT_STATES, CLOCK_MARKED, Event, order
from stream.core.schedule import Schedule

SECOND = 1_000
MINUTE = 60 * SECOND
BEGIN = 1_772_436_590_000
"""Monday 2026-03-02 08:29:50 in Berlin: ten seconds before a half-hour begins."""
LATENESS = MINUTE

BERLIN = ZoneInfo("Europe/Berlin")
CENTRE = Centre(
    zone=BERLIN,
    queues={
        "billing": Queue("billing", ("call", "chat", "email")),
        "sales": Queue("sales", ("call", "social"), "morning"),
    },
    hours={"morning": Schedule(BERLIN, (((8 * 60, 8 * 60 + 35), (8 * 60 + 50, 9 * 60 + 30)),) * 7, always=False)},
    lateness=LATENESS,
    fcr_window=5 * MINUTE,
)


def _standard(name: str, form: str, measure: str, **fields: Any) -> Standard:
    return Standard(name=name, title=name, form=form, measure=measure, **{"grace": 0, **fields})


STANDARDS = (
    _standard("waiting", "level", "waiting", limit=1, per=("queue", "channel")),
    _standard("waiting-held", "level", "waiting", limit=2, clear=1, hold=30 * SECOND, clear_hold=10 * SECOND, per=()),
    _standard("per-agent", "level", "waiting_per_agent", limit=1, hold=5 * SECOND, grace=5 * MINUTE, per=("queue", "channel")),
    _standard("longest", "level", "longest_wait", limit=60, clear=20, per=("queue",)),
    _standard("staffed", "level", "staffed", op=">=", limit=1, hold=MINUTE, per=("queue",)),
    _standard("left", "level", "left_at_closing", limit=0, hold=30 * SECOND, clear_hold=10 * SECOND, per=("queue",)),
    _standard("left-of-all", "level", "left_at_closing", limit=1, clear=0, hours="morning", per=()),
    _standard("strict", "percentage", "service_level", objective=0.8, within=20 * SECOND, window=5 * MINUTE),
    _standard("removed", "percentage", "service_level", objective=0.6, formula="removed", within=MINUTE, window=15 * MINUTE, per=()),
    _standard("abandons", "percentage", "abandonment", objective=0.2, window=15 * MINUTE, per=("channel",)),
    _standard("first", "percentage", "first_response", objective=0.8, within=20 * SECOND, window=15 * MINUTE, per=("channel",)),
    _standard("replies", "percentage", "response", objective=0.5, within=20 * SECOND, window=15 * MINUTE, per=()),
    _standard("mean-wait", "mean", "answer_wait", limit=20, clear=10, window=5 * MINUTE, clear_hold=20 * SECOND, per=("queue",)),
    _standard("mean-handle", "mean", "handle", limit=60, window=15 * MINUTE, per=()),
    _standard("wait", "clock", "wait", within=MINUTE, per=("queue", "channel")),
    _standard("first-clock", "clock", "first_response", within=20 * SECOND, per=("channel",)),
    _standard("first-in-queue", "clock", "first_response", within=20 * SECOND, per=("queue",)),
    _standard("kept", "clock", "kept_waiting", within=MINUTE, per=("queue",)),
    _standard("kept-anywhere", "clock", "kept_waiting", within=20 * SECOND, hours="morning", per=()),
    _standard("reply-clock", "clock", "response", within=MINUTE, hours="morning", per=()),
    _standard(
        "answered", "percentage", "service_level", objective=0.8, within=5 * SECOND, calendar="half_hour", target="warning", several=True
    ),
    _standard("answered", "percentage", "service_level", objective=0.5, within=5 * SECOND, calendar="half_hour", target="critical"),
    _standard("answered", "clock", "wait", within=20 * SECOND, bound="late", several=True),
    _standard("answered", "clock", "wait", within=MINUTE, bound="unacceptable", several=True),
    _standard("answered", "clock", "wait", within=10 * SECOND, bound="late", several=True, where={"queue": ("sales",)}, specific=1),
    _standard("level-half-hours", "ratio", "service_level[strict,5]", op=">=", limit=0.8, calendar="half_hour", unit="share", per=()),
    _standard("handle-half-hours", "ratio", "handle_mean_seconds", limit=60, calendar="half_hour", unit="seconds", per=("channel",)),
    _standard("offered-half-hours", "band", "offered", low=1, high=2, calendar="half_hour", unit="contacts", per=("queue",)),
    _standard("most-waiting", "ratio", "max_waiting", limit=1, calendar="half_hour", unit="contacts"),
    _standard("abandons-half-hours", "share", "abandonment", limit=0.3, calendar="half_hour", unit="share", per=("channel",)),
    _standard("usual-load", "trend", "offered", factor=1.5, usual="weekdays", calendar="half_hour", unit="contacts", per=()),
)
"""One of every form and measure, several targets and limits, an override, with and without hold times, in every kind of scope."""

GAPS = (0, 0, 0, 1, 999, 4_000, 5_000, 5_001, 10_000, 20_000, 20_001, 59_999, 60_000, 60_001, 5 * MINUTE, 16 * MINUTE, 31 * MINUTE)
STARTS = (0, 0, 1, 9_999, 10_000, 10_001, 20_000, 60_000, 5 * MINUTE, 30 * MINUTE, 30 * MINUTE + 10_000)
QUEUES = ("billing", "sales", "unheard-of")

LIVES: tuple[tuple[str, ...], ...] = (
    ("contact.offered", "contact.answered", "contact.ended", "contact.wrapped_up"),
    ("contact.begun", "contact.offered", "contact.ringing", "contact.answered", "contact.held", "contact.resumed", "contact.ended"),
    ("contact.offered", "contact.ringing", "contact.ring_missed", "contact.requeued", "contact.abandoned"),
    ("contact.offered", "contact.requeued", "contact.requeued", "contact.answered", "contact.transferred", "contact.abandoned"),
    ("contact.begun", "contact.abandoned"),
    ("contact.offered", "contact.abandoned"),
    ("contact.offered", "contact.callback_requested", "contact.offered", "contact.answered", "contact.ended"),
    ("contact.offered", "contact.flowed_out", "contact.offered", "contact.lost"),
    ("contact.begun", "contact.offered", "message:customer", "contact.answered", "message:agent", "message:customer", "contact.ended"),
    ("message:customer", "message:bot", "message:agent", "message:customer", "message:agent", "contact.ended"),
    ("message:agent", "message:customer", "contact.no_reply_needed", "message:customer", "message:agent"),
    ("contact.offered", "message:customer", "contact.requeued", "message:agent", "contact.ended", "message:customer", "message:agent"),
    ("contact.begun", "contact.excluded"),
    ("contact.offered", "contact.answered", "contact.excluded", "contact.ended"),
    ("contact.answered", "contact.ended"),
    ("contact.offered", "contact.answered", "contact.offered?", "contact.answered?", "contact.ended?", "contact.ended"),
    ("contact.offered", "contact.answered", "contact.offered?", "contact.answered?", "contact.transferred", "contact.ended?"),
    ("contact.offered?", "contact.answered?", "contact.offered?", "contact.flowed_out?", "contact.ended?"),
    ("contact.offered", "contact.answered", "contact.transferred", "contact.offered", "contact.resumed", "contact.ended"),
    ("contact.offered?", "contact.answered?", "contact.offered?", "contact.transferred?", "contact.answered?", "contact.transferred?"),
)
"""The types of a life; message:author; what may be a question to somebody else has a question mark."""
CONFIRMED_LIVES: tuple[tuple[str, ...], ...] = (
    ("contact.offered", "contact.confirmed", "contact.confirmed", "contact.answered", "contact.ended"),
    ("contact.offered", "contact.confirmed", "contact.abandoned"),
    ("contact.offered", "contact.confirmed", "contact.requeued", "contact.confirmed", "contact.flowed_out"),
    ("contact.offered",),
)
"""Of a centre that gives up who waits and is not seen any more."""


def _fields(kind: str, channel: str, queue: str, number: int, extra: int) -> dict[str, Any]:
    data: dict[str, Any] = {"contact_id": "", "channel": channel, "queue": queue}
    if kind == "contact.transferred" and extra % 2:
        data["to_queue"] = queue
    if kind in ("contact.answered", "contact.abandoned") and extra == 3:
        data["wait_ms"] = 20_000
    if kind == "contact.abandoned":
        data["stage"] = ("menu", "queue")[extra % 2]
    if kind == "contact.ended":
        data["by"] = ("customer", "agent", "system")[extra % 3]
        if extra == 4:
            data["handle_ms"] = 61_000
    if kind == "contact.wrapped_up" and extra % 2:
        data["acw_ms"] = 7_000
    if kind == "contact.ring_missed" and extra % 2:
        data["ring_ms"] = 12_000
    if kind == "message.posted":
        data |= {"message_id": str(number), "public": extra != 1, "automatic": extra == 2}
    return data


@st.composite
def contacts(draw: st.DrawFn, number: int, *, groups: bool = False, lives: tuple[tuple[str, ...], ...] = LIVES) -> list[Event]:
    """One contact's events, in the order of its life; `groups`: some of them name groups, or are signs of receipt."""
    anything = sorted({step for life in lives for step in life})
    contact = f"contact-{number}"
    channel = draw(st.sampled_from(("call", "call", "chat", "email", "social")))
    queue = draw(st.sampled_from(QUEUES))
    steps = draw(st.one_of(st.sampled_from(lives), st.lists(st.sampled_from(anything), min_size=1, max_size=7)))
    time = BEGIN + draw(st.sampled_from(STARTS))
    out = []
    for index, step in enumerate(steps):
        kind, _, author = step.removesuffix("?").partition(":")
        extra = draw(st.integers(0, 5))
        if kind in ("contact.requeued", "contact.transferred", "contact.offered") and extra >= 3:
            queue = draw(st.sampled_from(QUEUES))
        kind = "message.posted" if author else kind
        data = _fields(kind, channel, queue, index, extra) | ({"author": author} if author else {})
        data["contact_id"] = contact
        if step.endswith("?"):
            data["may_consult"] = True
        if groups and draw(st.integers(0, 5)) == 0:
            data["groups"] = draw(st.sampled_from((["vip"], ["gold"], ["gold", "vip"], [])))
        if groups and author == "agent" and draw(st.booleans()):
            data["acknowledgement"] = True
        out.append(Event(time, kind, contact, f"{draw(st.sampled_from('ab'))}{number}-{index}", data))
        time += draw(st.sampled_from(GAPS))
    return out


@st.composite
def presences(draw: st.DrawFn, number: int) -> list[Event]:
    """One agent's state changes."""
    agent = f"agent-{number}"
    time = BEGIN + draw(st.sampled_from(STARTS))
    out = []
    for index in range(draw(st.integers(1, 5))):
        queues = draw(st.lists(st.sampled_from(QUEUES), unique=True, max_size=2))
        data = {"agent_id": agent, "state": draw(st.sampled_from(AGENT_STATES)), "queues": queues}
        if draw(st.booleans()):
            data["channels"] = ["call"]
        out.append(Event(time, "agent.state_changed", agent, f"{draw(st.sampled_from('ab'))}{number}-{index}", data))
        time += draw(st.sampled_from(GAPS))
    return out


@st.composite
def histories(draw: st.DrawFn, *, groups: bool = False, lives: tuple[tuple[str, ...], ...] = LIVES) -> list[Event]:
    """All events of a centre, sorted; `groups`: see `contacts`. lives: those that contacts may live."""
    out: list[Event] = []
    for number in range(draw(st.integers(1, 5))):
        out += draw(contacts(number, groups=groups, lives=lives))
    for number in range(draw(st.integers(0, 2))):
        out += draw(presences(number))
    return sorted(out, key=order)


def end_of(history: Sequence[Event]) -> int:
    """A moment by which all that time alone decides of a history is decided."""
    return max(event.time for event in history) + 45 * MINUTE


def mark(time: int, *, final: bool = False) -> Event:
    """A mark: all events up to `time` are there."""
    return Event(time, CLOCK_MARKED, "", f"mark-{time}-{final}", {"final": final})


@dataclass(frozen=True)
class Arrival:
    """One event as it arrives: at which moment of the worker's clock."""

    clock: int
    event: Event


def arrivals(
    history: Sequence[Event], chance: random.Random, *, shuffled: bool = True, doubled: float = 0.0, late: bool = False
) -> list[Arrival]:
    """A history as it arrives: each event later than it happened by less than the lateness, some of them twice.

    `late`: some of them much later than that.
    """
    out = []
    delays = (0, 1, 500, 30_000, LATENESS - 1) + ((10 * MINUTE, 40 * MINUTE) if late else ())
    for event in history:
        times = 2 if chance.random() < doubled else 1
        out += [Arrival(event.time + (chance.choice(delays) if shuffled else 0), event) for _ in range(times)]
    return sorted(out, key=lambda arrival: (arrival.clock, chance.random() if shuffled else 0))


def copied(event: Event) -> Event:
    """The same event as another record, as Kafka would give it."""
    return replace(event, data=dict(event.data))
