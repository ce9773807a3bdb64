"""A breach record (topic standard-breaches) as one line for a terminal, and as the short words that people read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from stream.config.quantities import say_duration, say_number, say_share
from stream.core.rounding import rounded
from stream.core.scopes import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

STATUS_WIDTH: Final = len("withdrawn")
SCOPE_WIDTH: Final = 16
WHOLE: Final = "all"
NAMED_LIMITS: Final = ("late", "unacceptable")
"""Limits beyond what is promised, which the title does not name."""
SINGULAR: Final = {"replies": "reply"}
"""Of units that are one without an s."""
AT: Final = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}


def line(breach: Mapping[str, Any], zone: tzinfo = UTC) -> str:
    """Write one breach as "12:04:10 firing    billing/call      Calls answered within 2 minutes: 84.2 %, should be at least 90 %"."""
    at = datetime.fromisoformat(breach["at"]).astimezone(zone)
    words = f"{at:%H:%M:%S} {breach['status']:<{STATUS_WIDTH}} {scope(breach['scope']):<{SCOPE_WIDTH}} {breach['title']}: {judged(breach)}"
    return f"{words} (provisional)" if breach.get("provisional") else words


def scope(named: Mapping[str, str]) -> str:
    """Name a scope in short: "billing/call", "billing", "call", or "all"; one that is more than that with all its dimensions."""
    if not named.keys() <= {"queue", "channel"} or "/" in named.get("queue", ""):
        return shown(named)
    return "/".join(named[dimension] for dimension in ("queue", "channel") if named.get(dimension)) or WHOLE


def judged(breach: Mapping[str, Any]) -> str:
    """Say what was found and what the standard asks for: "84.2 %, should be at least 90 %".

    A clock's is of one contact or issue: "one is over 10 min (unacceptable)", "one took 12 min, over 10 min".
    """
    unit = breach["unit"]
    if breach.get("form") == "clock":
        value, target = breach["value"], breach["target"]
        over = f"over {figure(target, unit)}" + (f" ({breach['limit']})" if breach.get("limit") in NAMED_LIMITS else "")
        return f"one is {over}" if value is None or value <= target else f"one took {figure(value, unit, breach['op'])}, {over}"
    return f"{figure(breach['value'], unit, breach['op'])}, should be {AT[breach['op']]} {figure(breach['target'], unit)}"


def figure(value: float | None, unit: str, op: str = "") -> str:
    """Write a value in its unit: a share as percent, seconds as a time. None is infinity per agent, and no data elsewhere.

    op: how it should be; what is broken never looks kept for the digits that are left out.
    """
    if value is None:
        return "nobody staffed" if unit.endswith("per agent") else "no data"
    if unit == "share":
        return say_share(rounded(value, 3, op))
    if unit == "seconds":
        return say_duration(round(rounded(value, 0, op)) * 1000)
    number = say_number(rounded(value, 1, op))
    return f"{number} {_of_one(unit) if number == '1' else unit}"


def _of_one(unit: str) -> str:
    """What there is one of: "contact per agent"."""
    many, _, per = unit.partition(" ")
    one = SINGULAR.get(many, many.removesuffix("s"))
    return f"{one} {per}".rstrip()
