"""The broker-less driver: chunks, the moment of the report, and what it keeps."""

from __future__ import annotations

import gc
from pathlib import Path

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.ledger import Ledger
from stream.intake.collector import uncollected
from stream.replay.driver import replay
from stream.replay.report import report
from stream.simulator.day import simulate
from tests.core.timelines import at, events, played, told

DEPLOY = Path(__file__).parents[2] / "deploy"
STORY = """
    09:00:00 anna offered billing/call
    09:10:00 anna answered
    09:10:00 bert offered billing/call
    09:20:00 bert abandoned
"""


def test_it_ends_with_its_last_event() -> None:
    """Unless another moment is asked for."""
    assert at("09:20:00") == played(STORY).as_of
    assert at("12:00:00") == played(STORY, until="12:00:00").as_of


def test_until_is_the_past_as_it_was() -> None:
    """Who was answered later waits still; events of that very moment count."""
    assert (1, 300.0) == tuple(told(STORY, until="09:05:00")[name] for name in ("waiting", "longest_wait_seconds"))
    found = told(STORY, until="09:10:00")
    assert (1, 1, 2) == (found["answered"], found["waiting"], found["offered"])


def test_the_size_of_chunks_does_not_matter() -> None:
    """One event at a time, or all at once."""
    whole = report(replay(events(STORY), Centre(), ()), "30m")
    for size in (1, 2, 3):
        assert whole == report(replay(events(STORY), Centre(), (), chunk_size=size), "30m")


def test_nothing_to_replay() -> None:
    """No moment, no figures."""
    figures = replay((), Centre(), ())
    assert (None, {}, 0) == (figures.as_of, figures.topics, figures.events)


def test_folding_makes_no_cycles() -> None:
    """Replay rests the collector, so nothing that the fold drops may need it."""
    centre = read_centre(DEPLOY / "centre.yaml")
    standards = read_standards(DEPLOY / "standards.yaml", centre)
    day = list(simulate(centre, scale=0.2).events)
    ledger, left = Ledger(centre, standards), []
    gc.collect()
    with uncollected():
        for start in range(0, len(day), 2_000):
            chunk = day[start : start + 2_000]
            ledger.fold(chunk, chunk[-1].time - 1)
            left.append(gc.collect())
    assert 100 > max(left)
