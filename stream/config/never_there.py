"""Refuses standards for scopes in which what they are about has no value: no contact waits for one agent, no group is staffed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.core.centre import AGENT_FIGURES, OTHER
from stream.core.declared import BOUNDS, CLOCK_OF, DIMENSIONS, FIGURES, MEASURES, NAMED_CLOCK, REPORTS
from stream.core.measures import BY_NAME
from stream.core.measures import MEASURES as ALL_MEASURES
from stream.core.measures.paths import parsed

if TYPE_CHECKING:
    from stream.config.yaml import Section
    from stream.core.centre import Centre
    from stream.core.declared import Standard

RUNNING: Final = {"first_response": "wait", "response": "wait", "kept_waiting": "wait"}
"""Clocks until somebody does something: that is somebody's, and until it comes the contact waits for nobody in particular."""
SHOWN: Final = 6
"""So many other measures are named at most."""


def refuse(standard: Standard, section: Section, centre: Centre) -> None:
    """Raise DeclarationError for a standard that is judged per something that its measure does not have."""
    for dimension in standard.per:
        if dimension not in scopes_of(standard.measure, standard.form):
            raise section.error(_instead(standard, dimension), _key(section))
        for bound in BOUNDS[1:]:
            clock = CLOCK_OF.get(standard.measure, standard.measure)
            if bound in section and dimension not in scopes_of(clock, "clock"):
                problem = f"{bound} can never be told per {dimension}: a contact that goes on is nobody's of them; leave {bound} out"
                raise section.error(problem, bound)
    if centre.queues:
        _declared(standard, section, centre)


def scopes_of(measure: str, form: str) -> frozenset[str]:
    """The dimensions of the scopes in which there is a value of what a standard of this form is about."""
    path = parsed(measure)
    name = NAMED_CLOCK if measure.startswith(NAMED_CLOCK) else measure
    if form == "clock":
        name = RUNNING.get(name, name)
    found = BY_NAME.get(FIGURES.get(name, "" if path is None else path.measure))
    return frozenset(DIMENSIONS) if found is None else found.scopes


def _key(section: Section) -> str:
    return "per" if "per" in section else "measure"


def _instead(standard: Standard, dimension: str) -> str:
    """What to write instead: without the dimension, or about something that has it."""
    per = ", ".join(one for one in standard.per if one in scopes_of(standard.measure, standard.form))
    without = f"leave {dimension} out of where" if dimension in (standard.where or {}) else f"write per: [{per}]"
    names = [one.name for one in ALL_MEASURES if one.kind != "level"] if standard.form in REPORTS else MEASURES[standard.form]
    others = [name for name in names if dimension in scopes_of(name, standard.form)]
    also = f", or a measure that has one: {', '.join(others[:SHOWN])}" if others else ""
    return f"{standard.measure} has no value per {dimension}, so this could never be broken: {without}{also}"


def _declared(standard: Standard, section: Section, centre: Centre) -> None:
    """Groups are those that the centre declares, and agents have figures where it says so."""
    if "group" in standard.per and not centre.groups:
        raise section.error("the centre declares no groups, so this could never be broken: add groups: [vip] to its file", _key(section))
    if "agent" in standard.per and centre.agent_figures == AGENT_FIGURES[0]:
        problem = "agents have no figures of their own in this centre: write agent_figures: pseudonym or id into its file"
        raise section.error(problem, _key(section))
    path = parsed(standard.measure)
    found = None if path is None else BY_NAME.get(path.measure)
    if path is not None and found is not None and found.numbers == () and path.part not in {*centre.pause_reasons, OTHER}:
        problem = f"the centre declares no such reason, so this could never be broken: add pause_reasons: [{path.part}] to its file"
        raise section.error(problem, "measure")
