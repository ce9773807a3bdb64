"""The worker's own figures."""

from __future__ import annotations

from stream.sinks.figures import DELAY_BOUNDS, TopicFigures, WorkerFigures


def test_delays_are_counted_in_buckets() -> None:
    """A bound belongs to its bucket, what is above all bounds to the last, an event ahead of the clock to the first with 0."""
    figures = TopicFigures()
    figures.delay([-5, 10, 11, 4_000_000])
    expected = [2, 1, *[0] * (len(DELAY_BOUNDS) - 2), 1]
    assert (expected, 4_000_021) == (figures.delays, figures.delay_sum)


def test_a_topic_is_made_once_with_every_reason_at_zero() -> None:
    """The first reject of a reason must be an increase, so its series is there before."""
    worker = WorkerFigures()
    topic = worker.topic("agent-events")
    topic.reject("future", 2)
    assert worker.topic("agent-events") is topic
    assert {"undecodable": 0, "unknown_type": 0, "missing_field": 0, "bad_value": 0, "future": 2, "fold_failed": 0} == topic.rejected
