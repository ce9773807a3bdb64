"""Why a Kafka client could not do its work. It tries again and again, ends with a time-out, and tells the cause only to its log.

So that log is heard here instead of being written: what it comes to is said in one sentence by `stream.intake.kafka`.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

from aiokafka.errors import KafkaError as AiokafkaError
from kafka.errors import KafkaError


class Causes(logging.Handler):
    """A context in which the log of a client is silent and the errors in it are kept."""

    def __init__(self, client: str = "kafka") -> None:
        """Nothing is heard yet. `client`: the package, kafka (kafka-python) or aiokafka."""
        super().__init__(logging.WARNING)
        self.errors: list[Exception] = []
        self._log = logging.getLogger(client)
        self._propagated = self._log.propagate

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the errors that a line of the log is about."""
        if isinstance(record.args, tuple):
            self.errors += [part for part in record.args if isinstance(part, KafkaError | AiokafkaError)]

    def __enter__(self) -> Self:
        """Listen."""
        self._propagated = self._log.propagate
        self._log.addHandler(self)
        self._log.propagate = False
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let the log be as it was."""
        self._log.removeHandler(self)
        self._log.propagate = self._propagated
