"""For how long a source may be silent while queues are open, before an alert says so.

Telephones ring all day; mails, tickets and tables may rest for hours. `answerable listen --silent-after` says otherwise, of all sources
of an intake or of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.config.quantities import read_duration
from stream.errors import WrongUse
from stream.intake.outlet import SourceFigures
from stream.sources import chatwoot, email, imap, intercom, zammad, zendesk
from stream.sources.database import NAME as DATABASE
from stream.sources.topic.translator import NAME as KAFKA

USUAL: Final = 30 * 60_000
"""How long (ms) a source may be silent of which nothing else is said."""
HOURS: Final = 4 * 3_600_000
WRITTEN: Final = frozenset({imap.NAME, email.NAME, chatwoot.NAME, intercom.NAME, zammad.NAME, zendesk.NAME, DATABASE, KAFKA, "webhooks"})
"""Sources of what is written, of what is looked for now and then, and of which nobody here knows how much comes."""
CHANNELS: Final = {imap.NAME: frozenset({"email"})}
"""Sources that are of certain channels whatever they have told since they began."""


def usual(source: str) -> int:
    """How long (ms) a source of this name may be silent; that of a mailbox is the intake's and its own."""
    return HOURS if _intake(source) in WRITTEN else USUAL


class Silence:
    """What is declared of the sources of one intake."""

    def __init__(self, declared: Iterable[str]) -> None:
        """Read it: "4h" of all, "zendesk=6h" of one, "0s" of one whose silence says nothing. Raises WrongUse."""
        self._all: int | None = None
        self._of: dict[str, int] = {}
        for text in declared:
            source, equals, length = text.rpartition("=")
            try:
                found = read_duration(length)
            except ValueError as wrong:
                raise WrongUse(f"--silent-after cannot be {text}: {wrong}.") from None
            if equals:
                self._of[source] = found
            else:
                self._all = found

    def settle(self, figures: SourceFigures) -> None:
        """Say of one source how long it may be silent; what its intake has said of it holds where nothing is declared."""
        said = self._of.get(figures.source, self._all)
        if said is None:
            said = usual(figures.source) if figures.silent_after is None else figures.silent_after
        figures.silent_after = said
        figures.channels |= CHANNELS.get(_intake(figures.source), frozenset())

    def known(self, sources: Iterable[SourceFigures]) -> None:
        """Raise WrongUse where something is declared of a source that is not among these."""
        names = {one.source for one in sources}
        if unknown := sorted(self._of.keys() - names):
            raise WrongUse(f"--silent-after names {unknown[0]}, and here are {', '.join(sorted(names))}: write one of these, or none.")


def _intake(source: str) -> str:
    return source.partition("/")[0]
