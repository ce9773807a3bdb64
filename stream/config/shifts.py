"""Shifts: the parts of the day in which the same people are on duty, in local time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stream.config.hours import clock_times
from stream.core.schedule import MINUTES_A_DAY

if TYPE_CHECKING:
    from stream.config.yaml import Section

DAY: Final = MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Shift:
    """From `begin` to `end` in minutes of the local day; `end` is not above `begin` where it goes over midnight."""

    name: str
    begin: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether that minute of the day lies in it."""
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


DEFAULT_SHIFTS: Final = (Shift("08-16", 480, 960), Shift("16-24", 960, DAY), Shift("00-08", 0, 480))


def shifts(file: Section) -> tuple[Shift, ...]:
    """The shifts of a file, in its order; together they cover the day once."""
    if "shifts" not in file:
        return DEFAULT_SHIFTS
    section = file.section("shifts")
    found = tuple(_shift(section, key.text) for key in section.keys())  # noqa: SIM118 - a section is no dict
    for minute in range(DAY):
        on_duty = [shift.name for shift in found if shift.holds(minute)]
        if len(on_duty) != 1:
            clock = f"{minute // 60:02}:{minute % 60:02}"
            said = f"{' and '.join(on_duty)} are both on duty" if on_duty else "nobody is on duty"
            raise file.error(f"at {clock} {said}: let the shifts cover the day once", "shifts")
    return found


def _shift(section: Section, name: str) -> Shift:
    item = section.item(name)
    period = clock_times(item.text)
    if period is None:
        raise item.error(f"{item.text} is no shift: write from-to on a 24-hour clock, for example 22:00-06:00")
    begin, end = period
    if begin >= DAY or end > DAY or begin == end:
        raise item.error(f"{item.text} is no shift: hours go from 00:00 to 24:00, and it must last")
    return Shift(name, begin, end)
