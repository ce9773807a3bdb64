"""Entries of the forms that are judged of closed periods: ratio, band, share, trend. They are about any measure by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stream.config.quantities import read_points, read_ratio
from stream.config.yaml import suggestion
from stream.core.declared import PERIODS, USUALS, Standard
from stream.core.measures import BY_NAME
from stream.core.measures.entry import Measure, View
from stream.core.measures.paths import DEFAULT, LOW, RATE, WORDS, Path, leads, parsed, rows, thresholds
from stream.core.measures.surveys import POINTS
from stream.core.scope_stage import REPORTED, bounds_of
from stream.core.windows import Cell

if TYPE_CHECKING:
    from stream.config.yaml import Section

OWN: Final = frozenset({"score", "mean", "per_hundred"})
"""Fields of a survey that are its figure; the others beside it are counts."""
SHORT: Final = ("half_hour", "day")
"""Periods that have a usual: of longer ones 28 days hold too few."""
OPERATORS: Final = {"at_most": "<=", "below": "<", "at_least": ">=", "above": ">"}


def report(section: Section, made: Standard) -> Standard:
    """Add what a report form says to a standard that has the common keys."""
    measure, path, sample = _measure(section)
    made = replace(made, unit=_unit(measure, path, made.form), calendar=_calendar(section, made.form), window=0, grace=0)
    if made.form == "trend":
        return _trend(section, made)
    if made.form == "band":
        return replace(made, low=_limit(section, "low", measure, path), high=_limit(section, "high", measure, path))
    _rows(section, made, path, sample)
    key = limit_key(section, OPERATORS if made.form == "ratio" else ("at_most", "below"))
    return replace(made, op=OPERATORS[key], limit=_limit(section, key, measure, path), confidence=confidence(section, made))


def alone(form: str, measure: str) -> dict[str, Callable[[Section], Any]]:
    """By key of a report form, how it is read by itself; limits only where the measure is right. See `stream.config.promise.alone`."""
    found: dict[str, Callable[[Section], Any]] = {
        "measure": _measure,
        "calendar": lambda section: _calendar(section, form),
        "usual": lambda section: section.choice("usual", USUALS),
        "factor": lambda section: section.number("factor"),
    }
    path = parsed(measure)
    known = None if path is None else BY_NAME.get(path.measure)
    if path is None or known is None or known.kind == "level" or not (known.numbers is not None or leads(empty(known, path), path)):
        return found
    return found | {key: partial(_limit, key=key, measure=known, path=path) for key in (*OPERATORS, "low", "high")}


def empty(measure: Measure, path: Path) -> Any:
    """What a measure gives where nothing was counted: its rows and fields can be told from it."""
    within = {*REPORTED, *(thresholds([path]))}
    view = View(cell=Cell(0, 1), bounds=bounds_of((), within), within=tuple(sorted(within)), as_of=0, waits=(), staffed=None)
    return measure.read(view)


def _measure(section: Section) -> tuple[Measure, Path, Any]:
    item = section.item("measure")
    path = parsed(item.text)
    reportable = [measure.name for measure in BY_NAME.values() if measure.kind != "level"]
    if path is None:
        raise item.error(f"measure cannot be {item.text}: write a name, as service_level[strict,120] where a row of a table is meant")
    if path.measure not in BY_NAME:
        raise item.error(f"measure cannot be {path.measure}: {suggestion(path.measure, reportable)}")
    measure = BY_NAME[path.measure]
    if measure.kind == "level":
        raise item.error(f"{measure.name} is of now, and a closed period has none: write form: level, or another measure")
    if measure.numbers is not None:
        _one_of(measure, path, section)
        return measure, path, None
    sample = empty(measure, path)
    if not leads(sample, path):
        raise item.error(f"measure cannot be {item.text}: {_instead(measure, sample)}")
    return measure, path, sample


def _one_of(measure: Measure, path: Path, section: Section) -> None:
    """Of a table that has a number for each of several names, one is meant; where it has rows, of one row."""
    names, row = measure.numbers or (), "[name]" if isinstance(empty(measure, path), list) else ""
    if bool(path.keys) == bool(row) and (path.part in names or (path.part and not names)):
        return
    listed = ", ".join(f"{measure.name}{row}.{name}" for name in names) or f"{measure.name}.lunch for a reason that the centre declares"
    raise section.error(f"measure cannot be {section.text('measure')}: it has several numbers, write one of {listed}", "measure")


def _instead(measure: Measure, sample: Any) -> str:
    if isinstance(sample, list):
        return f"write one of {', '.join(f'{measure.name}[{row}]' for row in rows(sample))}"
    if isinstance(sample, Mapping):
        return f"write one of {', '.join(f'{measure.name}.{field}' for field in sample if field not in WORDS)}"
    return f"{measure.name} is one number, write its name alone"


def _rows(section: Section, made: Standard, path: Path, sample: Any) -> None:
    """A ratio is of one row; a share is of one, or of whichever is the largest."""
    if made.form == "share" and not isinstance(sample, list):
        raise section.error(f"{path.measure} is no table of shares: write form: ratio", "form")
    if made.form == "ratio" and isinstance(sample, list) and not path.keys:
        named = [f"{path.measure}[{row}]" for row in rows(sample)] or [f"{path.measure}[name]"]
        problem = f"{path.measure} has several rows: name one, {', '.join(named)}, or write form: share for the largest"
        raise section.error(problem, "measure")


def _measured_in(measure: Measure, path: Path) -> str:
    """The unit of what the path leads to: a table of several figures has one for each, which its field's name says."""
    if measure.numbers is not None:
        return measure.unit
    if path.field == DEFAULT and (path.part or measure.kind in {"ratio", "table"}):
        return DEFAULT
    if path.part == RATE:
        return DEFAULT
    if path.part == LOW or path.part in OWN:
        return measure.unit
    if path.part.endswith("_seconds"):
        return "seconds"
    several = measure.unit == DEFAULT or (measure.kind == "table" and measure.unit == "seconds" and path.part not in {"", "seconds"})
    return "count" if several or (path.part and measure.kind in {"mean", "score"}) else measure.unit


def _unit(measure: Measure, path: Path, form: str) -> str:
    found = _measured_in(measure, path)
    return "share" if found == DEFAULT and form != "band" else found


def _limit(section: Section, key: str, measure: Measure, path: Path) -> float:
    """A number in the unit of what is measured: a length of time, a share or ratio, or a plain number."""
    unit = _measured_in(measure, path)
    if unit == "seconds":
        return section.duration(key) / 1000
    if unit == POINTS:
        return section.quantity(key, read_points)
    return section.quantity(key, read_ratio) if unit == DEFAULT else section.number(key)


def _calendar(section: Section, form: str) -> str:
    found = section.choice("calendar", PERIODS, "day")
    if form == "trend" and found not in SHORT:
        raise section.error(f"calendar cannot be {found} for a trend: its usual is of 28 days, write half_hour or day", "calendar")
    return found


def _trend(section: Section, made: Standard) -> Standard:
    usual = section.choice("usual", USUALS, "weekdays" if made.calendar == "half_hour" else USUALS[0])
    if made.calendar == "half_hour" and usual == "days":
        raise section.error("usual cannot be days for half-hours: a Sunday is no usual Monday, write weekdays", "usual")
    return replace(made, factor=section.number("factor"), usual=usual)


def confidence(section: Section, made: Standard) -> float:
    """The error that a verdict may have, of how sure it must be."""
    found = section.share("confidence", 1 - made.confidence)
    if not 0.5 <= found < 1:  # noqa: PLR2004 - a coin is right half of the time
        raise section.error(f"confidence cannot be {section.text('confidence')}: write a share from 50% to below 100%", "confidence")
    return round(1 - found, 12)


def limit_key(section: Section, limits: Iterable[str]) -> str:
    """The one limit that is written."""
    known = tuple(limits)
    written = [key for key in known if key in section]
    if len(written) != 1:
        problem = "needs a limit: write" if not written else f"has {' and '.join(written)}: write only"
        raise section.error(f"{section.text('name')} {problem} one of {', '.join(known)}", written[1] if written else None)
    return written[0]
