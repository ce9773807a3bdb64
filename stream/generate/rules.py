"""Prometheus rule files, made from the declared standards and the metric families.

A standards alert is the gauge cc_standard_breached and nothing else: the stream knows event time, opening hours, hold times and
small numbers, so a threshold in PromQL would be a second judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from stream.generate.pipeline import PIPELINE
from stream.generate.wording import alert_name, all_ask, by_name, reading
from stream.sinks import families as f

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stream.core.declared import Standard
    from stream.sinks.families import Family

Rule: TypeAlias = dict[str, Any]

RUNBOOK: Final = "deploy/runbooks/{}.md"
"""Where an alert's runbook is, by the alert's name in lower case; a wiki's address goes here."""
MOVING: Final = "instance, pod"
"""The labels of the worker: a series keeps its meaning when its partition moves to another one, so rules drop them."""
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

SCOPE: Final = (
    "{{ if $labels.queue }}{{ $labels.queue }}{{ if $labels.channel }}/{{ $labels.channel }}{{ end }}"
    "{{ else if $labels.channel }}{{ $labels.channel }}{{ else }}the whole centre{{ end }}"
)


def files(standards: Sequence[Standard]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Give each rule file's content by its name."""
    return {
        "recording.yml": _file("answerable.recording", recording()),
        "standards.yml": _file("answerable.standards", [verdicts(), *(standard_alert(*one) for one in by_name(standards).values())]),
        "pipeline.yml": _file("answerable.pipeline", (dict(alert.rule(RUNBOOK)) for alert in PIPELINE)),
    }


def _file(group: str, rules: Iterable[Rule]) -> dict[str, list[dict[str, Any]]]:
    return {"groups": [{"name": group, "rules": list(rules)}]}


def verdicts() -> Rule:
    """Make the recording rule of all verdicts, in one group with the alerts and before them.

    Without the worker there is one series of each verdict, and its last sample is the last word, whoever said it: the last words
    of two workers at different times could not be told apart.
    """
    return _restored(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name)


def standard_alert(standard: Standard, *others: Standard) -> Rule:
    """Make the alert of the standards under one name: the stream's last verdict, bridged over moves of its partition.

    Each target is a series of its own by its severity.
    """
    series = f'{recorded(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name)}{{standard="{standard.name}"}}'
    name = alert_name(standard)
    figure = (
        f"{{{{ with printf `max({f.STANDARD_READING.name}{{standard=%q,queue=%q,channel=%q}})` "
        "$labels.standard $labels.queue $labels.channel | query }}"
        f"{{{{ . | first | value | {reading(standard)} }}}}{{{{ else }}}}no data{{{{ end }}}}"
    )
    return {
        "alert": name,
        "expr": f"last_over_time({series}[{BRIDGE}]) == 1",
        "labels": {"cadence": standard.cadence},
        "annotations": {
            "summary": f"{standard.title}: the standard is broken.",
            "description": f"{SCOPE}: {standard.title}, now {figure}; the standard asks for {all_ask((standard, *others))}.",
            "runbook_url": standard.runbook or RUNBOOK.format(name.lower()),
        }
        | ({"owner": standard.owner} if standard.owner else {}),
    }


def recording() -> Iterator[Rule]:
    """Make the recording rules: restored counters and histograms without the worker, and the share of broken contacts."""
    for family in RESTORED:
        yield _restored(family, family.name)
    for family in f.DURATIONS.values():
        for part in ("bucket", "sum", "count"):
            yield _restored(family, f"{family.name}_{part}")
    contacts, breaches = (recorded(family, family.name) for family in (f.STANDARD_CONTACTS, f.STANDARD_BREACHES))
    for window in ("30m", "1d"):
        yield {
            "record": f"standard_queue_channel:cc_standard_breaches_per_contact:ratio_increase{window}",
            "expr": f"increase({breaches}[{window}]) / (increase({contacts}[{window}]) > 0)",
        }


def _restored(family: Family, series: str) -> Rule:
    return {"record": recorded(family, series), "expr": f"max without ({MOVING}) ({series})"}


def recorded(family: Family, series: str) -> str:
    """Name the recorded maximum of a series: level, metric, operation."""
    return f"{'_'.join(family.labels)}:{series}:max"
