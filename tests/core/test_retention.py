"""What a centre declares of retention is how long its state holds who its customers are."""

from __future__ import annotations

import pytest

from stream.core.centre import Centre, Retention
from stream.core.events import order
from tests.core.histories import mark
from tests.core.pipeline import Pipeline
from tests.core.test_issues import call
from tests.core.timelines import at, events

DAY = 86_400_000


CASES = [
    ("issues", Retention(contacts=DAY), 1),
    ("customers", Retention(customers=9 * DAY), 9),
    ("issues", Retention(), 3),
]


@pytest.mark.parametrize(("name", "kept", "days"), CASES)
def test_state_holds_a_customer_as_long_as_declared(name: str, kept: Retention, days: int) -> None:
    """An hour before its end the pseudonym is there, an hour after it is not."""
    pipeline = Pipeline(Centre(retention=kept), ())
    pipeline.events(sorted(events(call("n1", "02", customer="somebody")), key=order))
    over = at("2026-03-02 09:30:00") + days * DAY
    held = []
    for time in (over - 3_600_000, over + 3_600_000):
        pipeline.events([mark(time)])
        pipeline.drain()
        held.append(any(b"somebody" in key + value for key, value in pipeline.tables[name, 0].items()))
    assert [True, False] == held
