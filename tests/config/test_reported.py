"""Entries that are judged of closed periods: ratio, band, share, trend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stream.config.standards import read_file, read_standards
from stream.core.declared import Standard
from stream.errors import DeclarationError
from tests.config.test_standards import CENTRE, LEVEL, refusal, written

SERVICE = "form: ratio, measure: 'service_level[strict,120]', at_least: 85%"


def report(form: str, measure: str, **fields: Any) -> Standard:
    """A report as it is read, but for `fields`."""
    given = {"name": "s0", "title": "T", "cadence": "report", "calendar": "day", "window": 0, "grace": 0}
    return Standard(**{**given, "form": form, "measure": measure, **fields})


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "form: ratio, measure: 'ces_by_scale[7].mean', at_most: 3",
            report("ratio", "ces_by_scale[7].mean", op="<=", limit=3.0, unit="grade"),
        ),
        (
            f"{SERVICE}, calendar: week, cadence: ticket, confidence: 99%",
            report(
                "ratio",
                "service_level[strict,120]",
                op=">=",
                limit=0.85,
                calendar="week",
                cadence="ticket",
                confidence=0.01,
                unit="share",
            ),
        ),
        (
            "form: ratio, measure: talk_mean_seconds, at_most: 5m, per: []",
            report("ratio", "talk_mean_seconds", limit=300.0, unit="seconds", per=()),
        ),
        (
            "form: ratio, measure: 'abandonment[no_short].numerator', below: 20",
            report("ratio", "abandonment[no_short].numerator", op="<", limit=20.0, unit="count"),
        ),
        (
            "form: band, measure: 'abandonment[strict]', low: 2%, high: 0.05",
            report("band", "abandonment[strict]", low=0.02, high=0.05, unit="ratio"),
        ),
        (
            "form: share, measure: abandonment, below: 3%, calendar: month",
            report("share", "abandonment", op="<", limit=0.03, calendar="month", unit="share"),
        ),
        ("form: ratio, measure: utilisation, at_most: 100%", report("ratio", "utilisation", limit=1.0, unit="share")),
        ("form: ratio, measure: nps.score, at_least: 0", report("ratio", "nps.score", op=">=", limit=0.0, unit="points")),
        ("form: band, measure: nps.score, low: -10, high: 20", report("band", "nps.score", low=-10.0, high=20.0, unit="points")),
        ("form: trend, measure: offered, factor: 1.5", report("trend", "offered", factor=1.5, unit="contacts")),
        (
            "form: trend, measure: offered, factor: 2, calendar: half_hour",
            report("trend", "offered", factor=2.0, calendar="half_hour", usual="weekdays", unit="contacts"),
        ),
    ],
)
def test_every_form_is_read(tmp_path: Path, entry: str, expected: Standard) -> None:
    """Limits are in the unit of the measure: seconds, shares, or plain numbers."""
    assert (expected,) == read_standards(written(tmp_path, entry), CENTRE)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("form: ratio, measure: offred, at_most: 1", "measure cannot be offred: did you mean offered?"),
        ("form: ratio, measure: 'offered[', at_most: 1", "measure cannot be offered[: write a name, as service_level[strict,120]"),
        (
            "form: ratio, measure: waiting, at_most: 1",
            "waiting is of now, and a closed period has none: write form: level, or another measure",
        ),
        ("form: ratio, measure: offered.ratio, at_most: 1", "measure cannot be offered.ratio: offered is one number, write its name alone"),
        (
            "form: ratio, measure: 'abandonment[strickt]', at_most: 5%",
            "measure cannot be abandonment[strickt]: write one of abandonment[strict], abandonment[no_short]",
        ),
        (
            "form: ratio, measure: abandonment, at_most: 5%",
            "abandonment has several rows: name one, abandonment[strict], abandonment[no_short], or write form: share for the largest",
        ),
        ("form: share, measure: offered, at_most: 5%", "offered is no table of shares: write form: ratio"),
        (f"{SERVICE}, calendar: year", "calendar cannot be year: write one of half_hour, day, week, month"),
        (f"{SERVICE}, cadence: page", "cadence cannot be page: a period that is over wakes nobody, write ticket or report"),
        (f"{SERVICE}, grace: 5m", "a standard of form ratio has no key grace: leave it out"),
        ("form: ratio, measure: talk_mean_seconds, at_most: 5", "at_most cannot be 5: write it with its unit, for example 5s or 5m"),
        (SERVICE.replace("85%", "0%"), "at_least cannot be 0%: everything is, so it could never be broken; write a larger number"),
        (
            SERVICE.replace("at_least: 85%", "above: 100%"),
            "above cannot be 100%: no share is that large, so it would always be broken; write a smaller one",
        ),
        (
            "form: share, measure: abandonment, at_most: 100%",
            "at_most cannot be 100%: no share is larger, so it could never be broken; write the share that is borne",
        ),
        (
            "form: share, measure: abandonment, below: 0%",
            "below cannot be 0%: nothing is, so it would always be broken; write at_most: 0 or a larger number",
        ),
        ("form: band, measure: offered, low: 5, high: 5", "low cannot be 5: nothing lies between it and high, 5; write a smaller low"),
        (
            "form: band, measure: 'abandonment[strict]', low: 0%, high: 100%",
            "every share lies between 0% and 100%: it could never be broken, write a narrower band",
        ),
        (
            "form: ratio, measure: csat, at_most: 100%",
            "at_most cannot be 100%: no share is larger, so it could never be broken; write the share that is borne",
        ),
        (
            "form: ratio, measure: csat.low, at_least: 80",
            "at_least cannot be 80: no share is that large, so it would always be broken; write a smaller one",
        ),
        (
            "form: band, measure: occupancy, low: 0%, high: 100%",
            "every share lies between 0% and 100%: it could never be broken, write a narrower band",
        ),
        (
            "form: ratio, measure: nps.score, at_least: -100",
            "at_least cannot be -100: everything is, so it could never be broken; write a larger number",
        ),
        (
            "form: ratio, measure: nps.score, at_most: 100",
            "at_most cannot be 100: no score is larger, so it could never be broken; write the score that is borne",
        ),
        (
            "form: trend, measure: nps.score, factor: 2",
            "nps.score may be below 0, and no factor says how far that is from its usual: write form: band",
        ),
        (
            "form: ratio, measure: paused_seconds, at_most: 30m",
            "measure cannot be paused_seconds: it has several numbers, write one of paused_seconds.lunch for a reason that the centre ",
        ),
        (
            "form: ratio, measure: single_question.question, at_most: 3",
            "measure cannot be single_question.question: write one of single_question.numerator, ",
        ),
        (
            "form: ratio, measure: 'service_level[strict,20].formula', at_most: 3",
            "measure cannot be service_level[strict,20].formula: write one of service_level[",
        ),
        (
            "form: ratio, measure: ces_by_scale.mean, at_most: 3",
            "measure cannot be ces_by_scale.mean: it has several numbers, write one of ces_by_scale[name].mean",
        ),
        (
            "form: ratio, measure: 'ces_by_scale[7]', at_most: 3",
            "measure cannot be ces_by_scale[7]: it has several numbers, write one of ces_by_scale[name].mean",
        ),
        (
            "form: ratio, measure: agent_state_seconds.asleep, at_most: 30m",
            "measure cannot be agent_state_seconds.asleep: it has several numbers, write one of agent_state_seconds.available, ",
        ),
        ("form: ratio, measure: 'paused_seconds[lunch]', at_most: 30m", "measure cannot be paused_seconds[lunch]: it has several numbers"),
        (
            "form: trend, measure: offered, factor: 1",
            "factor cannot be 1: no day is exactly as usual, write more than 1, for example 1.5",
        ),
        (
            "form: trend, measure: offered, factor: 2, calendar: month",
            "calendar cannot be month for a trend: its usual is of 28 days, write half_hour or day",
        ),
        (
            "form: trend, measure: offered, factor: 2, calendar: half_hour, usual: days",
            "usual cannot be days for half-hours: a Sunday is no usual Monday, write weekdays",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    """Each refusal says what to write instead."""
    said = refusal(tmp_path, entry)
    assert said.startswith(f"s.yaml:3: {problem}"), said


def test_a_file_says_how_many_pages_a_shift_are_borne(tmp_path: Path) -> None:
    """And who is on duty when; four pages in three shifts of eight hours where it does not."""
    path = written(tmp_path, LEVEL)
    found = read_file(path, CENTRE)
    assert (4, ["08-16", "16-24", "00-08"]) == (found.alert_budget, [shift.name for shift in found.shifts])
    path.write_text(path.read_text() + 'alert_budget: 2\nshifts: {day: "06:00-22:00", night: "22:00-06:00"}\n', encoding="utf-8")
    found = read_file(path, CENTRE)
    assert (2, [("day", 360, 1320), ("night", 1320, 360)]) == (
        found.alert_budget,
        [(shift.name, shift.begin, shift.end) for shift in found.shifts],
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("alert_budget: 0", "alert_budget cannot be 0: write how many pages a shift are borne, for example 4"),
        ("alert_budget: 1.5", "alert_budget cannot be 1.5: write how many pages a shift are borne, for example 4"),
        ('shifts: {day: "06:00-22:00"}', "at 00:00 nobody is on duty: let the shifts cover the day once"),
        ('shifts: {a: "00:00-24:00", b: "12:00-13:00"}', "at 12:00 a and b are both on duty: let the shifts cover the day once"),
        ('shifts: {a: "day"}', "day is no shift: write from-to on a 24-hour clock, for example 22:00-06:00"),
        ('shifts: {a: "00:00-25:00"}', "00:00-25:00 is no shift: hours go from 00:00 to 24:00, and it must last"),
    ],
)
def test_shifts_cover_the_day_once(tmp_path: Path, line: str, problem: str) -> None:
    """Else pages would be counted twice, or of nobody."""
    path = written(tmp_path, LEVEL)
    path.write_text(f"{path.read_text()}{line}\n", encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        read_standards(path, CENTRE)
    assert f"{path}:4: {problem}" == str(refused.value)
