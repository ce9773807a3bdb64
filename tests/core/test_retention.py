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


def test_an_escalation_that_was_merged_waits_for_the_contacts_of_the_other_issue() -> None:
    """Nobody has spoken of the issue yet into which it went: what went into it is kept from then on, and not as of the year 1970."""
    pipeline = Pipeline(Centre(), ())
    pipeline.events(events("09:00:00 issue i4 escalated to_tier=2\n09:05:00 issue i4 merged into=i5"))
    pipeline.events([mark(at("10:00:00"))])
    pipeline.drain()
    pipeline.events(events("10:05:00 k offered billing/call issue_id=i5\n10:05:10 k answered agent_id=a1\n10:09:00 k ended"))
    pipeline.events([mark(at("12:00:00"), final=True)])
    pipeline.drain()

    assert pipeline.figures()["readings"]["all|all"]["measures"]["escalations_per_issue"] == 1
