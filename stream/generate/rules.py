"""Prometheus rule files, made from the declared standards and the metric families.

A standards alert is the gauge cc_standard_breached and nothing else: the stream knows event time, opening hours, hold times and
small numbers, so a threshold in PromQL would be a second judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from stream.generate import budgets, wide
from stream.generate.links import dashboard, runbook
from stream.generate.pipeline import PIPELINE
from stream.generate.recorded import recorded, restored
from stream.generate.telling import description
from stream.generate.wording import alert_name, by_name
from stream.sinks import families as f

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stream.core.centre import Centre
    from stream.core.declared import Standard

Rule: TypeAlias = dict[str, Any]
Group: TypeAlias = dict[str, Any]

BRIDGE: Final = "10m"
"""How long the last verdict stands when no worker shows it: a rebalance or a dead worker must not resolve an alert."""
RESTORED: Final = (
    *f.TOTALS.values(),
    f.STANDARD_CONTACTS,
    f.STANDARD_BREACHES,
    f.STANDARD_SECONDS,
    f.STANDARD_BREACH_SECONDS,
)
"""Counters that are committed state and go on where a partition moves to: increase() is true only on their maximum."""


def files(standards: Sequence[Standard], centre: Centre | None = None) -> dict[str, dict[str, list[Group]]]:
    """Give each rule file's content by its name. Without a centre no queue is expected to be there."""
    alerts = [verdicts(), *(standard_alert(*one) for one in by_name(standards).values())]
    expected = [] if centre is None else list(wide.declared(centre))
    return {
        "recording.yml": _file(
            _group("answerable.recording", recording()),
            _group("answerable.attainment", budgets.attainment(), "1m"),
            _group("answerable.budget", budgets.budget(standards), "2m"),  # less than the five minutes that Prometheus looks back
            _group("answerable.targets", budgets.targets(standards), "1m"),
            _group("answerable.declared", expected, "1m"),
        ),
        "standards.yml": _file(
            _group("answerable.standards", alerts),
            _group(wide.GROUP, [*wide.centre_wide(standards), *([wide.queue_blind()] if expected else [])]),
        ),
        "pipeline.yml": _file(_group("answerable.pipeline", (alert.rule() for alert in PIPELINE))),
    }


def _file(*groups: Group) -> dict[str, list[Group]]:
    return {"groups": [group for group in groups if group["rules"]]}


def _group(name: str, rules: Iterable[Rule], interval: str = "") -> Group:
    return {"name": name, **({"interval": interval} if interval else {}), "rules": list(rules)}


def verdicts() -> Rule:
    """Make the recording rule of all verdicts, in one group with the alerts and before them.

    Without the worker there is one series of each verdict, and its last sample is the last word, whoever said it: the last words
    of two workers at different times could not be told apart.
    """
    return restored(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name)


def standard_alert(standard: Standard, *others: Standard) -> Rule:
    """Make the alert of the standards under one name: the stream's last verdict, bridged over moves of its partition.

    Each target is a series of its own by its severity.
    """
    series = f'{recorded(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name)}{{standard="{standard.name}"}}'
    name = alert_name(standard)
    return {
        "alert": name,
        "expr": f"last_over_time({series}[{BRIDGE}]) == 1",
        "labels": {"cadence": standard.cadence},
        "annotations": {
            "summary": f"{standard.title}: the standard is broken.",
            "description": description((standard, *others)),
            "runbook_url": standard.runbook or runbook(name),
            "dashboard_url": dashboard(
                "answerable-standards", [name for name in ("queue", "channel") if name in standard.per], standard=standard.name
            ),
        }
        | ({"owner": standard.owner} if standard.owner else {}),
    }


def recording() -> Iterator[Rule]:
    """Make the recording rules of what workers count: restored counters and histograms without the worker."""
    for family in RESTORED:
        yield restored(family, family.name)
    for family in f.DURATIONS.values():
        for part in ("bucket", "sum", "count"):
            yield restored(family, f"{family.name}_{part}")
