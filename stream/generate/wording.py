"""A standard in plain words, for annotations and runbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.config.quantities import say_duration, say_number, say_share
from stream.config.sentences import report
from stream.core.declared import REPORTS
from stream.sinks.breaches import AT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stream.core.declared import Standard

COUNTED = {
    "waiting": ("contacts waiting", "contact waiting"),
    "waiting_per_agent": ("contacts waiting per agent", "contact waiting per agent"),
    "staffed": ("agents staffed", "agent staffed"),
    "left_at_closing": ("contacts still waiting at closing", "contact still waiting at closing"),
}
"""What is counted: many, and one."""
AT_MOST = ("abandonment",)


def asks(standard: Standard) -> str:
    """Say what a standard asks for: "at least 90 % within 2 min", "at most 15 contacts waiting", "at most 1 h"."""
    if standard.form in REPORTS:
        return report(standard)
    if standard.form == "percentage":
        share = f"{'at most' if standard.measure in AT_MOST else 'at least'} {say_share(standard.objective)}"
        return f"{share} within {say_duration(standard.within)}" if standard.within else share
    if standard.form == "clock":
        return f"every contact within {say_duration(standard.within)}"
    if standard.measure in COUNTED:
        return f"{AT[standard.op]} {say_number(standard.limit)} {COUNTED[standard.measure][standard.limit == 1]}"
    return f"{AT[standard.op]} {say_duration(round(standard.limit * 1000))}"


def by_name(standards: Iterable[Standard]) -> dict[str, list[Standard]]:
    """The standards under each name, in their order: one alert and one runbook for all of them."""
    found: dict[str, list[Standard]] = {}
    for standard in standards:
        found.setdefault(standard.name, []).append(standard)
    return found


def all_ask(standards: Sequence[Standard]) -> str:
    """Say what the standards under one name ask for: the targets with their severities, the limits of single contacts, the overrides."""
    first = standards[0]
    targets = [one for one in standards if one.target and not one.specific]
    said = " and ".join(f"{asks(one)} ({one.severity})" for one in targets) or asks(first)
    limits = [f"{one.bound} above {say_duration(one.within)}" for one in standards if one.bound != "within" and not one.specific]
    others = [f"for {whom(one)} {asks(one)}" for one in standards if one.specific and one.bound == "within"]
    return "; ".join([said, *limits, *others])


def whom(standard: Standard) -> str:
    """Say for whom a standard is: "queue billing or sales, channel call"."""
    return ", ".join(f"{name} {' or '.join(values)}" for name, values in (standard.where or {}).items())


def camel(name: str) -> str:
    """Write "calls-answered" as "CallsAnswered"."""
    return "".join(word[:1].upper() + word[1:] for word in name.replace("_", "-").split("-"))


def alert_name(standard: Standard) -> str:
    """Name the alert of a standard: "StandardCallsAnswered"."""
    return f"Standard{camel(standard.name)}"
