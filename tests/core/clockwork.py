"""A pipeline of one partition on the wall clock, told stories and given the time."""

from __future__ import annotations

from stream.core.centre import Centre
from stream.core.declared import Standard
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, events


def wall(*standards: Standard) -> Pipeline:
    """One partition of everything on the wall clock, with a lateness of a minute."""
    return Pipeline(Centre(), standards, played=False)


def happen(pipeline: Pipeline, story: str) -> None:
    """Events come in."""
    pipeline.events(events(story))
    pipeline.drain()


def now(pipeline: Pipeline, clock: str) -> None:
    """The clock says so, everywhere."""
    for name in pipeline.nodes[:-1]:
        pipeline.tick(name, 0, at(clock))
    pipeline.drain()
    pipeline.tick("scopes", 0, at(clock))
