"""What a standard means in numbers: its formula, where the numbers come from, when it is judged, and who is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from stream.config.centre import ALWAYS, QUEUES_OWN
from stream.config.quantities import say_duration, say_share
from stream.config.reported import empty
from stream.core import facts
from stream.core.declared import NAMED_CLOCK, REPORTS
from stream.core.judges import judge_of
from stream.core.judges.percentage import looks_back
from stream.core.judges.report import path_of
from stream.core.measures import BY_NAME
from stream.core.measures.paths import DEFAULT
from stream.core.scopes import ALL
from stream.core.windows import DAYS_28, Calendar
from stream.generate.wording import alert_name

if TYPE_CHECKING:
    from stream.core.centre import Centre
    from stream.core.declared import Standard

OVERDUE: Final = "still waiting after {T}, whatever became of them"
SERVICE_LEVELS: Final = {
    "answered": ("answered within {T}", "answered"),
    "strict": ("answered within {T}", f"answered, abandoned, or {OVERDUE}"),
    "no_short": ("answered within {T}", f"answered, abandoned (less those within {{short}}), or {OVERDUE}"),
    "no_abandon_in_target": ("answered within {T}", f"answered, or {OVERDUE}"),
    "removed": (
        "answered, abandoned or to be called back within {T}",
        f"answered, abandoned, flowed out, to be called back, lost, or {OVERDUE}",
    ),
    "with_flow_out": ("answered within {T}", f"answered, abandoned (less those within {{short}}), flowed out, or {OVERDUE}"),
    "live": ("answered within {T}", f"answered, abandoned (less those within {{short}}), or {OVERDUE}"),
}
"""As they are judged, which is at {T} while a contact waits: the measure `service_level` waits for what becomes of it."""
ABANDONMENTS: Final = {
    "strict": ("abandoned", "answered or abandoned"),
    "no_short": ("abandoned after more than {short}", "answered, or abandoned after more than {short}"),
}
RINGING: Final = {
    "strict": ("answered after at most {rings} rings ({T})", "answered, or rang for longer than that and was never answered"),
    "answered": ("answered after at most {rings} rings ({T})", "answered"),
}
"""Of a call of which nobody says how it rang, the wait stands for the ringing."""
PERCENTAGES: Final = {
    "first_response": ("first responses within {T}", "first responses, and first messages that wait longer than {T}"),
    "response": ("responses within {T}", "responses, and later messages that wait longer than {T}"),
    "acknowledgement": (
        "first messages of which a person said within {T} that they had come",
        "those, and first messages that wait for it longer than {T}",
    ),
}
"""Numerator and denominator."""
STAFFED: Final = "agents logged in and not paused, busy ones included; unknown where nobody reports presence"
LEVELS: Final = {
    "waiting": "contacts that wait now",
    "waiting_per_agent": f"contacts that wait now / {STAFFED}",
    "longest_wait": "how long the contact waits that waits longest now",
    "staffed": STAFFED,
    "left_at_closing": "contacts that waited already when it closed, and still wait",
    "talk": "how long the talk lasts that lasts longest now, hold included",
}
MEANS: Final = {
    "answer_wait": "waits of answered contacts / answered contacts",
    "handle": "talk, hold and wrap-up / contacts handled",
    "first_response": "times of first responses / first responses",
    "response": "times of later responses / later responses",
    "acknowledgement": "times to a person's first sign of receipt / first messages that got one",
}
CLOCKS: Final = {
    "wait": "from when a contact was offered until it leaves the queue",
    "first_response": "from the first unanswered message of the customer to the first public reply of a person",
    "response": "from a later unanswered message of the customer to the next public reply of a person",
    "acknowledgement": "from the first unanswered message of the customer to the first sign of a person that it has come",
    "kept_waiting": "from the beginning, in the menu or the queue, until a person is connected for the first time or the contact is over",
    "talk": "from when a person was connected until the talk is over, hold included",
    "resolution": "from when an issue was opened until it is resolved, less the time in which the customer is asked",
}

ENDS: Final = ("contact.answered", "contact.abandoned", "contact.flowed_out", "contact.requeued", "contact.callback_requested")
ENDS_ALL: Final = (*ENDS, "contact.lost", "contact.ended")
REPLIES: Final = ("message.posted", "contact.no_reply_needed", "contact.ended", "issue.resolved")
EVENTS: Final[dict[str, tuple[str, ...]]] = {
    facts.OFFERED: ("contact.offered", "contact.requeued"),
    facts.ANSWERED: ("contact.offered", "contact.answered"),
    facts.ABANDONED: ("contact.offered", "contact.abandoned"),
    facts.SHORT_ABANDONED: ("contact.offered", "contact.abandoned"),
    facts.ABANDONED_BEFORE_QUEUE: ("contact.begun", "contact.abandoned"),
    facts.FLOWED_OUT: ("contact.offered", "contact.flowed_out", "contact.requeued"),
    facts.REQUEUED: ("contact.requeued",),
    facts.CALLBACK: ("contact.offered", "contact.callback_requested"),
    facts.LOST: ("contact.offered", "contact.lost"),
    facts.TRANSFERRED: ("contact.transferred",),
    facts.RING_MISSED: ("contact.ring_missed",),
    facts.RANG: ("contact.ringing", "contact.answered"),
    facts.WAITED_RINGS: ("contact.offered", "contact.answered"),
    facts.RANG_OUT: ("contact.ringing", "contact.abandoned", "contact.flowed_out", "contact.callback_requested"),
    facts.HANDLED: ("contact.answered", "contact.ended"),
    facts.TALKED: ("contact.answered", "contact.held", "contact.resumed", "contact.ended"),
    facts.HELD: ("contact.held", "contact.resumed"),
    facts.WRAPPED_UP: ("contact.ended", "contact.wrapped_up"),
    facts.CLOSED: ("contact.ended", "contact.abandoned"),
    facts.EXCLUDED: ("contact.excluded",),
    facts.FIRST_RESPONSE: REPLIES[:1],
    facts.FIRST_RESPONSE_SINCE_HANDOFF: ("message.posted", "contact.offered"),
    facts.FIRST_RESPONSE_WAIVED: REPLIES,
    facts.RESPONSE: REPLIES[:1],
    facts.ACKNOWLEDGED: REPLIES[:1],
    facts.UNSEEN: REPLIES[:1],
    facts.SEEN: REPLIES,
    facts.RESPONSE_WAIVED: REPLIES,
    facts.ENTERED: ("contact.offered", "contact.requeued"),
    facts.LEFT: ENDS_ALL,
    facts.KEEPING: ("contact.begun", "contact.offered"),
    facts.KEPT: ENDS_ALL,
    facts.ASKED_FIRST: REPLIES[:1],
    facts.HEARD_FIRST: REPLIES,
    facts.ASKED: REPLIES[:1],
    facts.HEARD: REPLIES,
    facts.AGENT_STATE: ("agent.state_changed",),
}
"""By fact, the events that bring it forth; a fact that is not here comes from every event of its contact."""

TOLD: Final = {
    "page": "at once, at any time of day",
    "ticket": "as a ticket, which waits for the morning",
    "report": "in reports only: nobody is notified",
}


def formula(standard: Standard, centre: Centre) -> str:
    """The formula, with numerator and denominator where there are two."""
    if standard.form in REPORTS:
        return _reported(standard)
    words = {
        "T": say_duration(standard.within),
        "short": say_duration(centre.short_abandon),
        "rings": f"{standard.within / centre.ring_cadence:g}",
    }
    if standard.form == "percentage":
        table = {"service_level": SERVICE_LEVELS, "abandonment": ABANDONMENTS, "ringing": RINGING}.get(standard.measure)
        upper, lower = PERCENTAGES[standard.measure] if table is None else table[standard.formula]
        return f"{upper.format(**words)} / {lower.format(**words)}"
    if standard.measure.startswith(NAMED_CLOCK):
        clock = centre.clocks[standard.measure.removeprefix(NAMED_CLOCK)]
        return f"from {clock.begins} of an issue to its {clock.ends}"
    by_form = {"level": LEVELS, "mean": MEANS, "clock": CLOCKS}
    return by_form[standard.form][standard.measure]


def _reported(standard: Standard) -> str:
    path = path_of(standard)
    measure = BY_NAME[path.measure]
    rows = measure.numbers is None and isinstance(empty(measure, path), list)
    row = f", row {', '.join(path.keys)}" if path.keys else ", the largest row" if rows else ""
    of = " (numerator / denominator)" if rows and path.field == DEFAULT else ""
    if path.part or (measure.kind == "table" and not rows):
        of = f" ({path.field})"
    against = {
        "band": f", between {standard.low:g} and {standard.high:g}",
        "trend": f" / its usual, at most {standard.factor:g} and at least 1/{standard.factor:g}",
    }.get(standard.form, "")
    return f"{path.measure}{row}{of}{against}: {measure.help} Source: {measure.source}"


def sources(standard: Standard, centre: Centre) -> str:
    """Which facts the numbers come from, and which events those."""
    if standard.form in REPORTS:
        kinds: Iterable[str] = {kind for kind, _ in BY_NAME[path_of(standard).measure].folds}
    else:
        kinds = judge_of(standard)(standard, ALL, centre, centre.schedule(ALWAYS), Calendar(centre.zone)).kinds
    found = sorted(kinds)
    events = sorted({event for kind in found for event in EVENTS.get(kind, ())})
    return f"facts {', '.join(found)}" + (f"; events {', '.join(events)}" if events else "")


def moments(standard: Standard, centre: Centre) -> str:
    """When it is judged."""
    if standard.form in REPORTS:
        period = "day" if standard.calendar == DAYS_28 else standard.calendar.replace("_", "-")
        return f"when a {period} is over, and again when what comes late changes its numbers{_by_chance(standard)}"
    own = "in the queue's opening hours" if "queue" in standard.per else ""  # only queues have their own
    hours = {ALWAYS: "", QUEUES_OWN: own}.get(standard.hours, f"in the hours {standard.hours}")
    when = {
        "percentage": "every 10 s of event time; a contact counts once, when its verdict can no longer change",
        "mean": "every 10 s of event time; a contact counts when its time is known",
        "level": "at every change of the number",
        "clock": "for each contact by itself, at its deadline",
    }[standard.form]
    parts = [when]
    if standard.form == "percentage":
        bad = standard.objective if standard.op == "<=" else 1 - standard.objective
        error = say_share(standard.confidence)
        parts.append(f"few contacts speak where chance alone would show so many misses in at most {error} of cases")
        if not standard.calendar:
            day = "opening day" if hours else "day"
            parts.append(f"a small queue looks back to its last {looks_back(bad)} contacts of the same {day}")
    if standard.measure == "left_at_closing":
        whose = "the queue" if standard.hours == QUEUES_OWN else f"the hours {standard.hours}"
        parts.append(f"from when {whose} {'closes' if standard.hours == QUEUES_OWN else 'end'} until the next opening")
    elif hours and standard.form != "clock":
        parts.append(hours + (f", from {say_duration(standard.grace)} after opening" if standard.grace else ""))
    elif hours:
        parts.append(f"its time runs {hours}")
    parts.append(f"provisionally at once, for good {say_duration(centre.lateness)} later")
    return "; ".join(parts)


def _by_chance(standard: Standard) -> str:
    """What is said of a report about a share: a share of few contacts that is not kept may be chance, and then is no breach."""
    if standard.form not in {"ratio", "share"} or BY_NAME[path_of(standard).measure].unit != "ratio" or standard.limit > 1:
        return ""
    error = say_share(standard.confidence)
    return f"; a breach where chance alone would show so many misses in at most {error} of cases (confidence: 50% takes the bare number)"


def told(standard: Standard) -> str:
    """Who is told of a breach, and how."""
    who = standard.owner or "whoever is on duty"
    runbook = f"; what to do: {standard.runbook}" if standard.runbook else ""
    return f"{who}, {TOLD[standard.cadence]} (alert {alert_name(standard)}, severity {standard.severity}){runbook}"


def explained(standard: Standard, centre: Centre) -> dict[str, str]:
    """All of it by its heading."""
    return {
        "Formula": formula(standard, centre),
        "Comes from": sources(standard, centre),
        "Judged": moments(standard, centre),
        "Told": told(standard),
    }
