"""Refuses standards of closed periods that could never be broken, or never be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.core.measures import BY_NAME
from stream.core.measures.paths import DEFAULT, parsed

if TYPE_CHECKING:
    from stream.config.yaml import Section
    from stream.core.declared import Standard

KEYS: Final = {"<=": "at_most", "<": "below", ">=": "at_least", ">": "above"}


def refuse(standard: Standard, section: Section) -> None:
    """Raise DeclarationError for a report that can never be broken, or always is."""
    if standard.cadence == "page":
        raise section.error("cadence cannot be page: a period that is over wakes nobody, write ticket or report", "cadence")
    if standard.form == "band":
        _band(standard, section)
    elif standard.form == "trend":
        if standard.factor <= 1:
            problem = f"factor cannot be {section.text('factor')}: no day is exactly as usual, write more than 1, for example 1.5"
            raise section.error(problem, "factor")
    else:
        _limit(standard, section)


def parts_of_a_whole(standard: Standard) -> bool:
    """Whether the value is never above 1: the rows of a table of ratios are shares of what is counted."""
    path = parsed(standard.measure)
    if path is None or path.field != DEFAULT:
        return False
    measure = BY_NAME[path.measure]
    return measure.unit == DEFAULT and measure.kind == "table"


def _band(standard: Standard, section: Section) -> None:
    low, high = section.text("low"), section.text("high")
    if standard.low >= standard.high:
        raise section.error(f"low cannot be {low}: nothing lies between it and high, {high}; write a smaller low", "low")
    if standard.low <= 0 and standard.high >= 1 and parts_of_a_whole(standard):
        raise section.error(f"every share lies between {low} and {high}: it could never be broken, write a narrower band", "low")


def _limit(standard: Standard, section: Section) -> None:
    key, limit = KEYS[standard.op], standard.limit
    written = section.text(key)
    if standard.op == ">=" and limit <= 0:
        raise section.error(f"{key} cannot be {written}: everything is, so it could never be broken; write a larger number", key)
    if standard.op == "<" and limit <= 0:
        problem = f"{key} cannot be {written}: nothing is, so it would always be broken; write at_most: 0 or a larger number"
        raise section.error(problem, key)
    if not parts_of_a_whole(standard):
        return
    if (standard.op == "<=" and limit >= 1) or (standard.op == "<" and limit > 1):
        problem = f"{key} cannot be {written}: no share is larger, so it could never be broken; write the share that is borne"
        raise section.error(problem, key)
    if (standard.op == ">" and limit >= 1) or (standard.op == ">=" and limit > 1):
        problem = f"{key} cannot be {written}: no share is that large, so it would always be broken; write a smaller one"
        raise section.error(problem, key)
