"""What a promise about closed periods is about is said in words."""

from __future__ import annotations

import pytest

from stream.config.figures import figure
from stream.config.sentences import FORMULAS, sentence
from stream.core.declared import Standard
from stream.core.measures import MEASURES

OF_CALLS = {name: said.format(those="calls") for name, said in FORMULAS.items()}


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("service_level[no_short,120]", "share answered within 2 min, of all calls but short abandons (no_short)"),
        ("service_level[strict,7].numerator", "share answered within 7 s, of all calls (strict), numerator"),
        ("abandoned_within[60].abandoned", "abandoned within 1 min, abandoned"),
        ("abandonment[no_short]", "share abandoned, short abandons left out"),
        ("handle_mean_seconds", "mean handle time"),
        ("offered", "offered"),
        ("csat.low", "lower bound of the share of satisfied customers (CSAT)"),
        ("csat.response_rate", "response rate of the question for the share of satisfied customers (CSAT)"),
        ("ces_by_scale[7].mean", "mean effort of customers (CES) on the scale to 7"),
        ("nps.score", "Net Promoter Score"),
        ("topic_share[refund]", "share of the topic refund"),
        ("paused_seconds.lunch", "time of agents paused, lunch"),
    ],
)
def test_a_number_is_said_in_words(measure: str, said: str) -> None:
    """Measures, their rows, and the fields of these."""
    assert said == figure(measure, OF_CALLS)


def test_no_measure_is_said_as_it_is_written() -> None:
    """No name with an underscore, whichever measure is promised."""
    assert [] == [one.name for one in MEASURES if "_" in figure(one.name, OF_CALLS)]


def test_a_report_is_a_sentence() -> None:
    """For people who know no expression."""
    standard = Standard(
        name="a", title="A", form="ratio", measure="service_level[strict,120]", op=">=", limit=0.9, calendar="day", unit="share",
        cadence="report", severity="info", where={"channel": ("call",)}, per=("queue", "channel"), grace=0
    )  # fmt: skip
    expected = (
        "Calls: share answered within 2 min, of all calls (strict), at least 90 %, in each day, judged when it is over, "
        "per queue and channel; info, report"
    )
    assert expected == sentence(standard)
