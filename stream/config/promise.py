"""One promise of its parsed entry, without overrides and targets: the keys that its form takes, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stream.config import never, reported
from stream.config.centre import ALWAYS, QUEUES_OWN
from stream.config.yaml import suggestion
from stream.core.declared import (
    BOUNDS,
    CADENCES,
    CALENDARS,
    DIMENSIONS,
    FORMS,
    FORMULAS,
    FORMULAS_OF,
    MEASURES,
    NAMED_CLOCK,
    REPORTS,
    SEVERITIES,
    Standard,
)
from stream.core.events import CHANNELS

if TYPE_CHECKING:
    from stream.config.yaml import Section
    from stream.core.centre import Centre, Person, Queue
    from stream.errors import DeclarationError

NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST_NAME: Final = 60
PANE: Final = 10_000
LONGEST_WINDOW: Final = 86_400_000

OPENING: Final = ("hours", "grace")
COMMON: Final = ("name", "title", "form", "measure", "severity", "cadence", "per", "where", "owner", "runbook", "targets", "overrides")
LIMITS: Final = {"at_most": "<=", "below": "<", "at_least": ">=", "above": ">"}
CLOCKED: Final = ("late", "unacceptable")
PERIODIC: Final = ("calendar", "confidence")
FORM_KEYS: Final = {
    "percentage": (*OPENING, "objective", "formula", "within", *CLOCKED, "window", "calendar", "confidence", "hold", "clear_hold"),
    "level": (*OPENING, *LIMITS, "clear", "hold", "clear_hold"),
    "mean": (*OPENING, *LIMITS, "clear", "window", "calendar", "hold", "clear_hold"),
    "clock": (*OPENING, "within", *CLOCKED),
    "ratio": (*LIMITS, *PERIODIC),
    "band": ("low", "high", "calendar"),
    "share": ("at_most", "below", *PERIODIC),
    "trend": ("factor", "usual", "calendar"),
}
"""The keys that a form takes beside the common ones. What is judged of a closed period has no opening hours of its own."""

TIMES: Final = frozenset({"longest_wait", "talk", "answer_wait", "handle", "first_response", "response", "acknowledgement"})
"""Measures whose limit is a length of time; declared with its unit and kept in seconds."""

WHOLE: Final = frozenset({"waiting", "staffed", "left_at_closing"})
TO_KEEP_HIGH: Final = frozenset({"staffed"})
WITHOUT_WITHIN: Final = frozenset({"abandonment"})
WITHOUT_CLOCK: Final = frozenset({"ringing"})
"""Measures that are known when they are over, so that no single contact can be late before."""
RINGS: Final = re.compile(r"(\d+)\s*rings?")

PLACES: Final[dict[str, Callable[[Centre], tuple[str, ...]]]] = {
    "channel": lambda _: CHANNELS,
    "queue": lambda centre: tuple(centre.queues),
    "team": lambda centre: _declared(owner.team for owner in _owners(centre)),
    "tier": lambda centre: _declared(owner.tier for owner in _owners(centre)),
    "skill": lambda centre: _declared(skill for owner in _owners(centre) for skill in owner.skills),
    "group": lambda centre: centre.groups,
    "agent": lambda centre: tuple(centre.people),
}
"""By dimension, the values that a centre declares; where it declares none, and of kinds, any value may be named."""


def _owners(centre: Centre) -> list[Queue | Person]:
    return [*centre.queues.values(), *centre.people.values()]


def _declared(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def promise(section: Section, centre: Centre) -> Standard:
    """The standard of an entry; DeclarationError for what cannot be, could never be broken, or always would be."""
    form = section.choice("form", FORMS)
    for refused in unknown(section, form):
        raise refused
    report = form in REPORTS
    measure = section.item("measure").text if report else section.choice("measure", _measures(form, centre))
    defaults = Standard(name="", title="", form=form, measure=measure, cadence="report" if report else "ticket")
    made = replace(
        defaults,
        name=_name(section),
        title=_title(section),
        severity=section.choice("severity", SEVERITIES, defaults.severity),
        cadence=section.choice("cadence", CADENCES, defaults.cadence),
        per=_per(section, defaults.per),
        where=_where(section, centre),
        owner=section.text("owner", "") if "owner" in section else "",
        runbook=section.text("runbook") if "runbook" in section else "",
    )
    made = reported.report(section, made) if report else _judged(section, made, centre)
    never.refuse(made, section, centre)
    return made


def unknown(section: Section, form: str) -> Iterator[DeclarationError]:
    """The refusals of the keys that this form does not have."""
    known = (*COMMON, *FORM_KEYS[form])
    for key in section.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        if key.text not in known:
            others = [other for other in FORMS if key.text in FORM_KEYS[other]]
            hint = "leave it out" if others else suggestion(key.text, known)
            yield key.error(f"a standard of form {form} has no key {key.text}: {hint}")


def alone(form: str, measure: str, centre: Centre) -> dict[str, Callable[[Section], Any]]:
    """By key, how it is read where of the other keys at most the form and the measure have a say in what is right.

    measure: as the entry says it, right or wrong. What depends on it is read only where it is right.
    """
    made = Standard(name="", title="", form=form, measure=measure)
    found: dict[str, Callable[[Section], Any]] = {
        "name": _name,
        "title": _title,
        "form": lambda section: section.choice("form", FORMS),
        "severity": lambda section: section.choice("severity", SEVERITIES),
        "cadence": lambda section: section.choice("cadence", CADENCES),
        "per": lambda section: _per(section, ()),
        "where": lambda section: _where(section, centre),
        "hours": lambda section: _hours(section, centre),
        "window": lambda section: _window(section, 0),
        "objective": lambda section: section.share("objective"),
        "confidence": lambda section: reported.confidence(section, made),
    }
    if form in REPORTS:
        return found | reported.alone(form, measure)
    if form not in MEASURES:
        return found | {key: partial(_clocked, key=key, measure="") for key in ("grace", "hold", "clear_hold")}
    found["measure"] = lambda section: section.choice("measure", _measures(form, centre))
    found["calendar"] = lambda section: section.choice("calendar", CALENDARS)
    found["within"] = lambda section: _promised(section, measure, centre, known=measure in _measures(form, centre))
    found["formula"] = lambda section: _formula(section, measure if measure in MEASURES[form] else "", made.formula)
    if measure in _measures(form, centre):
        found |= {key: partial(_number, key=key, measure=measure) for key in (*LIMITS, "clear")}
    return found | {key: partial(_clocked, key=key, measure=measure) for key in ("grace", "hold", "clear_hold", *CLOCKED)}


def _clocked(section: Section, key: str, measure: str) -> int:
    _refuse_bound(section, key, measure)
    return section.duration(key)


def _refuse_bound(section: Section, key: str, measure: str) -> None:
    """Refuse a limit of single contacts that this measure has not, whatever it says."""
    if measure in WITHOUT_WITHIN and key in BOUNDS:
        raise section.error(f"{measure} has no {key}: leave it out", key)
    if measure in WITHOUT_CLOCK and key in CLOCKED:
        raise section.error(f"{measure} is known when it is over, so no contact can be {key} before: leave {key} out", key)


def _promised(section: Section, measure: str, centre: Centre, *, known: bool = True) -> int:
    """The time that is promised. Of a measure that is not known rings may be meant."""
    _refuse_bound(section, "within", measure)
    return _rings(section, centre.ring_cadence) if measure in WITHOUT_CLOCK or not known else _within(section)


def _formula(section: Section, measure: str, default: str) -> str:
    """One of the measure's formulas, or of all where it is not known ("")."""
    if "formula" in section and measure and measure not in FORMULAS_OF:
        raise section.error(f"{measure} has no formula: leave it out, or write measure: service_level", "formula")
    return section.choice("formula", FORMULAS_OF.get(measure, FORMULAS), default)


def _measures(form: str, centre: Centre) -> tuple[str, ...]:
    """What a form can be about in this centre."""
    declared = tuple(f"{NAMED_CLOCK}{name}" for name in centre.clocks) if form == "clock" else ()
    return (*MEASURES[form], *declared)


def _title(section: Section) -> str:
    title = section.text("title")
    if "{{" in title:
        raise section.error("title cannot have {{ in it, which Prometheus would take for a template: write the words alone", "title")
    return title


def _judged(section: Section, made: Standard, centre: Centre) -> Standard:
    """What is judged as time goes on."""
    made = replace(
        made,
        hours=_hours(section, centre),
        grace=section.duration("grace", made.grace),
        hold=section.duration("hold") if "hold" in section else 0,
        clear_hold=section.duration("clear_hold") if "clear_hold" in section else 0,
        window=_window(section, made.window),
        calendar=section.choice("calendar", CALENDARS) if "calendar" in section else "",
    )
    if made.calendar and "window" in section:
        raise section.error("calendar and window say the same twice: write one of them", "calendar")
    if made.form == "percentage":
        return _percentage(section, made, centre)
    return _clock(section, made) if made.form == "clock" else _limited(section, made)


def _name(section: Section) -> str:
    item = section.item("name")
    if not NAME.fullmatch(item.text) or len(item.text) > LONGEST_NAME:
        proper = "-".join(re.findall(r"[a-z0-9]+", item.text.casefold()))[:LONGEST_NAME].strip("-")
        raise item.error(f"name cannot be {item.text}: write {proper if NAME.fullmatch(proper) else 'a word such as calls-answered'}")
    return item.text


def _per(section: Section, default: tuple[str, ...]) -> tuple[str, ...]:
    found = section.words("per", default)
    for item in section.items("per"):
        if item.text not in DIMENSIONS:
            raise item.error(f"per cannot hold {item.text}: {suggestion(item.text, DIMENSIONS)}")
    return tuple(dimension for dimension in DIMENSIONS if dimension in found)


def _where(section: Section, centre: Centre) -> dict[str, tuple[str, ...]] | None:
    if "where" not in section:
        return None
    where = section.section("where")
    where.only(*DIMENSIONS)
    found = {}
    for dimension in DIMENSIONS:
        if dimension not in where:
            continue
        known = PLACES[dimension](centre) if dimension in PLACES else ()
        for item in where.items(dimension):
            if known and item.text not in known:
                raise item.error(f"the centre has no {dimension} {item.text}: {suggestion(item.text, known)}")
        found[dimension] = where.words(dimension)
        if not found[dimension]:
            raise where.error(f"where names no {dimension}: name one, or leave {dimension} out", dimension)
    return found or None


def _hours(section: Section, centre: Centre) -> str:
    hours = section.text("hours", QUEUES_OWN)
    if hours not in {QUEUES_OWN, ALWAYS} and not centre.queues:
        known = f"write {QUEUES_OWN} or {ALWAYS}"
        raise section.error(f"hours cannot be {hours} without a centre: add --centre with the file that declares them, or {known}", "hours")
    return section.choice("hours", (QUEUES_OWN, ALWAYS, *centre.hours), QUEUES_OWN)


def _window(section: Section, default: int) -> int:
    found = section.duration("window", default)
    if found <= 0 or found % PANE or found > LONGEST_WINDOW:
        raise section.error(f"window cannot be {section.text('window')}: write a multiple of 10s, at most 24h, for example 30m", "window")
    return found


def _within(section: Section) -> int:
    found = section.duration("within")
    if found <= 0:
        raise section.error("within cannot be 0s: no contact is that fast, write the time that is promised", "within")
    return found


def _rings(section: Section, cadence: int) -> int:
    """A time, or so many rings of the centre's cadence (ms)."""
    rings = RINGS.fullmatch(section.text("within").strip())
    if rings is None:
        return _within(section)
    if not int(rings[1]):
        raise section.error("within cannot be 0 rings: nobody is that fast, write the rings that are promised", "within")
    return int(rings[1]) * cadence


def bounds(section: Section) -> dict[str, int]:
    """The limits of single contacts beside `within` (ms), each longer than the one before."""
    found: dict[str, int] = {}
    if not any(key in section for key in CLOCKED):
        return found
    last, longest = BOUNDS[0], section.duration(BOUNDS[0], 0)
    for key in CLOCKED:
        if key not in section:
            continue
        found[key] = section.duration(key)
        if found[key] <= longest:
            raise section.error(f"{key} cannot be {section.text(key)}: it must be longer than {last}, {section.text(last)}", key)
        last, longest = key, found[key]
    return found


def _percentage(section: Section, made: Standard, centre: Centre) -> Standard:
    measure = made.measure
    formula = _formula(section, measure, made.formula)
    for key in BOUNDS:
        if key in section:
            _refuse_bound(section, key, measure)
    return replace(
        made,
        objective=section.share("objective"),
        op="<=" if measure in WITHOUT_WITHIN else ">=",
        formula=formula,
        within=0 if measure in WITHOUT_WITHIN else _promised(section, measure, centre),
        confidence=reported.confidence(section, made),
    )


def _clock(section: Section, made: Standard) -> Standard:
    return replace(made, within=_within(section))


def _limited(section: Section, made: Standard) -> Standard:
    key = reported.limit_key(section, LIMITS)
    if made.measure not in TO_KEEP_HIGH and key in {"at_least", "above"}:
        raise section.error(f"{made.measure} is to be kept low: write at_most or below instead of {key}", key)
    limit = _number(section, key, made.measure)
    clear = _number(section, "clear", made.measure) if "clear" in section else None
    op = LIMITS[key]
    if clear is not None and (clear > limit if op in {"<=", "<"} else clear < limit):
        side = "at most" if op in {"<=", "<"} else "at least"
        raise section.error(f"clear cannot be {section.text('clear')}: a breach would never end, write {side} {section.text(key)}", "clear")
    return replace(made, op=op, limit=limit, clear=clear)


def _number(section: Section, key: str, measure: str) -> float:
    """A limit: seconds of a length of time, or a number of contacts or agents."""
    if measure in TIMES:
        return section.duration(key) / 1000
    found = section.number(key)
    if measure in WHOLE and found != int(found):
        raise section.error(f"{key} cannot be {section.text(key)}: {measure} is counted in whole numbers", key)
    return found
