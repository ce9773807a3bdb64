"""The laws of the core for what is kept only on request and for groups that become known late: figures are a function of the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream.core.declared import Standard
from stream.core.events import Event
from stream.core.wanted import Kept
from stream.replay.driver import replay
from tests.core.histories import CENTRE, MINUTE, SECOND, end_of, histories
from tests.core.pipeline import comparable
from tests.core.playing import Way, play
from tests.core.test_laws import assert_conserved, assert_settled, lawful, partitions, seeds

GROUPED = replace(
    CENTRE,
    groups=("vip", "gold"),
    kept=Kept(also=("service_level_by_answer", "service_level_by_end"), windows=frozenset({"30m"}), dimensions=frozenset({(), ("group",)})),
)


def _standard(name: str, form: str, measure: str, **fields: Any) -> Standard:
    plain = {"grace": 0, "hours": "always", "window": 15 * MINUTE, "objective": 0.8, "per": ("group",)}
    return Standard(name=name, title=name, form=form, measure=measure, **{**plain, **fields})


ASKED = (
    _standard("longest", "level", "longest_wait", limit=20),
    _standard("waiting", "level", "waiting", limit=0, per=("group", "queue")),
    _standard("share", "percentage", "service_level", within=20 * SECOND),
    _standard("clock", "clock", "wait", within=20 * SECOND),
    _standard("first", "percentage", "first_response", within=20 * SECOND),
    _standard("rings", "percentage", "ringing", within=18 * SECOND),
    _standard("receipts", "percentage", "acknowledgement", within=20 * SECOND),
    _standard("receipt", "clock", "acknowledgement", within=20 * SECOND, per=()),
    _standard("by-answer", "ratio", "service_level_by_answer[removed,20]", op=">=", limit=0.8, calendar="half_hour", unit="share"),
)


def truth(history: Sequence[Event]) -> dict[str, dict[str, Any]]:
    """The final figures of a history that is replayed in one piece."""
    return comparable(replay(history, GROUPED, ASKED, until=end_of(history)))


@lawful
@given(histories(groups=True), seeds, partitions)
def test_order_duplicates_and_restarts_do_not_matter(history: list[Event], seed: int, number: int) -> None:
    """Live is replay, whatever comes when, twice, and with partitions that are made anew of their tables."""
    way = Way(seed, number, shuffled=True, doubled=0.2, restarts=20)
    assert truth(history) == play(history, way, assert_conserved, GROUPED, ASKED).figures()


@lawful
@given(histories(groups=True), seeds, partitions, st.booleans())
def test_the_wall_clock_ends_where_replay_ends(history: list[Event], seed: int, number: int, restarted: bool) -> None:  # noqa: FBT001 - drawn
    """What was said provisionally of a group is confirmed, mended or withdrawn."""
    pipeline = play(history, Way(seed, number, played=False, shuffled=True, restarts=20 * restarted), None, GROUPED, ASKED)
    assert truth(history) == pipeline.figures()
    assert_settled(pipeline)
