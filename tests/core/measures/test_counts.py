"""What became of contacts, as shares: worked out by hand."""

from __future__ import annotations

from tests.core.timelines import reading

STORY = """
    09:00:00 a offered billing/call
    09:00:10 a answered agent_id=p1
    09:05:00 a transferred kind=blind to_queue=sales
    09:05:30 a answered agent_id=p2
    09:09:00 a ended
    09:10:00 b offered billing/call
    09:10:20 b answered agent_id=p1
    09:12:00 b ended
    09:15:00 c offered support/call
"""


def test_the_share_of_talks_that_were_handed_on() -> None:
    """One of three talks: a's first one, in billing, where it is one of two. What nobody answered has no share."""
    found = {scope: reading(STORY, scope)["transferred_share"] for scope in ("all", "queue=billing", "queue=sales", "queue=support")}
    assert {
        "all": {"numerator": 1, "denominator": 3, "ratio": 1 / 3},
        "queue=billing": {"numerator": 1, "denominator": 2, "ratio": 0.5},
        "queue=sales": {"numerator": 0, "denominator": 1, "ratio": 0.0},
        "queue=support": {"numerator": 0, "denominator": 0, "ratio": None},
    } == found
