"""In which scopes a fact is told, by the dimensions of these: what a measure has there follows from the facts that it folds."""

from __future__ import annotations

from typing import Final

from stream.core import facts
from stream.core.life import BY_AGENT
from stream.core.opening import PLACES as OF_HOURS

OF_CONTACTS: Final = frozenset({"queue", "channel", "team", "tier", "skill", "group"})
OF_AGENTS: Final = frozenset({"queue", "channel", "team", "tier", "skill", "agent"})
OF_BOTH: Final = OF_CONTACTS & OF_AGENTS
"""Where contacts can be held against the people who are there for them."""
OF_ISSUES: Final = OF_CONTACTS | {"kind"}
OF_SURVEYS: Final = OF_ISSUES | {"agent"}
OF_THE_WHOLE: Final = frozenset[str]()

OF_STAGES: Final = {"surveys": OF_SURVEYS, "issues": OF_ISSUES, "customers": OF_ISSUES}
APART: Final = {
    **dict.fromkeys(facts.AGENT_KINDS, OF_AGENTS),
    **dict.fromkeys(BY_AGENT, OF_CONTACTS | OF_AGENTS),
    **dict.fromkeys((facts.HAND_TAKEN, facts.HAND_LEFT), OF_CONTACTS | OF_AGENTS),
    **dict.fromkeys((facts.CUSTOMER_AT_START, facts.CUSTOMER_KEPT), OF_THE_WHOLE),
}
"""Kinds that are told elsewhere than others of their stage."""


def places_of(kind: str) -> frozenset[str]:
    """The dimensions of the scopes in which facts of this kind are told, besides the whole."""
    found = APART.get(kind)
    return OF_STAGES.get(facts.FROM.get(kind, ""), OF_CONTACTS) if found is None else found


__all__ = ["OF_AGENTS", "OF_BOTH", "OF_CONTACTS", "OF_HOURS", "OF_ISSUES", "OF_SURVEYS", "places_of"]
