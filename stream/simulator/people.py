"""The people and contacts on the floor while a day is played: their moving parts, nothing that happens to them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stream.simulator.matters import Matter
    from stream.simulator.plan import Line, Person


@dataclass(slots=True, eq=False)
class Contact:
    """A contact on its way. Times are ms; `gives_up` is None where the customer never does.

    replies: public ones of people since it was last over; None where nobody has written. rung: all ringing that nobody took.
    more: what each of its events says besides, such as the issue. over: nothing goes on any more.
    moved: it has been in another queue. partner: who joined the talk. The rest from `more` on is for days with features.
    """

    id: str
    line: Line
    customer: str
    offered: int = 0
    gives_up: int | None = None
    waiting: bool = False
    messages: int = 0
    unanswered: int | None = None
    replied: bool = False
    follow_ups: int = 0
    handled: int = 0
    begun: int = 0
    handed: int | None = None
    connected: int | None = None
    held: int = 0
    rung: int = 0
    replies: int | None = None
    acknowledged: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    over: bool = False
    talking: bool = False
    moved: bool = False
    vip: bool = False
    partner: Worker | None = None
    matter: Matter | None = None


@dataclass(slots=True, eq=False)
class Worker:
    """A person at work: state, how many contacts they have, whether they are waited for at a break, since when they are idle."""

    person: Person
    state: str = "offline"
    load: int = 0
    idle_since: int = 0
    break_due: tuple[int, str] | None = None

    @property
    def free(self) -> bool:
        """Whether they can take a contact now."""
        return (
            self.state in {"available", "on_contact"}
            and self.break_due is None
            and self.load < self.person.slots
            and (self.person.slots > 1 or self.state == "available")
        )


@dataclass(slots=True, eq=False)
class Waiting:
    """A line's waiting contacts, oldest first, and the people who serve it."""

    line: Line
    contacts: deque[Contact] = field(default_factory=deque)
    workers: list[Worker] = field(default_factory=list)
