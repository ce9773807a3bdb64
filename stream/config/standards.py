"""Reads deploy/standards.yaml: what the centre promises, and how loud it speaks up when a promise is broken.

    version: 1
    standards:
      - name: calls-answered
        title: Nine calls in ten are answered within two minutes
        form: percentage           # percentage, level, mean or clock
        measure: service_level     # what it is about; which measures a form has: stream.core.declared.MEASURES
        formula: strict            # of service_level; of abandonment: strict, or no_short to leave short abandons out
        objective: 90%             # of percentages; levels and means take one of at_most, below, at_least, above
        within: 2m
        where: {channel: [call]}   # only these channels or queues
        per: [queue, channel]      # judged for each of them; [] for the whole centre
        window: 30m                # of percentages and means
        hold: 0s                   # how long it must be broken before it counts
        clear: 2                   # of levels and means: the number at which a breach may end, clear_hold: for how long
        severity: critical         # critical, warning, info
        cadence: page              # page, ticket, report
        hours: queue               # the queue's own opening hours, or a name out of centre.yaml
        grace: 15m                 # no verdict this long after opening
        confidence: 95%            # how sure a verdict on few contacts must be

The words follow OpenSLO where it has them (objective, window); times carry their unit.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stream.config import never
from stream.config.centre import ALWAYS, QUEUES_OWN
from stream.config.yaml import Section, load, suggestion, version
from stream.core.declared import CADENCES, DIMENSIONS, FORMS, FORMULAS, FORMULAS_OF, MEASURES, SEVERITIES, Standard
from stream.core.events import CHANNELS
from stream.errors import DeclarationError

if TYPE_CHECKING:
    from pathlib import Path

    from stream.core.centre import Centre

NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST_NAME: Final = 60
PANE: Final = 10_000
LONGEST_WINDOW: Final = 86_400_000

COMMON: Final = ("name", "title", "form", "measure", "severity", "cadence", "per", "where", "hours", "grace", "owner", "runbook")
LIMITS: Final = {"at_most": "<=", "below": "<", "at_least": ">=", "above": ">"}
FORM_KEYS: Final = {
    "percentage": ("objective", "formula", "within", "window", "confidence", "hold", "clear_hold"),
    "level": (*LIMITS, "clear", "hold", "clear_hold"),
    "mean": (*LIMITS, "clear", "window", "hold", "clear_hold"),
    "clock": ("within",),
}
"""The keys that a form takes beside the common ones."""

TIMES: Final = frozenset({"longest_wait", "answer_wait", "handle", "first_response", "response"})
"""Measures whose limit is a length of time; declared with its unit and kept in seconds."""

WHOLE: Final = frozenset({"waiting", "staffed", "left_at_closing"})
TO_KEEP_HIGH: Final = frozenset({"staffed"})
WITHOUT_WITHIN: Final = frozenset({"abandonment"})


def read_standards(path: Path, centre: Centre) -> tuple[Standard, ...]:
    """Read the standards' file and hold it against the centre; the first refusal is raised as a DeclarationError."""
    found, refusals = examine(path, centre)
    if refusals:
        raise refusals[0]
    return found


def examine(path: Path, centre: Centre) -> tuple[tuple[Standard, ...], tuple[DeclarationError, ...]]:
    """Read the file and return the standards that are right and the refusals of all others, in the order of the file."""
    try:
        file = load(path)
        file.only("version", "standards")
        version(file)
        sections = file.sections("standards")
    except DeclarationError as refused:
        return (), (refused,)
    found: list[tuple[Standard, Section]] = []
    refusals: list[DeclarationError] = []
    for section in sections:
        try:
            declared = standard(section, centre)
            _refuse_twin(declared, section, found)
        except DeclarationError as refused:
            refusals.append(refused)
        else:
            found.append((declared, section))
    return tuple(one for one, _ in found), tuple(refusals)


def standard(section: Section, centre: Centre) -> Standard:
    """One standard of its parsed entry."""
    form = section.choice("form", FORMS)
    known = (*COMMON, *FORM_KEYS[form])
    for key in section.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        if key.text not in known:
            others = [other for other in FORMS if key.text in FORM_KEYS[other]]
            hint = "leave it out" if others else suggestion(key.text, known)
            raise key.error(f"a standard of form {form} has no key {key.text}: {hint}")
    measure = section.choice("measure", MEASURES[form])
    defaults = Standard(name="", title="", form=form, measure=measure)
    made = replace(
        defaults,
        name=_name(section),
        title=section.text("title"),
        severity=section.choice("severity", SEVERITIES, defaults.severity),
        cadence=section.choice("cadence", CADENCES, defaults.cadence),
        per=_per(section, defaults.per),
        where=_where(section, centre),
        hours=_hours(section, centre),
        grace=section.duration("grace", defaults.grace),
        owner=section.text("owner", "") if "owner" in section else "",
        runbook=section.text("runbook") if "runbook" in section else "",
        hold=section.duration("hold") if "hold" in section else 0,
        clear_hold=section.duration("clear_hold") if "clear_hold" in section else 0,
        window=_window(section, defaults.window),
    )
    made = _percentage(section, made) if form == "percentage" else made
    made = _clock(section, made) if form == "clock" else made
    made = _limited(section, made) if form in {"level", "mean"} else made
    never.refuse(made, section, centre)
    return made


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
    known: dict[str, tuple[str, ...]] = {"channel": CHANNELS, "queue": tuple(centre.queues)}
    found = {}
    for dimension in DIMENSIONS:
        if dimension not in where:
            continue
        for item in where.items(dimension):
            if known[dimension] and item.text not in known[dimension]:
                raise item.error(f"the centre has no {dimension} {item.text}: {suggestion(item.text, known[dimension])}")
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


def _percentage(section: Section, made: Standard) -> Standard:
    measure = made.measure
    if "formula" in section and measure not in FORMULAS_OF:
        raise section.error(f"{measure} has no formula: leave it out, or write measure: service_level", "formula")
    if measure in WITHOUT_WITHIN and "within" in section:
        raise section.error(f"{measure} has no within: leave it out", "within")
    confidence = section.share("confidence", 1 - made.confidence)
    if not 0.5 <= confidence < 1:  # noqa: PLR2004 - a coin is right half of the time
        raise section.error(f"confidence cannot be {section.text('confidence')}: write a share from 50% to below 100%", "confidence")
    return replace(
        made,
        objective=section.share("objective"),
        op="<=" if measure in WITHOUT_WITHIN else ">=",
        formula=section.choice("formula", FORMULAS_OF.get(measure, FORMULAS), made.formula),
        within=0 if measure in WITHOUT_WITHIN else _within(section),
        confidence=round(1 - confidence, 12),
    )


def _clock(section: Section, made: Standard) -> Standard:
    return replace(made, within=_within(section))


def _limited(section: Section, made: Standard) -> Standard:
    written = [key for key in LIMITS if key in section]
    if len(written) != 1:
        problem = "needs a limit: write" if not written else f"has {' and '.join(written)}: write only"
        raise section.error(f"{section.text('name')} {problem} one of {', '.join(LIMITS)}", written[1] if written else None)
    key = written[0]
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


def _refuse_twin(made: Standard, section: Section, earlier: list[tuple[Standard, Section]]) -> None:
    for other, where in earlier:
        if other.name == made.name:
            line = where.item("name").line
            raise section.error(f"the name {made.name} is taken in line {line}: choose another one, breaches carry it", "name")
        if _promise(made) == _promise(other):
            raise section.error(f"{made.name} promises the same as {other.name}: leave one of them out", "name")


def _promise(made: Standard) -> Standard:
    """What is promised, without its name and its loudness."""
    return replace(made, name="", title="", severity="", cadence="", owner="", runbook="")
