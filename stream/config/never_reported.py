"""Refuses standards of closed periods that could never be broken, or never be kept."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from stream.core.measures import BY_NAME
from stream.core.measures.paths import DEFAULT, LOW, parsed
from stream.core.measures.surveys import MOST_POINTS, POINTS

if TYPE_CHECKING:
    from stream.config.yaml import Section
    from stream.core.declared import Standard

MORE_THAN_ALL: Final = frozenset({"transferred_share", "instant_to_queued", "active_idle_ratio", "utilisation"})
"""Ratios that may be above 1: one thing is held against another, or may happen twice."""
SHARES: Final = frozenset({"accessibility", "clocks"})
"""Tables with a share among other figures."""
KEYS: Final = {"<=": "at_most", "<": "below", ">=": "at_least", ">": "above"}


def refuse(standard: Standard, section: Section) -> None:
    """Raise DeclarationError for a report that can never be broken, or always is."""
    if standard.cadence == "page":
        raise section.error("cadence cannot be page: a period that is over wakes nobody, write ticket or report", "cadence")
    if standard.form == "band":
        _band(standard, section)
    elif standard.form == "trend":
        if _reach(standard)[0] < 0:
            problem = f"{standard.measure} may be below 0, and no factor says how far that is from its usual: write form: band"
            raise section.error(problem, "form")
        if standard.factor <= 1:
            problem = f"factor cannot be {section.text('factor')}: no day is exactly as usual, write more than 1, for example 1.5"
            raise section.error(problem, "factor")
    else:
        _limit(standard, section)


def parts_of_a_whole(standard: Standard) -> bool:
    """Whether the value is never above 1, because what is counted is a part of what it is held against."""
    path = parsed(standard.measure)
    if path is None or path.field not in {DEFAULT, LOW}:
        return False
    measure = BY_NAME[path.measure]
    return measure.name in SHARES or (measure.unit == DEFAULT and measure.kind in {"table", "ratio"} and measure.name not in MORE_THAN_ALL)


def _reach(standard: Standard) -> tuple[float, float]:
    """Between what the value always is."""
    if standard.unit == POINTS:
        return MOST_POINTS
    return 0, 1 if parts_of_a_whole(standard) else inf


def _band(standard: Standard, section: Section) -> None:
    low, high = section.text("low"), section.text("high")
    if standard.low >= standard.high:
        raise section.error(f"low cannot be {low}: nothing lies between it and high, {high}; write a smaller low", "low")
    least, most = _reach(standard)
    if standard.low <= least and standard.high >= most:
        raise section.error(
            f"every {_what(standard)} lies between {low} and {high}: it could never be broken, write a narrower band", "low"
        )


def _limit(standard: Standard, section: Section) -> None:
    key, limit, (least, most) = KEYS[standard.op], standard.limit, _reach(standard)
    written, what = section.text(key), _what(standard)
    if (standard.op == ">=" and limit <= least) or (standard.op == ">" and limit < least):
        raise section.error(f"{key} cannot be {written}: everything is, so it could never be broken; write a larger number", key)
    if (standard.op == "<" and limit <= least) or (standard.op == "<=" and limit < least):
        instead = f"at_most: {least:g} or a larger number" if standard.op == "<" else "a larger number"
        raise section.error(f"{key} cannot be {written}: nothing is, so it would always be broken; write {instead}", key)
    if (standard.op == "<=" and limit >= most) or (standard.op == "<" and limit > most):
        problem = f"{key} cannot be {written}: no {what} is larger, so it could never be broken; write the {what} that is borne"
        raise section.error(problem, key)
    if (standard.op == ">" and limit >= most) or (standard.op == ">=" and limit > most):
        problem = f"{key} cannot be {written}: no {what} is that large, so it would always be broken; write a smaller one"
        raise section.error(problem, key)


def _what(standard: Standard) -> str:
    return "score" if standard.unit == POINTS else "share"
