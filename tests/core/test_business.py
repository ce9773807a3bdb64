"""Business clocks: open time less the spans in which the customer is asked."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.business import PausableClock, Pause, due, elapsed
from stream.core.schedule import Schedule

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Schedule(BERLIN, (((480, 720), (780, 1080)),) * 5 + ((), ()), always=False)
ALWAYS = Schedule(BERLIN)
NEAR = int(datetime(2026, 3, 27, 12, tzinfo=UTC).timestamp() * 1000)
"""A Friday; the clocks change on the Sunday after it."""


def local(text: str) -> int:
    """A local time of Berlin in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


spans = st.lists(
    st.tuples(st.integers(0, 6 * 1440), st.one_of(st.none(), st.integers(0, 2 * 1440))).map(
        lambda drawn: (NEAR + drawn[0] * MINUTE, None if drawn[1] is None else NEAR + (drawn[0] + drawn[1]) * MINUTE)
    ),
    max_size=4,
)
lawful = settings(max_examples=150, deadline=None)


@lawful
@given(spans, st.integers(0, 1440), st.integers(0, 7 * 1440))
def test_what_has_passed_is_every_open_minute_that_is_in_no_pause(pauses: list[Pause], begin: int, minutes: int) -> None:
    """Minute by minute, over a weekend and a change of clocks, with pauses that overlap or go on."""
    started = NEAR + begin * MINUTE
    until = started + minutes * MINUTE

    def paused(at: int) -> bool:
        return any(since <= at and (end is None or at < end) for since, end in pauses)

    expected = sum(MINUTE for at in range(started, until, MINUTE) if OFFICE.is_open(at) and not paused(at))
    assert expected == elapsed(OFFICE, started, pauses, until)


@lawful
@given(spans, st.integers(0, 1440), st.integers(0, 7 * 1440), st.integers(1, 30 * 60))
def test_it_is_due_when_so_much_has_passed(pauses: list[Pause], begin: int, now: int, within: int) -> None:
    """At that moment exactly so much has passed, a millisecond before less; None only while the customer is asked for good."""
    started = NEAR + begin * MINUTE
    at = started + now * MINUTE
    known = [(since, end) for since, end in pauses if since <= at]
    found = due(OFFICE, started, pauses, at, within * MINUTE)
    if found is None:
        assert any(end is None for _, end in known)
        assert elapsed(OFFICE, started, known, at + 100 * DAY) < within * MINUTE
    else:
        passed = [elapsed(OFFICE, started, known, moment) for moment in (found, found - 1)]
        assert [within * MINUTE, within * MINUTE - 1] == passed


def paused(told: list[tuple[str, int]], minute: int) -> bool:
    """What was said last up to this minute; of the same minute, that it pauses."""
    last = {word: max((at for said, at in told if said == word and at <= minute), default=-1) for word in ("pause", "resume")}
    return last["pause"] >= max(0, last["resume"])


@lawful
@given(st.lists(st.tuples(st.sampled_from(("pause", "resume")), st.integers(0, 30)), max_size=8), st.integers(0, 2**32))
def test_a_clock_is_a_function_of_the_set_of_its_instants(told: list[tuple[str, int]], seed: int) -> None:
    """Told in any order and twice, or put away and taken back in between, it is the same clock."""

    def clock(words: list[tuple[str, int]]) -> PausableClock:
        made = PausableClock(NEAR)
        for word, minute in words:
            getattr(made, word)(NEAR + minute * MINUTE)
            made = PausableClock.decode(made.encode())
        return made

    mixed = [*told, *told]
    random.Random(seed).shuffle(mixed)
    assert clock(told).encode() == clock(mixed).encode()
    assert [paused(told, minute) for minute in range(32)] == [clock(mixed).paused(NEAR + minute * MINUTE) for minute in range(32)]


def test_a_clock_waits_for_the_customer() -> None:
    """Four open hours from Monday 10:00: two until lunch, asked from 13:00 to 14:30, so the other two end at 16:30."""
    clock = PausableClock(local("2026-03-02 10:00"))
    assert local("2026-03-02 15:00") == clock.due(OFFICE, local("2026-03-02 10:00"), 4 * HOUR)
    clock.pause(local("2026-03-02 13:00"))
    assert (None, True) == (clock.due(OFFICE, local("2026-03-02 13:00"), 4 * HOUR), clock.paused(local("2026-03-02 13:00")))
    clock.resume(local("2026-03-02 14:30"))
    assert local("2026-03-02 16:30") == clock.due(OFFICE, local("2026-03-02 14:30"), 4 * HOUR)
    clock.stop(local("2026-03-02 16:00"))
    assert (None, 3 * HOUR + HOUR // 2) == (clock.due(OFFICE, local("2026-03-09 10:00"), 4 * HOUR), clock.elapsed(OFFICE, NEAR))


def test_another_target_and_other_hours_keep_the_pauses() -> None:
    """Of the same stored clock eight hours are due the next morning; without hours it is the same evening."""
    clock = PausableClock(local("2026-03-02 10:00"))
    clock.pause(local("2026-03-02 13:00"))
    clock.resume(local("2026-03-02 14:30"))
    again = PausableClock.decode(clock.encode())
    at = local("2026-03-02 15:00")
    assert local("2026-03-03 10:30") == again.due(OFFICE, at, 8 * HOUR)
    assert local("2026-03-02 19:30") == again.due(ALWAYS, at, 8 * HOUR)


def test_a_reopened_clock_goes_on_as_if_it_had_run() -> None:
    """Resolved at eleven and opened again: the time in between counts, unless somebody says that it was paused."""
    clock = PausableClock(local("2026-03-02 10:00"))
    clock.stop(local("2026-03-02 11:00"))
    assert HOUR == clock.elapsed(OFFICE, local("2026-03-02 12:00"))
    clock.reopen()
    assert 2 * HOUR == clock.elapsed(OFFICE, local("2026-03-02 12:00"))


def test_a_clock_without_pauses_is_two_numbers() -> None:
    """A hundred thousand of them are kept: start and end, and steps from the start only where there are pauses."""
    clock = PausableClock(NEAR)
    assert [NEAR, None] == clock.encode()
    clock.pause(NEAR + 1)
    assert [NEAR, None, [1], []] == clock.encode()
