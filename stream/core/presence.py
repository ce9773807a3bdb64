"""The [agents] stage: what agents (persons) say of their state in, staffing facts by scope out.

An agent's presence is a step function of event time: each `agent.state_changed` says the state and the queues from then
on. Histories are kept sorted within the lateness, as contacts' are, so that order and duplicates do not matter.
"""

from __future__ import annotations

from bisect import insort
from typing import Any

from stream.core import facts
from stream.core.centre import Centre
from stream.core.events import AGENT_STATES, AGENTS, Event
from stream.core.scopes import ALL, key_of
from stream.core.stage import EventStage

GONE = -1
STAFFED = frozenset(index for index, state in enumerate(AGENT_STATES) if state not in ("offline", "paused"))
"""States (as indices) in which an agent counts as staffed: logged in and not paused, busy ones included."""

REMEMBERED = 10_000
"""How many combinations of queues and channels are remembered with their scopes; any number is right."""

Change = tuple[int, str, int, list[str], list[str]]
"""(time, id, state as index, queues, channels)"""


class AgentStage(EventStage):
    """One partition of agent-events."""

    source = "agents"

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool) -> None:
        """See `EventStage`."""
        super().__init__(centre, partition, targets, played=played)
        self._histories: dict[str, list[Change]] = {}
        self._dirty: set[str] = set()
        self._long: set[str] = set()
        self._scopes_of: dict[tuple[tuple[str, ...], tuple[str, ...]], frozenset[str]] = {}

    def take(self, event: Event) -> None:
        """Fold one state change into its agent's history."""
        data = event.data
        queues = sorted({self.centre.queue(queue) for queue in data["queues"]})
        change: Change = (event.time, event.id, AGENT_STATES.index(data["state"]), queues, sorted(data.get("channels") or ()))
        history = self._histories.setdefault(event.subject, [])
        twin = next((known for known in history if known[1] == change[1]), None)
        if twin is not None:
            self.figures["duplicate"] += 1
            if twin <= change:
                return
        before = self._conclude(event.subject, history)
        if twin is not None:  # of two with one id the lesser counts, whichever comes first
            history.remove(twin)
        insort(history, change, key=lambda known: known[:2])
        after = self._conclude(event.subject, history)
        self._dirty.add(event.subject)
        if len(history) > 1:
            self._long.add(event.subject)
        for scope, fact in before.items():
            if after.get(scope) != fact:
                self.facts.by_scope.setdefault(scope[0], []).append((*fact, -1, 0))
        for scope, fact in after.items():
            if before.get(scope) != fact:
                self.facts.by_scope.setdefault(scope[0], []).append((*fact, 1, 1))

    def _conclude(self, agent: str, history: list[Change]) -> dict[tuple[str, int], tuple[str, int, int, int, str, int]]:
        """The facts that a history makes, by (scope, time): the state in every scope, GONE where a scope was left.

        Of several changes in one millisecond the last one, by id, is the state.
        """
        out: dict[tuple[str, int], tuple[str, int, int, int, str, int]] = {}
        last: frozenset[str] = frozenset()
        for time, _, state, queues, channels in history:
            scopes = self._scopes(tuple(queues), tuple(channels))
            for scope in sorted(scopes):
                out[scope, time] = (facts.AGENT_STATE, time, time, AGENTS, agent, state)
            for scope in sorted(last - scopes):
                out[scope, time] = (facts.AGENT_STATE, time, time, AGENTS, agent, GONE)
            last = scopes
        return out

    def _scopes(self, queues: tuple[str, ...], channels: tuple[str, ...]) -> frozenset[str]:
        """Every scope in which the agent counts, once: the whole, its queues, its channels, and both together."""
        known = self._scopes_of.get((queues, channels))
        if known is not None:
            return known
        scopes = {ALL}
        for queue in queues:
            scopes.add(key_of(queue, None))
            declared = self.centre.queues.get(queue)
            offered = set(channels) if declared is None else set(declared.channels) & set(channels or declared.channels)
            for channel in offered:
                scopes.add(key_of(None, channel))
                scopes.add(key_of(queue, channel))
        if len(self._scopes_of) >= REMEMBERED:
            self._scopes_of.clear()
        return self._scopes_of.setdefault((queues, channels), frozenset(scopes))

    def forget(self, settled: int) -> None:
        """Of what is settled only the last state matters."""
        for agent in tuple(self._long):
            history = self._histories[agent]
            keep = 0
            while keep + 1 < len(history) and history[keep + 1][0] < settled - self.centre.lateness:
                keep += 1
            if keep:
                del history[:keep]
                self._dirty.add(agent)
            if len(history) == 1:
                self._long.discard(agent)

    def state_changes(self) -> list[tuple[bytes, Any]]:
        """Each changed agent's history."""
        out = [(agent.encode(), self._histories[agent]) for agent in self._dirty]
        self._dirty.clear()
        return out

    def put_back(self, key: str, stored: Any) -> None:
        """Take a history back."""
        history: list[Change] = [tuple(change) for change in stored]
        self._histories[key] = history
        if len(history) > 1:
            self._long.add(key)
