"""Cases that other systems publish, derived anew: what they say about the same hours and clocks, we say too.

Only the situations are theirs; each figure is worked out by hand in the docstring of its test.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from stream.core.business import PausableClock, due, elapsed
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event, order
from stream.core.schedule import Schedule
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS
from stream.core.windows import Calendar
from stream.replay.driver import replay

ZONE = ZoneInfo("UTC")
NINE_TO_FIVE = Schedule(ZONE, (((540, 1020),),) * 5 + ((), ()), always=False)
MINUTE = 60_000
HOUR = 60 * MINUTE


def at(text: str, zone: ZoneInfo = ZONE) -> int:
    """A local time, in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).timestamp() * 1000)


def test_chatwoots_business_week() -> None:
    """Sunday 20 March 2022 00:00 to Saturday 26 March 23:59, Monday to Friday 9 to 17: 5 days x 8 h x 3 600 s = 144 000 s."""
    assert 144_000_000 == NINE_TO_FIVE.open_between(at("2022-03-20 00:00"), at("2022-03-26 23:59"))


def test_chatwoots_week_where_one_day_is_a_holiday() -> None:
    """The same week with Wednesday closed: 4 x 8 h = 115 200 s; with a lunch of an hour besides, 4 x 7 h = 100 800 s."""
    wednesday = {date(2022, 3, 23): ()}
    closed = Schedule(ZONE, NINE_TO_FIVE.week, always=False, days=wednesday)
    lunch = Schedule(ZONE, (((540, 720), (780, 1020)),) * 5 + ((), ()), always=False, days=wednesday)
    week = at("2022-03-20 00:00"), at("2022-03-26 23:59")
    assert [115_200_000, 100_800_000] == [one.open_between(*week) for one in (closed, lunch)]


MONTREAL = ZoneInfo("America/Montreal")


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2020-10-31", 24), ("2020-11-01", 25), ("2020-11-02", 24), ("2021-03-14", 23)],
)
def test_wazos_hourly_buckets_over_a_change_of_clocks(day: str, hours: int) -> None:
    """Montreal, 1 November 2020: at 2:00 the clock is set to 1:00, so the day has 25 hours, which half-hours cut without a hole.

    On 14 March 2021 it is set from 2:00 to 3:00: 23 hours. Two half-hours are a bucket; each begins where the last one ended.
    """
    calendar = Calendar(MONTREAL)
    begin, end = calendar.day(at(f"{day} 12:00", MONTREAL))
    halves, moment = [], begin
    while moment < end:
        halves.append(calendar.half_hour(moment))
        moment = halves[-1][1]
    assert (hours * HOUR, 2 * hours) == (end - begin, len(halves))
    assert [begin, *(after for _, after in halves[:-1])] == [start for start, _ in halves]


def test_wazos_opening_hours_over_a_change_of_clocks() -> None:
    """Open 00:00-04:00 local time. That is 4 h on 31 October, 5 h on 1 November 2020 (1:00-2:00 comes twice), 3 h on 14 March 2021.

    In hourly buckets of 1 November, from 04:00 UTC (midnight local, UTC-4): five open ones, of which 01:00 twice, then closed ones.
    """
    early = Schedule(MONTREAL, (((0, 240),),) * 7, always=False)
    days = [(f"{day} 00:00", f"{day} 12:00") for day in ("2020-10-31", "2020-11-01", "2021-03-14")]
    assert [4 * HOUR, 5 * HOUR, 3 * HOUR] == [early.open_between(at(since, MONTREAL), at(until, MONTREAL)) for since, until in days]
    begin = at("2020-11-01 04:00")
    assert [60, 60, 60, 60, 60, 0, 0] == [early.open_between(begin + hour * HOUR, begin + (hour + 1) * HOUR) // MINUTE for hour in range(7)]


def calls(begin: int, waits: dict[str, list[int]]) -> list[Event]:
    """A call for each wait in seconds, by how it ends, a minute one after the other."""
    out, moment = [], begin
    for outcome, seconds in waits.items():
        for wait in seconds:
            contact = f"{outcome}-{moment}"
            out.append(Event(moment, "contact.offered", contact, f"{contact}-1", {"queue": "support", "channel": "call"}))
            out.append(Event(moment + wait * 1000, f"contact.{outcome}", contact, f"{contact}-2", {}))
            moment += MINUTE
    return out


WAZOS_WAITS = {"answered": [1, 6, 11, 16, 21], "abandoned": [2, 12, 31]}
"""In the buckets from 0, 5, 10, 15, 20 and 30 s there are 1, 1, 1, 1, 1 and 0 answered, and 1, 0, 1, 0, 0 and 1 abandoned."""


@pytest.mark.parametrize(
    ("hour", "half_hour"),
    [
        ("2020-10-31 15:00", "2020-10-31T11:00:00-04:00"),  # the day before
        ("2020-11-01 05:00", "2020-11-01T01:00:00-04:00"),  # the first hour that is called one o'clock
        ("2020-11-01 06:00", "2020-11-01T01:00:00-05:00"),  # the second one
        ("2020-11-01 16:00", "2020-11-01T11:00:00-05:00"),
    ],
)
def test_wazos_buckets_of_waits_over_a_change_of_clocks(hour: str, half_hour: str) -> None:
    """Eight calls in an hour, the same ones in the hours before and after: each hour has its own eight, also where it comes twice.

    Counted up to each bound, what the buckets hold adds up: 1, 2, 3, 4, 5, 5 answered and 1, 1, 2, 2, 2, 3 abandoned. Wazo's qos, of the
    answered those within T, is 1/5 for 5 s and 4/5 for 20 s. A bound belongs to the bucket above it there, to the one below it here, and
    no wait is on one.
    """
    begin = at(hour)
    events = [event for step in (-1, 0, 1) for event in calls(begin + step * HOUR, WAZOS_WAITS)]
    asked = [
        Standard(name=f"in-{seconds}", title="", form="percentage", measure="service_level", within=seconds * 1000)
        for seconds in (5, 10, 15, 20, 30, 60)
    ]
    records = replay(sorted(events, key=order), Centre(zone=MONTREAL), asked, until=begin + 4 * HOUR).of(QUEUE_INTERVALS)
    halves = {record["window"]["start"]: record for key, record in records.items() if key.startswith("queue=support|30m|")}
    found = halves[half_hour]

    assert 3 == len(halves)
    rows = [(row["answered"], row["abandoned"]) for row in found["measures"]["abandoned_within"] if row["within_seconds"] <= 60]
    assert [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (5, 3)] == rows
    qos = {
        row["within_seconds"]: row["ratio"]
        for row in found["measures"]["service_level"]
        if row["formula"] == "answered" and row["within_seconds"] <= 60
    }
    assert {5: 0.2, 10: 0.4, 15: 0.6, 20: 0.8, 30: 1.0, 60: 1.0} == qos


def test_chatwoots_mean_and_percentiles() -> None:
    """Waits of 10, 20, 30, 40 and 100 s: mean 200 / 5 = 40, median 30, as theirs.

    Their p90 lies between the fourth and the fifth, 40 + 0.6 x 60 = 76, a wait that nobody had. Ours is the least that nine in ten did
    not pass: 100. Four of five are not nine in ten.
    """
    story = calls(at("2026-03-02 09:00"), {"answered": [10, 20, 30, 40, 100]})
    (found,) = [record for key, record in replay(story, Centre(), ()).of(QUEUE_READINGS).items() if key == "queue=support|all"]
    names = ("wait_answered_mean_seconds", "wait_p50_seconds", "wait_p90_seconds")
    assert [40.0, 30.0, 100.0] == [found["measures"][name] for name in names]


def test_zendesks_requester_wait_leaves_pending_out() -> None:
    """Created Monday 10:00, pending 11:00-15:00, open again, solved Tuesday 10:30, hours 9 to 17.

    The requester waits in new, open and on hold: 10-11 (1 h), 15-17 (2 h), Tuesday 9:00-10:30 (1.5 h) = 4.5 h = 270 min.
    Agent's wait (pending): 11-15 = 240 min. Full resolution: both together, 510 min; in calendar time 24.5 h = 1 470 min.
    """
    created, solved = at("2026-03-02 10:00"), at("2026-03-03 10:30")
    pending = ((at("2026-03-02 11:00"), at("2026-03-02 15:00")),)
    waited = elapsed(NINE_TO_FIVE, created, pending, solved)
    whole = NINE_TO_FIVE.open_between(created, solved)
    assert [270, 240, 510, 1470] == [ms // MINUTE for ms in (waited, whole - waited, whole, solved - created)]


def test_zendesks_first_reply_in_business_hours() -> None:
    """Created Friday 16:30, first public reply Monday 9:45, hours 9 to 17: 30 + 45 = 75 min; calendar time 65.25 h = 3 915 min.

    Promised within two hours it was due on Monday at 10:30: half an hour on Friday and an hour and a half on Monday.
    """
    created, replied = at("2026-03-06 16:30"), at("2026-03-09 09:45")
    assert [75, 3915] == [ms // MINUTE for ms in (NINE_TO_FIVE.open_between(created, replied), replied - created)]
    assert at("2026-03-09 10:30") == due(NINE_TO_FIVE, created, (), created, 2 * HOUR)


def test_zendesks_periodic_and_pausable_updates() -> None:
    """Last public reply Monday 10:00, an update promised every 4 h; pending 11:00-13:00.

    Periodic: 10:00 + 4 h = 14:00, whatever the state. Pausable: one hour has passed at 11:00, three are left from 13:00: 16:00.
    While it is pending nobody can say; resumed and asked at once, so also at 16:00.
    """
    clock = PausableClock(at("2026-03-02 10:00"))
    clock.pause(at("2026-03-02 11:00"))
    assert None is clock.due(NINE_TO_FIVE, at("2026-03-02 12:00"), 4 * HOUR)
    clock.resume(at("2026-03-02 13:00"))
    assert at("2026-03-02 14:00") == due(NINE_TO_FIVE, clock.started, (), clock.started, 4 * HOUR)
    assert at("2026-03-02 16:00") == clock.due(NINE_TO_FIVE, at("2026-03-02 13:00"), 4 * HOUR)


def test_zendesks_clock_that_is_used_up_before_it_pauses_stays_broken() -> None:
    """Two hours promised from 9:00: broken at 11:00. That it is pending from 11:30 on takes nothing back."""
    clock = PausableClock(at("2026-03-02 09:00"))
    clock.pause(at("2026-03-02 11:30"))
    assert at("2026-03-02 11:00") == clock.due(NINE_TO_FIVE, at("2026-03-02 12:00"), 2 * HOUR)


def test_zammads_destination_over_a_weekend_and_a_holiday() -> None:
    """Created Thursday 16:00, 9 to 17, Friday a holiday, three hours: one on Thursday, two on Monday: 11:00."""
    friday = date(2026, 4, 3)
    calendar = Schedule(ZONE, NINE_TO_FIVE.week, always=False, holidays=lambda _: {friday})
    assert at("2026-04-06 11:00") == calendar.after(at("2026-04-02 16:00"), 3 * HOUR)


def test_zammads_business_breaks() -> None:
    """States that stop the escalation are breaks: created 9:00, pending 10:00-10:30 and 11:00-12:30, the last overlapping 12:00-13:00.

    Up to 15:00 there are 6 h, less 30 min, less 11:00-13:00 = 3.5 h. Five hours are due at 16:30: 1.5 h are left at 15:00.
    A break outside hours (Sunday) and one of no length change nothing.
    """
    started = at("2026-03-02 09:00")
    breaks = [
        (at("2026-03-02 12:00"), at("2026-03-02 13:00")),
        (at("2026-03-02 10:00"), at("2026-03-02 10:30")),
        (at("2026-03-02 11:00"), at("2026-03-02 12:30")),
        (at("2026-03-01 09:00"), at("2026-03-01 20:00")),
        (at("2026-03-02 14:00"), at("2026-03-02 14:00")),
    ]
    now = at("2026-03-02 15:00")
    assert 210 * MINUTE == elapsed(NINE_TO_FIVE, started, breaks, now)
    assert at("2026-03-02 16:30") == due(NINE_TO_FIVE, started, breaks, now, 5 * HOUR)


def test_zammads_update_clock_begins_with_each_message_of_the_customer() -> None:
    """Each turn is a clock of its own: asked Monday 16:40, answered Tuesday 9:10: 20 + 10 = 30 min of an hour, due Tuesday 9:40."""
    asked, answered = at("2026-03-02 16:40"), at("2026-03-03 09:10")
    clock = PausableClock(asked)
    assert at("2026-03-03 09:40") == clock.due(NINE_TO_FIVE, asked, HOUR)
    clock.stop(answered)
    assert (30 * MINUTE, None) == (clock.elapsed(NINE_TO_FIVE, answered + HOUR), clock.due(NINE_TO_FIVE, answered + HOUR, HOUR))
