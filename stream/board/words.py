"""Figures as people say them, and why a queue is in trouble, in words: "calls 40 % above usual; 6 of 14 paused; 7:10 a call, usual 5:02".

What is named differs from the queue's own usual by more than chance or a glance would: see the limits below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stream.core.judges.judge import COMPARE
from stream.core.rounding import rounded

CHANNELS: Final = {"call": ("calls", "call"), "chat": ("chats", "chat"), "email": ("e-mails", "e-mail"), "social": ("messages", "message")}
"""By channel: its contacts in words, many and one."""
ANY: Final = ("contacts", "contact")
ISSUES: Final = ("issues", "issue")

MORE: Final = 1.1
"""At least this many times the usual number counts as more..."""
DEVIATIONS: Final = 2.0
"""...where it is also so many square roots of the usual above it: of chance alone that comes once in 44 times."""
PAUSED: Final = 0.25
"""From this share of those logged in on, the paused are named; of a quarter in pause nobody is surprised only in small teams."""
WRAPPING: Final = 1 / 3
FEWER: Final = 0.8
"""At most this part of the usual number of agents counts as fewer, one agent less at least."""
LONGER: Final = 1.15
"""From this many times the usual handle time on it is named..."""
HANDLED: Final = 5
"""...if so many contacts or more made the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a queue's channel. None is "not known", which is never said to be 0.

    offered: in the last 60 minutes; usual_offered: in the same minutes of the same weekday, the mean of the last weeks.
    agents: by state. usual_staffed: how many are usually staffed at this time. handle, usual_handle: seconds a contact, of the
    last 60 minutes and of the last 28 days. handled: how many contacts made `handle`. waiting: how many wait now.
    """

    channel: str = ""
    offered: int | None = None
    usual_offered: float | None = None
    agents: Mapping[str, int] | None = None
    usual_staffed: float | None = None
    handle: float | None = None
    handled: int = 0
    usual_handle: float | None = None
    waiting: int | None = None


def cause(known: Circumstances) -> str:
    """Why it is as it is: what differs from the usual, else the plain figures, so that somebody who knows the queue can judge."""
    found = [*_load(known), *_agents(known), *_handle(known)]
    why = "; ".join(found) if found else _plain(known)
    return f"nobody waits any more; {why}" if known.waiting == 0 else why


def _load(known: Circumstances) -> Iterator[str]:
    offered, usual = known.offered, known.usual_offered
    if offered is None or usual is None or offered < usual * MORE or offered - usual < DEVIATIONS * usual**0.5:
        return
    many, _ = CHANNELS.get(known.channel, ANY)
    yield f"{many} {round((offered / usual - 1) * 100)} % above usual" if usual >= 1 else f"{offered} {many}, usually none"


def _agents(known: Circumstances) -> Iterator[str]:
    agents = known.agents
    if agents is None:
        return
    inside, paused, wrapping = sum(agents.values()), agents.get("paused", 0), agents.get("wrap_up", 0)
    staffed = inside - paused
    if not inside:
        yield "nobody is logged in"
        return
    if not staffed:
        yield f"all {inside} paused" if inside > 1 else "the only agent is paused"
        return
    if paused and paused >= inside * PAUSED:
        yield f"{paused} of {inside} paused"
    if wrapping and wrapping >= inside * WRAPPING:
        yield f"{wrapping} of {inside} in wrap-up"
    usual = known.usual_staffed
    many = paused >= inside * PAUSED
    there = inside if many else staffed  # pauses are the reason only where as many as usual have come
    if usual is not None and there <= usual * FEWER and usual - there >= 1:
        yield f"{there} {'logged in' if many else 'agents' if there != 1 else 'agent'}, usual {round(usual)}"


def _handle(known: Circumstances) -> Iterator[str]:
    now, usual = known.handle, known.usual_handle
    if now is None or usual is None or known.handled < HANDLED or now < usual * LONGER:
        return
    yield f"{span(now)} {_a(CHANNELS.get(known.channel, ANY)[1])}, usual {span(usual)}"


def _plain(known: Circumstances) -> str:
    many, one = CHANNELS.get(known.channel, ANY)
    parts = []
    if known.offered is not None:
        usual = known.usual_offered
        beside = f", usual {round(usual)}" if usual is not None else ""
        parts.append(f"{known.offered} {many if known.offered != 1 else one} in 60 min{beside}")
    if known.agents is not None:
        inside, paused = sum(known.agents.values()), known.agents.get("paused", 0)
        parts.append(f"{inside - paused} of {inside} {'agent' if inside == 1 else 'agents'} on duty")
    else:
        parts.append("agents unknown")
    if known.handle is not None:
        beside = f", usual {span(known.usual_handle)}" if known.usual_handle is not None else ""
        parts.append(f"{span(known.handle)} {_a(one)}{beside}")
    return "; ".join(parts)


def _a(one: str) -> str:
    return f"{'an' if one[0] in 'aeiou' else 'a'} {one}"


def span(seconds: float | None) -> str:
    """A duration: "5:02", "1 h 06", "3 d 4 h"."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours >= 48:  # noqa: PLR2004 - two days
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes:02}" if hours else f"{minutes}:{whole % 60:02}"


def percent(ratio: float | None) -> str:
    """A share, cut and not rounded: 89.96 % is not yet 90 %."""
    if ratio is None:
        return "–"
    cut = int(ratio * 1000 + 1e-6) / 10
    return f"{cut:g} %"


def amount(value: float | None, unit: str, op: str = "") -> str:
    """A value of a standard in its unit. op: how it is to be; no digit that is left out may make it look kept."""
    if value is None:
        return "–"
    if unit == "share":
        return percent(rounded(value, 3, op))
    return span(rounded(value, 0, op)) if unit == "seconds" else f"{rounded(value, 1, op):g}"


_WHAT: Final = {
    ("percentage", "share", ">="): " in time",
    ("percentage", "share", "<="): " gave up",
    ("mean", "seconds", "<="): " on average",
}
"""By form, unit and operator: what the value is of."""
_WHAT_OF_UNITS: Final = {
    "contacts": (" waiting", " waiting"),
    "contacts per agent": (" waiting per agent", " waiting per agent"),
    "agents": (" agents on duty", " agent on duty"),
}
"""By unit, what the value is of: many, and one."""


_BOUNDS: Final = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}
_CLEARS: Final = {"<=": "at", "<": "below", ">=": "at", ">": "above"}
"""By operator, how a value must stand to the number at which a breach ends."""


def broken(breach: Mapping[str, Any], value: float | None, count: int, clear: float | None = None, *, issues: bool = False) -> str:
    """What is broken: "16 waiting, at most 15", "longest 5:12, at most 5:00"; of a clock how many are over their time.

    Those are "3 e-mails over 1 h 00", or issues, where the clock is one of `issues`.
    A breach outlasts its value: where that keeps the target again, it says at which value the breach ends ("13 waiting, kept
    again at 12"; `clear`, None where that is the target), and where only time is missing, or certainty, that it is easing.
    """
    target, unit = breach.get("target"), str(breach.get("unit", ""))
    op = str(breach.get("op"))
    if breach.get("form") == "clock":
        those = (ISSUES if issues else CHANNELS.get(breach.get("scope", {}).get("channel", ""), ANY))[count == 1]
        return f"{count} {those} over {amount(target, unit)}"
    if value is None:
        what = "nobody is there" if unit == "contacts per agent" else "no figure"
    elif (breach.get("form"), unit) == ("level", "seconds"):
        what = f"longest {amount(value, unit, op)}"
    else:
        counted = _WHAT_OF_UNITS.get(unit, ("", ""))[value == 1]
        what = amount(value, unit, op) + _WHAT.get((str(breach.get("form")), unit, op), counted)
    said = f"{what}, {_BOUNDS.get(op, '')} {amount(target, unit)}".strip()
    keeps = COMPARE.get(op)
    if value is None or target is None or keeps is None or not keeps(value, target):
        return said
    if clear is None or keeps(value, clear):
        return f"easing: {said}"
    return f"{what}, kept again {_CLEARS[op]} {amount(clear, unit)}"
