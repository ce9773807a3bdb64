"""While a broker is away, the log stays readable."""

from __future__ import annotations

import logging

from stream.live.outage import SILENCE, OncePerMatter


def test_a_matter_is_told_once_and_later_again() -> None:
    """By wording, not by node; each wording has its own time, and our own lines are all written."""
    now = 0.0
    once = OncePerMatter(lambda: now)

    def written(name: str, text: str, *about: object) -> bool:
        return once.filter(logging.LogRecord(name, logging.ERROR, "", 0, text, about, None))

    connect = [written("aiokafka", "Unable connect to node with id %s", node) for node in (1, 2, 1)]
    assert [True, False, False] == connect
    assert written("aiokafka.consumer.fetcher", "Failed fetch messages from %s", 1)
    assert [True, True] == [written("stream.live.partition", "partition %d ends here", number) for number in (1, 2)]
    now = SILENCE
    assert [True, False] == [written("aiokafka", "Unable connect to node with id %s", node) for node in (1, 2)]
