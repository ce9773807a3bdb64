"""Which names and ids of queues and agents come with events and are not declared in the centre: what counts as `other`, by its name.

Pure, and bounded: events come from outside, and a system that makes a new name for every call must not fill memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stream.core.centre import Centre
from stream.core.events import Event
from stream.core.scopes import CANARY

MOST: Final = 500
"""So many names of each kind are kept apart; those that come later are only counted."""
QUEUES: Final = ("queue", "to_queue")
AGENTS: Final = ("agent_id", "to_agent")


@dataclass(slots=True)
class Seen:
    """How often a name came, when last (ms), and on which channels, in their order."""

    events: int = 0
    last: int = 0
    channels: dict[str, None] = field(default_factory=dict)


class Strangers:
    """What a centre does not know. queues, agents: by name; more: events of further names, which are not kept."""

    def __init__(self, centre: Centre) -> None:
        """An open centre takes every queue as it comes, one without agents every agent: then nobody is a stranger."""
        self._queues = None if not centre.queues else {*centre.queue_names, CANARY}
        self._agents = None if not centre.people else centre.names_by_id()
        self.queues: dict[str, Seen] = {}
        self.agents: dict[str, Seen] = {}
        self.more = 0

    def take(self, event: Event) -> None:
        """Hear of an event."""
        data = event.data
        if self._queues is not None:
            for name in _names(data, QUEUES, "queues"):
                if name not in self._queues:
                    self._see(self.queues, name, event)
        if self._agents is not None and data.get("queue") != CANARY:
            for name in _names(data, AGENTS):
                if name not in self._agents:
                    self._see(self.agents, name, event)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.queues or self.agents)

    def _see(self, kind: dict[str, Seen], name: str, event: Event) -> None:
        if name not in kind and len(kind) >= MOST:
            self.more += 1
            return
        seen = kind.setdefault(name, Seen())
        seen.events += 1
        seen.last = max(seen.last, event.time)
        if channel := event.data.get("channel"):
            seen.channels[channel] = None


def _names(data: Mapping[str, Any], single: tuple[str, ...], several: str = "") -> Iterator[str]:
    for name in dict.fromkeys([*(data.get(one) for one in single), *(data.get(several) or ())]):
        if isinstance(name, str) and name:
            yield name
