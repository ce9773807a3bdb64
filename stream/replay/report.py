"""The report: scopes with their measures, and verdicts. Made of readings, whichever driver wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stream.core.reports import promise_of
from stream.core.scopes import key_by
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES
from stream.replay.figures import Figures


def report(figures: Figures, window: str | None = None) -> dict[str, Any]:
    """{"scopes": [...], "verdicts": [...]}; `window`: one of `stream.core.windows.NAMES` for figures by window, None for the whole."""
    scopes = [_entry(reading) for reading in _readings(figures, window)]
    return {"scopes": sorted(scopes, key=_place), "verdicts": _verdicts(figures)}


def _readings(figures: Figures, window: str | None) -> Iterable[dict[str, Any]]:
    found = {}
    for key, reading in figures.of(QUEUE_READINGS).items():
        if key.startswith("!"):
            continue
        name = reading["window"]["name"] if reading["window"] else None
        if name == window:
            found[_place(reading)] = reading
    if window is not None:
        for interval in figures.of(QUEUE_INTERVALS).values():
            if interval["window"]["name"] == window:
                found[_place(interval)] = interval
    return (reading for reading in found.values() if window is None or _says_anything(reading["measures"]))


def _says_anything(measures: dict[str, Any]) -> bool:
    """Whether a window holds contacts, also some that only went on waiting, answers to surveys or evaluations."""
    answers = (found["n"] for found in measures.values() if isinstance(found, dict) and "n" in found)
    return any(measures.get(name) for name in ("records", "offered", "max_waiting", "evaluated")) or any(answers)


def _place(entry: dict[str, Any]) -> tuple[int, str, str]:
    scope = entry["scope"]
    return len(scope), key_by(scope), (entry.get("window") or {}).get("start", "")


def _entry(reading: dict[str, Any]) -> dict[str, Any]:
    out = {"scope": reading["scope"]}
    if reading["window"] is not None:
        out["window"] = reading["window"]
    out["measures"] = reading["measures"]
    return out


def _verdicts(figures: Figures) -> list[dict[str, Any]]:
    """Each standard in each scope as it stands at the end, with the breaches that it had."""
    breaches: dict[Any, list[dict[str, Any]]] = {}
    for record in figures.of(STANDARD_BREACHES).values():
        if record["status"] != "withdrawn":
            breaches.setdefault((promise_of(record), frozenset(record["scope"].items())), []).append(record)
    out = []
    for key, reading in sorted(figures.of(QUEUE_READINGS).items()):
        if key.startswith("!") or reading["window"] is not None:
            continue
        for verdict in reading["standards"]:
            scope = reading["scope"]
            had = sorted(
                breaches.get((promise_of(verdict), frozenset(scope.items())), ()),
                key=lambda record: (record["started_at"], record["id"]),
            )
            shown = [{name: record[name] for name in ("id", "status", "value", "started_at", "ended_at")} for record in had]
            out.append({"scope": scope, **verdict, "breaches": len(shown), "breach_list": shown})
    return out
