"""A breach record (topic standard-breaches) as one line for a terminal, and as the short words that people read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

STATUS_WIDTH: Final = len("withdrawn")
SCOPE_WIDTH: Final = 16
WHOLE: Final = "all"


def line(breach: Mapping[str, Any], zone: tzinfo = UTC) -> str:
    """Write one breach as "12:04:10 firing    billing/call      Calls answered within 2 minutes: 84.2 %, should be 90 %"."""
    at = datetime.fromisoformat(breach["at"]).astimezone(zone)
    words = f"{at:%H:%M:%S} {breach['status']:<{STATUS_WIDTH}} {scope(breach['scope']):<{SCOPE_WIDTH}} {breach['title']}: {judged(breach)}"
    return f"{words} (provisional)" if breach.get("provisional") else words


def scope(named: Mapping[str, str]) -> str:
    """Name a scope in short: "billing/call", "billing", "call", or "all"."""
    return "/".join(named[dimension] for dimension in ("queue", "channel") if named.get(dimension)) or WHOLE


def judged(breach: Mapping[str, Any]) -> str:
    """Say what was found and what the standard asks for: "84.2 %, should be 90 %"."""
    unit = breach["unit"]
    return f"{figure(breach['value'], unit)}, should be {figure(breach['target'], unit)}"


def figure(value: float | str | None, unit: str) -> str:
    """Write a value in its unit: a ratio as percent, seconds as minutes or hours where they are many, "no data" for None."""
    if value is None:
        return "no data"
    number = float(value)
    if number == float("inf"):
        return "nobody staffed"
    if unit == "ratio":
        return f"{_short(number * 100)} %"
    if unit == "seconds":
        return duration(number)
    return f"{_short(number)} {unit}".rstrip()


def duration(seconds: float) -> str:
    """Write a time: "45 s", "2 min 5 s", "1 h 30 min"."""
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{_short(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest} s" if rest and not hours else "")
    return " ".join(part for part in parts if part)


def _short(number: float) -> str:
    return f"{round(number, 1):.1f}".removesuffix(".0")
