"""For how long a source may be silent: what is usual, what is declared, and what is said of a source that is not there."""

from __future__ import annotations

import pytest

from stream.errors import WrongUse
from stream.intake.outlet import SourceFigures
from stream.intake.running import INTAKES
from stream.intake.silence import Silence, usual
from stream.intake.webhooks.vendors import VENDORS
from stream.sources import SOURCES

MINUTES, HOURS = 60_000, 3_600_000


def test_telephones_are_missed_soon_and_what_is_written_in_hours() -> None:
    """Whatever an intake can listen to has its usual time; what nobody here knows is taken for a telephone."""
    listened = {*INTAKES, *VENDORS, *(name for name, source in SOURCES.items() if source.grows), "somebody-elses"}
    assert {
        "chatwoot",
        "database",
        "imap",
        "intercom",
        "kafka",
        "webhooks",
        "zammad",
        "zendesk",
    } == {name for name in listened if usual(name) == 4 * HOURS}
    assert {30 * MINUTES, 4 * HOURS} == {usual(name) for name in listened}


def settled(silence: Silence, figures: SourceFigures) -> tuple[int | None, frozenset[str]]:
    """What is said of a source."""
    silence.settle(figures)
    return figures.silent_after, figures.channels


def test_what_is_declared_of_one_comes_before_what_is_declared_of_all() -> None:
    """Then what the intake knows of it, then what is usual; a mailbox is of e-mail before it tells anything."""
    silence = Silence(("8h", "second-desk=45m", "quiet=0s"))
    assert (45 * MINUTES, frozenset()) == settled(silence, SourceFigures("second-desk", silent_after=4 * HOURS))
    assert (0, frozenset()) == settled(silence, SourceFigures("quiet"))
    assert (8 * HOURS, frozenset({"email"})) == settled(silence, SourceFigures("imap/billing"))
    assert (4 * HOURS, frozenset()) == settled(Silence(()), SourceFigures("second-desk", silent_after=4 * HOURS))
    assert (0, frozenset()) == settled(Silence(()), SourceFigures("chatwoot-api", silent_after=0))
    assert (30 * MINUTES, frozenset()) == settled(Silence(()), SourceFigures("asterisk-ami"))


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("soon", "--silent-after cannot be soon: "),
        ("imap/billing=90", "--silent-after cannot be imap/billing=90: write it with its unit, for example 90s or 90m."),
        ("imap/sales=1h", "--silent-after names imap/sales, and here are imap, imap/billing: write one of these, or none."),
    ],
)
def test_what_means_nothing_is_refused(declared: str, said: str) -> None:
    """A misspelt name would leave the source with a time that nobody chose."""
    with pytest.raises(WrongUse) as refused:
        Silence([declared]).known([SourceFigures("imap"), SourceFigures("imap/billing")])
    assert str(refused.value).startswith(said)
