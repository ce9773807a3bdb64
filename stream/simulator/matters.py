"""What customers come about on a day with features: issues over several contacts, as a help desk keeps them.

Everything that happens to an issue is noted in its `Matter` at the place where it is emitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stream.core.centre import REAL_TIME
from stream.simulator.plan import HOUR, MINUTE, SECOND
from stream.simulator.voices import Voices

if TYPE_CHECKING:
    from stream.simulator.people import Contact, Worker
    from stream.simulator.plan import Line

QUESTIONS: Final = ("where is my order", "where is my order", "where is my order", "how do I pay", "why is it so slow", "")
"""Questions that many ask, each as often as it comes; "" is one that nobody else has."""
TAGS: Final = ("refund", "delivery", "contract", "outage")


@dataclass(slots=True, eq=False)
class Matter:
    """The notes about one issue. Times are ms; `contacts` are the beginnings of those that the customer began; into: where it goes on."""

    id: str
    customer: str
    queue: str
    channel: str
    opened: int
    question: str
    tags: tuple[str, ...]
    resolvable: bool
    vip: bool = False
    merged: bool = False
    into: Matter | None = None
    resolved: bool = False
    contacts: list[int] = field(default_factory=list)
    resolutions: list[int] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)
    pauses: list[tuple[int, int]] = field(default_factory=list)
    paused: int | None = None
    people: set[str] = field(default_factory=set)
    owners: list[str] = field(default_factory=list)
    asked: int = 0
    replies: int = 0
    handled: int = 0
    transfers: int = 0
    escalations: int = 0
    threads: list[Contact] = field(default_factory=list)

    @property
    def end(self) -> Matter:
        """The issue in which it goes on, or itself."""
        return self if self.into is None else self.into.end


class Matters(Voices):
    """A floor on which contacts belong to issues, and customers come again."""

    def begin(self, contact: Contact) -> None:
        """The contact is about something: something new, or what this customer came about before."""
        if not self.features.issues:
            super().begin(contact)
            return
        known = [matter for matter in self.truth.matters[-100:] if not matter.merged]
        before = self.dice.choice(known) if known and self.chance(0.25) else None
        if before is not None:
            contact.customer = before.customer
        if before is not None and self.chance(0.6):
            matter = before
            self.take_up(matter)
        else:
            matter = self.open(contact, before)
        contact.matter = matter
        matter.contacts.append(self.now)
        matter.threads.append(contact)
        contact.more["issue_id"] = matter.id
        super().begin(contact)
        matter.vip = matter.vip or contact.vip

    def open(self, contact: Contact, before: Matter | None) -> Matter:
        """The help desk opens an issue, sometimes on what an earlier one of the customer was about."""
        number = len(self.truth.matters) + 1
        same = before is not None and self.chance(0.5)
        matter = Matter(
            id=f"issue-{self.plan.day}-s{self.plan.seed}-{number:05d}",
            customer=contact.customer,
            queue=contact.line.queue,
            channel=contact.line.channel,
            opened=self.now,
            question=before.question if before is not None and same else self.dice.choice(QUESTIONS),
            tags=before.tags if before is not None and same else tuple(sorted(self.dice.sample(TAGS, self.dice.randint(0, 2)))),
            resolvable=not self.chance(0.1),
        )
        self.truth.matters.append(matter)
        more: dict[str, Any] = {"question": matter.question} if matter.question else {}
        if matter.tags:
            more["tags"] = list(matter.tags)
        if not matter.resolvable:
            more["resolvable"] = False
        self.desk(matter, "issue.opened", queue=matter.queue, channel=matter.channel, customer_ref=matter.customer, **more)
        return matter

    def desk(self, matter: Matter, kind: str, **data: Any) -> None:
        """The help desk says something of an issue now."""
        self.emit(kind, matter.id, issue_id=matter.id, **data)

    # -- what contacts do to it

    def tell(self, contact: Contact, kind: str, **data: Any) -> None:
        """Something happens to a contact, and so to what it is about."""
        super().tell(contact, kind, **data)
        matter = contact.matter
        if matter is None:
            return
        agent = data.get("to_agent") if kind == "contact.transferred" else None
        matter.transfers += kind == "contact.transferred"
        if kind in {"contact.answered", "contact.joined"}:
            agent = data["agent_id"]
        elif kind == "message.posted" and "acknowledgement" not in data:
            agent = data.get("agent_id")
            matter.asked += data["author"] == "customer"
            matter.replies += data["author"] == "agent"
        if agent is not None:
            matter.people.add(agent)
            if not matter.merged and kind != "contact.joined" and agent not in matter.owners[-1:] and self.chance(0.5):
                matter.owners.append(agent)
                self.desk(matter, "issue.assigned", agent_id=agent)

    def note_handle(self, contact: Contact, handled: int) -> None:
        """Note how long people were busy with it."""
        super().note_handle(contact, handled)
        if contact.matter is not None:
            contact.matter.handled += handled

    def hand_on(self, worker: Worker, contact: Contact, line: Line, talk: int, held: int) -> None:
        """A talk that goes to a higher tier takes the issue there."""
        tally = self.tally(contact)
        before = tally.escalated
        super().hand_on(worker, contact, line, talk, held)
        if contact.matter is not None:
            contact.matter.escalations += tally.escalated - before

    def note_end(self, contact: Contact) -> None:
        """When a contact is over, the help desk says what becomes of the issue."""
        super().note_end(contact)
        matter = contact.matter
        if matter is None:
            return
        drawn, at = self.dice.random(), self.later(SECOND, 90 * SECOND)
        if drawn < 0.03:
            self.at(at, lambda: self.merge(matter))
        elif drawn < 0.08:
            self.at(at, lambda: self.escalate(matter))
        elif drawn < 0.25:
            self.at(at, lambda: self.wait_for_customer(matter))
            self.at(self.later(HOUR, 4 * HOUR), lambda: self.resolve(matter))
        elif drawn < 0.9 and (contact.connected is not None or contact.replied):
            self.at(at, lambda: self.resolve(matter))

    def call_back(self, asked: Contact) -> None:
        """The centre takes the issue up again."""
        if asked.matter is not None:
            self.take_up(asked.matter)
        super().call_back(asked)

    def go_on(self, contact: Contact) -> None:
        """So does the customer who writes again."""
        if contact.matter is not None:
            self.take_up(contact.matter)
        super().go_on(contact)

    # -- what the help desk says

    def take_up(self, matter: Matter) -> None:
        """Work goes on: what was resolved is reopened, what waited for the customer waits no more."""
        if matter.merged:
            return
        if matter.resolved:
            matter.resolved = False
            matter.reopened.append(self.now)
            self.desk(matter, "issue.reopened")
        elif self.go_on_from_pause(matter):
            self.desk(matter, "issue.status_changed", status="open")

    def go_on_from_pause(self, matter: Matter) -> bool:
        """End a pause, if there is one."""
        if matter.paused is None:
            return False
        matter.pauses.append((matter.paused, self.now))
        matter.paused = None
        return True

    def wait_for_customer(self, matter: Matter) -> None:
        """The customer is asked: the clock pauses."""
        if matter.merged or matter.resolved or matter.paused is not None:
            return
        matter.paused = self.now
        self.desk(matter, "issue.status_changed", status="pending")

    def resolve(self, matter: Matter) -> None:
        """It is done, unless it is already."""
        if matter.merged or matter.resolved:
            return
        self.go_on_from_pause(matter)
        matter.resolved = True
        matter.resolutions.append(self.now)
        self.desk(matter, "issue.resolved")
        for other in self.truth.matters:
            if other.end is matter:
                self.settle(other)

    def settle(self, matter: Matter) -> None:
        """Whatever its contacts wait for, nobody owes them a word any more."""
        for contact in matter.threads:
            if contact.unanswered is None:
                continue
            if contact.line.channel not in REAL_TIME:
                self.tally(contact).flowed_out += 1
                if contact.waiting:
                    self.at(self.now + SECOND, partial(self.put_away, contact))
                self.leave_line(contact)
            self.waive(contact)

    def escalate(self, matter: Matter) -> None:
        """It goes to a higher tier, and is resolved there."""
        if matter.merged or matter.resolved:
            return
        matter.escalations += 1
        self.desk(matter, "issue.escalated", to_tier="2")
        self.at(self.later(30 * MINUTE, 2 * HOUR), lambda: self.resolve(matter))

    def merge(self, matter: Matter) -> None:
        """It goes on in another one of which nobody says that it went on elsewhere."""
        others = [one for one in self.truth.matters[-50:] if one is not matter and not one.merged]
        if matter.merged or matter.resolved or not others:
            return
        matter.merged = True
        matter.into = self.dice.choice(others)
        self.desk(matter, "issue.merged", into=matter.into.id)
        if matter.end.resolved:
            self.settle(matter)
