"""What a Prometheus has of counters and gauges whose series move between workers, and what is true."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event
from stream.core.ledger import Ledger
from stream.generate.recorded import recorded
from stream.generate.rules import RESTORED
from stream.sinks import families as f
from stream.sinks.figures import WorkerFigures
from stream.sinks.prometheus import Collector
from tests.deploy.alerting import fetch

Series = tuple[str, tuple[tuple[str, str], ...]]
"""(name, labels): without those of the worker."""

Sample = tuple[float, float, str]
"""(time, value, instance)"""

MOVING = {"__name__", "instance", "job"}
PARTS = ("bucket", "sum", "count")
NAMES = {family.name: recorded(family, family.name) for family in RESTORED} | {
    f"{family.name}_{part}": recorded(family, f"{family.name}_{part}") for family in f.DURATIONS.values() for part in PARTS
}
"""Every counter that moves with its partition, and its recorded series."""

GAUGES = tuple(one.name for one in f.FAMILIES if one.kind == "gauge" and one.labels and not {"topic", "version"} & set(one.labels))
"""Every gauge that moves with its partition, but for those of the partitions themselves."""


def truth(events: Sequence[Event], centre: Centre, standards: Sequence[Standard], names: Collection[str] = NAMES) -> dict[Series, float]:
    """Fold the events in one process, without a broker, and read these metrics from the page that it would show."""
    ledger = Ledger(centre, standards)
    ledger.fold(events, events[-1].time - 1)
    ledger.fold((), events[-1].time, final=True)
    page = Collector(lambda: [ledger.scopes.snapshot()], WorkerFigures()).render().decode()
    return {
        (sample.name, _labels(sample.labels)): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name in names
    }


def _labels(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in labels.items() if name not in MOVING))


def ask(prometheus: str, query: str, at: float | None = None) -> list[dict[str, Any]]:
    """Ask Prometheus; give the result."""
    given = {"query": query} | ({} if at is None else {"time": repr(at)})
    answer = fetch(f"http://{prometheus}/api/v1/query?{urllib.parse.urlencode(given)}")
    assert answer is not None, f"Prometheus does not answer {query}"
    result: list[dict[str, Any]] = json.loads(answer)["data"]["result"]
    return result


def raw(prometheus: str, name: str) -> dict[Series, list[Sample]]:
    """Every sample of a metric in the order of time, by the series that it is without its worker."""
    found: dict[Series, list[Sample]] = {}
    for series in ask(prometheus, f"{name}[1h]"):
        samples = found.setdefault((name, _labels(series["metric"])), [])
        samples += [(float(at), float(value), series["metric"].get("instance", "")) for at, value in series["values"]]
    for samples in found.values():
        samples.sort()
    return found


def corrected(samples: Iterable[Sample]) -> float:
    """Sum up a counter that began at 0: where it went down it began anew."""
    total = before = 0.0
    for _, value, _ in samples:
        total += value - before if value >= before else value
        before = value
    return total


def turns(samples: Sequence[Sample], seconds: float) -> list[Sequence[Sample]]:
    """Four samples within `seconds` in which two workers take turns: both show the series at the same time."""
    return [
        four
        for at in range(len(samples) - 3)
        if (four := samples[at : at + 4]) and four[3][0] - four[0][0] <= seconds and four[0][2] == four[2][2] != four[1][2] == four[3][2]
    ]


def together(samples: Sequence[Sample], seconds: float) -> list[Sequence[Sample]]:
    """Three samples within `seconds` of which a second worker has the middle one: both show the series at the same scrape."""
    return [
        three
        for at in range(len(samples) - 2)
        if (three := samples[at : at + 3]) and three[2][0] - three[0][0] <= seconds and three[0][2] == three[2][2] != three[1][2]
    ]


def summed(prometheus: str, names: Iterable[str]) -> dict[Series, float]:
    """What each gauge is now, summed over the workers."""
    return {
        (name, _labels(one["metric"])): float(one["value"][1])
        for name in names
        for one in ask(prometheus, f"sum without (instance) ({name})")
    }


def increases(prometheus: str, name: str) -> dict[Series, float]:
    """What `increase()` over the recorded series says, as of its last sample."""
    series = NAMES[name]
    last = max(float(values["values"][-1][0]) for values in ask(prometheus, f"{series}[1h]"))
    return {(name, _labels(one["metric"])): float(one["value"][1]) for one in ask(prometheus, f"increase({series}[1h])", last)}
