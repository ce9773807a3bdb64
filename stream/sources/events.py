"""The source `events`: our own CloudEvents as JSON lines, one structured event per line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

import orjson

from stream.config.yaml import Section
from stream.errors import RejectedRecord
from stream.sources.records import Decode, Prepared, Rejected, Translation

NAME: Final = "events"
HELP: Final = "our own CloudEvents, one JSON object per line"


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; this source has no mapping."""
    del zone
    if mapping is not None:
        raise mapping.error(f"the source {NAME} takes no mapping: leave --mapping out")
    return Prepared(lambda lines: translate(lines, decode))


def translate(lines: Iterable[bytes], decode: Decode) -> Translation:
    """Turn JSON lines into events; empty lines are skipped."""
    loads = orjson.loads
    for number, line in enumerate(lines, start=1):
        try:
            yield decode(loads(line))
        except json.JSONDecodeError:
            if line.strip():
                yield Rejected("undecodable", "the line is not a JSON object", line, number)
        except RejectedRecord as refused:
            yield Rejected(refused.reason, refused.detail, line, number)
