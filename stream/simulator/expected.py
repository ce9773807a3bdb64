"""The exact figures of a tally, counted with plain loops over its lists. Not a line of the core's folds or measures is used here."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from stream.simulator.voices import BEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stream.simulator.truth import Tally

WITHIN_SECONDS: Final = (20, 60, 120)
RINGS: Final = 3
SHOWN_RINGS: Final = 10
WAIT_STEPS: Final = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200)
"""The waits in seconds at which a report can draw a line; a percentile is the next of them."""
NORMAL: Final = 1.959963984540054
"""95 % of a normal distribution lie within so many standard deviations of its mean."""

COUNTS: Final = (
    *("records", "offered", "answered", "abandoned", "short_abandoned", "abandoned_before_queue", "flowed_out", "lost"),
    *("transferred", "requeued", "ring_missed", "closed", "reopened", "begun", "self_served", "handed_off", "escalated"),
    "out_of_hours",
)
MEANS: Final = {
    "wait_answered_mean_seconds": "waits",
    "wait_abandoned_mean_seconds": "abandon_waits",
    "handle_mean_seconds": "handles",
    "talk_mean_seconds": "talks",
    "hold_mean_seconds": "holds",
    "ring_mean_seconds": "rings",
    "first_response_mean_seconds": "first_responses",
    "first_response_since_handoff_mean_seconds": "first_since_handoff",
    "response_mean_seconds": "responses",
    "acknowledgement_mean_seconds": "acknowledgements",
    "automatic_acknowledgement_mean_seconds": "automatic_acknowledgements",
    "kept_waiting_mean_seconds": "kept_waiting",
}
LENGTHS: Final = {
    "callback": "callbacks",
    "first_responses": "first_responses",
    "first_responses_waived": "first_responses_waived",
    "responses": "responses",
    "responses_waived": "responses_waived",
    "acknowledged": "acknowledgements",
    "acknowledged_automatically": "automatic_acknowledgements",
    "evaluated": "evaluations",
}


def measures(tally: Tally, *, cadence: int, instant: int) -> dict[str, Any]:
    """The measures of a tally, by their names in the report; no data is None. cadence: ms of a ring; instant: ms that are at once."""
    rung = tally.rings + tally.waited_rings
    at_once = sum(1 for wait in tally.waits if wait <= instant)
    return {
        **{name: getattr(tally, name) for name in COUNTS},
        **{name: len(getattr(tally, notes)) for name, notes in LENGTHS.items()},
        **{name: mean(getattr(tally, notes)) for name, notes in MEANS.items()},
        "wait_max_seconds": longest(tally.waits + tally.abandon_waits),
        **{f"wait_p{percent}_seconds": wait_of(tally, percent) for percent in (50, 90)},
        "talk_max_seconds": longest(tally.talks),
        "kept_waiting_max_seconds": longest(tally.kept_waiting),
        "max_waiting": deepest(tally.stays),
        "service_level": service_levels(tally),
        "abandoned_within": [abandoned_within(tally, seconds * 1_000) for seconds in WITHIN_SECONDS],
        "abandonment": abandonment(tally),
        "replies_mean": sum(tally.replies) / len(tally.replies) if tally.replies else None,
        "self_service": share(tally.self_served, tally.begun),
        "transferred_share": share(tally.transferred, tally.answered),
        "instant_service": share(at_once, tally.answered),
        "instant_to_queued": share(at_once, tally.answered - at_once),
        "rings_mean": sum(rung) / len(rung) / cadence if rung else None,
        "answered_within_rings": share(sum(1 for ringing in rung if ringing <= RINGS * cadence), len(rung)),
        "rings": by_ring(rung, cadence),
        "rings_from": {"ringing": len(tally.rings), "wait": len(tally.waited_rings)},
        **asked(tally),
        "checklist": checklist(tally.evaluations),
    }


def share(part: int, whole: int) -> dict[str, Any]:
    """A share with its parts."""
    return {"numerator": part, "denominator": whole, "ratio": part / whole if whole else None}


def service_levels(tally: Tally) -> list[dict[str, Any]]:
    """Every formula at every threshold, the strict ones first."""
    rows = [row for seconds in WITHIN_SECONDS for row in service_level(tally, seconds * 1_000)]
    return sorted(rows, key=lambda row: row["formula"] != "strict")


def service_level(tally: Tally, within: int) -> list[dict[str, Any]]:
    """Who was answered within `within` ms as a share of all that each formula looks at.

    `live` is that of a moment at which nobody waits any more.
    """
    in_time = sum(1 for wait in tally.waits if wait <= within)
    left_in_time = sum(1 for wait in tally.abandon_waits if wait <= within)
    called_in_time = sum(1 for wait in tally.callbacks if wait <= within)
    both = tally.answered + tally.abandoned
    long = both - tally.short_abandoned
    rows = (
        ("answered", in_time, tally.answered),
        ("strict", in_time, both),
        ("no_short", in_time, long),
        ("no_abandon_in_target", in_time, both - left_in_time),
        ("removed", in_time + left_in_time + called_in_time, both + tally.flowed_out + len(tally.callbacks) + tally.lost),
        ("with_flow_out", in_time, long + tally.flowed_out),
    )
    return [{"formula": formula, "within_seconds": within // 1_000, **share(part, whole)} for formula, part, whole in rows]


def abandoned_within(tally: Tally, within: int) -> dict[str, Any]:
    """Who left and who was answered within `within` ms."""
    return {
        "within_seconds": within // 1_000,
        "abandoned": sum(1 for wait in tally.abandon_waits if wait <= within),
        "answered": sum(1 for wait in tally.waits if wait <= within),
    }


def abandonment(tally: Tally) -> list[dict[str, Any]]:
    """Who left as a share of who was answered or left, with and without those who left at once."""
    long = tally.abandoned - tally.short_abandoned
    return [
        {"formula": "strict", **share(tally.abandoned, tally.answered + tally.abandoned)},
        {"formula": "no_short", **share(long, tally.answered + long)},
    ]


def by_ring(rung: list[int], cadence: int) -> list[dict[str, Any]]:
    """How many were answered during each ring; None: after more than ten."""
    found: dict[int | None, int] = {}
    for ringing in rung:
        ring = max(1, -(-ringing // cadence))
        key = ring if ring <= SHOWN_RINGS else None
        found[key] = found.get(key, 0) + 1
    return [{"rings": ring, "answered": found[ring]} for ring in (*range(1, SHOWN_RINGS + 1), None) if ring in found]


# -- what customers say


def asked(tally: Tally) -> dict[str, Any]:
    """What the surveys found, by the names of the measures."""
    return {
        "csat": yes(tally, "csat", lambda grade: grade >= 4),
        "nps": nps(tally),
        "ces": graded(tally, "ces"),
        "ces_by_scale": by_scale(tally, "ces"),
        "things_gone_wrong": wrong(tally),
        "awareness": yes(tally, "awareness", lambda grade: grade == 1),
        "customer_success": yes(tally, "success", lambda grade: grade == 1),
    }


def grades(tally: Tally, survey: str) -> tuple[list[int], dict[str, Any]]:
    """The answers to a survey, and how many they are of how many who were asked."""
    given = [grade for name, grade in tally.surveys if name == survey and grade is not None]
    sent = sum(1 for name, grade in tally.surveys if name == survey and grade is None)
    # Each answers once, soon after it was asked: so the answers are those of who was asked.
    return given, {"n": len(given), "sent": sent, "replied": len(given), "response_rate": len(given) / sent if sent else None}


def yes(tally: Tally, survey: str, good: Callable[[int], bool]) -> dict[str, Any]:
    """The share of good answers, and what it is at least."""
    given, rate = grades(tally, survey)
    count = sum(1 for grade in given if good(grade))
    return {**share(count, len(given)), "low": at_least(count / len(given), len(given)) if given else None, **rate}


def nps(tally: Tally) -> dict[str, Any]:
    """Percent of 9 and 10 less percent of 0 to 6, and what that is at least."""
    given, rate = grades(tally, "nps")
    for_us, against = sum(1 for grade in given if grade > 8), sum(1 for grade in given if grade < 7)
    score = low = None
    if given:
        score = 100 * (for_us - against) / len(given)
        low = 100 * (2 * at_least((score / 100 + 1) / 2, len(given)) - 1)
    return {"score": score, "low": low, "promoters": for_us, "detractors": against, **rate}


def graded(tally: Tally, survey: str) -> dict[str, Any]:
    """The mean grade, all on one scale."""
    given, rate = grades(tally, survey)
    return {"mean": sum(given) / len(given) if given else None, **rate}


def by_scale(tally: Tally, survey: str) -> list[dict[str, Any]]:
    """The mean grade on the one scale that was asked on."""
    found = graded(tally, survey)
    return [{"scale_max": str(BEST[survey]), "mean": found["mean"], "n": found["n"]}] if found["n"] else []


def wrong(tally: Tally) -> dict[str, Any]:
    """Things gone wrong in a hundred answers."""
    given, rate = grades(tally, "things_gone_wrong")
    return {"per_hundred": sum(given) / len(given) * 100 if given else None, "things": sum(given), **rate}


def at_least(found: float, n: int) -> float:
    """The lower end of the score interval of a share seen in n answers: the smaller root of (p - found)^2 = z^2 p (1 - p) / n."""
    square = NORMAL**2 / n
    half = (2 * found + square) / 2
    return max(0.0, (half - sqrt(half**2 - (1 + square) * found**2)) / (1 + square))


def checklist(evaluations: list[dict[str, bool]]) -> list[dict[str, Any]]:
    """By item, in how many of the evaluated contacts it was met."""
    items = sorted({item for met in evaluations for item in met})
    looked = [[met[item] for met in evaluations if item in met] for item in items]
    return [{"item": item, **share(sum(found), len(found))} for item, found in zip(items, looked, strict=True)]


# -- of lists


def mean(values: list[int]) -> float | None:
    """The mean in seconds, None of nothing."""
    return sum(values) / len(values) / 1_000 if values else None


def longest(values: Iterable[int]) -> float | None:
    """The longest in seconds, None of nothing."""
    found = max(values, default=None)
    return None if found is None else found / 1_000


def nearest(values: Iterable[float], percent: int) -> float | None:
    """The smallest value that so many of a hundred do not pass."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def wait_of(tally: Tally, percent: int) -> float | None:
    """The wait that so many of a hundred did not pass: up to the next line that a report draws, and never above the longest."""
    waits = tally.waits + tally.abandon_waits
    found = nearest(waits, percent)
    if found is None:
        return None
    line = next((step for step in WAIT_STEPS if found <= step * 1_000), None)
    longest_wait = max(waits) / 1_000
    return longest_wait if line is None else min(float(line), longest_wait)


def still_waiting(stays: list[tuple[int, int]], as_of: int) -> dict[str, Any]:
    """How many wait at the end (ms), and the longest for how long; a wait that nobody ended was noted as longer than that."""
    since = [begin for begin, until in stays if until > as_of]
    return {"waiting": len(since), "longest_wait_seconds": (as_of - min(since)) / 1_000 if since else None}


def deepest(stays: list[tuple[int, int]]) -> int:
    """The most contacts that waited at once; who leaves at a moment leaves before who comes, and who never waited does not count."""
    edges = sorted([(until, -1) for since, until in stays if until > since] + [(since, 1) for since, until in stays if until > since])
    level = highest = 0
    for _, change in edges:
        level += change
        highest = max(highest, level)
    return highest
