"""What all streams of Amazon Connect have in common: ids, channels, who began a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.errors import RejectedRecord
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping
from stream.sources.vendor.telling import needed

ORIGIN: Final = "connect"
CHANNELS: Final = {"voice": "call", "telephony": "call", "chat": "chat"}
"""TASK is work without a customer. Of EMAIL no stream says when the answer was sent: the mailbox does."""
OUTBOUND: Final = frozenset({"OUTBOUND", "EXTERNAL_OUTBOUND", "MONITOR", "AGENT_REPLY"})
"""Contacts that the centre began, or that no customer is in. They wait in no queue; agents' time is told by their own stream."""
AFTERWARDS: Final = "DISCONNECT"
"""Contacts of a flow that runs after the end of another: no customer comes with them, unless the flow puts them into a queue again."""
BY: Final = {"CUSTOMER_DISCONNECT": "customer", "AGENT_DISCONNECT": "agent", "AGENT_COMPLETED": "agent", "TRANSFERRED": "transfer"}
"""Reasons of an end that name somebody; all others are the system's."""
OWN: Final = "an agent's own queue"


def last_part(arn: str) -> str:
    """The id in an ARN; a bare id is one already."""
    return arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Who:
    """Which contact an object is about. contact, root: our ids; before: that of the contact it continues, "" where it continues none."""

    contact: str
    root: str
    before: str
    channel: str
    method: str


def passed_over(found: Document) -> str:
    """The word of what a contact is that no queue could know; "" of others."""
    method, channel = found.text("initiationMethod").upper(), found.text("channel")
    if method in OUTBOUND:
        return method
    if own(found.part("queue")):
        return OWN
    return f"channel {channel}" if channel and channel.casefold() not in CHANNELS else ""


def who(found: Document, mapping: VendorMapping) -> Who | str:
    """The contact; or the word of what it is, where it is none that a queue could know. Raises RejectedRecord without an id."""

    def named(name: str) -> str:
        identity = found.text(name)
        return f"{mapping.origin}/{needed(identity, name)}" if identity else ""

    method, channel = found.text("initiationMethod").upper(), found.text("channel")
    if method in OUTBOUND:
        return method
    if channel.casefold() not in CHANNELS:
        if not channel:
            raise RejectedRecord("missing_field", "the contact has no channel")
        return f"channel {channel}"
    contact = f"{mapping.origin}/{needed(found.text('contactId'), 'contactId')}"
    root = named("initialContactId")
    return Who(contact, "" if root == contact else root, named("previousContactId"), CHANNELS[channel.casefold()], method)


def queue(found: Document, mapping: VendorMapping) -> str:
    """Our name of the queue in `found` (ARN and, in records, Name); agents' own queues are none."""
    if own(found):
        return ""
    arn = found.text("queueArn") or found.text("arn")
    name, identity = found.text("name"), last_part(arn)
    return mapping.queue(name, identity, arn) if mapping.names else mapping.queue(identity, arn, name)


def own(found: Document) -> bool:
    """Whether the queue in `found` is an agent's own: who waits there waits for one person, in no queue that anybody staffs."""
    arn = found.text("queueArn") or found.text("arn")
    return found.text("queueType").casefold() == "agent" or "/queue/agent/" in arn


def in_hand(waited: Document, person: Document) -> bool:
    """Whether a contact has come to a queue that anybody staffs, or to an agent; the queue of a flow is only where it would go."""
    return not own(waited) and (waited.time("enqueueTimestamp") or person.time("connectedToAgentTimestamp")) is not None


def agent(found: Document, mapping: VendorMapping) -> str:
    """The person in `found`: by ARN, or by a user name that the mapping knows. A user name itself may be an address, and is not shown."""
    arn = found.text("agentArn") or found.text("arn")
    return mapping.agent(last_part(arn), arn, found.text("username"))
