"""Who hands what to whom: the processors, the topic that each reads, and the topics of facts that it sends to.

Facts travel in three topics: by scope, by issue, by customer. A processor that reads facts knows how far each of its senders has
come, and its own time is the least of them. A processor that nobody asks for is left out, and with it what only it would be told.
The partitions of the issues send to each other what was merged from one to another (`stream.core.fact_stage.Senders`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

SCOPE_FACTS: Final = "scope-facts"
ISSUE_FACTS: Final = "issue-facts"
CUSTOMER_FACTS: Final = "customer-facts"
FACT_TOPICS: Final = (SCOPE_FACTS, ISSUE_FACTS, CUSTOMER_FACTS)


@dataclass(frozen=True, slots=True)
class Node:
    """One processor: its name, the declared name of the topic that it reads, and the topics of facts that it sends to."""

    name: str
    topic: str
    sends: tuple[str, ...] = ()


NODES: Final = (
    Node("erasures", "erasure-requests"),
    Node("contacts", "contact-events", (SCOPE_FACTS, ISSUE_FACTS)),
    Node("agents", "agent-events", (SCOPE_FACTS,)),
    Node("tickets", "issue-events", (ISSUE_FACTS,)),
    Node("surveys", "survey-events", (SCOPE_FACTS, CUSTOMER_FACTS)),
    Node("issues", ISSUE_FACTS, (ISSUE_FACTS, SCOPE_FACTS, CUSTOMER_FACTS)),
    Node("customers", CUSTOMER_FACTS, (SCOPE_FACTS,)),
    Node("scopes", SCOPE_FACTS),
)
"""In the order in which replay runs them: who sends stands before who reads."""

BY_NAME: Final = {node.name: node for node in NODES}
SOURCES: Final = {node.name: node.topic for node in NODES}
"""Each processor and the declared name of the topic that it reads."""

EVENT_NODES: Final = tuple(node.name for node in NODES if node.topic not in FACT_TOPICS)
"""The processors that take events, whose times can lie in the future."""

ALWAYS: Final = frozenset({"erasures", "contacts", "agents", "scopes"})
EVERY_NODE: Final = frozenset(BY_NAME)


def needed(names: Collection[str]) -> frozenset[str]:
    """These processors, those that are always there, and all that stand between the events and them."""
    found = set(names) | ALWAYS
    for node in reversed(NODES):
        if node.name in found:
            found.update(other.name for other in NODES if node.topic in other.sends and node.topic != SCOPE_FACTS)
    return frozenset(found)


def senders(topic: str, among: Collection[str] = EVERY_NODE) -> tuple[str, ...]:
    """The processors of `among` that send to a topic of facts."""
    return tuple(node.name for node in NODES if topic in node.sends and node.name in among)


def sends(name: str, among: Collection[str] = EVERY_NODE) -> tuple[str, ...]:
    """The topics of facts that a processor sends to, of which somebody in `among` reads."""
    return tuple(topic for topic in BY_NAME[name].sends if any(node.topic == topic and node.name in among for node in NODES))
