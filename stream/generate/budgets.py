"""Recording rules for graphs and reports: attainment, what is left of the month's error budget, and what the standards ask for.

None of them is a verdict: that is the stream's. A level's attainment is time kept, everything else's is contacts kept.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from stream.core.declared import BOUNDS, REPORTS
from stream.generate.recorded import recorded, restored
from stream.generate.wording import AT_MOST, COUNTED
from stream.sinks import families as f

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stream.core.declared import Standard

Rule: TypeAlias = dict[str, Any]

WINDOWS: Final = {"30m": "30m", "1d": "1d:1m"}
"""Windows of attainment, and how Prometheus reads them: of a long one a sample a minute is enough."""
MONTH: Final = "30d"
MONTH_READ: Final = "30d:5m"
"""The month of the error budget are the last 30 days. A sample each five minutes is enough: the recorded counters never begin anew."""
TARGET_STANDS: Final = "1h"
"""How long a target is believed that no worker shows."""
LEVEL: Final = "standard_queue_channel"


def attainment() -> Iterator[Rule]:
    """Make the rules of each window: the share of contacts that broke a standard, and the share that kept it (of levels: of the time)."""
    for window, read in WINDOWS.items():
        yield _missed(window, read)
        yield _attained(window, read)


def budget(standards: Sequence[Standard]) -> Iterator[Rule]:
    """Make the rules of the month: what was missed and kept, the targets per scope, and how much of the error budget is left.

    1 is all of it, 0 none, below 0 more was missed than promised. Only percentages have one: "every contact" leaves nothing to spend.
    """
    yield restored(f.STANDARD_TARGET, f.STANDARD_TARGET.name)
    yield _missed(MONTH, MONTH_READ)
    yield _attained(MONTH, MONTH_READ)
    names: dict[bool, list[str]] = {True: [], False: []}
    for standard in standards:
        if standard.form == "percentage" and standard.name not in names[standard.measure in AT_MOST]:
            names[standard.measure in AT_MOST].append(standard.name)
    target = recorded(f.STANDARD_TARGET, f.STANDARD_TARGET.name)
    missed = f"{LEVEL}:cc_standard_breaches_per_contact:ratio_increase{MONTH}"
    parts = []
    for at_most, found in names.items():
        if found:
            asked = f'last_over_time({target}{{standard=~"{"|".join(found)}"}}[{TARGET_STANDS}])'
            allowed = asked if at_most else f"(1 - {asked})"
            parts.append(f"1 - {missed} / ({allowed} > 0)")
    if parts:
        yield {"record": f"{LEVEL}:cc_standard_error_budget_remaining:ratio_increase{MONTH}", "expr": "\nor\n".join(parts)}


def _missed(window: str, read: str) -> Rule:
    contacts, breaches = (recorded(family, family.name) for family in (f.STANDARD_CONTACTS, f.STANDARD_BREACHES))
    return {
        "record": f"{LEVEL}:cc_standard_breaches_per_contact:ratio_increase{window}",
        "expr": f"increase({breaches}[{read}]) / (increase({contacts}[{read}]) > 0)",
    }


def _attained(window: str, read: str) -> Rule:
    seconds, broken = (recorded(family, family.name) for family in (f.STANDARD_SECONDS, f.STANDARD_BREACH_SECONDS))
    return {
        "record": f"{LEVEL}:cc_standard_attainment:ratio_increase{window}",
        "expr": f"1 - {LEVEL}:cc_standard_breaches_per_contact:ratio_increase{window}\n"
        f"or\n1 - increase({broken}[{read}]) / (increase({seconds}[{read}]) > 0)",
    }


def targets(standards: Sequence[Standard]) -> Iterator[Rule]:
    """Make a constant series of each figure that a standard asks for, so that a dead worker does not lose the line in a graph.

    An override has the values that it is for as further labels. Bands and trends have no one figure; limits of single contacts
    stand beside the target and have no series.
    """
    said = set()
    for standard in standards:
        found = _target(standard)
        if found is None or standard.bound != BOUNDS[0]:
            continue
        series, value = found
        where = standard.where or {} if standard.specific else {}
        for chosen in product(*where.values()):
            labels = {"standard": standard.name, "severity": standard.severity, **dict(zip(where, chosen, strict=True))}
            if (key := (series, *sorted(labels.items()))) not in said:
                said.add(key)
                yield {"record": series, "expr": f"vector({value:g})", "labels": labels}


def _target(standard: Standard) -> tuple[str, float] | None:
    if standard.form in {"band", "trend"}:
        return None
    if standard.form == "percentage":
        return "standard:cc_target:ratio", standard.objective
    if standard.form == "clock":
        return "standard:cc_limit_seconds:value", standard.within / 1000
    if standard.form in REPORTS:
        shown = {"share": "standard:cc_target:ratio", "ratio": "standard:cc_target:ratio", "seconds": "standard:cc_limit_seconds:value"}
        return shown.get(standard.unit, "standard:cc_limit:count"), standard.limit
    return ("standard:cc_limit:count" if standard.measure in COUNTED else "standard:cc_limit_seconds:value"), standard.limit
