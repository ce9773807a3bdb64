"""The source `intercom`: notifications of Intercom's webhooks about conversations -> contacts, messages and issues.

A conversation is a contact and an issue of the same id. A notification holds the conversation, and the part that it is about. On chat the
wait begins with the conversation and ends with the first reply of a person; on e-mail and social, messages are what waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section
from stream.core.events import CHANNELS, Event
from stream.sources.names import choices
from stream.sources.records import CUSTOMER, Decode, Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import Tell, Telling, moment, needed, prepared

NAME: Final = "intercom"
HELP: Final = "notifications of Intercom's webhooks, one JSON object per line"
KINDS: Final = {
    "conversation": "chat",
    "in_app": "chat",
    "push": "chat",
    "": "chat",
    "email": "email",
    "phone_call": "",
    "phone_switch": "",
}
"""By `source.type`, how a conversation began; all others are messengers and social media. Calls say nothing of their talk."""
CUSTOMERS: Final = frozenset({"user", "lead", "contact", "visitor"})
REPLIES: Final = frozenset({"comment", "open", "close", "quick_reply", "note", "assignment", ""})
"""Parts in which a text may stand; a note is not public."""


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional.

    `channels: {conversation: social}` says what a way to begin is; `customers: true` names the customer, for a pseudonym.
    """
    del decode, zone
    found = read_vendor(mapping, NAME, ("channels",))
    return prepared(teller(found, KINDS | choices(mapping, "channels", CHANNELS)), personal=found.customers)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a notification says of its conversation. contact: our id; queue: of its team, "no-team" without one; at: when it was noticed."""

    item: Document
    contact: str
    channel: str
    queue: str
    at: int | None

    def parts(self) -> list[Document]:
        """The parts that the notification is about, the oldest first."""
        return list(self.item.part("conversation_parts").parts("conversation_parts"))


def teller(mapping: VendorMapping, channels: dict[str, str]) -> Tell:
    """What one notification becomes."""

    def tell(found: Document) -> Telling:
        out = Telling(f"{NAME}/{mapping.origin}")
        topic = found.text("topic")
        said = SAID.get(topic)
        if said is None:
            return out.unknown(topic or "an object without a topic")
        item = found.part("data", "item")
        kind = item.part("source").text("type").casefold()
        channel = channels.get(kind, "social")
        if not channel:
            return out.unknown(f"a conversation by {kind}")
        contact = f"{mapping.origin}/{needed(item.word('id'), 'the id of the conversation')}"
        queue = mapping.queue(item.word("team_assignee_id") or "no-team")
        talk = Conversation(item, contact, channel, queue, found.instant("created_at"))
        said(talk, mapping, out)
        author = item.part("source", "author")
        name = author.text("email") or author.word("id")
        if mapping.customers and name and author.text("type").casefold() in CUSTOMERS:
            for one in out.found:
                if isinstance(one, Event) and one.type in ("contact.begun", "message.posted", "issue.opened"):
                    one.data[CUSTOMER] = name
        return out

    return tell


def _begun(talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    """The first message is the conversation's source."""
    at = moment(talk.item.instant("created_at"), "the conversation's created_at")
    place = {"channel": talk.channel, "queue": talk.queue}
    out.word = "created"
    out.contact("contact.begun", talk.contact, at, issue_id=talk.contact, **place)
    if talk.channel == "chat":
        out.contact("contact.offered", talk.contact, at, issue_id=talk.contact, **place)
    out.issue("issue.opened", talk.contact, at, **place)
    said = {"author": "customer", "public": True, "message_id": f"{talk.contact}/source", "issue_id": talk.contact}
    out.contact("message.posted", talk.contact, at, **said, **place)


def _replied(talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    for part in talk.parts():
        _part(part, talk, mapping, out)
    if not out.found:
        out.unknown("a notification without a part")


def _part(part: Document, talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    """One message: of the customer, a person, or a bot; several topics may tell of it, under one id."""
    kind = part.text("part_type").casefold()
    if kind not in REPLIES or not (part.text("body") or any(part.parts("attachments"))):  # a picture says something, too
        return
    number = needed(part.word("id"), "the id of the part")
    at = moment(part.instant("created_at"), "the part's created_at")
    author = part.part("author")
    who = author.text("type").casefold()
    public = kind != "note"
    place = {"channel": talk.channel, "queue": talk.queue}
    said: dict[str, object] = {"public": public, "message_id": f"{mapping.origin}/{number}", "issue_id": talk.contact, **place}
    out.word = f"part/{number}"
    if who in CUSTOMERS:
        if kind == "open":  # a conversation that was over goes on
            if talk.channel == "chat":
                out.contact("contact.offered", talk.contact, at, issue_id=talk.contact, **place)
            out.issue("issue.reopened", talk.contact, at)
        out.contact("message.posted", talk.contact, at, author="customer", **said)
    elif who in ("admin", "teammate"):
        agent = _person(author, mapping)
        if public and talk.channel == "chat":
            out.contact("contact.answered", talk.contact, at, agent_id=agent, issue_id=talk.contact, **place)
        out.contact("message.posted", talk.contact, at, author="agent", agent_id=agent, **said)
    else:
        out.contact("message.posted", talk.contact, at, author="bot", automatic=True, **said)


def _person(found: Document, mapping: VendorMapping) -> str:
    """By id; the mapping may name people by their address, which is shown nowhere."""
    number = found.word("id")
    return mapping.agent(number, found.text("email")) if number else ""


def _changed(talk: Conversation) -> tuple[int, Document]:
    """When a conversation changed, and the last part of it: its own time goes before when it was noticed."""
    parts = talk.parts()
    last = parts[-1] if parts else Document(None)
    known = (last.instant("created_at"), talk.at)
    return moment(next((one for one in known if one is not None), None), "created_at"), last


def _closed(talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    """A last word may stand in the part that closes."""
    for part in talk.parts():
        _part(part, talk, mapping, out)
    at, last = _changed(talk)
    author = last.part("author")
    agent = _person(author, mapping) if author.text("type").casefold() in ("admin", "teammate") else ""
    out.word = "state"
    out.contact("contact.ended", talk.contact, at, by="agent" if agent else "system", agent_id=agent, issue_id=talk.contact)
    out.issue("issue.resolved", talk.contact, at, agent_id=agent)


def _opened(talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    at, _ = _changed(talk)
    out.word = "state"
    out.issue("issue.reopened", talk.contact, at)


def _snoozed(talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    at, _ = _changed(talk)
    out.word = "state"
    out.issue("issue.status_changed", talk.contact, at, status="pending")


def _unsnoozed(talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    at, _ = _changed(talk)
    out.word = "state"
    out.issue("issue.status_changed", talk.contact, at, status="open")


def _assigned(talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    """To a person: an owner. To a team: another queue, while it waits."""
    at, last = _changed(talk)
    to = last.part("assigned_to")
    out.word = "assigned"
    kind = to.text("type").casefold()
    if kind == "team":
        queue = mapping.queue(needed(to.word("id"), "the team's id"))
        out.contact("contact.requeued", talk.contact, at, channel=talk.channel, queue=queue)
    else:
        out.issue("issue.assigned", talk.contact, at, agent_id=_person(to, mapping) if kind == "admin" else "")


SAID: Final[dict[str, Callable[[Conversation, VendorMapping, Telling], None]]] = {
    "conversation.user.created": _begun,
    "conversation.user.replied": _replied,
    "conversation.admin.replied": _replied,
    "conversation.operator.replied": _replied,
    "conversation.admin.noted": _replied,
    "conversation.admin.closed": _closed,
    "conversation.admin.opened": _opened,
    "conversation.admin.snoozed": _snoozed,
    "conversation.admin.unsnoozed": _unsnoozed,
    "conversation.admin.assigned": _assigned,
}
"""Tags, companies, contacts and tickets say nothing of queues; who is there comes as `admin.*`, whose meaning is no state of ours."""
