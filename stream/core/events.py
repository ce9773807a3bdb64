"""What happened to a contact, an agent, an issue or a customer, as the core takes it. No bytes and no headers here: that is `stream.wire`.

Events are unfrozen and slotted because one is made per record on the hot path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

CONTACT_EVENTS: Final = (
    "contact.begun",
    "contact.offered",
    "contact.ringing",
    "contact.ring_missed",
    "contact.answered",
    "contact.held",
    "contact.resumed",
    "contact.transferred",
    "contact.requeued",
    "contact.callback_requested",
    "contact.flowed_out",
    "contact.abandoned",
    "contact.lost",
    "contact.ended",
    "contact.wrapped_up",
    "contact.excluded",
    "contact.no_reply_needed",
    "message.posted",
    "contact.confirmed",
    "contact.joined",
)
AGENT_EVENTS: Final = ("agent.state_changed", "agent.heartbeat")
ISSUE_EVENTS: Final = (
    "issue.opened",
    "issue.status_changed",
    "issue.assigned",
    "issue.escalated",
    "issue.tagged",
    "issue.resolved",
    "issue.reopened",
    "issue.merged",
    "milestone.reached",
)
SURVEY_EVENTS: Final = ("survey.sent", "survey.answered", "evaluation.completed", "customer.status_changed")
ERASURE_REQUESTED: Final = "erasure.requested"
"""Written to every partition: a customer is to be forgotten; the subject is the pseudonym."""

CLOCK_MARKED: Final = "clock.marked"
"""Written by `publish` to every partition: all events up to its time are sent. `data["final"]` marks the end of the input."""
STANDARDS_CHANGED: Final = "standards.changed"
"""Written by `standards apply` to every partition: what is promised from a moment on, see `stream.core.changes`."""
CONTROLS: Final = frozenset({CLOCK_MARKED, STANDARDS_CHANGED})
"""Events that are about no contact and no agent, and go to every partition."""

AGENT_STATES: Final = ("offline", "available", "reserved", "on_contact", "wrap_up", "paused")
CHANNELS: Final = ("call", "chat", "email", "social")


@dataclass(slots=True)
class Event:
    """One thing that happened.

    time: event time, milliseconds since the epoch, UTC.
    type: without prefix and version, e.g. "contact.offered" (on Kafka: ce_type cc.contact.offered.v1).
    subject: the id of the contact, agent, issue or survey that it is about; it is the record's key.
    id: unique per source; the wire makes it "source|id". Two events with the same id are one event.
    data: the event's own fields by their names in topics/schemas.
    """

    time: int
    type: str
    subject: str
    id: str
    data: dict[str, Any]


def order(event: Event) -> tuple[int, int, str, str]:
    """The total order of events: time, agents' before leaving before entering, subject, id."""
    return event.time, RANK.get(event.type, LEAVING), event.subject, event.id


AGENTS: Final = 0
LEAVING: Final = 1
ENTERING: Final = 2
LAST: Final = 3

RANK: Final = {
    "agent.state_changed": AGENTS,
    "agent.heartbeat": AGENTS,
    "contact.begun": ENTERING,
    "contact.offered": ENTERING,
    "contact.requeued": ENTERING,
    STANDARDS_CHANGED: AGENTS,
    CLOCK_MARKED: LAST,
}
"""Where an event stands among those of the same millisecond; what is not named here is LEAVING."""
