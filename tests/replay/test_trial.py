"""A trial counts what standards would have said of past events, and what that means to people."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from stream.config.shifts import DEFAULT_SHIFTS, Shift
from stream.config.standards import StandardsFile
from stream.core.declared import Standard
from stream.replay.picture import LEFT, RIGHT, WIDTH, picture
from stream.replay.trial import Trial, compared, judged
from tests.core.timelines import at, played

UTC = ZoneInfo("UTC")
ONE_WAITS = """
    09:00:00 a offered billing/call
    09:01:00 a answered
    10:00:00 b offered billing/call
    10:00:30 b answered
    23:59:00 c offered sales/call
    2026-03-03T00:01:00 c answered
    2026-03-03T00:02:00 d offered sales/call
    2026-03-03T00:03:00 d answered
"""
SPAN = (at("09:00:00"), at("2026-03-03 00:03:00"))


def waiting(limit: int = 0, **fields: Any) -> Standard:
    """Nobody waits: a page to the operations."""
    given = {"name": "waiting", "title": "T", "grace": 0, "cadence": "page", "owner": "operations", "per": ("queue",)}
    return Standard(**{**given, "form": "level", "measure": "waiting", "limit": limit, **fields})


def trial(*standards: Standard, shifts: tuple[Shift, ...] = DEFAULT_SHIFTS) -> Trial:
    """What these say of the story."""
    return judged(standards, shifts, played(ONE_WAITS, standards), UTC)


def test_pages_are_counted_by_shift_and_role() -> None:
    """Two in the morning's shift, one in the evening's, one in the night's, by the moment at which they begin."""
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    expected = {(monday, "08-16", "operations"): 2, (monday, "16-24", "operations"): 1, (tuesday, "00-08", "operations"): 1}
    assert expected == trial(waiting()).pages


def test_a_shift_over_midnight_is_the_shift_of_the_day_on_which_it_began() -> None:
    """One night shift has both pages, those before midnight and those after it."""
    shifts = (Shift("day", 360, 1320), Shift("night", 1320, 360))
    monday = date(2026, 3, 2)
    assert {(monday, "day", "operations"): 2, (monday, "night", "operations"): 2} == trial(waiting(), shifts=shifts).pages


def test_what_is_one_alert_pages_once() -> None:
    """Ten contacts that wait too long at once, of whom two wait unbearably long, are one alert; later on it is another one."""
    story = "".join(f"09:00:0{number} c{number} offered billing/call\n" for number in range(10))
    story += "".join(f"09:0{1 if number < 8 else 5}:00 c{number} answered\n" for number in range(10))
    story += "10:00:00 d offered billing/call\n10:01:00 d answered"
    fields: dict[str, Any] = {"form": "clock", "measure": "wait", "per": ("queue",), "grace": 0, "cadence": "page", "owner": "operations"}
    promises = [
        Standard(name="wait", title="T", within=within, bound=bound, **fields)
        for bound, within in (("within", 20_000), ("unacceptable", 120_000))
    ]
    found = judged(promises, DEFAULT_SHIFTS, played(story, promises), UTC)

    assert {(date(2026, 3, 2), "08-16", "operations"): 2} == found.pages
    assert {"wait": (11, 2), "wait:unacceptable": (2, 0)} == {
        key: (len(of), sum(one in found.paging for one in of)) for key, of in found.by_standard().items()
    }


def test_a_ticket_pages_nobody_and_is_counted_all_the_same() -> None:
    """Four breaches, no page; the noisiest is the scope with the most of them, billing and sales alike, so the first by name."""
    found = trial(waiting(cadence="ticket"))
    assert (4, {}, ("waiting", "queue=billing", 2)) == (len(found.breaches), found.pages, found.noisiest())


def test_an_override_pages_its_own_people() -> None:
    """Sales has an owner of its own."""
    sales = waiting(where={"queue": ("sales",)}, specific=1, owner="sales")
    assert {"operations": 2, "sales": 2} == {
        role: sum(pages for (_, _, who), pages in trial(waiting(), sales).pages.items() if who == role) for role in ("operations", "sales")
    }


def test_two_files_stand_side_by_side() -> None:
    """The tried one finds four breaches, the current one, which bears one waiting, none; a shift above its budget is named."""
    file = StandardsFile((waiting(),), alert_budget=1)
    made = compared(trial(waiting()), trial(waiting(1)), file, SPAN, UTC)
    one = {"judged": True, "breaches": 4, "scopes": 2, "seconds": 60 + 30 + 120 + 60, "pages": 4}
    none = {"judged": True, "breaches": 0, "scopes": 0, "seconds": 0, "pages": 0}
    assert [{"standard": "waiting", "tried": one, "current": none}] == made["standards"]
    assert [{"date": "2026-03-02", "shift": "08-16", "role": "operations", "pages": 2}] == made["over_budget"]
    assert {"standard": "waiting", "scope": "queue=billing", "breaches": 2, "pages": 2} == made["noisiest"]
    assert [("08-16", 1, 2), ("16-24", 1, 1), ("00-08", 1, 1)] == [
        (entry["shift"], entry["shifts"], entry["tried"]["most"]) for entry in made["shifts"]
    ]


def test_a_standard_that_one_file_does_not_have_is_no_zero() -> None:
    """It was not asked, which is another thing than that it was kept."""
    made = compared(trial(waiting()), trial(waiting(name="other")), StandardsFile((waiting(),)), SPAN, UTC)
    assert [("waiting", True, False), ("other", False, True)] == [
        (entry["standard"], entry["tried"] is not None, entry["current"] is not None) for entry in made["standards"]
    ]


def test_what_was_never_judged_was_not_kept() -> None:
    """Of what nobody tells of, what never closes, a week that goes on and a day without a usual there is no verdict."""
    fields: dict[str, Any] = {"title": "T", "grace": 0, "per": ()}
    report: dict[str, Any] = {**fields, "measure": "offered", "calendar": "day", "limit": 0, "window": 0}
    promises = [
        Standard(name="kept", form="level", measure="waiting", limit=9, **fields),
        Standard(name="wait", form="mean", measure="answer_wait", limit=600, **fields),
        Standard(name="clock", form="clock", measure="wait", within=600_000, **fields),
        Standard(name="share", form="percentage", measure="service_level", objective=0.5, within=600_000, **fields),
        Standard(name="staffed", form="level", measure="staffed", op=">=", limit=1, **fields),
        Standard(name="handle", form="mean", measure="handle", limit=1, **fields),
        Standard(name="response", form="clock", measure="first_response", within=1, **fields),
        Standard(name="acknowledged", form="percentage", measure="acknowledgement", objective=0.5, within=1, **fields),
        Standard(name="left", form="level", measure="left_at_closing", limit=0, hours="always", **fields),
        Standard(name="week", form="ratio", **{**report, "calendar": "week"}),
        Standard(name="usual", form="trend", factor=2, **report),
        Standard(name="nowhere", form="level", measure="waiting", limit=0, **{**fields, "per": ("group",)}),
    ]
    story = """
        09:00:00 a offered billing/call
        09:01:00 a answered
        2026-03-04T09:00:00 b offered billing/call
        2026-03-04T09:01:00 b answered
    """
    found = judged(promises, DEFAULT_SHIFTS, played(story, promises), UTC)
    assert found.breaches == []
    assert frozenset(one.name for one in promises[4:]) == found.unjudged
    made = compared(found, None, StandardsFile(tuple(promises)), SPAN, UTC)
    assert [index < 4 for index in range(12)] == [entry["tried"]["judged"] for entry in made["standards"]]


@pytest.mark.parametrize(
    ("form", "calendar", "expected"),
    [
        ("ratio", "day", "no day that was over had a figure"),
        ("ratio", "28d", "no day that was over had a figure"),
        ("ratio", "week", "a week is judged when it is over, and none was when the events ended"),
        ("trend", "half_hour", "no half-hour that was over had a figure, and enough earlier ones to say what is usual"),
        ("level", "day", "nothing was there to judge, or only while it was closed"),
    ],
)
def test_why_there_was_no_verdict_is_said(form: str, calendar: str, expected: str) -> None:
    """A period is judged when it is over: on two days that is another reason than that nothing was there. Of what was judged none is."""
    measure = "staffed" if form == "level" else "csat"
    never = Standard(name="never", title="T", form=form, measure=measure, calendar=calendar, op=">=", limit=1, factor=2, grace=0, per=())
    made = compared(trial(never, waiting()), None, StandardsFile((never, waiting())), SPAN, UTC)
    assert [expected, None] == [entry["tried"].get("why") for entry in made["standards"]]


def test_breaches_without_any_have_no_noisiest() -> None:
    """Where all is kept nobody is named."""
    assert trial(waiting(5)).noisiest() is None


def test_the_picture_shows_each_breach_at_its_time() -> None:
    """Two rows of bars for one standard, drawn between the first event and the last; names are text and no markup."""
    svg = picture(trial(waiting(name="waiting")), trial(waiting()), SPAN, UTC, "a < b")
    root = ET.fromstring(svg)  # noqa: S314 - our own picture
    space = "{http://www.w3.org/2000/svg}"
    bars = [bar for bar in root.iter(f"{space}rect") if bar.find(f"{space}title") is not None]
    lefts = [float(bar.attrib["x"]) for bar in bars]
    assert (8, LEFT) == (len(bars), min(lefts))
    assert max(float(bar.attrib["x"]) + float(bar.attrib["width"]) for bar in bars) <= WIDTH - RIGHT + 2
    assert "a < b" == root.findtext(f"{space}title")
