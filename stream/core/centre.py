"""The centre as its people declare it (deploy/centre.yaml): queues, channels, time zone, opening hours, limits.

Records only; `stream.config.centre` reads the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from stream.core.pseudonyms import Pseudonyms
from stream.core.schedule import Schedule
from stream.core.scopes import EVERY_KIND, Extras
from stream.core.wanted import Kept

REAL_TIME = frozenset({"call", "chat"})
OTHER = "other"
ALWAYS = "always"
AGENT_FIGURES = ("none", "pseudonym", "id")
"""What is shown of single agents: nothing, or their figures under a keyed pseudonym, or under their names."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A place where contacts wait: its name, its channels, the name of its opening hours, and whose it is.

    team, tier ("0" to "3") and skills are what is declared of all contacts that wait here; "" and () where nothing is.
    confirm: a wait that nothing confirms for so long (ms) is over, and the contact lost; None where nobody confirms.
    ids: as sources name the queue, besides `name`.
    """

    name: str
    channels: tuple[str, ...]
    hours: str = "always"
    team: str = ""
    tier: str = ""
    skills: tuple[str, ...] = ()
    confirm: int | None = None
    ids: tuple[str, ...] = ()

    def extras(self) -> Extras:
        """The dimensions that the queue adds to the place of a contact."""
        pairs = [("skill", skill) for skill in self.skills]
        pairs += [(name, value) for name, value in (("team", self.team), ("tier", self.tier)) if value]
        return tuple(sorted(pairs))


@dataclass(frozen=True, slots=True)
class NamedClock:
    """A promise between two moments of an issue: names of milestones, or types of its events.

    within: ms that it may take, of the opening hours called `hours`.
    """

    begins: str
    ends: str
    within: int
    hours: str = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An agent whom the centre declares: one person, whatever the systems call them.

    ids: as sources name the person, besides `name`. team, tier, skills: "" and () where nothing is declared.
    """

    name: str
    ids: tuple[str, ...] = ()
    team: str = ""
    tier: str = ""
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long (ms of event time) the state is kept in which customers are: their pseudonyms go with it.

    issues: an issue after its last event, once it is resolved or merged; later it cannot be reopened as itself.
    unresolved: one that nobody ever resolves. contacts: a contact that is over and is its own issue.
    customers: an issue among those of its customer, after its last contact or its resolution; no less than `fcr_window` and a day.
    """

    issues: int = 90 * 86_400_000
    unresolved: int = 400 * 86_400_000
    contacts: int = 3 * 86_400_000
    customers: int = 35 * 86_400_000


@dataclass(frozen=True, slots=True)
class Centre:
    """Everything about the centre that the core needs.

    queues: by name; empty means an open centre, which takes every queue as it comes (replay of a foreign file).
    hours: schedules by name; "always" is always there.
    short_abandon: abandons up to this wait (ms) are short.
    lateness: how much later (ms) than the newest event of its source an event may arrive and still count in full.
    ring_cadence: ms of one ring.
    instant: who waited at most this (ms) was answered at once.
    dropout_share: the share of customers (0 to 1) whose loss marks the drop-out threshold.
    people: agents by name. groups: the groups that contacts may be said to be in (vip).
    topics: the tags that are counted by name. clocks: between two moments of an issue, by name.
    fcr_window: how long after its resolution (ms) a further contact on the topic says that an issue was not resolved in the first one.
    kept: which measures, windows and kinds of scopes are kept. retention: how long state is kept in which customers are.
    max_wait: whoever waits longer (ms) on a real-time channel counts as lost; None: nobody does.
    heartbeat_timeout: an agent who sends heartbeats and is silent for so long (ms) is offline; None: silence says nothing.
    pause_reasons: the reasons that are counted by name. agent_figures: one of AGENT_FIGURES; agent_series: at most so many agents
    are shown to Prometheus. agent_key: the secret of the pseudonyms, never in any file of the centre.
    """

    name: str = "centre"
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))
    queues: dict[str, Queue] = field(default_factory=dict)
    hours: dict[str, Schedule] = field(default_factory=dict)
    short_abandon: int = 5_000
    lateness: int = 60_000
    ring_cadence: int = 6_000
    instant: int = 5_000
    dropout_share: float = 0.1
    people: dict[str, Person] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    clocks: dict[str, NamedClock] = field(default_factory=dict)
    fcr_window: int = 7 * 86_400_000
    kept: Kept = field(default_factory=Kept)
    retention: Retention = field(default_factory=Retention)
    max_wait: int | None = 86_400_000
    heartbeat_timeout: int | None = None
    pause_reasons: tuple[str, ...] = ()
    agent_figures: str = "none"
    agent_series: int = 200
    agent_key: bytes = field(default=b"", repr=False)
    queue_names: dict[str, str] = field(init=False, repr=False, compare=False)
    """The names of the declared queues by their names and by all their ids."""

    def __post_init__(self) -> None:
        """Made once: it is asked for with every event."""
        names = {name: queue.name for queue in self.queues.values() for name in (queue.name, *queue.ids)}
        object.__setattr__(self, "queue_names", names)

    @property
    def asynchronous(self) -> bool:
        """Whether contacts may wait for a reply here: a queue has such a channel, or the queues are not declared and may have any."""
        return not self.queues or any(not REAL_TIME.issuperset(queue.channels) for queue in self.queues.values())

    def of_queues(self) -> dict[str, Extras]:
        """What is declared of each queue beside its name, as further dimensions."""
        return {name: extras for name, queue in self.queues.items() if (extras := queue.extras())}

    def dimensions(self) -> frozenset[tuple[str, ...]]:
        """The kinds of scopes that are kept: as declared, else queues and channels and whatever else the centre declares."""
        if self.kept.dimensions is not None:
            return self.kept.dimensions
        owners: list[Queue | Person] = [*self.queues.values(), *self.people.values()]
        also = {("team",) for owner in owners if owner.team} | {("tier",) for owner in owners if owner.tier}
        also |= {("skill",) for owner in owners if owner.skills} | ({("group",)} if self.groups else set())
        also |= {("agent",)} if self.agent_figures != AGENT_FIGURES[0] else set()
        return EVERY_KIND | also

    def by_id(self) -> dict[str, Person]:
        """The declared agents by their names and by all their ids."""
        return {name: person for person in self.people.values() for name in (person.name, *person.ids)}

    def names_by_id(self) -> dict[str, str]:
        """The names of the declared agents by their names and by all their ids."""
        return {name: person.name for name, person in self.by_id().items()}

    def of_agent(self, name: str) -> Extras:
        """What is declared of an agent, as further dimensions; among them the agent, where agents have figures of their own."""
        person = self.people.get(name)
        pairs = [] if person is None else [("skill", skill) for skill in person.skills]
        own = (("agent", self.shown_agent(name)), ("team", person.team if person else ""), ("tier", person.tier if person else ""))
        return tuple(sorted(pairs + [pair for pair in own if pair[1]]))

    def shown_agent(self, name: str) -> str:
        """Under what an agent of this name or id has figures of their own; "" where no agent has any.

        Where agents are declared, all others count as "other", so that their number is bounded by the file.
        """
        if self.agent_figures == AGENT_FIGURES[0]:
            return ""
        if self.people and name not in self.people:
            return OTHER
        return name if self.agent_figures == "id" else Pseudonyms(self.agent_key).of("agent", name)

    def queue(self, name: str) -> str:
        """The queue under which a name or id counts: the declared one, itself where the centre is open, else "other"."""
        return self.queue_names.get(name, OTHER) if self.queues else name

    def schedule(self, hours: str) -> Schedule:
        """The schedule called `hours`; unknown names are refused when the file is read, so only "always" is made here."""
        found = self.hours.get(hours)
        return found if found is not None else Schedule(self.zone)
