"""What is never counted over a channel, in a half-hour or in a scope cannot be promised there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stream.config.standards import read_standards
from stream.core.wanted import Kept
from tests.config.test_standards import CENTRE, CLOCK, PERCENTAGE, refusal, written

MAIL = "where: {channel: [email]}"
CALLS = "where: {channel: [call]}"
CONNECTED = "can never be measured here: only who calls or chats waits to be connected, name call or chat"
KNOWN_LATER = "known days later, when half-hours are kept no more; write day, week, month or 28d"
DROPOUT = "form: ratio, measure: dropout_threshold, at_most: 1"
ONLY_THERE = "dropout_threshold is known only where nobody waits but calls and chats, so this could never be broken"
TOO_LONG = "no wait is that long: after 1d (max_wait of the centre) it counts as lost; write a shorter one"


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (f"form: level, measure: talk, at_most: 1h, {MAIL}", f"talk {CONNECTED}"),
        (f"form: clock, measure: talk, within: 1h, {MAIL}", f"talk {CONNECTED}"),
        (f"form: ratio, measure: 'abandonment[strict]', at_most: 5%, {MAIL}", f"abandonment {CONNECTED}"),
        (f"form: trend, measure: abandoned, factor: 2, {MAIL}", f"abandoned {CONNECTED}"),
        (f"{DROPOUT}, {MAIL}", f"dropout_threshold {CONNECTED}"),
        ("form: ratio, measure: answered_within_rings, at_least: 90%, where: {queue: [mail]}", f"answered_within_rings {CONNECTED}"),
        ("form: ratio, measure: fcr, at_least: 80%, calendar: half_hour", f"calendar cannot be half_hour: fcr is {KNOWN_LATER}"),
        ("form: band, measure: fcr_net, low: 0, high: 80%, calendar: half_hour", f"calendar cannot be half_hour: fcr_net is {KNOWN_LATER}"),
        (
            "form: ratio, measure: retention, at_least: 80%, calendar: half_hour, per: []",
            f"calendar cannot be half_hour: retention is {KNOWN_LATER}",
        ),
        (f"{DROPOUT}, calendar: half_hour", "calendar cannot be half_hour: dropout_threshold is of days, write day, week, month or 28d"),
        (f"{DROPOUT}, per: []", f"{ONLY_THERE}: write per: [channel]"),
        (f"{DROPOUT}, per: [queue], where: {{queue: [both]}}", f"{ONLY_THERE}: write per: [queue, channel]"),
        (f"{CLOCK}, unacceptable: 30h, {CALLS}", TOO_LONG),
        (f"{PERCENTAGE}, late: 5m, unacceptable: 24h, {CALLS}", TOO_LONG),
    ],
)
def test_what_is_never_counted_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    """The sentence says what it takes."""
    centre = replace(CENTRE, queues={**CENTRE.queues, "both": replace(CENTRE.queues["billing"], name="both", channels=("call", "email"))})
    assert f"s.yaml:3: {problem}" == refusal(tmp_path, entry, centre=centre)


def test_what_is_counted_may_be_promised(tmp_path: Path) -> None:
    """Days for what is known later, whatever half-hours have; queues of calls and chats alone; and whoever writes may wait for days."""
    entries = (
        "form: ratio, measure: fcr, at_least: 80%",
        "form: ratio, measure: fcr.provisional, at_most: 8, calendar: half_hour",
        DROPOUT,
        f"{DROPOUT}, per: [queue], calendar: week",
        f"{CLOCK}, unacceptable: 30h, {MAIL}",
        f"form: mean, measure: handle, at_most: 1h, {MAIL}",  # a help desk may say how long it took
        "form: clock, measure: talk, within: 1h, where: {channel: [call, email]}",
    )
    assert len(entries) + 1 == len(read_standards(written(tmp_path, *entries), CENTRE))


def test_the_dropout_threshold_needs_its_days(tmp_path: Path) -> None:
    """Its fine bounds are counted only where the 28 days are kept."""
    problem = "dropout_threshold is counted only where the centre keeps 28d: add it to the windows of kept in its file"
    centre = replace(CENTRE, kept=Kept(windows=frozenset({"30m", "day"})))
    assert f"s.yaml:3: {problem}" == refusal(tmp_path, DROPOUT, centre=centre)
