"""One line per matter in the log, instead of hundreds a second: each Kafka client, and each partition, says the same over and over.

And none, while a worker begins, of what passes by itself or is said better.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Final

SILENCE: Final = 30.0
"""Seconds in which a line of the same wording is not written again."""

BEGINNING: Final = 30.0
"""Seconds in which a worker begins; what does not pass within them is written."""

BOOTSTRAP: Final = 'Unable connect to "'
"""How the line of a first connection begins; of later ones it is another."""

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


class Beginning(logging.Filter):
    """For a handler: while a worker begins, keeps back what is said again, and better, or passes by itself; lets all else through."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """The worker begins now."""
        super().__init__()
        self._now = now
        self._until = now() + BEGINNING

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written."""
        return not (_passes(record) and self._now() < self._until)


def _passes(record: logging.LogRecord) -> bool:
    """Whether a line of aiokafka's is one of the two that alarm whoever starts a worker for the first time."""
    cause = str(record.args[-1]) if isinstance(record.args, tuple) and record.args else ""
    if record.name == "aiokafka":
        # Nobody listens: the command ends with a sentence that says so. Another cause, such as a certificate, stands only here.
        return str(record.msg).startswith(BOOTSTRAP) and "Connect call failed" in cause
    # The broker makes the topic of its groups when the first group comes, and the client asks again.
    return record.name == "aiokafka.consumer.group_coordinator" and "GroupCoordinatorNotAvailableError" in cause
