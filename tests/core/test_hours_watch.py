"""What opening hours make of a centre's day: left at closing, out of hours, and accessibility, as people would tell it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from stream.core.schedule import Schedule
from stream.core.wanted import Kept
from tests.core.timelines import breaches, reading

UTC = ZoneInfo("UTC")
CENTRE = Centre(
    queues={
        "billing": Queue("billing", ("call", "email"), "office"),
        "night": Queue("night", ("call",), "night"),
        "always": Queue("always", ("chat",)),
    },
    hours={
        "office": Schedule(UTC, (((540, 720), (780, 1020)),) * 5 + ((), ()), always=False),
        "night": Schedule(UTC, (((1200, 1560),),) * 7, always=False),
    },
)
LUNCH = """
    11:50:00 anna offered billing/call
    11:55:00 bert offered billing/call
    11:58:00 carl offered billing/call
    12:00:00 carl answered
    12:00:00 dora offered billing/call
    12:10:00 anna answered
    12:20:00 bert abandoned
    13:30:00 dora answered
    16:59:59 emil offered billing/email
"""


def figures(text: str, scope: str = "queue=billing", window: str = "all", **options: Any) -> dict[str, Any]:
    """The measures that follow from opening hours."""
    found = reading(text, scope, window, centre=options.pop("centre", CENTRE), **options)
    return {name: found[name] for name in ("out_of_hours", "left_at_closing", "accessibility")}


def test_who_waits_at_closing_is_counted_at_each_closing() -> None:
    """At noon two are left: not the one who is answered that second, nor the one who comes then; at five the email is."""
    expected = {"out_of_hours": 1, "left_at_closing": 2, "accessibility": None}
    assert expected == figures(LUNCH, until="16:00:00")
    assert {**expected, "left_at_closing": 3} == figures(LUNCH, until="17:00:00")


def test_a_closing_counts_in_its_own_window() -> None:
    """The half-hour that begins at noon has two, that of the opening has none to tell of."""
    assert 2 == figures(LUNCH, window="30m", until="12:29:00")["left_at_closing"]
    assert 2 == figures(LUNCH, window="60m", until="12:29:00")["left_at_closing"]
    assert None is figures(LUNCH, window="30m", until="13:29:00")["left_at_closing"]


def test_each_closing_counts_who_is_still_there() -> None:
    """A message of Monday afternoon that nobody answers is left at nine closings until Friday evening, and at none of the weekend."""
    text = "16:59:59 emil offered billing/email"
    assert [1, 5, 9, 9] == [figures(text, until=f"2026-03-{day} 18:00:00")["left_at_closing"] for day in ("02", "04", "06", "08")]


def test_accessibility_is_the_staffed_share_of_the_open_time_that_is_known() -> None:
    """Known from 10:00; staffed until 11:00 and from 13:00 on (paused at lunch): at 14:00 two of three open hours."""
    text = """
        10:00:00 agent anna available billing
        11:00:00 agent anna paused billing
        12:30:00 agent anna available billing
    """
    expected = {"staffed_seconds": 7200.0, "open_seconds": 10800.0, "ratio": 2 / 3}
    assert expected == figures(text, until="14:00:00")["accessibility"]
    half = {"staffed_seconds": 600.0, "open_seconds": 600.0, "ratio": 1.0}
    assert half == figures(text, window="30m", until="13:40:00")["accessibility"]
    assert None is figures(text, window="30m", until="12:40:00")["accessibility"]
    assert None is figures(text, window="60m", until="14:00:00")["accessibility"]


def test_a_channel_is_open_while_any_of_its_queues_is() -> None:
    """Calls are taken by day and at night: the channel is staffed from nine to five, and open from eight in the evening too."""
    text = """
        09:00:00 agent anna available billing,night
        17:00:00 agent anna offline billing,night
    """
    expected = {"staffed_seconds": 7 * 3600.0, "open_seconds": 10 * 3600.0, "ratio": 0.7}
    assert expected == figures(text, "channel=call", until="23:00:00")["accessibility"]


def test_where_it_is_always_open_only_who_names_it_gets_it() -> None:
    """Accessibility of a queue without hours costs nothing, unless the centre asks for it by name; then all time is open."""
    text = """
        10:00:00 agent anna available always
        10:15:00 agent anna offline always
    """
    named = replace(CENTRE, kept=Kept(measures=("accessibility",)))
    found = reading(text, "queue=always", centre=named, until="11:00:00")["accessibility"]
    assert {"staffed_seconds": 900.0, "open_seconds": 3600.0, "ratio": 0.25} == found
    assert None is figures(text, "queue=always", until="11:00:00")["accessibility"]


def test_out_of_hours_is_counted_in_every_scope_of_the_queue() -> None:
    """A call before nine counts for its queue, its channel and the whole; one to a queue without hours never does."""
    text = """
        08:59:59 anna offered billing/call
        08:59:59 bert offered always/chat
        09:00:00 carl offered billing/call
    """
    assert [1, 1, 1, 0] == [
        figures(text, scope)["out_of_hours"] for scope in ("all", "channel=call", "queue=billing", "channel=chat,queue=always")
    ]


LEFT = Standard(
    name="left", title="Nobody is left at closing", form="level", measure="left_at_closing", limit=0, per=("queue",), hold=0, grace=900_000
)


def test_an_alert_of_its_own_fires_at_closing_and_ends_when_they_are_gone_or_it_opens() -> None:
    """Two at noon until both are gone, one at five until nine the next day; who comes while it is closed is not meant."""
    expected = [("resolved", "12:00:00", "12:20:00", 2), ("resolved", "17:00:00", "09:00:00", 1)]
    assert expected == breaches(LUNCH, LEFT, centre=CENTRE, until="2026-03-03 10:00:00")


def test_a_hold_time_spares_who_is_being_answered_as_it_closes() -> None:
    """With ten minutes of hold the two of noon, of whom one is answered in time, are one too many at 12:10."""
    held = replace(LEFT, hold=600_000, limit=1)
    assert [] == breaches(LUNCH, held, centre=CENTRE, until="2026-03-03 10:00:00")
    assert [("resolved", "12:05:00", "12:10:00", 2)] == breaches(
        LUNCH, replace(held, hold=300_000), centre=CENTRE, until="2026-03-03 10:00:00"
    )
