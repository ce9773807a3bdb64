"""How agents spend their time. Each person's wall clock counts once, whatever the number of contacts or systems at once."""

from __future__ import annotations

from typing import Final

from stream.core import facts
from stream.core.events import AGENT_STATES
from stream.core.measures.entry import COUNT, LEVEL, TIME, Measure, View
from stream.core.measures.places import OF_AGENTS, OF_BOTH
from stream.core.staff import BUSY, IDLE, IN, LOGGED_IN, ON_DUTY, OVER, PAUSED_FOR, SLOTS, USED

STATES: Final = tuple((kind, TIME) for kind in (facts.AGENT_STATE, facts.HAND_TAKEN, facts.HAND_LEFT))
WITH_SLOTS: Final = (*STATES, (facts.AGENT_SLOTS, TIME))
WITH_REASONS: Final = (*STATES, (facts.AGENT_REASON, TIME))
CONNECT: Final = "Amazon Connect AGENT_OCCUPANCY: on-contact wall clock / (on-contact wall clock + idle), ring time is not idle"
SLOT_TIME: Final = "slot-seconds used / slot-seconds offered while logged in (compare Amazon Connect SLOTS_ACTIVE, SLOTS_AVAILABLE)"
OURS: Final = "docs/standards/, 15 and 32"
SHOWN: Final = tuple(state for state in AGENT_STATES if state != "offline")


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _occupancy(view: View) -> float | None:
    busy = view.spent(BUSY)
    return _share(busy, busy + view.spent(IDLE))


def _active_idle(view: View) -> float | None:
    return _share(view.spent(BUSY), view.spent(IDLE))


def _utilisation(view: View) -> float | None:
    return _share(view.spent(USED), view.spent(SLOTS))


def _states(view: View) -> dict[str, float] | None:
    if not view.spent(LOGGED_IN):
        return None
    return {state: view.spent(IN + state) / 1000 for state in SHOWN}


def _paused(view: View) -> dict[str, float] | None:
    staff = view.staff
    if staff is None or not view.spent(IN + "paused"):
        return None
    found = {name: view.spent(PAUSED_FOR + name) / 1000 for name in staff.reasons}
    return {name: seconds for name, seconds in found.items() if seconds}


def _staffed_hours(view: View) -> float | None:
    return view.spent(ON_DUTY) / 3_600_000 or None


def _offered_per_hour(view: View) -> float | None:
    hours = view.spent(ON_DUTY) / 3_600_000
    return view.n(facts.OFFERED) / hours if hours else None


def _over_limit(view: View) -> int | None:
    return None if view.staff is None or view.staffed is None else view.staff.rates.get(OVER, 0)


def _agents_share(view: View) -> float | None:
    return None if view.levels is None or view.staffed is None else view.levels.share()


AGENTS = (
    Measure(
        name="occupancy",
        help="Time with at least one contact in hand (talk, hold, wrap-up) / that and the time available with none; ringing is in neither.",
        unit="ratio",
        kind="ratio",
        source=CONNECT,
        folds=STATES,
        places=OF_AGENTS,
        read=_occupancy,
    ),
    Measure(
        name="active_idle_ratio",
        says="Active time of agents over their time with nothing in hand",
        help="Active time of agents / the time that they were available with nothing in hand; 0.5 is an occupancy of 33 %.",
        unit="ratio",
        kind="ratio",
        source=OURS,
        folds=STATES,
        places=OF_AGENTS,
        read=_active_idle,
    ),
    Measure(
        name="utilisation",
        says="Contacts in hand, of those that could be in hand",
        help="Contacts in hand, added up over time / contacts that could be in hand while logged in; above 1 where agents have too many.",
        unit="ratio",
        kind="ratio",
        source=SLOT_TIME,
        folds=WITH_SLOTS,
        places=OF_AGENTS,
        read=_utilisation,
    ),
    Measure(
        name="agent_state_seconds",
        says="Time that agents spent in a state",
        help="Seconds that agents spent in each state, added up over persons; who is in several systems is in the busiest state.",
        unit="seconds",
        kind="table",
        source="Genesys Cloud tAgentStatus; Amazon Connect agent activity",
        folds=STATES,
        places=OF_AGENTS,
        numbers=SHOWN,
        read=_states,
    ),
    Measure(
        name="paused_seconds",
        says="Time that agents were paused",
        help="Seconds paused by reason: those that the centre declares by name, and other.",
        unit="seconds",
        kind="table",
        source="Amazon Connect NON_PRODUCTIVE_TIME by status",
        folds=WITH_REASONS,
        places=OF_AGENTS,
        numbers=(),
        read=_paused,
    ),
    Measure(
        name="staffed_hours",
        help="Hours that agents were logged in and not paused, added up; null where there were none.",
        unit="hours",
        kind="count",
        source=OURS,
        folds=STATES,
        places=OF_AGENTS,
        read=_staffed_hours,
    ),
    Measure(
        name="offered_per_staffed_hour",
        says="Contacts offered for each hour that an agent was staffed",
        help="Contacts offered / staffed hours: what each specialist has to take, in the scope of a skill.",
        unit="contacts per hour",
        kind="ratio",
        source=OURS,
        folds=((facts.OFFERED, COUNT), *STATES),
        places=OF_BOTH,
        read=_offered_per_hour,
    ),
    Measure(
        name="agents_over_limit",
        help="Agents who have more contacts in hand than their capacity, as settled.",
        unit="agents",
        kind="level",
        source=SLOT_TIME,
        folds=WITH_SLOTS,
        places=OF_AGENTS,
        read=_over_limit,
    ),
    Measure(
        name="agents_share",
        help="Staffed agents, where one who serves n queues counts 1/n in each of them: summed over queues they are the agents.",
        unit="agents",
        kind="level",
        source="design: an agent in n queues counts 1/n",
        folds=((facts.AGENT_STATE, LEVEL), (facts.AGENT_QUEUES, LEVEL)),
        places=OF_AGENTS,
        read=_agents_share,
    ),
)
