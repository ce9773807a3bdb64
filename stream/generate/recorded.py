"""Recorded series: what a worker shows, without the worker, so that it goes on where a partition moves to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from stream.sinks.families import Family

MOVING: Final = "instance, pod"
"""The labels of the worker: a series keeps its meaning when its partition moves to another one, so rules drop them."""


def restored(family: Family, series: str) -> dict[str, Any]:
    """Make the rule that records a series."""
    return {"record": recorded(family, series), "expr": f"max without ({MOVING}) ({series})"}


def recorded(family: Family, series: str) -> str:
    """Name the recorded maximum of a series: level, metric, operation."""
    return f"{'_'.join(family.labels)}:{series}:max"
