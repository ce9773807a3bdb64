"""The mapping of a vendor's report: which columns say what. Written in YAML by whoever knows the report.

    version: 1
    format: {delimiter: semicolon, encoding: windows-1252}          # as in the mapping of a call log
    time_zone: Europe/Berlin
    interval: {columns: [Date, Start], format: "%d.%m.%Y %H:%M", length: 30m}   # 15m, 30m, 60m or day
    queue: {column: Queue, values: {Billing DE: billing}}           # or {value: billing}; left out: all queues together
    channels: [call]                                                # left out: contacts of every channel
    numbers: {decimal: comma, thousands: point, absent: ["-"]}      # an empty cell has no figure, too
    leave_out: {column: Queue, values: [Total]}                     # rows that are no interval of a queue
    offered: {column: Offered}
    answered: {column: Handled}
    abandoned: {column: Abandoned}
    service_level: {column: "SL %", as: percent, within: 20s}       # or as: ratio; or within_column: T (seconds)
    wait: {column: ASA, as: "hh:mm:ss"}                             # of s, min, ms, mm:ss, hh:mm:ss
    handle: {column: AHT, as: s}

Of the six figures at least one is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from stream.config.yaml import Item, Section, version
from stream.config.zones import time_zone
from stream.core.events import CHANNELS
from stream.sources.mapping import read_layout
from stream.sources.table import Layout

COUNTS: Final = ("offered", "answered", "abandoned")
LENGTHS: Final = ("wait", "handle")
FIGURES: Final = (*COUNTS, "service_level", *LENGTHS)
INTERVALS: Final = {"15m": 15 * 60_000, "30m": 30 * 60_000, "60m": 60 * 60_000, "day": None}
SHARES: Final = {"percent": Fraction(100), "ratio": Fraction(1)}
CLOCKS: Final = ("hh:mm:ss", "mm:ss")
SCALES: Final = {"ms": Fraction(1), "s": Fraction(1, 1_000), "min": Fraction(1, 60_000)} | dict.fromkeys(CLOCKS, Fraction(1, 1_000))
"""How a length is printed -> what milliseconds are multiplied by; clock times count as seconds."""
SIGNS: Final = {"point": ".", "comma": ",", "blank": " ", "apostrophe": "'", "none": ""}
KEYS: Final = ("version", "format", "time_zone", "interval", "queue", "channels", "numbers", "leave_out", *FIGURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One column of figures. scale: what the figure in our units (contacts, shares, ms) is multiplied by to be as printed.

    within: the threshold (ms) of a service level, or None where `within_column` has it in seconds.
    """

    name: str
    column: Item
    form: str
    scale: Fraction
    within: int | None = None
    within_column: Item | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMapping:
    """The mapping as it was read; every column keeps the line that names it. length: ms, None for days."""

    path: str
    layout: Layout
    zone: ZoneInfo
    starts: tuple[Item, ...]
    start_format: str
    length: int | None
    queue_column: Item | None
    queue_value: str
    queues: dict[str, str] | None
    channels: tuple[str, ...]
    decimal: str
    thousands: str
    absent: frozenset[str]
    leave_out_column: Item | None
    leave_out: frozenset[str]
    figures: tuple[Figure, ...]

    def columns(self) -> tuple[Item, ...]:
        """Every column that the mapping names."""
        figures = (item for figure in self.figures for item in (figure.column, figure.within_column))
        return tuple(item for item in (*self.starts, self.queue_column, self.leave_out_column, *figures) if item is not None)


def read_report_mapping(file: Section) -> ReportMapping:
    """Read the mapping of a report, refusing what cannot be meant. Raises DeclarationError."""
    file.only(*KEYS)
    version(file)
    starts, start_format, length = _interval(file)
    column, value, values = _queue(file)
    decimal, thousands, absent = _numbers(file)
    left_column, left = _leave_out(file)
    figures = tuple(_figure(file, name) for name in FIGURES if name in file)
    if not figures:
        raise file.error(f"the file names no figure: add one of {', '.join(FIGURES)}")
    channels = file.words("channels")
    for item in file.items("channels"):
        if item.text not in CHANNELS:
            raise item.error(f"channels cannot have {item.text}: write one of {', '.join(CHANNELS)}")
    return ReportMapping(
        path=file.path,
        layout=read_layout(file),
        zone=time_zone(file, "time_zone"),
        starts=starts,
        start_format=start_format,
        length=length,
        queue_column=column,
        queue_value=value,
        queues=values,
        channels=channels,
        decimal=decimal,
        thousands=thousands,
        absent=absent,
        leave_out_column=left_column,
        leave_out=left,
        figures=figures,
    )


def _interval(file: Section) -> tuple[tuple[Item, ...], str, int | None]:
    interval = file.section("interval")
    interval.only("columns", "column", "format", "length")
    starts = (*interval.items("columns"), *interval.items("column"))
    if not starts:
        raise interval.error("interval needs columns: write the columns that say when an interval begins, for example [Date, Start]")
    form = interval.text("format", "iso")
    if form not in {"iso", "epoch", "epoch_ms"} and not ("%d" in form or "%j" in form):
        raise interval.error(f'format {form} has no date: write iso, epoch, epoch_ms or a format such as "%d.%m.%Y %H:%M"', "format")
    return starts, form, INTERVALS[interval.choice("length", tuple(INTERVALS))]


def _queue(file: Section) -> tuple[Item | None, str, dict[str, str] | None]:
    if "queue" not in file:
        return None, "", None
    section = file.section("queue")
    section.only("column", "value", "values")
    if ("column" in section) == ("value" in section):
        raise section.error("queue takes either column or value: write one of them")
    if "value" in section:
        return None, section.text("value"), None
    if "values" not in section:
        return section.item("column"), "", None
    table = section.section("values")
    return section.item("column"), "", {item.text: table.text(item.text) for item in table.keys()}  # noqa: SIM118 - a section is no dict


def _numbers(file: Section) -> tuple[str, str, frozenset[str]]:
    if "numbers" not in file:
        return ".", "", frozenset()
    numbers = file.section("numbers")
    numbers.only("decimal", "thousands", "absent")
    decimal = SIGNS[numbers.choice("decimal", ("point", "comma"), "point")]
    thousands = SIGNS[numbers.choice("thousands", tuple(SIGNS), "none")]
    if decimal == thousands:
        raise numbers.error("thousands cannot be the sign of decimal: write the other one, or none", "thousands")
    return decimal, thousands, frozenset(item.text for item in numbers.items("absent"))


def _leave_out(file: Section) -> tuple[Item | None, frozenset[str]]:
    if "leave_out" not in file:
        return None, frozenset()
    section = file.section("leave_out")
    section.only("column", "values")
    return section.item("column"), frozenset(item.text for item in section.items("values"))


def _figure(file: Section, name: str) -> Figure:
    section = file.section(name)
    if name in COUNTS:
        section.only("column")
        return Figure(name=name, column=section.item("column"), form="count", scale=Fraction(1))
    if name in LENGTHS:
        section.only("column", "as")
        form = section.choice("as", tuple(SCALES), "s")
        return Figure(name=name, column=section.item("column"), form=form, scale=SCALES[form])
    section.only("column", "as", "within", "within_column")
    if ("within" in section) == ("within_column" in section):
        raise section.error("service_level takes either within or within_column: write the threshold, for example within: 20s")
    form = section.choice("as", tuple(SHARES), "percent")
    within = section.duration("within") if "within" in section else None
    column = section.item("within_column") if within is None else None
    return Figure(name=name, column=section.item("column"), form=form, scale=SHARES[form], within=within, within_column=column)
