"""A standard in plain words, for annotations and runbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.config.quantities import say_duration, say_number, say_share
from stream.sinks.breaches import AT

if TYPE_CHECKING:
    from stream.core.declared import Standard

COUNTED = {
    "waiting": "contacts waiting",
    "waiting_per_agent": "contacts waiting per agent",
    "staffed": "agents staffed",
    "left_at_closing": "contacts still waiting at closing",
}
AT_MOST = ("abandonment",)


def asks(standard: Standard) -> str:
    """Say what a standard asks for: "at least 90 % within 2 min", "at most 15 contacts waiting", "at most 1 h"."""
    if standard.form == "percentage":
        share = f"{'at most' if standard.measure in AT_MOST else 'at least'} {say_share(standard.objective)}"
        return f"{share} within {say_duration(standard.within)}" if standard.within else share
    if standard.form == "clock":
        return f"every contact within {say_duration(standard.within)}"
    if standard.measure in COUNTED:
        return f"{AT[standard.op]} {say_number(standard.limit)} {COUNTED[standard.measure]}"
    return f"{AT[standard.op]} {say_duration(round(standard.limit * 1000))}"


def reading(standard: Standard) -> str:
    """Give the name of Prometheus' template function that writes this standard's reading for people."""
    if standard.form == "percentage":
        return "humanizePercentage"
    return "humanize" if standard.measure in COUNTED else "humanizeDuration"


def camel(name: str) -> str:
    """Write "calls-answered" as "CallsAnswered"."""
    return "".join(word[:1].upper() + word[1:] for word in name.replace("_", "-").split("-"))


def alert_name(standard: Standard) -> str:
    """Name the alert of a standard: "StandardCallsAnswered"."""
    return f"Standard{camel(standard.name)}"
