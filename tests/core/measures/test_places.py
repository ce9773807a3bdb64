"""What measures say of their scopes is true: two simulated days with everything on have no value where none is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stream.core.centre import Centre, Person, Queue
from stream.core.declared import DIMENSIONS
from stream.core.events import order
from stream.core.measures import BY_NAME
from stream.core.measures.surveys import SURVEYS
from stream.core.scopes import EVERY_KIND
from stream.core.stage import QUEUE_INTERVALS
from stream.core.wanted import Kept
from stream.replay.driver import replay
from stream.simulator.day import simulate
from stream.simulator.features import ALL

DECLARED = Centre(
    queues={
        "billing": Queue("billing", ("call", "chat", "email"), team="accounts", tier="1", skills=("invoices",)),
        "sales": Queue("sales", ("call", "chat"), team="accounts", tier="1"),
        "support": Queue("support", ("call", "chat", "email"), team="technical", tier="2", skills=("devices",)),
    },
    people={name: Person(name=name, team="accounts", tier="1", skills=("invoices",)) for name in ("agent-001", "agent-002", "agent-003")},
    groups=("vip",),
    agent_figures="id",
    kept=Kept(
        also=("service_level_by_answer", "service_level_by_end"),
        windows=frozenset({"day"}),
        dimensions=EVERY_KIND | {(d,) for d in DIMENSIONS},
    ),
)


LARGE = {"queue", "channel", "team", "tier", "agent"}
"""Where two days have something of everything. Simulated issues have no kind, and of the few vips and specialists not all things happen."""
UNTOLD = {measure.name: {"agent"} for measure in SURVEYS}
"""Simulated surveys do not say whom they are about."""


def numbers(value: Any) -> Iterator[float]:
    """All numbers in what a measure gave, but those that name a row; of a share the share, which of nobody's abandons is always 0."""
    if isinstance(value, dict) and "ratio" in value:
        yield from numbers(value["ratio"])
    elif isinstance(value, dict):
        yield from (number for name, one in value.items() if name != "within_seconds" for number in numbers(one))
    elif isinstance(value, list):
        yield from (number for one in value for number in numbers(one))
    elif isinstance(value, (int, float)):
        yield value


def test_where_no_value_is_declared_there_is_none() -> None:
    """And where one is, these two days have one, in the large scopes: the declaration is neither too wide nor too narrow."""
    events = sorted(simulate(DECLARED, scale=0.2, features=ALL, number=2).events, key=order)
    found: dict[str, set[str]] = {name: set() for name in BY_NAME}
    for key, record in replay(events, DECLARED, ()).of(QUEUE_INTERVALS).items():
        dimensions = {part.partition("=")[0] for part in key.partition("|")[0].split(",") if "=" in part}
        if len(dimensions) == 1:
            for name, value in record["measures"].items():
                if any(numbers(value)):
                    found[name] |= dimensions
    assert {} == {name: there - BY_NAME[name].scopes for name, there in found.items() if not there <= BY_NAME[name].scopes}
    closed = {name for name in found if BY_NAME[name].kind != "level" and found[name]}
    assert len(closed) > 60
    lacking = {name: sorted(BY_NAME[name].scopes & LARGE - found[name] - UNTOLD.get(name, set())) for name in closed}
    assert {} == {name: there for name, there in lacking.items() if there}
