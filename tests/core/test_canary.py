"""The synthetic contact: it comes through, and no figure of the centre knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from stream.core.events import Event
from stream.core.ledger import Ledger
from stream.core.scopes import CANARY
from stream.core.stage import Output
from stream.core.wanted import Kept
from stream.errors import DeclarationError
from stream.intake.canary import contact
from stream.sinks.figures import WorkerFigures
from stream.sinks.prometheus import Collector

BEGIN = 1_772_440_000_000
CENTRE = Centre(queues={"billing": Queue("billing", ("call",), team="north", tier="1")})
STANDARDS = (
    Standard(name="calls", title="Calls", form="percentage", measure="service_level", objective=0.9, within=20_000),
    Standard(name="length", title="Length", form="level", measure="waiting", limit=0.0, per=()),
    Standard(name="wait", title="Wait", form="clock", measure="wait", within=1_000, per=("channel",)),
    Standard(name="solved", title="Solved", form="clock", measure="resolution", within=1_000, per=()),
)


def call(number: int) -> list[Event]:
    """A call of a customer, answered after half a minute."""
    name, at = f"c{number}", BEGIN + number * 40_000
    data = {"contact_id": name, "queue": "billing", "channel": "call", "customer_ref": "k1"}
    kinds = (("contact.offered", 0), ("contact.answered", 30_000), ("contact.ended", 90_000))
    return [Event(at + later, kind, name, f"s|{name}-{kind}", dict(data)) for kind, later in kinds]


def folded(events: Sequence[Event]) -> tuple[Ledger, list[Output]]:
    """The ledger after these events, and everything that it told."""
    ledger = Ledger(CENTRE, STANDARDS)
    ordered = sorted(events, key=lambda event: event.time)
    told = list(ledger.fold(ordered, BEGIN + 1_000_000))
    told += ledger.fold((), BEGIN + 3_600_000, final=True)
    return ledger, told


def page(ledger: Ledger) -> list[str]:
    """The metrics page of what it knows."""
    return Collector(lambda: [ledger.scopes.snapshot()], WorkerFigures()).render().decode().splitlines()


CALLS = [event for number in range(5) for event in call(number)]
CANARIES = [event for minute in range(6) for event in contact(BEGIN + minute * 60_000)]


def test_no_figure_of_the_centre_changes() -> None:
    """Records, readings, verdicts and the whole metrics page are the same with and without synthetic contacts."""
    without, told_without = folded(CALLS)
    found, told = folded([*CALLS, *CANARIES])
    assert told_without == told
    kept = [line for line in page(found) if "cc_canary" not in line and not line.startswith(("process_", "# "))]
    assert [line for line in page(without) if not line.startswith(("process_", "# "))] == kept


def test_the_newest_that_came_through_is_shown() -> None:
    """Whatever the order in which they come; before the first one nothing is shown."""
    assert not [line for line in page(folded(CALLS)[0]) if "cc_canary" in line]
    found, _ = folded(CANARIES)
    assert f"cc_canary_timestamp_seconds {(BEGIN + 300_000) / 1000}" in page(found)


def test_it_comes_through_whatever_the_centre_keeps() -> None:
    """A centre that keeps one measure only is watched as well."""
    centre = replace(CENTRE, kept=Kept(measures=("offered",)))
    ledger = Ledger(centre, ())
    ledger.fold(CANARIES, BEGIN + 1_000_000)
    assert BEGIN + 300_000 == ledger.scopes.snapshot().canary


def test_it_is_remembered_over_a_restart() -> None:
    """A worker that takes the partition over shows it from its committed state."""
    found, _ = folded(CANARIES)
    entries = {key: value for key, value in found.scopes.changes() if value is not None}
    other = Ledger(CENTRE, STANDARDS)
    other.scopes.restore(entries)
    assert BEGIN + 300_000 == other.scopes.snapshot().canary


def test_no_queue_may_have_its_name(tmp_path: Path) -> None:
    """A real queue of that name would vanish."""
    path = tmp_path / "centre.yaml"
    path.write_text(f"version: 1\nname: C\ntime_zone: UTC\nqueues:\n  {CANARY}: {{channels: [call]}}\n")
    with pytest.raises(DeclarationError, match="synthetic contacts wait there"):
        read_centre(path)
