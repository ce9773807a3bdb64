"""The alerts on the pipeline itself: whether the verdicts can be believed. Absence is judged here, never on business counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from stream.generate.links import dashboard, runbook

JOB: Final = "answerable"
"""The name of the scrape job in deploy/prometheus/prometheus.yml."""
SOURCE_JOB: Final = "answerable-sources"
"""The name of the scrape job of `answerable listen`."""
DASHBOARD: Final = "answerable-pipeline"
STALLED: Final = "5m"
IS_OPEN: Final = "last_over_time(queue_channel:cc_queue_open:max[10m])"
OPEN: Final = f"on (channel) (max by (channel) ({IS_OPEN}) == 1 or max({IS_OPEN}) == 1)"
"""While a queue is open with a channel of the source's: by night it may be silent. Of a source whose channels are not known any queue
counts."""
NEWEST: Final = f'cc_source_last_event_timestamp_seconds{{job="{SOURCE_JOB}"}}'
STARTED: Final = (
    f'(0 * cc_source_connected{{job="{SOURCE_JOB}"}} + on (instance) group_left () process_start_time_seconds{{job="{SOURCE_JOB}"}})'
)
LAST_HEARD: Final = f"({NEWEST} or on (instance) {STARTED})"
"""An intake that has told nothing since it began has no newest event: silent it is since then. One source of several that tells nothing
is none: a mailbox may be empty, and what an API makes good for is little."""
SILENT: Final = f"min by (source) (time() - {LAST_HEARD})"
TOLERATED: Final = f'max by (source, channel) (cc_source_silent_after_seconds{{job="{SOURCE_JOB}"}})'
"""How long each source may be silent, by its own intake's word: `stream.intake.silence`."""

FOUND: Final = f'count(up{{job="{JOB}"}})'
"""How many workers Prometheus looks for. Where it finds them by DNS, a container that is gone is no target any more: its `up` is not 0,
it is not there."""
USUAL_FOUND: Final = f"quantile_over_time(0.5, {FOUND}[1h:1m])"
"""The same for most of the last hour: more of them while a new version takes over is not what is usual, and fewer are so after half
of it, so that who runs fewer on purpose is told no longer."""

MOVED: Final = f'max by (partition) (changes(cc_event_time_watermark_timestamp_seconds{{job="{JOB}", topic="scope-facts"}}[{STALLED}]))'
"""How often the watermark of each partition moved of late, whoever owns it."""


INPUTS: Final = f'cc_event_time_watermark_timestamp_seconds{{job="{JOB}", topic!="scope-facts"}}'
SLOWEST: Final = f"bottomk(1, max by (topic, partition) ({INPUTS}) and max by (topic, partition) (changes({INPUTS}[{STALLED}])) == 0)"
"""The input partition that stands still furthest behind: every scope waits for it, because each has contacts of every queue."""


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

    def rule(self) -> dict[str, Any]:
        """Write the alert as a Prometheus rule."""
        return {
            "alert": self.name,
            "expr": self.expr,
            **({"for": self.hold} if self.hold else {}),
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": runbook(self.name),
                "dashboard_url": dashboard(DASHBOARD),
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
        "AnswerableWorkerGone",
        f"{FOUND} < {USUAL_FOUND}",
        "2m",
        "warning",
        "A worker is gone.",
        "Prometheus finds {{ $value }} worker{{ if ne $value 1.0 }}s{{ end }}, fewer than for most of the last hour; what is left has "
        "taken over the partitions. After half an hour this is the usual number, and nobody is told any more.",
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
        f"count({MOVED} == 0) == count({MOVED})",
        "5m",
        "critical",
        "Event time stands still.",
        "The watermark of no partition has moved for ten minutes: all figures are old, all verdicts wait."
        f"{{{{ with query `{SLOWEST}` }}}}{{{{ with index . 0 }}}} The input that is furthest behind, and that all wait for, is partition "
        "{{ .Labels.partition }} of {{ .Labels.topic }}.{{ end }}{{ end }}",
    ),
    Alert(
        "AnswerablePartitionStalled",
        f"{MOVED} == 0",
        "5m",
        "critical",
        "Event time stands still in a partition.",
        "The watermark of partition {{ $labels.partition }} has not moved for ten minutes: figures of the queues in it are old, "
        "and their alerts are muted.",
    ),
    Alert(
        "AnswerableScopeStalled",
        f'max without (instance, pod, job) (changes(cc_scope_settled_timestamp_seconds{{job="{JOB}"}}[{STALLED}])) == 0',
        "5m",
        "none",
        "What is judged here is old.",
        "The verdicts of {{ with $labels.queue }}{{ . }}{{ else }}a scope that is no queue{{ end }}"
        "{{ with $labels.channel }} ({{ . }}){{ end }} have not moved for ten minutes. Nobody is told of this: it mutes their alerts.",
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
    Alert(
        "AnswerableSourceDown",
        f'up{{job="{SOURCE_JOB}"}} == 0',
        "2m",
        "critical",
        "An intake is down.",
        "The intake {{ $labels.instance }} has not answered for two minutes: what its source says reaches nobody until it runs again.",
    ),
    Alert(
        "AnswerableSourceSilent",
        f"min by (source) ({SILENT} > on (source) group_right () {TOLERATED} and {OPEN})",
        "5m",
        "warning",
        "A source is silent while queues are open.",
        "Nothing newer than {{ $value | humanizeDuration }} has come from {{ $labels.source }}, and queues are open: "
        "either nobody contacts you, or nobody says so.",
    ),
    Alert(
        "AnswerableSourceDisconnected",
        f'min by (source) (cc_source_connected{{job="{SOURCE_JOB}"}}) == 0',
        "2m",
        "critical",
        "An intake waits for Kafka, or for what it listens to.",
        "The intake of {{ $labels.source }} has waited for Kafka or its own system for two minutes; nobody sees what happens there now.",
    ),
    Alert(
        "AnswerableSourceGap",
        f'sum by (source) (increase(cc_source_gaps_total{{job="{SOURCE_JOB}"}}[1h])) > 0',
        "",
        "warning",
        "Events of a source were lost before they were read.",
        "A part of {{ $labels.source }} was gone before it was read, in the last hour: its figures lack what stood there.",
    ),
    Alert(
        "AnswerableCanaryLate",
        f'time() - (max(last_over_time(cc_canary_timestamp_seconds{{job="{JOB}"}}[1h])) > 0) > 300',
        "1m",
        "critical",
        "Synthetic contacts do not come through.",
        "The newest synthetic contact that came through is {{ $value | humanizeDuration }} old; one is sent every minute. "
        "What customers do now is not seen either.",
    ),
    Alert(
        "AnswerableCanaryNeverCame",
        f'max(last_over_time(cc_canary_timestamp_seconds{{job="{JOB}"}}[1h])) == 0',
        "5m",
        "critical",
        "No synthetic contact ever came through.",
        "The workers are set to expect a synthetic contact each minute, and none has come since they began: "
        "either nobody sends them, or nothing that customers do is seen either.",
    ),
)
