"""What happened in the middle of which state was stored (`tests.core.golden`): calls and e-mails of a morning, and a day at a help desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from stream.core.centre import Centre, NamedClock, Person, Queue
from stream.core.changes import Change, version_of
from stream.core.declared import Standard
from stream.core.events import ERASURE_REQUESTED, Event, order
from stream.core.measures import MEASURES as ALL
from stream.core.scopes import CANARY
from stream.core.wanted import Kept
from tests.core import timelines


@dataclass(frozen=True)
class Course:
    """Events with a middle and an end (ms), in a centre that keeps `measures`."""

    name: str
    at: Centre
    standards: Sequence[Standard]
    events: Callable[[], list[Event]]
    halfway: int
    end: int
    measures: tuple[str, ...]

    def centre(self, measures: tuple[str, ...]) -> Centre:
        """The centre, with the measures that it keeps."""
        return replace(self.at, kept=replace(self.at.kept, measures=measures))


BEGIN: Final = 1_772_436_590_000
"""Monday 2026-03-02 08:29:50 in Berlin: ten seconds before a half-hour begins."""

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND

OF_MORNING: Final = (
    "abandoned",
    "abandoned_before_queue",
    "abandoned_within",
    "abandonment",
    "answered",
    "callback",
    "closed",
    "excluded",
    "first_response_mean_seconds",
    "first_response_since_handoff_mean_seconds",
    "first_responses",
    "first_responses_waived",
    "flowed_out",
    "handle_mean_seconds",
    "hold_mean_seconds",
    "longest_wait_seconds",
    "lost",
    "max_waiting",
    "offered",
    "records",
    "reopened",
    "requeued",
    "response_mean_seconds",
    "responses",
    "responses_waived",
    "ring_mean_seconds",
    "ring_missed",
    "service_level",
    "short_abandoned",
    "staffed",
    "talk_mean_seconds",
    "transferred",
    "wait_abandoned_mean_seconds",
    "wait_answered_mean_seconds",
    "wait_max_seconds",
    "waiting",
    "waiting_per_agent",
)
"""The measures of the release that wrote the first file of the morning: what comes later must not change the entries."""

WALL: Final = Centre(
    zone=ZoneInfo("Europe/Berlin"),
    queues={
        "billing": Queue("billing", ("call", "email")),
        "sales": Queue("sales", ("call",)),
        "support": Queue("support", ("call",), confirm=MINUTE),
    },
    lateness=MINUTE,
    max_wait=None,
    kept=Kept(windows=frozenset({"30m", "day", "5m", "15m", "60m"})),
)
Promise = tuple[str, str, str, dict[str, Any]]
"""Name, form, measure, and the rest of a standard."""


def promised(promises: Sequence[Promise]) -> tuple[Standard, ...]:
    """The standards, without grace."""
    return tuple(Standard(name=name, title=name, form=form, measure=measure, grace=0, **more) for name, form, measure, more in promises)


PROMISED: Final[tuple[Promise, ...]] = (
    ("waiting", "level", "waiting", {"limit": 1, "hold": 10 * SECOND, "per": ("queue",)}),
    ("per-agent", "level", "waiting_per_agent", {"limit": 1, "per": ()}),
    ("answered", "percentage", "service_level", {"objective": 0.8, "within": 20 * SECOND, "window": 5 * MINUTE}),
    ("wait", "mean", "answer_wait", {"limit": 20, "window": 15 * MINUTE, "per": ("queue",)}),
    ("first", "clock", "first_response", {"within": MINUTE, "per": ("channel",)}),
)
"""What is promised in the morning."""

LIVES: Final[tuple[tuple[str, str, str, tuple[tuple[int, str], ...]], ...]] = (
    ("c1", "billing", "call", ((0, "offered"), (15, "answered"), (200, "ended"), (230, "wrapped_up"))),
    ("c2", "billing", "call", ((5, "begun"), (8, "offered"), (90, "abandoned"))),
    ("c3", "billing", "call", ((20, "offered"), (30, "ringing"), (45, "ring_missed"), (50, "requeued"), (400, "answered"), (700, "ended"))),
    ("c4", "sales", "call", ((25, "offered"), (235, "flowed_out"))),
    ("c5", "sales", "call", ((30, "offered"), (60, "callback_requested"), (900, "offered"), (910, "answered"), (950, "ended"))),
    ("c6", "billing", "email", ((40, "customer"), (1_000, "agent"), (1_300, "customer"), (1_900, "no_reply_needed"))),
    ("c7", "billing", "call", ((100, "offered"), (110, "answered"), (150, "held"), (260, "resumed"), (300, "transferred"), (330, "ended"))),
    ("c8", "billing", "call", ((210, "offered"), (239, "answered"), (1_999, "ended"))),
    ("c9", "sales", "call", ((238, "offered"), (2_000, "lost"))),
    ("c10", "sales", "call", ((600, "offered"), (604, "answered"), (800, "ended"))),
    ("c11", "billing", "email", ((2_100, "customer"),)),
    ("c12", "support", "call", ((10, "offered"),)),
    ("c13", "support", "call", ((195, "offered"),)),
)
"""Contacts: id, queue, channel, and what happened so many seconds after BEGIN.

Of c12 and c13 nothing is heard again: halfway one counts as lost, and the other still waits. The files before v4 do not know them, so
nothing may happen to them in the second half.
"""

SHIFTS: Final = (
    ("a1", "billing", ((1, "available"), (15, "on_contact"), (230, "available"), (2_500, "offline"))),
    ("a2", "sales", ((2, "available"), (180, "paused"), (500, "available"))),
    ("a3", "billing", ((239, "available"), (1_500, "offline"))),
)


def morning() -> list[Event]:
    """The whole morning, in order."""
    out = []
    for subject, queue, channel, life in LIVES:
        for number, (seconds, what) in enumerate(life):
            kind = "message.posted" if what in {"customer", "agent"} else f"contact.{what}"
            data: dict[str, Any] = {"contact_id": subject, "queue": queue, "channel": channel}
            if kind == "message.posted":
                data |= {"author": what, "public": True}
            if what == "transferred":
                data["to_queue"] = "sales"
            out.append(Event(BEGIN + seconds * SECOND, kind, subject, f"{subject}-{number}", data))
    for agent, queue, changes in SHIFTS:
        for number, (seconds, state) in enumerate(changes):
            data = {"agent_id": agent, "state": state, "queues": [queue]}
            out.append(Event(BEGIN + seconds * SECOND, "agent.state_changed", agent, f"{agent}-{number}", data))
    return sorted(out, key=lambda event: (event.time, event.id))


DESK: Final = Centre(
    queues={
        "billing": Queue("billing", ("call", "email"), team="north", tier="1", skills=("french",)),
        "repairs": Queue("repairs", ("call", "chat"), tier="2", confirm=2 * MINUTE),
    },
    people={
        "anna": Person(name="anna", ids=("a1", "anna@pbx"), team="north", tier="1", skills=("french",)),
        "bert": Person(name="bert", team="south", tier="2"),
    },
    groups=("vip",),
    topics=("invoice", "parcel"),
    clocks={"delivery": NamedClock("parcel_sent", "parcel_delivered", 60 * MINUTE)},
    fcr_window=2 * 60 * MINUTE,
    heartbeat_timeout=3 * MINUTE,
    pause_reasons=("lunch",),
    agent_figures="id",
    kept=Kept(windows=frozenset({"30m", "day"}), dimensions=frozenset({(), ("channel", "queue"), ("agent",), ("kind",), ("group",)})),
)
OF_ISSUES: Final[tuple[Promise, ...]] = (
    ("resolved", "clock", "resolution", {"within": 45 * MINUTE, "per": ()}),
    ("delivered", "clock", "clock:delivery", {"within": 60 * MINUTE, "per": ()}),
    ("talks", "clock", "talk", {"within": 10 * MINUTE, "per": ("queue", "channel")}),
    ("received", "percentage", "acknowledgement", {"objective": 0.9, "within": MINUTE, "window": 30 * MINUTE, "per": ()}),
    ("rings", "percentage", "ringing", {"objective": 0.9, "within": 18 * SECOND, "window": 30 * MINUTE, "per": ()}),
    ("content", "ratio", "csat", {"op": ">=", "limit": 0.8, "calendar": "day", "unit": "share", "per": ()}),
    ("usual", "trend", "offered", {"factor": 1.5, "usual": "days", "calendar": "half_hour", "unit": "contacts", "per": ()}),
)
"""What is promised at the help desk, until it changes."""
STORY: Final = f"""
    08:00:00 agent a1 available billing capacity=call:1,email:3 skills=french
    08:00:10 beat bert available repairs capacity=call:1,chat:2
    08:02:00 beat bert available repairs capacity=call:1,chat:2
    08:10:00 agent anna@pbx paused billing reason=lunch
    08:14:00 agent a1 available billing
    08:15:00 customer r1 active
    08:15:00 customer r2 active
    08:20:00 k1 begun billing/call customer_ref=r1
    08:20:05 k1 offered billing/call issue_id=i1 groups=vip tags=invoice
    08:20:09 k1 ringing agent_id=a1
    08:20:15 k1 answered agent_id=a1
    08:26:00 k1 transferred to_queue=repairs agent_id=a1
    08:26:20 k1 answered agent_id=bert
    08:30:00 k1 ended agent_id=bert
    08:31:00 k1 wrapped_up agent_id=bert
    08:21:00 issue i1 opened billing/call customer_ref=r1 tags=invoice
    08:21:10 issue i1 assigned agent_id=a1
    08:27:00 issue i1 escalated to_tier=2
    08:27:10 issue i1 assigned agent_id=bert team=south
    08:40:00 issue i1 resolved
    08:30:00 k2 message customer billing/email customer_ref=r2 issue_id=i2 tags=parcel question=due
    08:30:20 k2 message bot automatic acknowledgement
    08:31:00 issue i2 opened billing/email customer_ref=r2 tags=parcel kind=complaint
    08:35:00 milestone i2 reached milestone=parcel_sent
    08:50:00 k2 message agent agent_id=a1
    08:55:00 issue i2 status_changed pending
    09:05:00 k2 message customer
    09:06:00 issue i2 status_changed open
    09:10:00 issue i3 opened repairs/chat customer_ref=r1
    09:10:00 k3 offered repairs/chat customer_ref=r1 issue_id=i3
    09:10:30 k3 answered agent_id=bert
    09:11:00 k3 message customer
    09:11:20 k3 message agent agent_id=bert
    09:15:00 round offered {CANARY}/call
    09:15:01 round answered
    09:15:02 round ended
    09:20:00 issue i4 opened billing/email customer_ref=r2
    09:21:00 issue i4 merged into=i2
    09:30:00 survey s1 sent csat issue_id=i1 contact_id=k1 customer_ref=r1
    09:31:00 survey s1 answered csat score=3 scale_max=5 issue_id=i1 contact_id=k1 customer_ref=r1
    09:32:00 survey s2 sent nps customer_ref=r2 contact_id=k2
    09:40:00 evaluation e1 completed items=greeted:yes,closed:no contact_id=k1 agent_id=a1
    09:45:00 customer r2 inactive
    09:50:00 k4 offered repairs/call customer_ref=r3
    09:55:00 k5 offered billing/call customer_ref=r3 groups=vip
    09:56:00 k5 abandoned
    09:59:40 k6 offered billing/call customer_ref=r1 tags=invoice
    09:59:50 k6 ringing agent_id=a1
    10:00:05 k6 ring_missed agent_id=a1
    10:00:30 k6 answered agent_id=a1
    10:06:00 k6 ended agent_id=a1
    10:10:00 milestone i2 reached milestone=parcel_delivered
    10:15:00 k2 message agent agent_id=a1
    10:20:00 issue i2 resolved
    10:25:00 issue i1 reopened
    10:30:00 k3 ended agent_id=bert
    10:31:00 issue i3 resolved
    10:40:00 survey s2 answered nps score=9 customer_ref=r2 contact_id=k2
    10:45:00 survey s3 answered csat score=5 scale_max=5 issue_id=i3 contact_id=k3 customer_ref=r1
    11:00:00 issue i1 assigned agent_id=a1
    11:05:00 issue i1 resolved
    11:10:00 customer r2 active
    11:30:00 agent a1 offline billing
    11:45:00 agent bert offline repairs
"""


def desk() -> list[Event]:
    """The day: two persons, three customers of whom two ask to be forgotten, four issues of which one is merged, a change of promises."""
    asked = [
        Event(timelines.at(clock), ERASURE_REQUESTED, customer, f"forget {customer}", {"customer_ref": customer})
        for clock, customer in (("09:59:45", "r3"), ("10:50:00", "r1"))
    ]
    standards = promised(OF_ISSUES[1:])
    change = Change(timelines.at("09:00:00"), timelines.at("08:50:00"), version_of(standards), "operations", standards)
    return sorted([*timelines.events(STORY), *asked, change.event("file")], key=order)


COURSES: Final = {
    course.name: course
    for course in (
        Course("v", WALL, promised(PROMISED), morning, BEGIN + 4 * MINUTE, BEGIN + 90 * MINUTE, OF_MORNING),
        Course(
            "desk",
            DESK,
            promised(OF_ISSUES),
            desk,
            timelines.at("10:00:00"),
            timelines.at("18:00:00"),
            tuple(measure.name for measure in ALL if not measure.name.startswith("service_level")),
        ),
    )
}
"""By name. The help desk keeps every measure of the release that wrote its newest file, but for the longest tables."""
