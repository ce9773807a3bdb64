"""What a scope knows of the present: which clocks run for which contact, and in what state its agents are."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from operator import itemgetter
from typing import Any, Final

from stream.core.events import AGENT_STATES
from stream.core.facts import AGENT_STATE, ENTER_KINDS, ENTERED, LEAVE_KINDS, SAID_KINDS, TALK_BEGAN, WITHIN, Fact
from stream.core.placing import GONE, STAFFED, person_state

CLOCKS = ("waiting", "first_response", "response", "talk", "hand", "resolution", "solving", "clock", "acknowledgement", "kept_waiting")
CLOCK_OF = {kind: (True, clock) for kind, clock in ENTER_KINDS.items()} | {kind: (False, clock) for kind, clock in LEAVE_KINDS.items()}
"""By kind: whether it begins a clock, and which clock."""
AGES: Final = frozenset({ENTERED, TALK_BEGAN})
"""Kinds that begin a clock of which the oldest is asked for. One that began before it is told of is not the last in order."""


class Levels:
    """Contacts with a running clock, by clock, each with the time (ms) since when; agents with their state (index).

    Clocks are in the order of their beginning where facts come in order, so the first is the oldest. Whatever their order,
    facts leave the same: a beginning and its end cancel out, and of an agent's states the latest one stands.
    `touched` collects what changed, for the changelog; None where nobody asks.

    agents: the state by agent, where several systems tell of one person by person and id (see `WITHIN`). people: of these, the
    states by person. said: by what is said (slots, reasons, queues) the number by agent.
    """

    __slots__ = (
        "_by_state",
        "_odd",
        "_said_at",
        "_share",
        "_told",
        "_unsorted",
        "agents",
        "clocks",
        "known",
        "people",
        "said",
        "staffed",
        "touched",
    )

    def __init__(self, *, tracking: bool = False) -> None:
        """Nobody waits, and nothing is known of agents. `tracking`: collect what changed."""
        self.clocks: dict[str, dict[str, int]] = {name: {} for name in CLOCKS}
        self.agents: dict[str, int] = {}
        self.people: dict[str, dict[str, int]] = {}
        self.said: dict[str, dict[str, int]] = {name: {} for name in SAID_KINDS.values()}
        self._said_at: dict[tuple[str, str], int] = {}
        self._share: float | None = None
        self.known = False
        self.staffed = 0
        self._by_state = [0] * (len(AGENT_STATES) + 1)  # the last, which index -1 finds, is of GONE
        self.touched: set[tuple[str, str]] | None = set() if tracking else None
        self._odd: dict[tuple[str, str, int], int] = {}
        self._told: dict[str, int] = {}
        self._unsorted = False

    @property
    def waiting(self) -> dict[str, int]:
        """Waiting contacts and since when."""
        return self.clocks["waiting"]

    def apply(self, fact: Fact) -> None:
        """Take one fact about a level; a withdrawn one is undone."""
        kind, when, _, _, subject, value, weight, _ = fact
        if kind == AGENT_STATE:
            if weight > 0 and when >= self._told.get(subject, when):
                self._told[subject] = when
                self._agent(subject, value)
            return
        said = SAID_KINDS.get(kind)
        if said is not None:
            if weight > 0 and when >= self._said_at.get((said, subject), when):
                self._say(said, subject, value, when)
            return
        entering, clock = CLOCK_OF[kind]
        running = self.clocks[clock]
        if value < when and kind in AGES:
            self._unsorted = True
        if entering == (weight > 0):
            if subject in running or self._odd:
                self._begin(clock, subject, value)
            else:
                running[subject] = value
        elif not self._odd and running.get(subject) == value:
            del running[subject]
        else:
            self._end(clock, subject, value)
        if self.touched is not None:
            self.touched.add((clock, subject))

    def _begin(self, clock: str, subject: str, since: int) -> None:
        running = self.clocks[clock]
        if subject in running or (self._odd and (clock, subject, since) in self._odd):
            self._note(clock, subject, since, 1)
        else:
            running[subject] = since

    def _end(self, clock: str, subject: str, since: int) -> None:
        running = self.clocks[clock]
        if running.get(subject) != since:
            self._note(clock, subject, since, -1)
            return
        del running[subject]
        for odd, count in self._odd.items():
            if odd[:2] == (clock, subject) and count > 0:
                running[subject] = odd[2]
                self._note(*odd, -1)
                break

    def _note(self, clock: str, subject: str, since: int, count: int) -> None:
        """Remember what does not fit yet: an end before its beginning, or a second beginning before the end of the first."""
        odd = (clock, subject, since)
        left = self._odd.get(odd, 0) + count
        if left:
            self._odd[odd] = left
        else:
            del self._odd[odd]

    def _agent(self, agent: str, state: int) -> None:
        before = self.agents.pop(agent, GONE)
        after = state
        if WITHIN in agent:
            parts = self.people.setdefault(agent.partition(WITHIN)[0], {})
            before = person_state(parts.values())
            parts[agent] = state
            after = person_state(parts.values())
        self.staffed += (after in STAFFED) - (before in STAFFED)
        self._by_state[before] -= 1
        self._by_state[after] += 1
        if state != GONE:
            self.agents[agent] = state
        self.known = True
        self._share = None
        if self.touched is not None:
            self.touched.add(("agents", agent))

    def _say(self, said: str, agent: str, number: int, when: int) -> None:
        self._said_at[said, agent] = when
        self.said[said][agent] = number
        self._share = None
        if self.touched is not None:
            self.touched.add((said, agent))

    def state_of(self, person: str) -> int:
        """The state of a person, whatever the systems that tell of it; GONE where none does."""
        parts = self.people.get(person)
        return self.agents.get(person, GONE) if parts is None else person_state(parts.values())

    def by_state(self) -> dict[str, int]:
        """How many agents are in each state, one state of each person; who is offline is not there."""
        return {state: self._by_state[index] for index, state in enumerate(AGENT_STATES) if state != "offline"}

    def share(self) -> float:
        """Staffed agents, where one who serves n queues counts 1/n."""
        if self._share is None:
            queues = self.said["queues"]
            # The sum must not depend on the order in which agents were heard of.
            alone = fsum(1 / queues.get(agent, 1) for agent, state in self.agents.items() if WITHIN not in agent and state in STAFFED)
            joined = fsum(
                1 / max(queues.get(agent, 1) for agent in parts)
                for parts in self.people.values()
                if person_state(parts.values()) in STAFFED
            )
            self._share = alone + joined
        return self._share

    def oldest(self, clock: str = "waiting") -> int | None:
        """Since when the oldest clock runs."""
        if self._unsorted:
            self._sort()
        return next(iter(self.clocks[clock].values()), None)

    def copy(self) -> Levels:
        """A copy that can go on by itself."""
        other = Levels()
        other.clocks = {name: dict(running) for name, running in self.clocks.items()}
        other.agents = dict(self.agents)
        other.people = {person: dict(parts) for person, parts in self.people.items()}
        other.said = {said: dict(numbers) for said, numbers in self.said.items()}
        other._said_at = dict(self._said_at)
        other.known = self.known
        other.staffed = self.staffed
        other._by_state = list(self._by_state)
        other._odd = dict(self._odd)
        other._told = dict(self._told)
        other._unsorted = self._unsorted
        return other

    def value(self, clock: str, subject: str) -> Any:
        """What is stored of one subject: under a clock since when it runs; under "agents" the state and when it was told."""
        if clock == "agents":
            return [self.agents.get(subject, GONE), self._told[subject]]
        if clock in self.said:
            return [self.said[clock][subject], self._said_at[clock, subject]]
        return self.clocks[clock].get(subject)

    def put_back(self, clock: str, subject: str, value: Any) -> None:
        """Take back what `value` gave; call `sort` after the last."""
        if clock == "agents":
            state, self._told[subject] = value
            self._agent(subject, state)
            if self.touched is not None:
                self.touched.discard(("agents", subject))
        elif clock in self.said:
            self.said[clock][subject], self._said_at[clock, subject] = value
        else:
            self.clocks[clock][subject] = value

    def encode_odd(self) -> list[Any]:
        """What does not fit yet, which is rare and little."""
        return [[*odd, count] for odd, count in self._odd.items()]

    def decode_odd(self, stored: list[Any]) -> None:
        """Take it back."""
        self._odd = {(clock, subject, since): count for clock, subject, since, count in stored}

    def sort(self) -> None:
        """Put the clocks in the order of their beginning again, when somebody asks for the oldest: late facts come in numbers."""
        self._unsorted = True

    def _sort(self) -> None:
        self._unsorted = False
        for running in self.clocks.values():
            # In place: scopes and judges hold these dictionaries.
            pairs = sorted(running.items(), key=itemgetter(1))
            running.clear()
            running.update(pairs)

    def states(self) -> Iterator[int]:
        """The states of all agents of the scope, one of each person."""
        yield from (state for agent, state in self.agents.items() if WITHIN not in agent)
        for parts in self.people.values():
            state = person_state(parts.values())
            if state != GONE:
                yield state
