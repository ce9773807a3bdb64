"""The alerts on the pipeline itself: whether the verdicts can be believed. Absence is judged here, never on business counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

JOB: Final = "answerable"
"""The name of the scrape job in deploy/prometheus/prometheus.yml."""
STALLED: Final = "5m"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of the pipeline.

    hold: how long the expression must hold ("for"), empty = at once. summary: the same sentence for all that fire together.
    description: a template with the values.
    """

    name: str
    expr: str
    hold: str
    severity: str
    summary: str
    description: str

    def rule(self, runbook: str) -> Mapping[str, Any]:
        """Write the alert as a Prometheus rule; `runbook` is the pattern of its runbook's place."""
        return {
            "alert": self.name,
            "expr": self.expr,
            **({"for": self.hold} if self.hold else {}),
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": runbook.format(self.name.lower()),
            },
        }


PIPELINE: Final = (
    Alert(
        "AnswerableWatchdog",
        "vector(1)",
        "",
        "none",
        "Alerting works.",
        "This alert always fires. When it stops to arrive, Prometheus or Alertmanager is down and no standard is watched.",
    ),
    Alert(
        "AnswerableNoWorker",
        f'absent(up{{job="{JOB}"}} == 1)',
        "1m",
        "critical",
        "No worker runs, no standard is judged.",
        "Prometheus reaches no worker at all: figures stand still, and breaches neither fire nor clear.",
    ),
    Alert(
        "AnswerableWorkerDown",
        f'up{{job="{JOB}"}} == 0',
        "2m",
        "warning",
        "A worker is down.",
        "Worker {{ $labels.instance }} has not answered for two minutes; the others have taken over its partitions.",
    ),
    Alert(
        "AnswerableWorkerNotReady",
        f'cc_worker_ready{{job="{JOB}"}} == 0',
        "10m",
        "warning",
        "A worker does not become ready.",
        "Worker {{ $labels.instance }} runs but has not recovered its partitions for ten minutes.",
    ),
    Alert(
        "AnswerableNoPartitionsAssigned",
        f'sum by (topic) (cc_partitions_assigned{{job="{JOB}"}}) == 0',
        "5m",
        "critical",
        "Nobody owns a topic's partitions.",
        "The workers run, but none of them owns a partition of {{ $labels.topic }}: its events are not processed.",
    ),
    Alert(
        "AnswerableEventTimeStalled",
        f'max by (partition) (changes(cc_event_time_watermark_timestamp_seconds{{job="{JOB}", topic="scope-facts"}}[{STALLED}])) == 0',
        "5m",
        "critical",
        "Event time stands still.",
        "The watermark of partition {{ $labels.partition }} has not moved for ten minutes: its figures are old, its verdicts wait.",
    ),
    Alert(
        "AnswerableConsumerLagHigh",
        f'sum by (topic) (max without (instance, pod) (cc_consumer_lag_messages{{job="{JOB}"}})) > 50000',
        "10m",
        "warning",
        "The workers are behind.",
        "{{ $value | humanize }} records of {{ $labels.topic }} wait to be processed, for ten minutes now.",
    ),
    Alert(
        "AnswerableEventsRejected",
        f'sum by (topic) (increase(cc_events_rejected_total{{job="{JOB}"}}[10m])) / '
        f'(sum by (topic) (increase(cc_events_rejected_total{{job="{JOB}"}}[10m])) + '
        f'sum by (topic) (increase(cc_events_processed_total{{job="{JOB}"}}[10m]))) > 0.01',
        "5m",
        "warning",
        "Events are rejected.",
        "{{ $value | humanizePercentage }} of the records of {{ $labels.topic }} are set aside to dead-letters; every figure lacks them.",
    ),
    Alert(
        "AnswerableRebalancesFrequent",
        f'increase(cc_rebalances_total{{job="{JOB}"}}[30m]) > 6',
        "",
        "warning",
        "The workers keep moving their partitions.",
        "Worker {{ $labels.instance }} went through {{ $value | humanize }} rebalances in half an hour; each one stops processing.",
    ),
)
