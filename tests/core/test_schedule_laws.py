"""What holds for every schedule: open time adds up, is what the clock on the wall says, and is undone by `after`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.schedule import NEVER, Periods, Schedule, together

MINUTE = 60_000
DAY = 1440 * MINUTE
CHANGES = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "America/Santiago": ("2026-04-05", "2026-09-06"),
    "Africa/Cairo": ("2026-04-24", "2026-10-30"),
    "Asia/Kathmandu": ("2026-01-01",),
}
"""Days around which clocks change: by an hour at night, by half an hour, at midnight forth and back, and never."""


def stamp(text: str) -> int:
    """A moment in UTC, in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@st.composite
def periods(draw: st.DrawFn) -> Periods:
    """The periods that begin on one day, in order, the last one perhaps over midnight."""
    edges = sorted(draw(st.lists(st.integers(0, 2 * 1440 - 1).map(lambda minute: minute // 5 * 5), max_size=4, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((begin, end) for begin, end in pairs if begin < 1440)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, int]:
    """A schedule that opens at some time, and a moment near which its clocks change."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = draw(st.sampled_from(CHANGES[zone]))
    near = date.fromisoformat(change)
    dates = st.integers(-3, 3).map(lambda days: near + timedelta(days=days))
    closed = frozenset(draw(st.lists(dates, max_size=2)))
    week = tuple(draw(periods()) for _ in range(7))
    if not any(week):
        week = (((540, 1020),), *week[1:])
    made = Schedule(
        ZoneInfo(zone),
        week,
        always=False,
        days=draw(st.dictionaries(dates, periods(), max_size=2)),
        holidays=lambda year: {day for day in closed if day.year == year},
    )
    return made, stamp(change)


def says(schedule: Schedule, at: int) -> bool:
    """What the clock on the wall says: the day's own periods, and those of the day before that go on after midnight."""
    local = datetime.fromtimestamp(at / 1000, schedule.zone)
    minute = local.hour * 60 + local.minute
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        if day in schedule.days:
            found = schedule.days[day]
        elif schedule.holidays is not None and day in schedule.holidays(day.year):
            found = ()
        else:
            found = schedule.week[day.weekday()]
        if any(begin <= minute + back * 1440 < end for begin, end in found):
            return True
    return False


moments = st.integers(-3 * DAY, 3 * DAY)
lawful = settings(max_examples=150, deadline=None)


@lawful
@given(schedules(), st.integers(-3 * 1440, 3 * 1440), st.integers(0, 2 * 1440))
def test_open_time_is_what_the_clock_says_minute_by_minute(drawn: tuple[Schedule, int], begin: int, minutes: int) -> None:
    """Every minute of a stretch is asked, over changes of clocks, nights, special days and holidays."""
    schedule, near = drawn
    since = near + begin * MINUTE
    stretch = range(since, since + minutes * MINUTE, MINUTE)
    expected = [says(schedule, at) for at in stretch]
    assert expected == [schedule.is_open(at) for at in stretch]
    assert sum(expected) * MINUTE == schedule.open_between(since, since + minutes * MINUTE)
    edges = [at for at, now, before in zip(stretch[1:], expected[1:], expected, strict=False) if now != before]
    assert edges == [at for at, _ in schedule.changes(since + 1, since + minutes * MINUTE)]


@lawful
@given(schedules(), st.lists(moments, min_size=2, max_size=6))
def test_open_time_adds_up(drawn: tuple[Schedule, int], found: list[int]) -> None:
    """However a stretch is cut, its parts are the whole; so are its open spans."""
    schedule, near = drawn
    cuts = sorted(near + moment for moment in found)
    parts = [schedule.open_between(begin, end) for begin, end in pairwise(cuts)]
    assert schedule.open_between(cuts[0], cuts[-1]) == sum(parts)
    assert sum(parts) == sum(end - begin for begin, end in schedule.spans(cuts[0], cuts[-1]))
    assert schedule.open_between(cuts[-1], cuts[0]) == 0


@lawful
@given(schedules(), moments, st.integers(1, 40 * 60 * MINUTE))
def test_a_deadline_is_when_the_open_time_has_passed(drawn: tuple[Schedule, int], begin: int, spent: int) -> None:
    """Up to it exactly so much open time has passed, and a millisecond before it less."""
    schedule, near = drawn
    until = schedule.after(near + begin, spent)
    assert until < NEVER
    assert (spent, spent - 1) == (schedule.open_between(near + begin, until), schedule.open_between(near + begin, until - 1))


@lawful
@given(schedules(), moments)
def test_changes_are_found_from_both_sides(drawn: tuple[Schedule, int], moment: int) -> None:
    """Between the last change and the next the answer is the same, and at both it differs from the millisecond before."""
    schedule, near = drawn
    at = near + moment
    last, following = schedule.last_change(at), schedule.next_change(at)
    for edge in (last, following):
        assert edge is None or schedule.is_open(edge) != schedule.is_open(edge - 1)
    if last is not None and following is not None:
        assert last <= at < following
        assert schedule.open_between(last, following) == (following - last if schedule.is_open(at) else 0)
        assert (following, last) == (schedule.next_change(last), schedule.last_change(following - 1))


@lawful
@given(schedules(), st.lists(moments, min_size=2, max_size=8))
def test_the_answer_that_is_kept_is_that_of_whoever_asks_first(drawn: tuple[Schedule, int], asked: list[int]) -> None:
    """A schedule that is asked at many moments, in any order, says what one says that was never asked before."""
    schedule, near = drawn
    moments_asked = [near + moment for moment in (*asked, *asked)]
    assert [replace(schedule).next_change(at) for at in moments_asked] == [schedule.next_change(at) for at in moments_asked]


@lawful
@given(schedules(), schedules(), moments, st.integers(0, 2 * DAY))
def test_schedules_together_are_open_while_any_is(one: tuple[Schedule, int], two: tuple[Schedule, int], begin: int, length: int) -> None:
    """What is open in either is open in both together, once."""
    both, since = together((one[0], two[0])), one[1] + begin
    union = sorted((*one[0].spans(since, since + length), *two[0].spans(since, since + length)))
    covered, reached = 0, since
    for opens, closes in union:
        covered += max(0, closes - max(opens, reached))
        reached = max(reached, closes)
    assert covered == both.open_between(since, since + length)
    assert both.is_open(since) == (one[0].is_open(since) or two[0].is_open(since))


def began_on(schedule: Schedule, at: int) -> date | None:
    """The local day on which the period around `at` began that began last."""
    local = datetime.fromtimestamp(at / 1000, schedule.zone)
    minute = local.hour * 60 + local.minute
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        if any(begin <= minute + back * 1440 < end for begin, end in schedule.begins_on(day)):
            return day
    return None


@lawful
@given(schedules(), moments)
def test_an_opening_day_holds_what_begins_on_one_day(drawn: tuple[Schedule, int], moment: int) -> None:
    """It opens at its beginning, ends where the next begins, and is the same for all of it; the clock says which day that is."""
    schedule, near = drawn
    at = near + moment
    begin, end = schedule.opening_day(at)
    assert begin <= at < end
    assert (begin, end) == schedule.opening_day(begin) == schedule.opening_day(end - 1)
    assert begin == schedule.opening_day(end)[0] - (end - begin)
    of_it = {began_on(schedule, minute) for minute in range(begin, end, 5 * MINUTE) if schedule.is_open(minute)}
    opened = began_on(schedule, begin)
    assert opened is not None
    assert opened in of_it
    # Of periods that overlap, the day that began last has what is in both; the day before goes on after it.
    assert all(day is not None and day <= opened for day in of_it)


@lawful
@given(schedules(), schedules(), moments)
def test_opening_days_of_schedules_together_follow_each_other(one: tuple[Schedule, int], two: tuple[Schedule, int], begin: int) -> None:
    """Each moment is in one of them, whichever of its moments is asked for."""
    both, at = together((one[0], two[0])), one[1] + begin
    since, until = both.opening_day(at)
    assert since <= at < until
    assert (since, until) == both.opening_day(since) == both.opening_day((since + at) // 2) == both.opening_day(until - 1)
    assert since < both.opening_day(until)[0]


BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = Schedule(BERLIN, (((1320, 1560),),) * 7, always=False)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-27", 4), ("2026-03-28", 4), ("2026-03-29", 4), ("2026-10-24", 4), ("2026-10-25", 4)],
)
def test_a_night_that_ends_at_two_is_as_long_when_the_clocks_change_at_two_or_three(day: str, hours: int) -> None:
    """22:00-02:00 in Berlin: the hour that is left out or comes twice is the one after it."""
    noon = stamp(f"{day} 12:00")
    assert hours * 60 * MINUTE == NIGHTS.open_between(noon, noon + DAY)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-27", 8), ("2026-03-28", 7), ("2026-10-24", 9)])
def test_a_night_over_the_change_is_an_hour_shorter_or_longer(day: str, hours: int) -> None:
    """22:00-06:00 in Berlin lasts 7 hours in the last night of March, and 9 in that of October."""
    noon = stamp(f"{day} 12:00")
    night = Schedule(BERLIN, (((1320, 1800),),) * 7, always=False)
    assert hours * 60 * MINUTE == night.open_between(noon, noon + DAY)


def test_a_holiday_closes_what_begins_on_it_and_not_the_night_before() -> None:
    """The night from Thursday to a Friday that is a holiday goes on to its end; Friday's own does not begin."""
    good_friday = date(2026, 4, 3)
    nights = Schedule(BERLIN, NIGHTS.week, always=False, holidays=lambda _: {good_friday})
    noon = stamp("2026-04-02 10:00")
    assert [4, 0, 4] == [nights.open_between(noon + day * DAY, noon + (day + 1) * DAY) // (60 * MINUTE) for day in range(3)]


def test_a_special_day_goes_before_a_holiday_and_the_week() -> None:
    """A holiday on which somebody works from nine to twelve is open then, and only then."""
    eve = date(2026, 12, 24)
    week = Schedule(BERLIN, (((480, 1080),),) * 5 + ((), ()), always=False, days={eve: ((540, 720),)}, holidays=lambda _: {eve})
    begin = stamp("2026-12-23 23:00")
    assert [stamp("2026-12-24 08:00"), stamp("2026-12-24 11:00")] == [at for at, _ in week.changes(begin, begin + DAY)]


def test_only_special_days_may_be_open_and_they_may_lie_far_ahead() -> None:
    """A line that is there for one day in three years is waited for, and never opens again after it."""
    once = Schedule(BERLIN, always=False, days={date(2029, 5, 5): ((600, 660),)})
    opens = stamp("2029-05-05 08:00")
    assert (opens, opens + 60 * MINUTE) == (once.next_change(stamp("2026-01-01")), once.after(stamp("2026-01-01"), 60 * MINUTE))
    assert (None, NEVER) == (once.next_change(opens + DAY), once.after(opens + DAY, 1))


@pytest.mark.parametrize(
    ("at", "begin", "end"),
    [
        ("2026-04-02 22:30", "2026-04-02 20:00", "2026-04-04 20:00"),
        ("2026-04-03 23:00", "2026-04-02 20:00", "2026-04-04 20:00"),
        ("2026-04-04 20:00", "2026-04-04 20:00", "2026-04-05 20:00"),
    ],
)
def test_the_opening_day_of_a_night_is_the_night(at: str, begin: str, end: str) -> None:
    """22:00-02:00 in Berlin, closed on Good Friday: its day begins when it opens, and lasts until it opens again."""
    nights = Schedule(BERLIN, NIGHTS.week, always=False, holidays=lambda _: {date(2026, 4, 3)})
    assert (stamp(begin), stamp(end)) == nights.opening_day(stamp(at))


def test_an_opening_day_may_have_no_beginning_and_no_end() -> None:
    """Before the only day on which it is open, and on it."""
    once = Schedule(BERLIN, always=False, days={date(2026, 5, 5): ((600, 660),)})
    opens = stamp("2026-05-05 08:00")
    assert ((-NEVER, opens), (opens, NEVER)) == (once.opening_day(opens - 1), once.opening_day(opens))


def test_ninety_days_are_a_sum_over_days() -> None:
    """Once its days are known, a quarter costs far less than a millisecond, whatever the hours."""
    quarter = stamp("2026-01-01"), stamp("2026-04-01")
    expected = NIGHTS.open_between(*quarter)
    began = perf_counter()
    for _ in range(100):
        assert expected == NIGHTS.open_between(*quarter)
    assert perf_counter() - began < 0.5
