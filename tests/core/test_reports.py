"""Standards that are judged of closed periods: ratio, band, share and trend; days, weeks and months made of days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.judges.report import MEASURES_KNOWN_LATE
from stream.core.stage import STANDARD_BREACHES
from stream.core.wanted import Kept
from tests.core.clockwork import happen, now, wall
from tests.core.histories import mark
from tests.core.pipeline import Pipeline
from tests.core.timelines import events, played, verdict

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
STATUS = ("status", "value", "target", "breached")


def report(form: str, measure: str, **fields: Any) -> Standard:
    """A report for the whole, by the day, but for `fields`."""
    given = {"calendar": "day", "per": (), "unit": "share", "grace": 0, "window": 0, "cadence": "report"}
    return Standard(**{"name": "promise", "title": "A promise", "form": form, "measure": measure, **given, **fields})


def calls(day: int, answered: int, abandoned: int = 0) -> str:
    """Calls of the n-th day from that Monday, at nine: answered at once, or abandoned after a minute."""
    date = f"{MONDAY + timedelta(days=day):%Y-%m-%d}"
    lines = []
    for number in range(answered + abandoned):
        who = f"d{day}c{number}"
        lines.append((f"{date}T09:00:00", who, "offered billing/call"))
        lines.append((f"{date}T09:00:05", who, "answered") if number < answered else (f"{date}T09:01:00", who, "abandoned"))
    return "\n".join(f"{clock} {who} {what}" for clock, who, what in lines)


def days(*counts: tuple[int, int]) -> str:
    """(answered, abandoned) of one day after the other."""
    return "\n".join(calls(day, answered, abandoned) for day, (answered, abandoned) in enumerate(counts))


def until(day: int) -> str:
    """One in the morning of the n-th day."""
    return f"{MONDAY + timedelta(days=day):%Y-%m-%d} 01:00:00"


def said(story: str, standard: Standard, day: int, **options: Any) -> tuple[Any, ...]:
    """How a standard stands at one in the morning of the n-th day."""
    found = verdict(story, standard, until=until(day), **options)
    return tuple(found[name] for name in STATUS)


def breached(story: str, standard: Standard, day: int, **options: Any) -> list[tuple[Any, ...]]:
    """The breaches up to that morning: id, value, target, op, and the day of beginning and end."""
    records = played(story, (standard,), until=until(day), **options).of(STANDARD_BREACHES)
    return [
        (key, one["value"], one["target"], one["op"], one["started_at"][5:10], one["ended_at"][5:10])
        for key, one in sorted(records.items())
    ]


LEVEL = report("ratio", "service_level[strict,20]", op=">=", limit=0.9)


def test_a_ratio_is_judged_when_its_day_is_over() -> None:
    """Five of ten answered on Monday: nothing is said on Monday, and a breach of that day from midnight on."""
    story = days((5, 5))
    assert ("no_data", None, 0.9, False) == tuple(verdict(story, LEVEL, until="23:59:59")[name] for name in STATUS)
    assert ("missed", 0.5, 0.9, True) == said(story, LEVEL, 1)
    assert [("promise/all/day/2026-03-02", 0.5, 0.9, ">=", "03-02", "03-03")] == breached(story, LEVEL, 1)


def test_one_number_of_a_table_of_times_is_judged() -> None:
    """Forty minutes of lunch on Monday where half an hour is promised; the training beside it is no part of it."""
    centre = Centre(pause_reasons=("lunch", "training"))
    story = """
        09:00:00 agent anna available billing
        12:00:00 agent anna paused billing reason=lunch
        12:40:00 agent anna paused billing reason=training
        13:00:00 agent anna offline billing
    """
    lunch = report("ratio", "paused_seconds.lunch", unit="seconds", op="<=", limit=1800.0)
    training = report("ratio", "paused_seconds.training", unit="seconds", op="<=", limit=1800.0)
    paused = report("ratio", "agent_state_seconds.paused", unit="seconds", op="<=", limit=1800.0)
    assert ("missed", 2400.0, 1800.0, True) == said(story, lunch, 1, centre=centre)
    assert ("met", 1200.0, 1800.0, False) == said(story, training, 1, centre=centre)
    assert ("missed", 3600.0, 1800.0, True) == said(story, paused, 1, centre=centre)


@pytest.mark.parametrize(("calendar", "day"), [("week", 7), ("month", 30)])
def test_the_time_of_agents_adds_up_over_a_week_and_a_month(calendar: str, day: int) -> None:
    """Four hours on Monday and two on Wednesday, of which a half was spent on a call, are six staffed hours and a twelfth busy."""
    story = """
        08:00:00 agent carl available billing
        09:00:00 c1 offered billing/call
        09:00:00 c1 answered agent_id=carl wait_ms=0
        09:30:00 c1 ended talk_ms=1800000
        12:00:00 agent carl offline billing
        2026-03-04T08:00:00 agent carl available billing
        2026-03-04T10:00:00 agent carl offline billing
    """
    hours = report("ratio", "staffed_hours", unit="hours", op=">=", limit=8, calendar=calendar)
    busy = report("band", "occupancy", unit="ratio", low=0.4, high=0.6, calendar=calendar)
    assert ("missed", 6.0, 8.0, True) == said(story, hours, day)
    assert ("missed", 0.083333, 0.4, True) == said(story, busy, day)


def test_each_day_stands_for_itself() -> None:
    """Missed on Monday, kept on Tuesday: Monday's breach stays, and the standard is met."""
    story = days((5, 5), (10, 0))
    assert ("met", 1.0, 0.9, False) == said(story, LEVEL, 2)
    assert ["promise/all/day/2026-03-02"] == [row[0] for row in breached(story, LEVEL, 2)]


def test_a_day_without_contacts_has_no_data() -> None:
    """Never 0 %, and never a breach."""
    assert ("no_data", None, 0.9, False) == said(days((5, 5)), LEVEL, 2)


def test_of_few_contacts_the_exact_binomial_decides() -> None:
    """One miss of two may be chance at 90 %; five of ten is none."""
    assert ("too_few", 0.5, 0.9, False) == said(days((1, 1)), LEVEL, 1)
    assert ("missed", 0.5, 0.9, True) == said(days((5, 5)), LEVEL, 1)


def test_a_week_is_made_of_its_days() -> None:
    """Monday to Sunday: 14 answered of 28, told on the Monday after, for the week that began on the second."""
    weekly = report("ratio", "service_level[strict,20]", op=">=", limit=0.9, calendar="week")
    story = days(*[(2, 2)] * 7)
    assert ("no_data", None, 0.9, False) == said(story, weekly, 6)
    assert [("promise/all/week/2026-03-02", 0.5, 0.9, ">=", "03-02", "03-09")] == breached(story, weekly, 7)


def test_a_month_has_its_own_length() -> None:
    """March of 2026 ends when April begins; 100 offered in it are more than 50."""
    monthly = report("ratio", "offered", limit=50, unit="contacts", calendar="month")
    story = days((60, 0), (40, 0))
    assert [] == breached(story, monthly, 29)
    assert [("promise/all/month/2026-03-01", 100, 50, "<=", "03-01", "04-01")] == breached(story, monthly, 30)


def lived(standard: Standard, days: range) -> Pipeline:
    """A worker that has a call a day, and forgets what is old."""
    pipeline = Pipeline(Centre(), (standard,))
    for day in days:
        happened = events(calls(day, 1))
        pipeline.events([*happened, mark(happened[-1].time)])
        pipeline.drain()
    return pipeline


def test_what_was_said_of_a_month_stays_while_its_days_are_forgotten() -> None:
    """31 calls in March, which is the last month until April is over; nothing more is said of it then, nor after a restart in May."""
    monthly = report("ratio", "offered", limit=0, unit="contacts", calendar="month")
    pipeline = lived(monthly, range(-1, 75))
    pipeline.restart_all()
    happened = events(calls(75, 1))
    pipeline.events([*happened, mark(happened[-1].time)])
    pipeline.drain()
    assert [("2026-03-01", 31.0), ("2026-04-01", 30.0)] == [(one["started_at"][:10], one["value"]) for one in pipeline.breaches]


LAST_28 = report("ratio", "offered", limit=40, unit="contacts", calendar="28d")


def test_the_last_28_days_are_judged_with_each_day_that_closes() -> None:
    """Thirty calls on the first Monday and one on each day after it: 41 on the 12th day, 57 on the 28th, and on the 29th the 30 are out."""
    story = days((30, 0), *[(1, 0)] * 28)
    assert ("met", 40.0, 40.0, False) == said(story, LAST_28, 11)
    assert [("promise/all/28d/2026-03-13", 41, 40, "<=", "02-14", "03-14")] == breached(story, LAST_28, 12)
    found = breached(story, LAST_28, 29)
    assert 17 == len(found)
    assert ("promise/all/28d/2026-03-29", 57, 40, "<=", "03-02", "03-30") == found[-1]
    assert ("met", 28.0, 40.0, False) == said(story, LAST_28, 29)


def test_a_late_call_changes_each_of_the_28_days_that_it_is_a_part_of() -> None:
    """What is late for Monday, after Tuesday closed too: both are said again, with one more."""
    pipeline = wall(report("ratio", "offered", limit=0, unit="contacts", calendar="28d"))
    happen(pipeline, "23:00:00 anna offered billing/call")
    now(pipeline, "2026-03-04 00:10:00")
    pipeline.restart_all()
    happen(pipeline, "23:10:00 bert offered billing/call")
    now(pipeline, "2026-03-04 00:12:00")
    found = [(one["id"][-5:], one["value"], one["revision"]) for one in pipeline.breaches]
    assert [("03-02", 1.0, 1), ("03-03", 1.0, 1), ("03-02", 2.0, 2), ("03-03", 2.0, 2)] == found


def test_28_days_are_whole_when_a_worker_forgets_and_starts_anew() -> None:
    """A call a day for eleven weeks: each of the last 28 days has its 28 calls, and nothing is said twice after a restart."""
    pipeline = lived(report("ratio", "offered", limit=27, unit="contacts", calendar="28d"), range(77))
    pipeline.restart_all()
    happened = events(calls(77, 1))
    pipeline.events([*happened, mark(happened[-1].time)])
    pipeline.drain()
    expected = [f"{MONDAY + timedelta(days=day):%Y-%m-%d}" for day in range(27, 77)]
    assert [(day, 28.0, 1) for day in expected] == [(one["id"][-10:], one["value"], one["revision"]) for one in pipeline.breaches]


def test_28_days_in_which_the_clocks_change_begin_at_local_midnight() -> None:
    """In Berlin those that end with 2026-04-02 begin on the sixth of March, an hour later by the clock of Greenwich."""
    centre = Centre(zone=ZoneInfo("Europe/Berlin"))
    last = report("ratio", "offered", limit=1, unit="contacts", calendar="28d")
    records = played(calls(21, 3), (last,), centre=centre, until="2026-04-03 01:00:00").of(STANDARD_BREACHES)
    record = records["promise/all/28d/2026-04-02"]
    assert ("2026-03-05T23:00:00.000Z", "2026-04-02T22:00:00.000Z") == (record["started_at"], record["ended_at"])


def test_the_drop_out_threshold_is_judged_over_28_days() -> None:
    """Twenty-five give up on each of four days, half of those who call: it is known when there are a hundred, and 90 % wait no longer."""
    centre = Centre(kept=Kept(windows=frozenset({"day", "28d"})))
    given = {"op": "<", "limit": 1.0, "unit": "ratio", "calendar": "28d", "per": ("channel",)}
    threshold = report("ratio", "dropout_threshold.ratio", **given)
    story = days(*[(25, 25)] * 4)
    assert "no_data" == verdict(story, threshold, until=until(3), centre=centre, scope="channel=call")["status"]
    found = verdict(story, threshold, until=until(4), centre=centre, scope="channel=call")
    assert ("missed", 1.0) == (found["status"], found["value"])


def test_a_week_in_which_the_clocks_change_ends_at_local_midnight() -> None:
    """In Berlin the week of 2026-03-23 has 167 hours: it ends on Sunday at 22:00 UTC."""
    centre = Centre(zone=ZoneInfo("Europe/Berlin"))
    weekly = report("ratio", "offered", limit=1, unit="contacts", calendar="week")
    (record,) = played(calls(21, 3), (weekly,), centre=centre, until="2026-03-30 01:00:00").of(STANDARD_BREACHES).values()
    assert ("2026-03-22T23:00:00.000Z", "2026-03-29T22:00:00.000Z") == (record["started_at"], record["ended_at"])


def test_half_hours_can_be_judged_too() -> None:
    """Named by the clock time at which they begin."""
    half = report("ratio", "offered", limit=1, unit="contacts", calendar="half_hour")
    assert ["promise/all/half_hour/2026-03-02T09:00"] == [row[0] for row in breached(days((3, 0)), half, 1)]


@pytest.mark.parametrize(
    ("answered", "expected"),
    [(4, ("missed", 4.0, 5.0, True)), (5, ("met", 5.0, 8.0, False)), (8, ("met", 8.0, 8.0, False)), (9, ("missed", 9.0, 8.0, True))],
)
def test_a_band_has_two_edges(answered: int, expected: tuple[Any, ...]) -> None:
    """Both edges belong to it; the target is the edge that was passed."""
    assert expected == said(days((answered, 0)), report("band", "offered", low=5, high=8, unit="contacts"), 1)


def test_a_share_names_the_largest_row() -> None:
    """Of abandonment under its two formulas strict is the larger one here: 8 of 10, and a minute is no short abandon."""
    share = report("share", "abandonment", op="<", limit=0.3)
    (record,) = played(days((2, 8)), (share,), until=until(1)).of(STANDARD_BREACHES).values()
    assert ("strict", 0.8, 0.3, "<") == (record["row"], record["value"], record["target"], record["op"])


def test_a_trend_is_held_against_the_mean_of_28_days() -> None:
    """Ten calls a day for four weeks, then 16: more than 1.5 times as many. Sixteen belong to the usual of the next day."""
    trend = report("trend", "offered", factor=1.5, unit="contacts")
    story = days(*[(10, 0)] * 28, (16, 0), (15, 0))
    assert [("promise/all/day/2026-03-30", 16, 15, "<=", "03-30", "03-31")] == breached(story, trend, 29)
    assert ("met", 15.0, pytest.approx(1.5 * (27 * 10 + 16) / 28, abs=1e-6), False) == said(story, trend, 30)


def test_a_trend_can_fall_too() -> None:
    """Six calls are less than 10 / 1.5."""
    trend = report("trend", "offered", factor=1.5, unit="contacts")
    assert ("missed", 6.0, pytest.approx(10 / 1.5, abs=1e-6), True) == said(days(*[(10, 0)] * 28, (6, 0)), trend, 29)


def test_nothing_is_usual_before_half_of_the_days_are_known() -> None:
    """After 13 days 100 calls are nothing special, after 14 they are."""
    trend = report("trend", "offered", factor=1.5, unit="contacts")
    assert ("too_few", 100.0, None, False) == said(days(*[(10, 0)] * 13, (100, 0)), trend, 14)
    assert ("missed", 100.0, 15.0, True) == said(days(*[(10, 0)] * 14, (100, 0)), trend, 15)


def test_a_usual_monday_is_no_usual_sunday() -> None:
    """Busy Mondays are held against Mondays: 30 calls are usual there, and would be three times as many as on other days."""
    week = [(30, 0), *[(10, 0)] * 6]
    story = days(*week * 4, (30, 0))
    weekdays = report("trend", "offered", factor=1.5, usual="weekdays", unit="contacts")
    assert ("met", 30.0, 45.0, False) == said(story, weekdays, 29)
    assert "missed" == said(story, report("trend", "offered", factor=1.5, unit="contacts"), 29)[0]


def test_what_a_report_needs_is_counted_although_nobody_else_asks_for_it() -> None:
    """The centre keeps neither days nor service levels; the report has both, and no other reading shows them."""
    centre = Centre(kept=Kept(measures=("offered",), windows=frozenset({"30m"})))
    assert ("missed", 0.5, 0.9, True) == said(days((5, 5)), LEVEL, 1, centre=centre)
    figures = played(days((5, 5)), (LEVEL,), centre=centre, until=until(1))
    assert {"all", "30m"} == {key.rpartition("|")[2] for key in figures.of("queue-readings") if not key.startswith("!")}


def test_a_day_is_judged_again_when_its_numbers_change() -> None:
    """A live worker says Monday's breach after midnight; what was late takes it back, with a higher revision."""
    pipeline = wall(report("ratio", "offered", op=">=", limit=2, unit="contacts"))
    happen(pipeline, "23:00:00 anna offered billing/call")
    now(pipeline, "2026-03-03 00:10:00")
    assert [("resolved", False, 1)] == [(one["status"], one["provisional"], one["revision"]) for one in pipeline.breaches]
    pipeline.restart_all()
    now(pipeline, "2026-03-03 00:11:00")
    assert 1 == len(pipeline.breaches)
    happen(pipeline, "23:10:00 bert offered billing/call")
    now(pipeline, "2026-03-03 00:12:00")
    assert [("withdrawn", False, 2)] == [(one["status"], one["provisional"], one["revision"]) for one in pipeline.breaches[1:]]


def test_a_measure_that_is_known_late_is_judged_for_as_long_as_its_days_are_kept() -> None:
    """Whichever folds a fact that is known weeks later; days are kept for these facts."""
    assert {"fcr", "fcr_net", "retention"} == MEASURES_KNOWN_LATE
