"""What is said of the contacts behind a red share."""

from __future__ import annotations

from typing import Any

import pytest

from stream.board.missed import missed
from stream.board.slices import Slice
from stream.core.declared import Standard
from stream.core.facts import FLOWED_OUT, LEFT
from stream.core.judges import PercentageJudge

PROMISE = Standard(name="answered", title="Nine in ten within a minute", form="percentage", measure="service_level", severity="critical")


def group(*rows: list[Any], **parts: int) -> list[dict[str, Any]]:
    """What is shown behind a share with these contacts and parts, to whoever may see agents."""
    found = Slice({"queue": "billing", "channel": "call"})
    found.standards = [{"standard": "answered", "severity": "critical", **parts}]
    found.misses = [{"standard": "answered", "severity": "critical", "contacts": list(rows)}]
    return missed(found, [PROMISE], str.upper, agents=True)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"numerator": 8, "denominator": 9}, "1 of 9 missed"),
        ({"numerator": 2, "denominator": 9}, "7 of 9 missed, the last of them"),
        ({}, "the last"),
    ],
)
def test_how_many_there_are_and_how_many_are_listed(parts: dict[str, int], says: str) -> None:
    """More can have missed than are kept, and a list must not look as if it were all."""
    (made,) = group(["c1", 5, 61_000, "answered", "anna"], **parts)
    row = {"contact": "C1", "since": 5, "took": 61_000, "became": "was answered", "agent": "anna"}
    assert {"title": "Nine in ten within a minute", "says": says, "missed": True, "contacts": [row]} == made


def test_where_no_contact_is_known_there_is_no_empty_table() -> None:
    """After an update the share counts contacts of which no list was kept."""
    assert [] == group(numerator=1, denominator=9)


def test_every_outcome_that_can_miss_has_words() -> None:
    """None is shown by the name of its fact."""
    kinds = {kind for outcomes in PercentageJudge.OUTCOMES.values() for kind in outcomes}
    said = {kind: group(["c", 5, 1, kind, None])[0]["contacts"][0]["became"] for kind in kinds | {LEFT}}
    assert [LEFT] == [kind for kind, words in said.items() if words == "waits no more"]


def test_who_left_the_queue_is_not_said_to_be_in_another_one() -> None:
    """An e-mail that was closed without a reply left it, too."""
    assert "left the queue" == group(["c", 5, 1, FLOWED_OUT, None])[0]["contacts"][0]["became"]
