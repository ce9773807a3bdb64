"""What every source has in common: its entry in the registry and what it makes of a line that it cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section
from stream.core.events import Event

Decode = Callable[[object], Event]
"""How one of our own events is read from its JSON object: `stream.wire.codec.from_json`, handed in by the intake."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is no event, and why.

    reason is one of `RejectedRecord.REASONS`; detail is a sentence for people and repeats no personal value; raw is the line
    as it came; line counts from 1; path is filled in by the intake.
    """

    reason: str
    detail: str
    raw: bytes
    line: int
    path: str = ""


CUSTOMER: Final = "customer"
"""A field that no event of the contract has: it does not get past the intake."""

Translation = Iterator[Event | Rejected]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source with its mapping read: ready to translate the lines of one file after another.

    personal: its events may name the customer, under `CUSTOMER`, as the source knows them. The intake makes a pseudonym of that.
    """

    translate: Callable[[Iterable[bytes]], Translation]
    zone: tzinfo | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One registry entry.

    prepare reads the mapping (None where none is given) and returns the translator; it refuses a mapping that is missing or
    not wanted.
    """

    name: str
    help: str
    prepare: Callable[[Section | None, Decode], Prepared]
