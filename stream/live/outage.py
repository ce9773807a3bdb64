"""One line per matter in the log, instead of hundreds a second: each Kafka client, and each partition, says the same over and over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Final

SILENCE: Final = 30.0
"""Seconds in which a line of the same wording is not written again."""

TALKATIVE: Final = ("aiokafka", "stream.live.follower", "stream.live.lead")


class OncePerMatter(logging.Filter):
    """For a handler: lets a line of those loggers through once in a while, whatever node or topic it names; others always."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Nothing was said yet."""
        super().__init__()
        self._now = now
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written."""
        if not record.name.startswith(TALKATIVE):
            return True
        matter = (record.name, str(record.msg))
        now = self._now()
        if now - self._said.get(matter, float("-inf")) < SILENCE:
            return False
        self._said[matter] = now
        return True
