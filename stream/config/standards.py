"""Reads deploy/standards.yaml: what the centre promises, and how loud it speaks up when a promise is broken.

    version: 1
    alert_budget: 4                # so many pages a shift are borne; `answerable standards try` warns above it
    shifts: {early: "08:00-16:00", late: "16:00-24:00", night: "00:00-08:00"}
    standards:
      - name: calls-answered
        title: Nine calls in ten are answered within two minutes
        form: percentage           # percentage, level, mean, clock; of closed periods ratio, band, share, trend
        measure: service_level     # what it is about; which measures a form has: stream.core.declared.MEASURES
        formula: strict            # of service_level; of abandonment: strict, or no_short to leave short abandons out; of ringing: strict,
                                   # or answered to leave out who rang too long and was never answered
        objective: 90%             # of percentages; levels, means and ratios take one of at_most, below, at_least, above
        within: 2m                 # of ringing also "3 rings"
        late: 5m                   # of percentages and clocks: each contact above it is a breach of its own,
        unacceptable: 10m          # and each that nobody should ever bear
        where: {channel: [call]}   # only these channels, queues, teams, tiers, skills, groups, kinds of issues or agents
        per: [queue, channel]      # judged for each of them; [] for the whole centre
        window: 30m                # of percentages and means: rolling; or calendar: day, the day so far
        hold: 0s                   # how long it must be broken before it counts
        clear: 2                   # of levels and means: the number at which a breach may end, clear_hold: for how long
        severity: critical         # critical, warning, info
        cadence: page              # page, ticket, report
        hours: queue               # the queue's own opening hours, or a name out of centre.yaml
        grace: 15m                 # no verdict this long after opening
        confidence: 95%            # how sure a verdict on few contacts must be
        targets: [...]             # several targets, each with a severity: stream.config.variants
        overrides: [...]           # the same, but with another number for a narrower scope
      - name: active-idle
        title: Agents are neither idle nor worn out
        form: band                 # between low and high; share: the largest row of a table; trend: not factor times its usual
        measure: occupancy         # any measure by its name; of a table a row: service_level[strict,120]
        low: 40%
        high: 60%
        calendar: day              # half_hour, day, week, month: judged when it is over; 28d: at the end of each day

The words follow OpenSLO where it has them (docs/standards.md maps them); times carry their unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from stream.config.mistakes import mistakes
from stream.config.promise import COMMON, FORM_KEYS
from stream.config.shifts import DEFAULT_SHIFTS, Shift, shifts
from stream.config.variants import variants
from stream.config.yaml import Section, load, version
from stream.errors import DeclarationError

if TYPE_CHECKING:
    from pathlib import Path

    from stream.core.centre import Centre
    from stream.core.declared import Standard

KEYS: Final = ("version", "standards", "alert_budget", "shifts")
BUDGET: Final = 4
"""So many pages a shift a person can take seriously."""


@dataclass(frozen=True, slots=True)
class StandardsFile:
    """What a file says. standards: flat, as they are judged; refusals: of the entries that cannot be, in the order of the file."""

    standards: tuple[Standard, ...] = ()
    refusals: tuple[DeclarationError, ...] = ()
    alert_budget: int = BUDGET
    shifts: tuple[Shift, ...] = field(default=DEFAULT_SHIFTS)


def read_standards(path: Path, centre: Centre) -> tuple[Standard, ...]:
    """Read the standards' file and hold it against the centre; the first refusal is raised as a DeclarationError."""
    return read_file(path, centre).standards


def read_file(path: Path, centre: Centre) -> StandardsFile:
    """The same with what else the file says."""
    found = examine_file(path, centre)
    if found.refusals:
        raise found.refusals[0]
    return found


def examine(path: Path, centre: Centre) -> tuple[tuple[Standard, ...], tuple[DeclarationError, ...]]:
    """Read the file and return the standards that are right and the refusals of all others, in the order of the file."""
    found = examine_file(path, centre)
    return found.standards, found.refusals


def examine_file(path: Path, centre: Centre) -> StandardsFile:
    """The same with what else the file says."""
    try:
        file = load(path)
        file.only(*KEYS)
        version(file)
        sections = file.sections("standards")
    except DeclarationError as refused:
        return StandardsFile(refusals=(refused,))
    refusals: list[DeclarationError] = []
    budget = BUDGET
    shift: tuple[Shift, ...] = DEFAULT_SHIFTS
    try:
        budget = _budget(file)
    except DeclarationError as refused:
        refusals.append(refused)
    try:
        shift = shifts(file)
    except DeclarationError as refused:
        refusals.append(refused)
    found: list[Standard] = []
    flat: list[Standard] = []
    names: dict[str, int] = {}
    for section in sections:
        if taken := _taken(section, names):
            refusals.append(taken)
        try:
            declared = variants(section, centre)
            if taken:
                continue
            _refuse_twin(declared[0], section, found)
        except DeclarationError as refused:
            refusals += mistakes(section, centre, refused)
        else:
            found.append(declared[0])
            flat += declared
    return StandardsFile(tuple(flat), tuple(refusals), budget, shift)


def _budget(file: Section) -> int:
    found = file.number("alert_budget", float(BUDGET))
    if found != int(found) or not found:
        problem = f"alert_budget cannot be {file.text('alert_budget')}: write how many pages a shift are borne, for example 4"
        raise file.error(problem, "alert_budget")
    return int(found)


def _taken(section: Section, names: dict[str, int]) -> DeclarationError | None:
    """The refusal of a name that an earlier entry has, whether that one is right or not. `names`: those so far, with their lines."""
    try:
        name = section.item("name")
    except DeclarationError:
        return None  # which `variants` says
    if name.text not in names:
        names[name.text] = name.line
        return None
    return section.error(f"the name {name.text} is taken in line {names[name.text]}: choose another one, breaches carry it", "name")


def _refuse_twin(made: Standard, section: Section, earlier: list[Standard]) -> None:
    for other in earlier:
        if _promise(made) == _promise(other):
            raise section.error(f"{made.name} promises the same as {other.name}: leave one of them out", "name")


def _promise(made: Standard) -> Standard:
    """What is promised, without its name and its loudness."""
    return replace(made, name="", title="", severity="", cadence="", owner="", runbook="")


__all__ = ["COMMON", "FORM_KEYS", "StandardsFile", "examine", "examine_file", "read_file", "read_standards"]
