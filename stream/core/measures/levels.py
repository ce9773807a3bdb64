"""Levels: what is now. Staffing that nobody reports is unknown, not zero."""

from __future__ import annotations

from math import inf

from stream.core.facts import ENTERED
from stream.core.measures.entry import MAX, Measure, View
from stream.core.measures.places import OF_AGENTS, OF_BOTH, OF_CONTACTS

DOCUMENTS = "waiting / staffed agents; staffed = distinct, logged in, not paused, busy ones included"


def per_agent(waiting: int, staffed: int | None) -> float | None:
    """Contacts waiting per staffed agent.

    None where staffing is unknown, or where nobody waits and nobody is staffed; infinite where contacts wait and staffing is
    known to be 0.
    """
    if staffed is None or (staffed == 0 and waiting == 0):
        return None
    return waiting / staffed if staffed else inf


def _per_agent(view: View) -> float | None:
    value = per_agent(view.waiting, view.staffed)
    return None if value == inf else value


def _max_waiting(view: View) -> int:
    return max(0, view.cell.top.get("waiting^", 0))


def _longest(view: View) -> float | None:
    return None if view.oldest is None else max(0, view.as_of - view.oldest) / 1000


def _waiting(view: View) -> int:
    return view.waiting


def _staffed(view: View) -> int | None:
    return view.staffed


def _by_state(view: View) -> dict[str, int] | None:
    return None if view.levels is None or view.staffed is None else view.levels.by_state()


LEVELS = (
    Measure(
        name="waiting",
        help="Contacts that wait now.",
        unit="contacts",
        kind="level",
        source=DOCUMENTS,
        folds=(),
        places=OF_CONTACTS,
        read=_waiting,
    ),
    Measure(
        name="max_waiting",
        help="Most contacts waiting at once in the window; within a millisecond who leaves goes before who enters.",
        unit="contacts",
        kind="max",
        source=DOCUMENTS,
        folds=((ENTERED, MAX),),
        read=_max_waiting,
    ),
    Measure(
        name="longest_wait_seconds",
        help="Wait so far of who waits longest now.",
        unit="seconds",
        kind="level",
        source=DOCUMENTS,
        folds=(),
        places=OF_CONTACTS,
        read=_longest,
    ),
    Measure(
        name="staffed",
        help="Agents logged in and not paused; null = unknown.",
        unit="agents",
        kind="level",
        source=DOCUMENTS,
        folds=(),
        places=OF_AGENTS,
        read=_staffed,
    ),
    Measure(
        name="agents_by_state",
        help="Agents now in each state but offline, one state of each person; null = unknown.",
        unit="agents",
        kind="level",
        source="the agent states of every wallboard: available, on contact, wrap-up, paused",
        folds=(),
        read=_by_state,
    ),
    Measure(
        name="waiting_per_agent",
        help="Contacts waiting per staffed agent; null where staffing is unknown, nobody waits and nobody is staffed, or it is infinite.",
        unit="contacts per agent",
        kind="level",
        source=DOCUMENTS,
        folds=(),
        places=OF_BOTH,
        read=_per_agent,
    ),
)
