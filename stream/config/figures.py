"""The numbers of closed periods in words: "share answered within 2 min, of all calls but short abandons (no_short)"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.config.quantities import say_duration
from stream.core.measures.paths import DEFAULT, LOW, RATE, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.core.measures.paths import Path

NAMES: Final = {
    "csat": "share of satisfied customers (CSAT)",
    "nps": "Net Promoter Score",
    "ces": "effort of customers (CES)",
    "ces_by_scale": "effort of customers (CES)",
    "things_gone_wrong": "things gone wrong",
    "fcr": "share resolved in the first contact",
    "fcr_net": "share resolved in the first contact, of what could be",
    "occupancy": "occupancy of agents",
    "retention": "share of customers kept",
    "awareness": "share of customers who knew",
    "customer_success": "share of customers who found what they looked for",
    "accessibility": "share of opening hours with somebody there",
    "topic_share": "share of the topic",
    "single_question": "share of the most frequent question",
    "checklist": "share of contacts with the item met",
    "resolution_rate": "share of opened issues that are resolved",
    "resolved_without_handover": "share of issues resolved without a handover",
    "one_reply_rate": "share of issues with one message and one reply",
    "self_service": "share served without a person",
    "answered_within_rings": "share answered within three rings",
    "abandonment": "share abandoned",
    "instant_service": "share answered at once",
    "transferred_share": "share passed on",
    "kept_waiting_mean_seconds": "mean time until a person talks to them",
    "kept_waiting_max_seconds": "longest time until a person talks to them",
    "wait_max_seconds": "longest wait",
    "talk_max_seconds": "longest talk",
    "wait_answered_mean_seconds": "mean wait of the answered",
    "wait_abandoned_mean_seconds": "mean wait of the abandoned",
    "wait_p50_seconds": "median wait",
    "wait_p90_seconds": "90th percentile of waits",
    "first_response_since_handoff_mean_seconds": "mean first response time since the hand-off",
    "acknowledgement_mean_seconds": "mean time to a person's first sign of receipt",
    "automatic_acknowledgement_mean_seconds": "mean time to a machine's first sign of receipt",
    "resolution_first_mean_seconds": "mean time to the first resolution",
    "resolution_total_mean_seconds": "mean time to the last resolution",
    "rings_mean": "mean number of rings",
    "active_idle_ratio": "active time of agents by their idle time",
    "instant_to_queued": "contacts answered at once by those answered after waiting",
    "agent_state_seconds": "time of agents",
    "paused_seconds": "time of agents paused",
    "dropout_threshold": "drop-out threshold",
    "clocks": "share within the time of the clock",
    "max_waiting": "most contacts waiting at once",
}
"""Measures that their own name would not tell; of all others it does, see `_plain`."""
PARTS: Final = {"per_hundred": "per hundred answers", "mean": "mean", "score": "score", "n": "number of answers", DEFAULT: ""}
SHORT: Final = {"strict": "", "no_short": ", short abandons left out"}


def figure(measure: str, formulas: Mapping[str, str]) -> str:
    """Say what a report is about, by the path of its number. formulas: what each formula of a service level counts."""
    path = parsed(measure)
    if path is None:
        return measure
    if path.measure in ("service_level", "abandoned_within") and path.keys:
        return _timed(path, formulas)
    if path.measure == "abandonment":
        return NAMES["abandonment"] + SHORT.get("".join(path.keys[:1]), "")
    said = NAMES.get(path.measure) or _plain(path.measure)
    if path.measure == "ces_by_scale" and path.keys:
        said += f" on the scale to {path.keys[0]}" if path.keys[0].isdigit() else " of no stated scale"
    elif path.keys:
        said += f" {' '.join(path.keys)}"
    return _part(said, path.part)


def _timed(path: Path, formulas: Mapping[str, str]) -> str:
    *formula, seconds = path.keys
    within = say_duration(round(float(seconds) * 1000)) if seconds.replace(".", "", 1).isdigit() else seconds
    if path.measure == "abandoned_within":
        return _part(f"abandoned within {within}", path.part)
    counted = f", {formulas[formula[0]]} ({formula[0]})" if formula and formula[0] in formulas else ""
    return _part(f"share answered within {within}{counted}", path.part)


def _part(said: str, part: str) -> str:
    if part == LOW:
        return f"lower bound of the {said}"
    if part == RATE:
        return f"response rate of the question for the {said}"
    if part == "mean":
        return f"mean {said}"
    found = PARTS.get(part, part.removesuffix("_seconds").replace("_", " ")) if part else ""
    return f"{said}, {found}" if found and found != "score" else said


def _plain(name: str) -> str:
    """The name in words: "handle_mean_seconds" is the mean handle time."""
    words = name.removesuffix("_seconds").split("_")
    if "mean" in words:
        words.remove("mean")
        return f"mean {' '.join(words)}{' time' if name.endswith('_seconds') else ''}"
    return " ".join(words)
