"""What is to be reached, and whether it was: the goals as data, the judgement computed from results.json."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

Results = dict[str, Any]
Figure = tuple[float, float | None]
"""What was reached, and for a ratio of two engines the median of the ratios round by round."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table. part: of the results; read: gives None where it was not measured; at_least: else at most."""

    part: str
    what: str
    goal: float
    at_least: bool
    read: Callable[[Results], Figure | None]
    unit: str = ""

    def reached(self, figure: float) -> bool:
        """Whether it was."""
        return figure >= self.goal if self.at_least else figure <= self.goal


def speeds(results: Results, engine: str) -> dict[int, float]:
    """Events a second by round; none where any run's output was wrong, or was over before a speed could be taken."""
    runs = [run for run in results.get("engines", {}).get("runs", ()) if run["engine"] == engine]
    if any(run["equal"] is False or not run["events_per_second"] for run in runs):
        return {}
    return {run["round"]: run["events_per_second"] for run in runs}


def ratio(ours: str, theirs: str) -> Callable[[Results], Figure | None]:
    """The ratio of two engines' speeds."""

    def read(results: Results) -> Figure | None:
        mine, its = speeds(results, ours), speeds(results, theirs)
        both = sorted(mine.keys() & its.keys())
        if not both:
            return None
        return median(mine.values()) / median(its.values()), median(mine[number] / its[number] for number in both)

    return read


def figure(part: str, name: str) -> Callable[[Results], Figure | None]:
    """A figure of a part of the results."""

    def read(results: Results) -> Figure | None:
        value = results.get(part, {}).get(name)
        return None if value is None else (value, None)

    return read


GOALS: Final = (
    Goal(
        "engines", "whole job, as many workers as cores / Kafka Streams `exactly_once_v2`", 1.5, True, ratio("ours", "streams-exactly-once")
    ),
    Goal("engines", "whole job, as many workers as cores / Kafka Streams at least once", 1.2, True, ratio("ours", "streams-at-least-once")),
    Goal("engines", "whole job, as many workers as cores / Quix Streams", 6, True, ratio("ours", "quix")),
    Goal("engines", "whole job, as many workers as cores / Faust as its guide teaches", 30, True, ratio("ours", "faust")),
    Goal("engines", "one worker / the reading limit", 0.2, True, ratio("ours-1", "limit")),
    Goal(
        "replay", "replay of a file / reading it with `orjson.loads`, start of the interpreter counted", 8, False, figure("replay", "ratio")
    ),
    Goal("growth", "cost per event with 1 million open contacts / with 10 thousand", 1.3, False, figure("growth", "cost_ratio")),
    Goal("growth", "memory per open contact", 600, False, figure("growth", "bytes_per_open_contact"), " bytes"),
    Goal("latency", "event to visible metric, p99, with the measures of the job", 0.5, False, figure("latency", "metric_p99"), " s"),
    Goal("latency", "event to breach record, p99, with the measures of the job", 0.5, False, figure("latency", "breach_p99"), " s"),
    Goal("latency", "event to visible metric, p99, with all measures", 0.5, False, figure("latency", "everything_metric_p99"), " s"),
    Goal("latency", "event to breach record, p99, with all measures", 0.5, False, figure("latency", "everything_breach_p99"), " s"),
    Goal("recovery", "back at work after `kill -9` of one of two workers", 20, False, figure("recovery", "seconds_median"), " s"),
    Goal("scrape", "scrape at 500 queues x 4 channels", 0.15, False, figure("scrape", "seconds_median"), " s"),
    Goal("scrape", "series of that scrape", 20_000, False, figure("scrape", "series")),
    Goal("gateway", "webhooks that one core acknowledges a second", 1_000, True, figure("gateway", "requests_per_second")),
    Goal("gateway", "answer of a webhook meanwhile, p99", 0.1, False, figure("gateway", "seconds_p99"), " s"),
)
