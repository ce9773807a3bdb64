"""The [agents] stage: what agents (persons) say of their state in, staffing facts by scope out.

An agent's presence is a step function of event time: each `agent.state_changed` says the state and the queues from then
on. Histories are kept sorted within the lateness, as contacts' are, so that order and duplicates do not matter.
"""

from __future__ import annotations

from bisect import insort

import orjson

from stream.core import facts
from stream.core.centre import Centre
from stream.core.events import AGENT_STATES, AGENTS, Event
from stream.core.scopes import scopes_of
from stream.core.stage import STATE, VERSION, EventStage, unpacked
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import NOTHING

GONE = -1
STATE_CHANGED = "agent.state_changed"
STAFFED = frozenset(index for index, state in enumerate(AGENT_STATES) if state not in ("offline", "paused"))
"""States (as indices) in which an agent counts as staffed: logged in and not paused, busy ones included."""

STATE_INDEX = {state: index for index, state in enumerate(AGENT_STATES)}
REMEMBERED = 10_000
"""How many combinations of queues and channels are remembered with their scopes; any number is right."""

FORGET_EVERY = 10_000
"""How often (ms of event time) histories are cut to what still matters."""

Change = tuple[int, str, int, list[str], list[str]]
"""(time, id, state as index, queues, channels)"""


class AgentStage(EventStage):
    """One partition of agent-events."""

    source = "agents"

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool, wanted: Wanted = ALL_WANTED) -> None:
        """See `EventStage`."""
        super().__init__(centre, partition, targets, played=played, wanted=wanted)
        self._histories: dict[str, list[Change]] = {}
        self._dirty: set[str] = set()
        self._long: set[str] = set()
        self._forget_at = NOTHING
        self._scopes_of: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]] = {}

    def take(self, event: Event) -> None:
        """Fold one state change into its agent's history."""
        data = event.data
        if event.type != STATE_CHANGED:
            return
        queues = sorted({self.centre.queue(queue) for queue in data["queues"]})
        change: Change = (event.time, event.id, STATE_INDEX[data["state"]], queues, sorted(data.get("channels") or ()))
        history = self._histories.setdefault(event.subject, [])
        if (not history or history[-1][0] < event.time) and not any(known[1] == event.id for known in history):
            self._append(event.subject, history, change)
            return
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

    def _append(self, agent: str, history: list[Change], change: Change) -> None:
        """Go on with a history: only the new change concludes anything."""
        time, _, state, queues, channels = change
        last = self._scopes(tuple(history[-1][3]), tuple(history[-1][4])) if history else ()
        history.append(change)
        self._dirty.add(agent)
        if len(history) > 1:
            self._long.add(agent)
        if facts.AGENT_STATE not in self.wanted.kinds:
            return
        scopes = self._scopes(tuple(queues), tuple(channels))
        by_scope = self.facts.by_scope
        fact = (facts.AGENT_STATE, time, time, AGENTS, agent, state, 1, 1)
        for scope in scopes:
            by_scope.setdefault(scope, []).append(fact)
        if last is not scopes:
            gone = (facts.AGENT_STATE, time, time, AGENTS, agent, GONE, 1, 1)
            for scope in last:
                if scope not in scopes:
                    by_scope.setdefault(scope, []).append(gone)

    def _conclude(self, agent: str, history: list[Change]) -> dict[tuple[str, int], tuple[str, int, int, int, str, int]]:
        """The facts that a history makes, by (scope, time): the state in every scope, GONE where a scope was left.

        Of several changes in one millisecond the last one, by id, is the state.
        """
        out: dict[tuple[str, int], tuple[str, int, int, int, str, int]] = {}
        if facts.AGENT_STATE not in self.wanted.kinds:
            return out
        last: tuple[str, ...] = ()
        for time, _, state, queues, channels in history:
            scopes = self._scopes(tuple(queues), tuple(channels))
            for scope in scopes:
                out[scope, time] = (facts.AGENT_STATE, time, time, AGENTS, agent, state)
            for scope in set(last).difference(scopes):
                out[scope, time] = (facts.AGENT_STATE, time, time, AGENTS, agent, GONE)
            last = scopes
        return out

    def _scopes(self, queues: tuple[str, ...], channels: tuple[str, ...]) -> tuple[str, ...]:
        """Every scope in which the agent counts, once: the whole, its queues, its channels, and both together."""
        known = self._scopes_of.get((queues, channels))
        if known is not None:
            return known
        kinds = self.wanted.dimensions
        scopes = set(scopes_of("", "", kinds))
        for queue in queues:
            scopes.update(scopes_of(queue, "", kinds))
            declared = self.centre.queues.get(queue)
            offered = set(channels) if declared is None else set(declared.channels) & set(channels or declared.channels)
            for channel in offered:
                scopes.update(scopes_of(queue, channel, kinds))
        if len(self._scopes_of) >= REMEMBERED:
            self._scopes_of.clear()
        return self._scopes_of.setdefault((queues, channels), tuple(sorted(scopes)))

    def forget(self, settled: int) -> None:
        """Of what is settled only the last state matters. All agents are looked at, so it is not done with each batch."""
        if settled < self._forget_at:
            return
        self._forget_at = settled + FORGET_EVERY
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

    def state_changes(self) -> list[tuple[bytes, bytes | None]]:
        """Each changed agent's history."""
        out: list[tuple[bytes, bytes | None]] = [
            (STATE + agent.encode(), orjson.dumps([VERSION, self._histories[agent]])) for agent in self._dirty
        ]
        self._dirty.clear()
        return out

    def put_back(self, key: bytes, value: bytes) -> None:
        """Take a history back."""
        agent = key[len(STATE) :].decode()
        history: list[Change] = [tuple(change) for change in unpacked(value)]
        self._histories[agent] = history
        if len(history) > 1:
            self._long.add(agent)
