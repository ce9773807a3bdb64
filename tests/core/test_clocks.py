"""Clocks between two named moments of an issue, and the clock of its resolution, which stops while the customer is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.business import elapsed
from stream.core.centre import Centre, NamedClock, Queue
from stream.core.declared import Standard
from stream.core.schedule import Schedule
from stream.core.stage import STANDARD_BREACHES
from tests.core.timelines import at, breaches, played, reading

OFFICE = Schedule(ZoneInfo("UTC"), ((((9 * 60), (17 * 60)),),) * 5 + ((), ()), always=False)
CENTRE = Centre(
    queues={"orders": Queue("orders", ("email",), "office")},
    hours={"office": OFFICE},
    clocks={
        "parcel": NamedClock("order_placed", "parcel_delivered", 3 * 86_400_000),
        "answer": NamedClock("issue.opened", "issue.resolved", 4 * 3_600_000, "office"),
    },
)
PARCELS = """
    2026-03-02T09:00:00 milestone i1 reached milestone=order_placed
    2026-03-02T10:00:00 milestone i2 reached milestone=order_placed
    2026-03-02T11:00:00 milestone i3 reached milestone=order_placed
    2026-03-04T09:00:00 milestone i1 reached milestone=parcel_delivered
    2026-03-05T10:00:00 milestone i2 reached milestone=parcel_delivered
    2026-03-05T12:00:00 milestone i3 reached milestone=parcel_delivered
    2026-03-06T09:00:00 milestone i4 reached milestone=order_placed
"""


def clock(measure: str, within: int, **fields: Any) -> Standard:
    """A standard of the form clock."""
    return Standard(
        name="promise", title="promise", form="clock", measure=measure, within=within, per=(), hours="always", grace=0, **fields
    )


def test_a_declared_clock_is_counted_when_it_began() -> None:
    """Two days, three days to the second (in time), three days and an hour, and one on its way."""
    (row,) = reading(PARCELS, centre=CENTRE)["clocks"]
    hours = 48 + 72 + 73
    assert {"clock": "parcel", "begun": 4, "mean_seconds": hours * 3600 / 3, "numerator": 2, "denominator": 3, "ratio": 2 / 3} == row


def test_it_breaks_at_its_deadline_and_ends_with_its_end() -> None:
    """Of each issue by itself: the one that was an hour late, from the third day on, and nobody else."""
    found = played(PARCELS, (clock("clock:parcel", 3 * 86_400_000),), centre=CENTRE).of(STANDARD_BREACHES).values()
    assert [("i3", "2026-03-05T11:00:00.000Z", "2026-03-05T12:00:00.000Z")] == [
        (one["contact_id"], one["started_at"], one["ended_at"]) for one in found
    ]


def test_hours_of_a_clock_are_its_own() -> None:
    """Opened an hour before closing, resolved three open hours later, the next morning: four hours, in time."""
    story = "16:00:00 issue i1 opened orders/email\n2026-03-03T12:00:00 issue i1 resolved"
    (row,) = reading(story, centre=CENTRE)["clocks"]
    assert ("answer", 4 * 3600.0, 1, 1) == (row["clock"], row["mean_seconds"], row["numerator"], row["denominator"])


def test_a_beginning_without_an_end_and_an_end_without_a_beginning() -> None:
    """The one runs, the other is none; an end before its beginning is not its end."""
    story = """
        09:00:00 milestone i1 reached milestone=parcel_delivered
        09:30:00 milestone i2 reached milestone=parcel_delivered
        10:00:00 milestone i2 reached milestone=order_placed
    """
    (row,) = reading(story, centre=CENTRE)["clocks"]
    assert (1, None, 0) == (row["begun"], row["mean_seconds"], row["denominator"])


PAUSED = """
    09:00:00 issue i1 opened orders/email
    10:00:00 issue i1 status_changed pending
    15:00:00 issue i1 status_changed open
    17:30:00 issue i1 resolved
"""


@pytest.mark.parametrize(
    ("within", "expected"),
    [(3 * 3_600_000, [("resolved", "17:00:00", "17:30:00", 10_800.0)]), (4 * 3_600_000, [])],
)
def test_the_clock_of_a_resolution_stops_while_the_customer_is_asked(within: int, expected: list[Any]) -> None:
    """One hour of work before the question, and two after the answer: it breaks three hours at 17:00, and four never."""
    assert expected == breaches(PAUSED, clock("resolution", within), centre=replace(CENTRE, queues={}))


def test_who_is_asked_is_in_no_breach() -> None:
    """Pending at the end: the clock stands at one hour, however long it takes."""
    story = "09:00:00 issue i1 opened orders/email\n10:00:00 issue i1 status_changed pending\n2026-03-09T09:00:00 a begun channel=call"
    assert [] == breaches(story, clock("resolution", 2 * 3_600_000), centre=replace(CENTRE, queues={}))


@given(st.integers(at("09:00:00") - 9 * 86_400_000, at("09:00:00")), st.integers(1, 40 * 3_600_000))
def test_before_is_the_latest_moment_since_which_so_much_was_open(moment: int, spent: int) -> None:
    """A millisecond later it is less."""
    since = OFFICE.before(moment, spent)
    assert (spent, True) == (elapsed(OFFICE, since, (), moment), elapsed(OFFICE, since + 1, (), moment) < spent)
