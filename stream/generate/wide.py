"""What is about many queues, or about what is known of a queue at all: one alert in the place of many.

`CentreWide`: so many queues break one standard at once that the cause is not in them; Alertmanager mutes the single ones.
`QueueBlind`: nobody shows a queue that the centre declares, so nothing that is said of it can be believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from stream.core.declared import REPORTS
from stream.core.hours_watch import LEFT_AT_CLOSING
from stream.generate.links import dashboard, runbook
from stream.generate.pipeline import JOB
from stream.generate.recorded import recorded, restored
from stream.generate.telling import wide
from stream.generate.wording import by_name
from stream.sinks import families as f

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stream.core.centre import Centre
    from stream.core.declared import Standard

Rule: TypeAlias = dict[str, Any]

GROUP: Final = "answerable.centre"
"""The group of these rules: their minutes are those of the clock on the wall, whatever the pace of events."""
CENTRE_WIDE: Final = "CentreWide"
QUEUE_BLIND: Final = "QueueBlind"
SHARE: Final = 0.3
"""The share of open queues that must break the same standard."""
LEAST: Final = 2
"""And no fewer queues than this: one queue alone is its own trouble, however small the centre."""
SPAN: Final = "5m"
"""Within which time."""
BLIND_FOR: Final = "3m"
"""How long a queue must be missing: several times what workers take to recover a partition, so that no move of one is an alert."""
STANDS: Final = "10m"
"""How long the last word on a queue stands when no worker shows it."""
BROKEN: Final = "standard_severity:cc_queues_breached:count5m"
JUDGED: Final = "standard_severity:cc_queues_judged:count"
SHARE_BROKEN: Final = "standard_severity:cc_queues_breached_per_judged:ratio5m"
DECLARED: Final = "queue_channel:cc_queue_declared:info"


def centre_wide(standards: Sequence[Standard]) -> Iterator[Rule]:
    """Make the alert of each standard that is judged for queues, and before them what they count: queues, not their channels.

    Closed periods have none: a day is over for all queues at once, which says nothing of a cause that they share. Nor has what is left
    at closing: open queues are counted, and it is judged while they are closed.
    """
    named = [found for found in by_name(standards).values() if "queue" in found[0].per and _while_open(found[0])]
    if not named:
        return
    verdict = recorded(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name) + '{queue!=""}'
    is_open = f"max by (queue) (last_over_time({recorded(f.QUEUE_OPEN, f.QUEUE_OPEN.name)}[{STANDS}])) == 1"
    by = "standard, severity"
    broken = f"max by ({by}, queue) (max_over_time({verdict}[{SPAN}])) == 1 and on (queue) {is_open}"
    judged = f"max by ({by}, queue) (last_over_time({verdict}[{STANDS}])) and on (queue) {is_open}"
    yield restored(f.QUEUE_OPEN, f.QUEUE_OPEN.name)
    yield {"record": BROKEN, "expr": f"count by ({by}) ({broken})"}
    yield {"record": JUDGED, "expr": f"count by ({by}) ({judged})"}
    yield {"record": SHARE_BROKEN, "expr": f"{BROKEN} / {JUDGED}"}
    for found in named:
        yield _alert(found)


def _while_open(standard: Standard) -> bool:
    return standard.form not in REPORTS and standard.measure != LEFT_AT_CLOSING


def _alert(found: Sequence[Standard]) -> Rule:
    standard = found[0]
    only = f'{{standard="{standard.name}"}}'
    return {
        "alert": CENTRE_WIDE,
        "expr": f"{BROKEN}{only} >= {LEAST} and {SHARE_BROKEN}{only} >= {SHARE}",
        "labels": {"standard": standard.name, "cadence": standard.cadence},
        "annotations": {
            "summary": "Many queues break the same standard at once.",
            "description": wide(found, JUDGED),
            "runbook_url": runbook(CENTRE_WIDE),
            "dashboard_url": dashboard("answerable-standards", standard=standard.name),
        }
        | ({"owner": standard.owner} if standard.owner else {}),
    }


def declared(centre: Centre) -> Iterator[Rule]:
    """Make a constant series of each queue and channel that the centre declares: what workers must show at any time."""
    if ("channel", "queue") not in centre.dimensions():
        return
    for queue in centre.queues.values():
        for channel in queue.channels:
            yield {"record": DECLARED, "expr": "vector(1)", "labels": {"queue": queue.name, "channel": channel}}


def queue_blind() -> Rule:
    """Make the alert for a queue that no worker shows."""
    return {
        "alert": QUEUE_BLIND,
        "expr": f'{DECLARED} unless on (queue, channel) {f.WAITING.name}{{job="{JOB}"}}',
        "for": BLIND_FOR,
        "labels": {"severity": "critical"},
        "annotations": {
            "summary": "Nothing is known of a queue.",
            "description": "No worker shows {{ $labels.queue }} ({{ $labels.channel }}) for three minutes now: "
            "its figures are missing and its standards are not judged.",
            "runbook_url": runbook(QUEUE_BLIND),
            "dashboard_url": dashboard("answerable-queues", ("queue", "channel")),
        },
    }
