"""Back-pressure between partitions: nobody reads far ahead of the slowest source, and nobody waits for one that stands still."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.watermark import NOTHING
from stream.live.lead import NEAR, PATIENCE, Lead


def test_what_the_slowest_source_has_not_reached_counts() -> None:
    """Of three batches the slowest source has reached one: the other two wait. It comes closer, and there is room again."""
    lead = Lead(25)
    for until in (1_000, 2_000, 3_000):
        lead.read(10, until)
    assert lead.is_too_long(0, 0.0)
    assert not lead.is_too_long(1_000, 1.0)  # 20 wait
    lead.read(10, 4_000)
    assert lead.is_too_long(1_999, 2.0)
    assert not lead.is_too_long(2_000, 3.0)


def test_events_between_two_marks_count_at_the_second() -> None:
    """Where only marks move the time, who was not read on before the next one would wait for itself."""
    lead = Lead(25)
    lead.read(10, 1_000)
    lead.read(30, 1_000)
    assert not lead.is_too_long(999, 0.0)
    lead.read(1, 2_000)
    assert lead.is_too_long(1_000, 1.0)
    assert not lead.is_too_long(2_000, 2.0)


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(1, 50), st.integers(0, 3)), min_size=1), st.booleans())
def test_the_slowest_source_is_never_waited_for_by_itself(most: int, steps: list[tuple[int, int]], restored: bool) -> None:  # noqa: FBT001
    """However few may wait: once all that it told is reached, it is read on."""
    lead, until = Lead(most), 0
    if restored:
        lead.resume(until)
    for now, (count, onward) in enumerate(steps):
        until += onward
        lead.read(count, until)
        assert not lead.is_too_long(until, float(now))


def test_nobody_waits_for_a_source_that_stands_still(caplog: pytest.LogCaptureFixture) -> None:
    """A partition without a worker must not stop the others from showing the present; when it moves on it is waited for again."""
    lead = Lead(5)
    lead.read(10, 1_000)
    assert lead.is_too_long(10, 100.0)
    assert lead.is_too_long(10, 100.0 + PATIENCE - 0.001)
    assert not lead.is_too_long(10, 100.0 + PATIENCE)
    assert not lead.is_too_long(10, 200.0 + PATIENCE)
    assert ["the slowest partition has not moved for 60 s: the others go on, and what they tell waits in memory"] == caplog.messages
    assert lead.is_too_long(11, 100.0 + PATIENCE + 1)


def test_before_anything_is_known_of_the_others_nobody_waits() -> None:
    """When a worker begins, the scopes have heard of nobody."""
    lead = Lead(0)
    lead.read(10, 1_000)
    assert not lead.is_too_long(NOTHING, 0.0)


def test_no_assignment_adds_a_share_to_what_waits() -> None:
    """A slow source, and a worker that is started again and again: what waits in the restored state is no room for more."""
    read, until, slowest = 0, 0, 1
    for _ in range(5):
        lead = Lead(1_000)
        if read:
            lead.resume(until)
        while not lead.is_too_long(slowest, 0.0):
            read, until = read + 100, until + 10_000
            lead.read(100, until)
    assert (1_000, 100_000) == (read, until)
    assert lead.is_too_long(until - NEAR - 1, 1.0)
    assert not lead.is_too_long(until - NEAR, 2.0)


def test_after_a_restart_who_is_near_does_not_wait() -> None:
    """Partitions that were a moment apart when the workers were stopped go on at once, and from then on by what they read."""
    lead = Lead(25)
    lead.resume(100_000)
    assert not lead.is_too_long(100_000 - NEAR, 0.0)
    lead.read(25, 101_000)
    assert lead.is_too_long(100_999, 1.0)
    assert not lead.is_too_long(101_000, 2.0)


def test_before_anything_is_known_of_the_others_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """A worker that has just begun cannot know of anybody who has not moved for a minute."""
    lead = Lead(25)
    lead.resume(100_000)
    assert not lead.is_too_long(NOTHING, 0.0)
    assert [] == caplog.messages


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 20), st.integers(0, 30))), st.integers(0, 100))
def test_it_is_what_was_read_less_what_is_reached(steps: list[tuple[int, int, int]], most: int) -> None:
    """Against a count of every event by itself."""
    lead, until, reached = Lead(most), 0, 0
    unreached: list[int | None] = []
    for number, (count, onward, closer) in enumerate(steps):
        until += onward
        unreached += [None] * count
        if onward or not number:
            unreached = [until if one is None else one for one in unreached]  # None: after the last moment that was told
        lead.read(count, until)
        lead.is_too_long(reached, 0.0)
        reached = min(until, reached + closer)
        waiting = sum(one is not None and one > reached for one in unreached)
        if reached:
            assert (waiting >= most) == lead.is_too_long(reached, 0.0)
