"""What a queue_log says of members: who is in which queue, paused or not, logged in, on a call -> agent.state_changed.

Only members whom the log has seen come in (ADDMEMBER, AGENTLOGIN), or whom the mapping declares, have a presence: a static member
never enters the log, and a queue of which only the paused ones were known would look as if nobody were there.
"""

from __future__ import annotations

from typing import Any, Final

from stream.core.events import Event
from stream.sources.queue_log.lines import Line
from stream.sources.queue_log.mapping import QueueLogMapping

LOGINS: Final = {"AGENTLOGIN": True, "AGENTCALLBACKLOGIN": True, "AGENTLOGOFF": False, "AGENTCALLBACKLOGOFF": False}
PAUSES: Final = {"PAUSE": True, "PAUSEALL": True, "UNPAUSE": False, "UNPAUSEALL": False}
LONGEST_REASON: Final = 80


class Member:
    """One person. queues: each with whether it is paused there. login: None where they never log in by name."""

    __slots__ = ("last", "login", "queues", "reason", "static", "talks", "told")

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.queues: dict[str, bool] = {}
        self.static: list[str] = []
        self.login: bool | None = None
        self.talks = 0
        self.reason = ""
        self.told: list[Any] | None = None
        self.last = 0

    def state(self) -> tuple[str, list[str]]:
        """The state and the queues that are served in it: a pause in one queue takes only that one away."""
        if self.login is False or not (self.queues or self.login):
            return "offline", []
        serving = sorted(queue for queue, paused in self.queues.items() if not paused)
        if self.talks > 0:  # who pauses while the last call goes on talks until it is over
            return "on_contact", serving or sorted(self.queues)
        if not serving and self.queues:
            return "paused", sorted(self.queues)
        return "available", serving


class Members:
    """All members of one PBX."""

    def __init__(self, mapping: QueueLogMapping, origin: str) -> None:
        """Nobody is there but the static members of the mapping, of whom nothing is told before the first line."""
        self._mapping = mapping
        self._origin = origin
        self._aliases = dict(mapping.agents)
        self._known: dict[str, Member] = {}
        self._begun = False

    def agent(self, name: str) -> str:
        """The one id of a person, by interface or member name: the mapping's, else the PBX's own name under the PBX."""
        return self._aliases.get(name) or f"{self._mapping.pbx}/{name}"

    def also(self, name: str, agent: str) -> None:
        """Another name of a person, as somebody else has learned it; what the mapping says of it stays."""
        self._aliases.setdefault(name, agent)

    def begin(self, line: Line) -> list[Event]:
        """The first line that is read: from then on the static members are there."""
        if self._begun or not self._mapping.presence:
            return []
        self._begun = True
        out: list[Event] = []
        for queue, names in self._mapping.members.items():
            for name in names:
                member = self._known.setdefault(self.agent(name), Member())
                ours = self._mapping.queues.get(queue, queue)
                member.queues[ours] = False
                member.static.append(ours)
        for agent in self._known:
            out += self._tell(agent, line)
        return out

    def take(self, line: Line) -> list[Event]:
        """A line about one member."""
        agent = self.agent(line.agent)
        word = line.word
        if word == "ADDMEMBER":
            self._learn(line, agent)
            member = self._known.setdefault(agent, Member())
            member.queues[line.queue] = "PAUSED" in line.data
        elif word in LOGINS:
            self._known.setdefault(agent, Member()).login = LOGINS[word]
        elif (found := self._known.get(agent)) is None:
            return []
        elif word == "REMOVEMEMBER":
            found.queues.pop(line.queue, None)
        else:
            found.reason = line.data[0][:LONGEST_REASON] if PAUSES[word] and line.data else ""
            for queue in found.queues if not line.queue else [line.queue]:
                if queue in found.queues:
                    found.queues[queue] = PAUSES[word]
        return self._tell(agent, line)

    def talk(self, agent: str, line: Line, change: int) -> list[Event]:
        """A member takes a call (1) or ends one (-1)."""
        member = self._known.get(agent)
        if member is None:
            return []
        member.talks = max(0, member.talks + change)
        return self._tell(agent, line)

    def restart(self, line: Line) -> list[Event]:
        """Asterisk began anew: nobody talks; dynamic members are there again only where it keeps them."""
        out: list[Event] = []
        for agent, member in self._known.items():
            member.talks = 0
            if not self._mapping.persistent_members:
                member.queues = {queue: False for queue in member.queues if queue in member.static}
            if member.login:
                member.login = False
            out += self._tell(agent, line)
        return out

    def _learn(self, line: Line, agent: str) -> None:
        """Some dialplans write the member's other name beside ADDMEMBER."""
        for name in line.data:
            if name and not name.isdecimal() and name not in {"PAUSED", line.agent, *self._aliases}:
                self._aliases[name] = agent

    def _tell(self, agent: str, line: Line) -> list[Event]:
        if not self._mapping.presence:
            return []
        member = self._known[agent]
        state, queues = member.state()
        why = member.reason if state == "paused" else ""
        if member.told == [state, queues, why] or (member.told is None and state == "offline"):
            return []
        # The last change of a millisecond would be the last by its id: each has a moment of its own, in the order of the log.
        at = line.time if member.told is None else max(line.time, member.last + 1)
        member.told, member.last = [state, queues, why], at
        data: dict[str, Any] = {"agent_id": agent, "state": state, "queues": queues, "channels": ["call"]}
        if why:
            data["reason"] = why
        return [Event(at, "agent.state_changed", agent, f"{self._origin}|{line.time}/{agent}/{line.word}/{line.key}", data)]

    def save(self) -> list[Any]:
        """What has to be kept to go on."""
        known = {name: [m.queues, m.static, m.login, m.talks, m.reason, m.told, m.last] for name, m in self._known.items()}
        return [self._begun, self._aliases, known]

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was. What the mapping declares wins over what was learned."""
        self._begun, aliases, known = state
        self._aliases = {**aliases, **self._mapping.agents}
        self._known = {}
        for name, fields in known.items():
            member = self._known[name] = Member()
            member.queues, member.static, member.login, member.talks, member.reason, member.told, member.last = fields
