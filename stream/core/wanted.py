"""What of all figures a centre keeps: which measures, windows and kinds of scopes. What nobody asks for costs nothing."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from stream.core import facts
from stream.core.facts import EVERYTHING
from stream.core.scopes import EVERY_KIND
from stream.core.topology import ALWAYS
from stream.core.windows import NAMES

SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "all": (),
    "channel": ("channel",),
    "queue": ("queue",),
    "queue and channel": ("channel", "queue"),
    "team": ("team",),
    "tier": ("tier",),
    "skill": ("skill",),
    "group": ("group",),
    "kind": ("kind",),
    "agent": ("agent",),
}
"""The kinds of scopes by the names that a centre's file gives them, with their dimensions."""


@dataclass(frozen=True, slots=True)
class Kept:
    """As declared: names of measures (None: the usual ones), of windows, and dimensions of scopes (None: those that the centre has).

    also: measures besides, of those that are kept only where they are named.
    """

    measures: tuple[str, ...] | None = None
    windows: frozenset[str] = frozenset(NAMES)
    dimensions: frozenset[tuple[str, ...]] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What follows from that and from the standards.

    kinds: the facts that are sent; dimensions: to which scopes; nodes: the processors that have something to do.
    """

    kinds: Container[str] = EVERYTHING
    dimensions: frozenset[tuple[str, ...]] = EVERY_KIND
    nodes: frozenset[str] = ALWAYS


ALL_WANTED: Final = Wanted()
LEVELS: Final = frozenset({facts.ENTERED, facts.LEFT, facts.AGENT_STATE})
"""Who waits and who is staffed is always known."""
