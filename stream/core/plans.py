"""What each kind of fact means in a scope: looked up once per fact, so it is a plain tuple, made when the scope begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from stream.core.centre import REAL_TIME, Centre
from stream.core.distributions import fine
from stream.core.frame import Frame
from stream.core.measures import Counted, counting
from stream.core.measures.entry import Measure
from stream.core.timeline import LEVEL_KINDS
from stream.core.windows import DAYS_28

Plan = tuple[bool, bool, bool, str, tuple[int, ...], tuple[str, ...], tuple[str, ...]]
"""(ordered, a level, counted, name of the sum or "", bounds, names of the buckets, of the fine ones in days and their sum)."""

UNCOUNTED: Final = Counted(counted=False, total="", bounds=(), names=())
MOST_NAMES: Final = 200
"""Of kinds that end in a name (items of checklists), so many names are counted in a scope."""


def planned(measures: Iterable[Measure], ordered: frozenset[str], frame: Frame, scope: Mapping[str, str]) -> dict[str, Plan]:
    """By kind of fact, its plan in a scope; `ordered`: the kinds whose order matters there."""
    counted = counting(measures, frame.bounds)
    patient = DAYS_28 in frame.windows and real_time(frame.centre, scope)
    plans: dict[str, Plan] = {}
    for kind in {*counted, *ordered, *LEVEL_KINDS}:
        how = counted.get(kind, UNCOUNTED)
        finely = (*how.fine, fine(kind)) if patient and how.fine else ()
        plans[kind] = (kind in ordered, kind in LEVEL_KINDS, how.counted, how.total, how.bounds, how.names, finely)
    return plans


def real_time(centre: Centre, scope: Mapping[str, str]) -> bool:
    """Whether all that waits in a scope waits to be connected: it is of such a channel, or of a queue that has no others."""
    channel = scope.get("channel")
    queue = centre.queues.get(scope.get("queue", ""))
    return channel in REAL_TIME if channel is not None or queue is None else REAL_TIME.issuperset(queue.channels)


def of_family(plans: dict[str, Plan], kind: str, whole: Mapping[str, int]) -> Plan | None:
    """The plan of a kind with a name of its own behind its family's, "met/greeted"; None where nobody asks for it, or of too many.

    Which names are the first MOST_NAMES is said by what the whole window holds, so a restart does not change it.
    """
    family, slash, _ = kind.partition("/")
    plan = plans.get(family + slash) if slash else None
    if plan is None or (kind not in whole and sum(name.startswith(family + slash) for name in whole) >= MOST_NAMES):
        return None
    ordered, level, counted, total, bounds, names, finely = plan
    plans[kind] = plan = (ordered, level, counted, f"{kind}+" if total else "", bounds, names, finely)
    return plan
