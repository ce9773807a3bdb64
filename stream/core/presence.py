"""The [agents] stage: what agents (persons) say of their state in, staffing facts by scope out.

An agent's presence is a step function of event time: each `agent.state_changed` says the state, the queues and whatever else is
known of the agent from then on, and so does an `agent.heartbeat` that differs from it. Histories are kept sorted within the
lateness, as contacts' are, so that order and duplicates do not matter. Who sends heartbeats and falls silent is offline after the
centre's `heartbeat_timeout`, at that time of the events.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, Final

import orjson

from stream.core import facts
from stream.core.centre import Centre
from stream.core.events import AGENT_STATES, AGENTS, Event
from stream.core.facts import WITHIN
from stream.core.placing import GONE, OFFLINE, PAUSED, STAFFED, Places, slots_in
from stream.core.stage import STATE, VERSION, Committed, EventStage, unpacked
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import NOTHING

STATE_CHANGED: Final = "agent.state_changed"
HEARTBEAT: Final = "agent.heartbeat"
STATE_INDEX: Final = {state: index for index, state in enumerate(AGENT_STATES)}
SAID: Final = ("reason", "capacity", "team", "tier", "skills")
"""What an event may say of an agent besides state, queues and channels."""

FORGET_EVERY: Final = 10_000
"""How often (ms of event time) histories are cut to what still matters."""

Change = tuple[Any, ...]
"""(time, id, state as index, queues, channels), and where there is more to know, {field: value}.

Of the fields "beat" says that it is a heartbeat, "beats" that one came before.
"""
SILENT: Final[dict[str, Any]] = {}
Rows = dict[tuple[str, int, str], Any]
"""Facts without their weight, by scope, time and kind."""


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
        self._people = centre.by_id()
        self._places = Places(centre, wanted.dimensions)
        self._timeout = centre.heartbeat_timeout
        self._deadlines: list[tuple[int, str]] = []
        """When who is offline if nothing more is heard, as a heap; what is not true any more is passed over."""
        self._silent: set[str] = set()
        """Of whom that was told."""

    def take(self, event: Event) -> None:
        """Fold one state change or heartbeat into its agent's history."""
        change = self._change(event)
        agent, time = event.subject, event.time
        history = self._histories.setdefault(agent, [])
        if (not history or history[-1][0] < time) and not any(known[1] == event.id for known in history):
            due = self._due(history)
            if agent not in self._silent or due is None or time > due:
                self._append(agent, history, change, due)
                return
        twin = next((known for known in history if known[1] == change[1]), None)
        if twin is not None:
            self.figures["duplicate"] += 1
            if _order(twin) <= _order(change):
                return
        before = self._conclude(agent, history)
        if twin is not None:  # of two with one id the lesser counts, whichever comes first
            history.remove(twin)
        insort(history, change, key=lambda known: known[:2])
        self._watch(agent, history)
        after = self._conclude(agent, history)
        self._changed(agent, history)
        self._send(self._restated(before, after))
        for place, fact in before.items():
            if after.get(place) != fact:
                self.facts.by_scope.setdefault(place[0], []).append((*fact, -1, 0))
        for place, fact in after.items():
            if before.get(place) != fact:
                self.facts.by_scope.setdefault(place[0], []).append((*fact, 1, 1))

    def _restated(self, before: Rows, after: Rows) -> Iterator[tuple[str, Any]]:
        """What is so instead of what is taken back too late: a level that has settled does not go back by itself."""
        for place in before:
            scope, time, kind = place
            if time <= self.watermark.settled and place not in after:
                known = [other for (where, _, also), other in after.items() if where == scope and also == kind and other[1] <= time]
                if known:
                    yield scope, (kind, time, time, *max(known, key=lambda other: other[1])[3:])

    def _change(self, event: Event) -> Change:
        data = event.data
        queues = sorted({self.centre.queue(queue) for queue in data["queues"]})
        more = {name: data[name] for name in SAID if data.get(name)}
        if event.type == HEARTBEAT:
            more["beat"] = 1
        change = (event.time, event.id, STATE_INDEX[data["state"]], queues, sorted(data.get("channels") or ()))
        return (*change, more) if more else change

    def _changed(self, agent: str, history: list[Change]) -> None:
        self._dirty.add(agent)
        if len(history) > 1:
            self._long.add(agent)

    def _append(self, agent: str, history: list[Change], change: Change, due: int | None) -> None:
        """Go on with a history: only the new change concludes anything, and the silence before it."""
        last = history[-1] if history else None
        if last is not None and due is not None and due < change[0]:
            silent = _gone_silent(last, due)
            if agent not in self._silent:
                self._send(self._rows(agent, last, silent))
            last = silent
        self._silent.discard(agent)
        history.append(change)
        self._changed(agent, history)
        self._send(self._rows(agent, last, change))
        self._watch(agent, history)
        if agent in self._silent and (due := self._due(history)) is not None:
            self._send(self._rows(agent, change, _gone_silent(change, due)))

    def _send(self, rows: Iterator[tuple[str, Any]]) -> None:
        by_scope = self.facts.by_scope
        for scope, fact in rows:
            by_scope.setdefault(scope, []).append((*fact, 1, 1))

    # -- silence ------------------------------------------------------------------------------------------------------

    def _due(self, history: list[Change]) -> int | None:
        """When the agent is offline if nothing more is heard; None where silence says nothing."""
        if self._timeout is None or not history or history[-1][2] == OFFLINE or not any(_beats(known) for known in history):
            return None
        due: int = history[-1][0] + self._timeout
        return due

    def _watch(self, agent: str, history: list[Change]) -> None:
        """Look again when the agent may have fallen silent; of what is settled already that is so now."""
        due = self._due(history)
        if due is None or due > self.watermark.settled:
            self._silent.discard(agent)
            if due is not None:
                heappush(self._deadlines, (due, agent))
        else:
            self._silent.add(agent)

    def expire(self, settled: int) -> None:
        """Say of whom nothing was heard for too long."""
        deadlines = self._deadlines
        while deadlines and deadlines[0][0] <= settled:
            due, agent = heappop(deadlines)
            history = self._histories[agent]
            if agent not in self._silent and self._due(history) == due:
                self._silent.add(agent)
                self._send(self._rows(agent, history[-1], _gone_silent(history[-1], due)))

    # -- conclusions --------------------------------------------------------------------------------------------------

    def _conclude(self, agent: str, history: list[Change]) -> Rows:
        """The facts that a history makes, the state in every scope, GONE where a scope was left.

        Of several changes in one millisecond the last one, by id, is the state.
        """
        out: Rows = {}
        last: Change | None = None
        beating = False
        for index, change in enumerate(history):
            steps = [change]
            beating = beating or _beats(change)
            if self._timeout is not None and beating and change[2] != OFFLINE:
                due = change[0] + self._timeout
                following = history[index + 1][0] if index + 1 < len(history) else None
                if (due < following) if following is not None else agent in self._silent:
                    steps.append(_gone_silent(change, due))
            for step in steps:
                for scope, fact in self._rows(agent, last, step):
                    out[scope, step[0], fact[0]] = fact
                last = step
        return out

    def _rows(self, agent: str, last: Change | None, change: Change) -> Iterator[tuple[str, Any]]:
        """What a change says in each scope; a heartbeat that says nothing new says nothing."""
        if facts.AGENT_STATE not in self.wanted.kinds:
            return
        time, _, state, queues, channels, *_ = change
        more = _more(change)
        if "beat" in more and last is not None and last[2:5] == change[2:5] and _said(last) == _said(change):
            return
        person = self._people.get(agent)
        subject = agent if person is None or not person.ids else f"{person.name}{WITHIN}{agent}"
        scopes = self._places.of(agent, person, tuple(queues), tuple(channels), more)
        before = () if last is None else self._places.of(agent, person, tuple(last[3]), tuple(last[4]), _more(last))
        fact = (facts.AGENT_STATE, time, time, AGENTS, subject, state)
        for scope in scopes:
            yield scope, fact
        if before is not scopes:
            left = set(before).difference(scopes)
            for scope in sorted(left):
                yield scope, (facts.AGENT_STATE, time, time, AGENTS, subject, GONE)
        pauses = state == PAUSED and bool(self.centre.pause_reasons)
        if before is not scopes or more or pauses or (last is not None and _more(last)):
            yield from self._also(subject, last, change, set(before), scopes)

    def _also(
        self, subject: str, last: Change | None, change: Change, before: set[str], scopes: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        """Slots, reasons and the number of queues, where they are other than they were, or the scope is a new one."""
        time, wanted = change[0], self.wanted.kinds
        for kind, number in ((facts.AGENT_SLOTS, self._slots), (facts.AGENT_REASON, self._reason), (facts.AGENT_QUEUES, _queues)):
            if kind not in wanted:
                continue
            for scope in scopes:
                value = number(scope, change)
                known = number(scope, last) if last is not None and scope in before else None
                if value is not None and value != known:
                    yield scope, (kind, time, time, AGENTS, subject, value)

    def _slots(self, scope: str, change: Change) -> int:
        return slots_in(scope, _more(change).get("capacity"), self.centre)

    def _reason(self, scope: str, change: Change) -> int | None:
        del scope
        reasons = self.centre.pause_reasons
        if change[2] != PAUSED or not reasons:
            return None
        reason = _more(change).get("reason")
        return reasons.index(reason) if reason in reasons else len(reasons)

    # -- state --------------------------------------------------------------------------------------------------------

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
                if self._timeout is not None and any(_beats(known) for known in history[:keep]):
                    history[keep] = (*history[keep][:5], {**_more(history[keep]), "beats": 1})
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

    def restore(self, committed: Committed) -> None:
        """Take everything back; who was silent by then was told to be."""
        super().restore(committed)
        for agent, history in self._histories.items():
            self._watch(agent, history)


def _more(change: Change) -> dict[str, Any]:
    more: dict[str, Any] = change[5] if len(change) > 5 else SILENT  # noqa: PLR2004 - see Change
    return more


def _said(change: Change) -> dict[str, Any]:
    """What a change says of the agent, whichever kind of event said it."""
    return {name: value for name, value in _more(change).items() if name in SAID}


def _order(change: Change) -> tuple[Any, ...]:
    """Which of two with one id is the lesser: a dictionary has no order of its own."""
    return (*change[:5], orjson.dumps(_more(change), option=orjson.OPT_SORT_KEYS))


def _beats(change: Change) -> bool:
    more = _more(change)
    return "beat" in more or "beats" in more


def _gone_silent(change: Change, due: int) -> Change:
    """Offline since `due`, with all else as it was."""
    return (due, "", OFFLINE, change[3], change[4], _more(change) | {"beat": 0})


def _queues(scope: str, change: Change) -> int | None:
    return len(change[3]) if "queue=" in scope else None


__all__ = ["GONE", "STAFFED", "AgentStage"]
