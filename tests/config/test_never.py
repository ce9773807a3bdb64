"""A standard that can never be broken, or always is, is refused before it is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.standards import read_standards
from stream.core.centre import Centre
from tests.config.test_standards import CENTRE, CLOCK, LEVEL, MEAN, PERCENTAGE, refusal, written


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (PERCENTAGE.replace("90%", "0%"), "objective cannot be 0: at least 0 % is always kept, write the share that is promised"),
        (
            "form: percentage, measure: abandonment, objective: 100%",
            "objective cannot be 100%: at most 100 % is always kept, write the share that is borne",
        ),
        (
            "form: level, measure: waiting, below: 0",
            "below cannot be 0: nothing is, so it would always be broken; write at_most: 0 or a larger number",
        ),
        (
            "form: level, measure: staffed, at_least: 0",
            "at_least cannot be 0: everything is, so it could never be broken; write at_least: 1 or more",
        ),
        (MEAN.replace("40s", "0s"), "at_most cannot be 0s: no mean is that short, write the time that is promised"),
        (
            "form: clock, measure: response, within: 1h, where: {channel: [call]}",
            "response can never be measured here: calls have no messages, name chat, email or social",
        ),
        (
            "form: percentage, measure: abandonment, objective: 5%, where: {channel: [email]}",
            "abandonment can never be measured here: only calls and chats are abandoned, name call or chat",
        ),
        (
            f"{LEVEL}, where: {{channel: [social]}}",
            "no queue that this standard is about has the channel social: write some of call, chat, email",
        ),
        (
            f"{LEVEL}, where: {{queue: [billing], channel: [email]}}",
            "no queue that this standard is about has the channel email: write some of call, chat",
        ),
        (
            f"{LEVEL}, where: {{queue: [billing, mail], channel: [call]}}",
            "the queue mail has none of these channels: leave it out, or name one of its channels",
        ),
        (
            f"{LEVEL}, where: {{channel: [call]}}, per: [queue]",
            "where names a channel, but the standard is not judged per channel: write per: [queue, channel]",
        ),
        (
            f"{LEVEL}, where: {{queue: [mail]}}, per: []",
            "where names a queue, but the standard is not judged per queue: write per: [queue]",
        ),
        (
            f"{CLOCK}, hours: office, grace: 10h",
            "grace is as long as the opening hours office: there would never be a verdict, write a shorter one",
        ),
        (
            "form: level, measure: left_at_closing, at_most: 0, hours: always",
            "left_at_closing can never be measured here: what is always open never closes, name opening hours",
        ),
        (
            "form: level, measure: left_at_closing, at_most: 0, per: []",
            "left_at_closing has no hours here: only queues have their own, write per: [queue] or name opening hours",
        ),
        (
            f"{PERCENTAGE}, window: 10m, hold: 15m",
            "hold cannot be 15m: what broke it has left the window by then, write at most the window, 10m",
        ),
        (
            f"{PERCENTAGE}, calendar: half_hour, hold: 40m",
            "hold cannot be 40m: no half hour lasts longer, so it would never count; write a shorter one",
        ),
        (
            f"{PERCENTAGE}, calendar: day, hours: always, hold: 25h",
            "hold cannot be 25h: no day lasts longer, so it would never count; write a shorter one",
        ),
        (
            "form: clock, measure: wait, within: 48h, where: {channel: [call]}",
            "no wait is that long: after 1d (max_wait of the centre) it counts as lost; write a shorter one",
        ),
        (
            "form: level, measure: longest_wait, at_most: 24h, where: {channel: [call, chat]}",
            "no wait is that long: after 1d (max_wait of the centre) it counts as lost; write a shorter one",
        ),
        (
            PERCENTAGE.replace("90%", "0.1%"),
            (
                "this could hardly ever be broken: even 1,000 missed contacts in a row could be chance, it takes 2,995; "
                "promise more, or lower the confidence"
            ),
        ),
        (
            f"{LEVEL}, hours: office, grace: 2h, hold: 8h",
            "hold and grace are together as long as the opening hours office: it would never count, write shorter ones",
        ),
        (f"{PERCENTAGE}, window: 30m, calendar: day", "calendar and window say the same twice: write one of them"),
        (f"{CLOCK}, grace: 11h", "grace is as long as the opening hours office: there would never be a verdict, write a shorter one"),
    ],
)
def test_what_could_never_speak_up_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    """The sentence says why it could never be broken or kept, and what to write."""
    assert f"s.yaml:3: {problem}" == refusal(tmp_path, entry)


def test_the_strictest_promises_are_allowed(tmp_path: Path) -> None:
    """All of them, none of them, nobody waiting: hard to keep, but possible."""
    path = written(
        tmp_path,
        PERCENTAGE.replace("90%", "100%"),
        "form: percentage, measure: abandonment, objective: 0%",
        "form: level, measure: waiting, at_most: 0",
        f"{CLOCK}, grace: 9h",
        f"{PERCENTAGE}, calendar: half_hour, hold: 29m",
        "form: clock, measure: wait, within: 48h, where: {channel: [email]}",  # who writes waits as long as it takes
        "form: clock, measure: wait, within: 23h, where: {channel: [call]}",
    )
    assert [1.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0] == [one.objective for one in read_standards(path, CENTRE)]


def test_an_open_centre_leaves_queues_open(tmp_path: Path) -> None:
    """Without declared queues no name can be held against them."""
    path = written(tmp_path, f"{LEVEL}, where: {{queue: [PS], channel: [call]}}")
    assert ({"queue": ("PS",), "channel": ("call",)},) == tuple(one.where for one in read_standards(path, Centre()))
