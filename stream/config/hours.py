"""The section `hours` of the centre's file: opening hours by name.

    hours:
      office:
        mon-fri: 08:00-12:00, 13:00-18:00
        sat: 09:00-13:00
        holidays: {country: DE, subdivision: BE}      # closed on public holidays
        days:                                         # special days, whatever the week and the holidays say
          2026-12-24: 09:00-12:00
          2026-12-27: closed
      night:
        daily: 22:00-06:00                            # over midnight: it belongs to the day on which it begins
        zone: America/Montreal                        # where the people are; else the centre's time zone

A day is a weekday, a range of them, a list, or daily. Hours called `always` need no declaration.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from stream.config.holidays import public_holidays
from stream.config.zones import time_zone
from stream.core.schedule import DAYS, MINUTES_A_DAY, Periods, Schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from stream.config.yaml import Item, Section

ALWAYS: Final = "always"
QUEUES_OWN: Final = "queue"
CLOSED: Final = "closed"
OTHER_KEYS: Final = frozenset({"zone", "holidays", "days"})
LONGEST_NAME: Final = 80
PERIOD: Final = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
NO_TIME: Final = MINUTES_A_DAY + 1
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


def check_name(item: Item, kind: str) -> None:
    """Refuse a name that cannot be shown everywhere."""
    if not item.text or item.text != item.text.strip() or len(item.text) > LONGEST_NAME or not item.text.isprintable():
        raise item.error(f"{kind} needs a name of 1 to {LONGEST_NAME} printable signs without blanks around it")


def clock_times(text: str) -> tuple[int, int] | None:
    """Begin and end of "08:00-12:00" in minutes of the day, beyond it where there is no such time; None where it is not so written."""
    match = PERIOD.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, end_hours, end_minutes = (int(digits) for digits in match.groups())
    if max(minutes, end_minutes) > 59:  # noqa: PLR2004 - minutes of an hour
        return NO_TIME, NO_TIME
    return hours * 60 + minutes, end_hours * 60 + end_minutes


def opening_hours(file: Section, zone: ZoneInfo) -> dict[str, Schedule]:
    """The schedules by name; `zone` is that of hours which name none. DeclarationError names the line that is refused."""
    if "hours" not in file:
        return {}
    found: dict[str, Schedule] = {}
    hours = file.section("hours")
    for item in hours.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        check_name(item, "opening hours")
        if item.text in {ALWAYS, QUEUES_OWN}:
            raise item.error(f"opening hours cannot be called {item.text}: that word has a meaning of its own, choose another name")
        found[item.text] = _schedule(hours.section(item.text), zone)
    return found


def _schedule(section: Section, zone: ZoneInfo) -> Schedule:
    week, days = _week(section), _special(section)
    if not any(week) and not any(days.values()):
        raise section.error("these hours never open: write at least one period, for example mon-fri: 08:00-18:00")
    return Schedule(
        time_zone(section, "zone") if "zone" in section else zone,
        week,
        always=False,
        days=days,
        holidays=public_holidays(section.section("holidays")) if "holidays" in section else None,
    )


def _week(section: Section) -> tuple[Periods, ...]:
    """The periods that begin on each weekday; a day is named once."""
    week: dict[str, Periods] = {}
    for key in section.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        if key.text in OTHER_KEYS:
            continue
        days = tuple(_days(key))
        for day in days:
            if day in week:
                raise key.error(f"{day} is named twice: write all its periods in one place, as 08:00-12:00, 13:00-18:00")
            week[day] = _periods(section, key.text, day)
    for day, following in zip(DAYS, (*DAYS[1:], DAYS[0]), strict=True):
        ends = max((end for _, end in week.get(day, ())), default=0) - MINUTES_A_DAY
        if week.get(following) and week[following][0][0] < ends:
            raise section.error(f"the periods of {following} overlap: write each time once")
    return tuple(week.get(day, ()) for day in DAYS)


def _special(section: Section) -> dict[date, Periods]:
    """The periods of special days by date."""
    if "days" not in section:
        return {}
    days = section.section("days")
    found: dict[date, Periods] = {}
    for key in days.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        try:
            day = date.fromisoformat(key.text) if DATE.fullmatch(key.text) else None
        except ValueError:
            day = None
        if day is None:
            raise key.error(f"{key.text} is no date: write year-month-day, for example 2026-12-24")
        found[day] = _periods(days, key.text, key.text)
    return found


def _days(key: Item) -> Iterator[str]:
    """The days of "mon", "mon-fri", "sat, sun", "fri-mon" or "daily"."""
    if key.text == "daily":
        yield from DAYS
        return
    for part in key.text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        ends = (first, last) if dash else (first,)
        for word in ends:
            if word not in DAYS:
                raise key.error(f"{word or key.text} is no day: write mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, or daily")
        begin, end = DAYS.index(ends[0]), DAYS.index(ends[-1])
        yield from (DAYS[(begin + step) % len(DAYS)] for step in range((end - begin) % len(DAYS) + 1))


def _periods(section: Section, key: str, day: str) -> Periods:
    """The periods under a key, in order, touching ones made one; overlapping ones are refused."""
    items = section.items(key)
    if not items or not any(item.text.strip() for item in items):
        raise section.error(f"{key} is empty: write its periods, for example 08:00-18:00, or closed", key)
    if [CLOSED] == [item.text for item in items]:
        return ()
    found: list[tuple[int, int]] = []
    for begin, end in sorted(_read(items)):
        if found and begin < found[-1][1]:
            raise section.error(f"the periods of {day} overlap: write each time once", None if day in DAYS else key)
        if found and begin == found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    if found[-1][1] - MINUTES_A_DAY > found[0][0]:
        raise section.error(f"the periods of {day} are longer than a day: write each time once", None if day in DAYS else key)
    return tuple(found)


def _read(items: Iterable[Item]) -> Iterator[tuple[int, int]]:
    """The periods of "08:00-12:00, 22:00-02:00" in minutes of the day on which they begin."""
    for item in items:
        for part in item.text.split(","):
            period = clock_times(part)
            if period is None:
                shown = part.strip() or "nothing"
                raise item.error(f"{shown} is no period: write from-to on a 24-hour clock, for example 08:00-12:00, or closed")
            begin, end = period
            if begin >= MINUTES_A_DAY or end > MINUTES_A_DAY:
                raise item.error(f"{part.strip()} is no period: hours go from 00:00 to 24:00")
            if begin == end:
                raise item.error(f"{part.strip()} is empty: write 00:00-24:00 for the whole day")
            yield begin, end if begin < end else end + MINUTES_A_DAY
