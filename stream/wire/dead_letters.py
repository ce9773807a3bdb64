"""Dead letters: why a record can never be processed, and where it lies. Its bytes only on request: they may be personal."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final

import orjson

from stream.errors import RejectedRecord
from stream.wire.times import format_time

DEAD_LETTERS: Final = "dead-letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


def dead_letter(rejected: RejectedRecord, origin: Origin, at: int, value: bytes | None, *, keep_bytes: bool) -> tuple[bytes, bytes]:
    """Key and value of the record for dead-letters; `at` (ms) is when it is set aside. Headers are never kept."""
    record: dict[str, Any] = {
        "reason": rejected.reason,
        "detail": rejected.detail,
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "at": format_time(at),
    }
    if keep_bytes:
        record["value"] = None if value is None else b64encode(value).decode()
    return f"{origin.topic}/{origin.partition}".encode(), orjson.dumps(record)
