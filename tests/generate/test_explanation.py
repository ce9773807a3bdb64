"""What `standards explain` says is true of every measure, form and scope."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stream.core.centre import Centre
from stream.core.declared import FORMULAS, MEASURES, Standard
from stream.generate.explanation import explained, formula, moments
from tests.core.timelines import verdict

CENTRE = Centre()


def standard(form: str, measure: str, **fields: Any) -> Standard:
    """A promise, of whatever number."""
    return Standard(name="x", title="X", form=form, measure=measure, within=60_000, objective=0.9, limit=1, **fields)


@pytest.mark.parametrize(("form", "measure"), [(form, measure) for form, measures in MEASURES.items() for measure in measures])
def test_every_measure_is_explained(form: str, measure: str) -> None:
    """Each has a formula, facts that it comes from, and a moment."""
    assert all(explained(standard(form, measure), CENTRE).values())


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("agent_state_seconds.paused", "agent_state_seconds (paused): "),
        ("dropout_threshold", "dropout_threshold (ratio): "),
        ("topic_share", "topic_share, the largest row (numerator / denominator): "),
        ("topic_share[refunds]", "topic_share, row refunds (numerator / denominator): "),
        ("topic_share[refunds].numerator", "topic_share, row refunds (numerator): "),
        ("offered", "offered: "),
    ],
)
def test_only_a_table_of_rows_has_a_largest_one(measure: str, expected: str) -> None:
    """Several figures side by side are no rows."""
    assert formula(standard("ratio", measure, calendar="day"), CENTRE).startswith(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"per": ("queue",)}, "; in the queue's opening hours, from 15 min after opening; "),
        ({"per": ("team",)}, "at every change of the number; provisionally"),
        ({"per": ("team",), "hours": "office"}, "; in the hours office, from 15 min after opening; "),
    ],
)
def test_only_queues_have_hours_of_their_own(fields: dict[str, Any], expected: str) -> None:
    """A team, a channel and the whole are judged at all times, unless hours are named."""
    assert expected in moments(standard("level", "waiting", **fields), CENTRE)


LATER = """
    09:00:00 anna offered billing/call
    09:02:00 anna {}
"""


@pytest.mark.parametrize("end", ["answered", "abandoned", "flowed_out", "callback_requested", "lost"])
@pytest.mark.parametrize("named", FORMULAS)
def test_who_waits_on_is_explained_as_it_is_judged(named: str, end: str) -> None:
    """After the promised minute a contact is missed, whatever becomes of it; where only the answered count it is said so."""
    promised = replace(standard("percentage", "service_level", op=">=", formula=named, per=()), grace=0)
    found = verdict(LATER.format(end), promised, until="09:03:00")
    counted = "still waiting after 1 min, whatever became of them" in formula(promised, CENTRE)
    assert (int(counted or end == "answered"), 0) == (found["denominator"], found["numerator"])


def test_a_small_queue_looks_back_in_its_opening_day() -> None:
    """A queue has hours, and so opening days; a team has the days of the calendar."""
    share = {where: standard("percentage", "service_level", op=">=", per=(where,)) for where in ("queue", "team")}
    assert "its last 10 contacts of the same opening day; " in moments(share["queue"], CENTRE)
    assert "its last 10 contacts of the same day; " in moments(share["team"], CENTRE)


def test_clocks_run_in_the_hours_of_queues_alone() -> None:
    """Of a kind of issues they never stand still."""
    assert "its time runs in the queue's opening hours" in moments(standard("clock", "resolution", per=("queue",)), CENTRE)
    assert "its time runs" not in moments(standard("clock", "resolution", per=("kind",)), CENTRE)
    assert "its time runs in the hours office" in moments(standard("clock", "resolution", per=("kind",), hours="office"), CENTRE)


def test_who_is_left_at_closing_is_told_while_it_is_closed() -> None:
    """The other way round than all others."""
    assert "; from when the queue closes until the next opening; " in moments(standard("level", "left_at_closing"), CENTRE)
