"""The service level by when a contact was offered, was answered, or ended: worked out by hand, and held against the reconciliation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from stream.core.centre import Centre
from stream.core.declared import FORMULAS, Standard
from stream.core.events import Event, order
from stream.core.ledger import wanted_of
from stream.core.needs import lacking
from stream.core.stage import QUEUE_INTERVALS
from stream.core.wanted import Kept
from stream.reconcile.definitions import Definition, Group, moment, value
from stream.reconcile.outcomes import segments
from stream.replay.driver import replay
from stream.simulator.day import simulate
from stream.simulator.features import named
from tests.core.timelines import breaches, intervals, reading

BOTH = ("service_level_by_answer", "service_level_by_end")
KEPT = Centre(kept=Kept(also=BOTH))
STORY = """
    09:29:50 a offered billing/call
    09:30:05 a answered
    10:00:00 a ended
    09:20:00 b offered billing/call
    09:20:30 b answered
    09:40:00 b ended
    09:29:00 c offered billing/call
    09:30:15 c abandoned
    09:29:58 d offered billing/call
    09:30:01 d abandoned
    09:29:30 e offered billing/call
    09:30:10 e flowed_out
    09:29:55 f offered billing/call
    09:30:10 f callback_requested
    09:29:40 h offered billing/call
    09:30:20 h lost
    09:45:00 g offered billing/call
    09:45:10 g answered
    09:50:00 g transferred to_queue=sales
    10:00:30 g answered
    10:10:00 g ended
    10:20:00 x begun billing/call
"""
"""Within 20 s: a answered (15 s), b not (30 s), c abandoned after 75 s, d a short abandon of 3 s, e flowed out after 40 s, f to be called
back after 15 s, h lost after 40 s, g answered in 10 s and, after a transfer, in 630 s. Offered from 9 on but g: they left after half
past, a at ten."""


def by_formula(figures: dict[str, Any], measure: str) -> dict[str, tuple[int, int]]:
    """Numerator and denominator within 20 s by formula."""
    return {row["formula"]: (row["numerator"], row["denominator"]) for row in figures[measure] if row["within_seconds"] == 20}


BY_HAND = {
    # Offered in the half-hour: a b c d e f h | g, twice.
    ("09:00", "service_level"): ((1, 2), (1, 4), (1, 3), (1, 3), (1 + 1 + 1, 2 + 2 + 1 + 1 + 1), (1, 3 + 1), (1, 3)),
    ("09:30", "service_level"): ((1, 2), (1, 2), (1, 2), (1, 2), (1, 2), (1, 2), (1, 2)),
    # Left it: b | a c d e f g h | g.
    ("09:00", "service_level_by_answer"): ((0, 1),) * 7,
    ("09:30", "service_level_by_answer"): ((2, 2), (2, 4), (2, 3), (2, 3), (2 + 1 + 1, 2 + 2 + 1 + 1 + 1), (2, 3 + 1), (2, 3)),
    ("10:00", "service_level_by_answer"): ((0, 1),) * 7,
    # Ended: nobody | b g and who was not answered, c d e f h | a g.
    ("09:00", "service_level_by_end"): None,
    ("09:30", "service_level_by_end"): ((1, 2), (1, 4), (1, 3), (1, 3), (1 + 1 + 1, 2 + 2 + 1 + 1 + 1), (1, 3 + 1), (1, 3)),
    ("10:00", "service_level_by_end"): ((1, 2),) * 7,
}
"""In the order of FORMULAS: answered, strict, no_short, no_abandon_in_target, removed, with_flow_out, live."""


@pytest.mark.parametrize(("half_hour", "measure"), list(BY_HAND))
def test_every_formula_by_hand(half_hour: str, measure: str) -> None:
    """The same contacts, in the half-hours in which they were offered, left, or ended."""
    found = intervals(STORY, everything=True, until="10:30:00", centre=KEPT)[half_hour]
    expected = BY_HAND[half_hour, measure]
    assert dict(zip(FORMULAS, expected or ((0, 0),) * 7, strict=True)) == by_formula(found, measure)


def test_who_still_waits_counts_where_it_is_now() -> None:
    """Under `live` whoever waits too long is in the window that goes on, whenever it was offered."""
    waiting = "09:29:00 a offered billing/call\n09:31:00 b begun billing/call"
    found = reading(waiting, window="30m", until="09:31:00", centre=KEPT)
    assert {"service_level": (0, 0), "service_level_by_answer": (0, 1), "service_level_by_end": (0, 1)} == {
        measure: by_formula(found, measure)["live"] for measure in ("service_level", *BOTH)
    }


def test_a_letter_ends_with_its_conversation_or_where_it_waits_again() -> None:
    """The first was answered at 09:10 and over when the customer wrote again at 09:35; the second with the end at 10:05."""
    story = """
        09:00:00 a message customer service/email
        09:10:00 a message agent
        09:35:00 a message customer
        09:45:00 a message agent
        10:05:00 a ended
    """
    found = intervals(story, everything=True, until="10:30:00", centre=KEPT)
    rows = {half: [by_formula(figures, measure)["answered"][1] for measure in BOTH] for half, figures in found.items()}
    assert {"09:00": [1, 0], "09:30": [1, 1], "10:00": [0, 1]} == rows


def test_nobody_pays_who_does_not_ask() -> None:
    """Readings do not have it, and the facts are not sent; a report standard is enough for both."""
    assert set(BOTH).isdisjoint(reading(STORY))
    assert "answered@left" not in wanted_of(Centre(), ()).kinds
    asked = wanted_of(Centre(), (REPORT,)).kinds
    assert ("answered@left" in asked, "answered@ended" in asked, "answered" in asked) == (True, False, True)
    assert ["the threshold 30 s", "the measure service_level_by_answer"] == lacking(Centre(), (), (REPORT,))[:2]


REPORT = Standard(
    name="by-answer",
    title="",
    form="ratio",
    measure="service_level_by_answer[strict,30]",
    op=">=",
    limit=0.7,
    calendar="half_hour",
    unit="share",
    per=(),
    confidence=0.5,
)


def test_a_standard_is_judged_by_the_attribution_that_it_names() -> None:
    """Of those that left in the half-hour from 09:30 two of four were answered in time; of those offered before, b was."""
    assert [("resolved", "09:30:00", "10:00:00", 0.5), ("resolved", "10:00:00", "10:30:00", 0.0)] == breaches(
        STORY, REPORT, until="10:30:00"
    )


@pytest.fixture(scope="module")
def busy() -> tuple[Centre, Sequence[Event]]:
    """A simulated day with transfers, requeues, callbacks and letters."""
    simulation = simulate(Centre(), scale=0.2, features=named("transfers,requeues,flow-outs,callbacks,short-abandons,outages"))
    return Centre(kept=Kept(measures=BOTH)), sorted(simulation.events, key=order)


@pytest.mark.parametrize(("measure", "attribution"), list(zip(BOTH, ("answered", "ended"), strict=True)))
def test_it_is_what_reconcile_finds(busy: tuple[Centre, Sequence[Event]], measure: str, attribution: str) -> None:
    """Code that counts contact by contact gives the same for every half-hour and formula of a simulated day of calls."""
    centre, events = busy
    found = replay(events, centre, ()).of(QUEUE_INTERVALS)
    halves = {key.rpartition("|")[2]: record for key, record in found.items() if key.startswith("channel=call|30m|")}
    outcomes = segments(events, centre, ("call",))
    assert halves
    for record in halves.values():
        begin, end = (_ms(record["window"][edge]) for edge in ("start", "end"))
        members = [one for one in outcomes if (at := moment(one, attribution)) is not None and begin <= at < end]
        for formula, pair in by_formula(record["measures"], measure).items():
            definition = Definition(figure="service_level", formula=formula, attribution=attribution, short=centre.short_abandon)
            assert value(definition, Group(members), 20_000) == pair, (record["window"], formula)


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
