"""What every source has in common: its entry in the registry and what it makes of a line that it cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Final, Protocol

from stream.config.yaml import Section
from stream.core.events import Event

if TYPE_CHECKING:
    from stream.sources.logged import LoggedTable

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


@dataclass(frozen=True, slots=True)
class Unknown:
    """A whole line about something that the source does not know and need not know; `word` is what the line calls it."""

    word: str


CUSTOMER: Final = "customer"
"""A field that no event of the contract has: it does not get past the intake."""

Translation = Iterator[Event | Rejected]
Lines = Iterator[Event | Rejected | Unknown]
"""What a log's lines become where some are about things that the source need not know."""


class Following(Protocol):
    """The translator of a log that goes on; `stream.intake.follow` feeds it."""

    def begin(self) -> None:
        """The next line is the first one of another file."""

    def feed(self, raw: bytes) -> list[Event | Rejected | Unknown]:
        """What one whole line tells. Never raises."""

    def save(self) -> list[Any]:
        """What has to be kept to go on after the last line, as values that JSON holds."""

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source with its mapping read: ready to translate the lines of one file after another.

    personal: its events may name the customer, under `CUSTOMER`, as the source knows them. The intake makes a pseudonym of that.
    zone: that of the mapping. fold: where a line by itself says too little, `translate` gives lines as events, and this makes the
    events of them once those of all files are in order. following: a translator for a log that goes on, where the source has one.
    maildirs: a maildir may be named instead of the mails in it. header: the first line of each file names its columns, and is no line
    that could have been an event. nothing: what it means where files have no event, and what to do then. table: where the mapping
    names one, the table whose rows are the lines that `following` is fed.
    """

    translate: Callable[[Iterable[bytes]], Lines]
    zone: tzinfo | None = None
    personal: bool = False
    fold: Callable[[Iterable[Event]], Iterable[Event]] | None = None
    following: Callable[[], Following] | None = None
    maildirs: bool = False
    header: bool = False
    nothing: str = ""
    table: LoggedTable | None = None


class Prepare(Protocol):
    """How a source is made ready."""

    def __call__(self, mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
        """Read the mapping; `zone` is the centre's, for sources whose times are local and whose mapping names none."""


@dataclass(frozen=True, slots=True)
class Source:
    """One registry entry.

    prepare reads the mapping (None where none is given) and returns the translator; it refuses a mapping that is missing or
    not wanted. grows: whether its translator can follow a file that grows.
    """

    name: str
    help: str
    prepare: Prepare
    grows: bool = True
