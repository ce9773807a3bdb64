"""The source `chatwoot`: webhooks of a Chatwoot account -> contacts, messages, issues and answered surveys.

A payload holds the whole conversation, so none needs another. A conversation is a contact and an issue of the same id. On chat its wait
begins when it is open and ends with the first public message of a person; on e-mail and social, messages are what waits.

Messages count in whole seconds, because Chatwoot's API has no more: what it shows after a gap (`chatwoot_api`) is the same event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section
from stream.core.events import CHANNELS, Event
from stream.errors import RejectedRecord
from stream.sources.names import choices
from stream.sources.records import CUSTOMER, Decode, Prepared
from stream.sources.vendor.document import SECOND, Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import Tell, Telling, moment, needed, prepared

NAME: Final = "chatwoot"
HELP: Final = "webhooks of Chatwoot, one JSON object per line"
KINDS: Final = {"channel::webwidget": "chat", "channel::api": "chat", "channel::email": "email", "channel::voice": ""}
"""By Chatwoot's class of an inbox; all others are social media and messengers. Of calls no webhook says how long they were."""
BOTS: Final = frozenset({"agent_bot", "captain_assistant"})
SCALE: Final = 5


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional.

    `customers: true` in it names the customer, for a pseudonym; `channels: {Channel::Whatsapp: chat}` says what an inbox is.
    """
    del decode, zone
    found = read_mapping(mapping)
    return prepared(teller(found), personal=found.vendor.customers)


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the mapping says. channels: by the class of an inbox, "" where it is left out."""

    vendor: VendorMapping
    channels: dict[str, str]

    def channel(self, kind: str) -> str:
        """What an inbox of a class is."""
        return self.channels.get(kind.casefold(), "social" if kind else "chat")


def read_mapping(mapping: Section | None) -> Mapped:
    """Read it."""
    return Mapped(read_vendor(mapping, NAME, ("channels",)), KINDS | choices(mapping, "channels", CHANNELS))


@dataclass(frozen=True, slots=True)
class Conversation:
    """What every payload says of its conversation. contact: our id; agent: who it is assigned to, "" for nobody."""

    found: Document
    contact: str
    channel: str
    queue: str
    agent: str
    status: str


def teller(mapped: Mapped) -> Tell:
    """What one payload becomes."""
    mapping = mapped.vendor

    def tell(found: Document) -> Telling:
        out = Telling(f"{NAME}/{mapping.origin}")
        event = found.text("event")
        said = SAID.get(event)
        if said is None:
            return out.unknown(event or "an object without an event")
        part = conversation_of(found)
        kind = part.text("channel")
        channel = mapped.channel(kind)
        if not channel:
            return out.unknown(kind)
        number = number_of(part)
        contact = f"{mapping.origin}/{needed('' if number is None else str(number), 'the id of the conversation')}"
        agent = _person(part.part("meta", "assignee"), mapping)
        where = queue_of(mapping, part.part("meta", "team").number("id"), _inbox(found, part))
        said(found, Conversation(part, contact, channel, where, agent, part.text("status")), mapping, out)
        if mapping.customers and (name := _customer(part.part("meta", "sender"))):
            for one in out.found:
                if isinstance(one, Event) and one.type in ("contact.begun", "message.posted", "issue.opened", "survey.answered"):
                    one.data[CUSTOMER] = name
        return out

    return tell


def conversation_of(found: Document) -> Document:
    """The conversation that a payload is about."""
    return found.part("conversation") if found.text("event").startswith("message_") else found


def number_of(conversation: Document) -> int | None:
    """Its number in Chatwoot's addresses."""
    return conversation.number("id") if "id" in conversation else conversation.number("display_id")


def queue_of(mapping: VendorMapping, team: int | None, inbox: int | None) -> str:
    """The queue: the team's where the mapping names it, else the inbox's."""
    if inbox is None:
        raise RejectedRecord("missing_field", "the conversation has no inbox")
    return mapping.queues.get(f"team-{team}") or mapping.queue(f"inbox-{inbox}")


def _inbox(found: Document, part: Document) -> int | None:
    named = part.number("inbox_id")
    return found.part("inbox").number("id") if named is None else named


def _person(found: Document, mapping: VendorMapping) -> str:
    """A person by id; the mapping may name them by their address, which is shown nowhere."""
    number = found.number("id")
    return "" if number is None else mapping.agent(str(number), found.text("email"))


def _customer(found: Document) -> str:
    return found.text("phone_number") or found.text("email") or found.text("identifier")


def changed(found: Document, name: str) -> tuple[Document, bool]:
    """What an attribute was and is, and whether the payload says that it changed."""
    for one in found.parts("changed_attributes"):
        if name in one:
            return one.part(name), True
    return Document(None), False


def changed_at(found: Document, conversation: Document) -> int | None:
    """When a conversation changed (ms): as the change itself says it, else as the conversation does."""
    change, _ = changed(found, "updated_at")
    known = (change.instant("current_value"), conversation.instant("updated_at"), conversation.instant("timestamp"))
    return next((one for one in known if one is not None), None)


def _at(found: Document, talk: Conversation) -> int:
    return moment(changed_at(found, talk.found), "updated_at")


def _created(found: Document, talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    at = moment(found.instant("created_at"), "created_at")
    out.word = "created"
    out.contact("contact.begun", talk.contact, at, channel=talk.channel, queue=talk.queue, issue_id=talk.contact)
    if talk.channel == "chat" and talk.status == "open":
        out.contact("contact.offered", talk.contact, at, channel=talk.channel, queue=talk.queue, issue_id=talk.contact)
    out.issue("issue.opened", talk.contact, at, channel=talk.channel, queue=talk.queue)


def _updated(found: Document, talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    """Status, team and owner: conversation_updated and conversation_status_changed tell of the same change, under the same id."""
    out.word = "changed"
    status, is_new = changed(found, "status")
    if is_new:
        _status(status_word(status, "previous_value"), status_word(status, "current_value"), _at(found, talk), talk, out)
    elif found.text("event") == "conversation_status_changed":  # of old versions: what it was is not said
        _status("", talk.status, _at(found, talk), talk, out)
    team, is_new = changed(found, "team_id")
    if is_new and talk.status == "open":
        inbox = talk.found.number("inbox_id")
        before, now = (queue_of(mapping, team.number(name), inbox) for name in ("previous_value", "current_value"))
        if before != now and talk.found.instant("first_reply_created_at") is None:
            # It waits, and another offer is a requeue; one that is told twice, at two moments, is none.
            out.contact("contact.offered", talk.contact, _at(found, talk), channel=talk.channel, queue=now, issue_id=talk.contact)
        elif before != now:
            out.contact("contact.requeued", talk.contact, _at(found, talk), channel=talk.channel, queue=now, from_queue=before)
    owner, is_new = changed(found, "assignee_id")
    if is_new:
        number = owner.number("current_value")
        known = talk.agent if talk.found.part("meta", "assignee").number("id") == number else ""
        agent = "" if number is None else known or mapping.agent(str(number))
        out.issue("issue.assigned", talk.contact, _at(found, talk), agent_id=agent)
    if not out.found:
        out.unknown("conversation_updated of something else")


STATUSES: Final = ("open", "resolved", "pending", "snoozed")


def status_word(found: Document, name: str) -> str:
    """A status: its word, or its number as the database has it."""
    number = found.number(name)
    return found.text(name) if number is None else (STATUSES[number] if number < len(STATUSES) else "")


def _status(before: str, now: str, at: int, talk: Conversation, out: Telling) -> None:
    if now == "resolved":
        by = "agent" if talk.agent else "system"
        out.contact("contact.ended", talk.contact, at, by=by, agent_id=talk.agent, issue_id=talk.contact)
        out.issue("issue.resolved", talk.contact, at, agent_id=talk.agent)
    elif now == "open":
        # From pending it comes from a bot, or from nobody's work; what was put off goes on with whoever put it off.
        if before == "pending" or (before == "resolved" and talk.channel == "chat"):
            out.contact("contact.offered", talk.contact, at, channel=talk.channel, queue=talk.queue, issue_id=talk.contact)
        if before == "resolved":
            out.issue("issue.reopened", talk.contact, at)
        else:
            out.issue("issue.status_changed", talk.contact, at, status="open")
    elif now in ("pending", "snoozed"):
        out.issue("issue.status_changed", talk.contact, at, status="pending")
    else:
        raise RejectedRecord("bad_value", "the status is none of Chatwoot's")


def _posted(found: Document, talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    number, at = _message(found), moment(found.instant("created_at"), "created_at") // SECOND * SECOND
    identity = f"{mapping.origin}/{number}"
    kind, sender = found.text("message_type"), found.part("sender")
    out.word = f"message/{number:012d}"  # within a second events are in the order of their ids
    if found.text("content_type") == "input_csat":
        out.survey("survey.sent", identity, at, survey="csat", contact_id=talk.contact, issue_id=talk.contact, **_place(talk))
        return
    if kind not in ("incoming", "outgoing", "template"):
        out.unknown(f"message_type {kind}")
        return
    if kind == "incoming" and talk.status == "pending":
        out.unknown("a message to a bot")
        return
    author = author_of(found, kind)
    agent = _person(sender, mapping) if author == "agent" else ""
    public = not found.flag("private")
    said = {"author": author, "public": public, "message_id": identity, "issue_id": talk.contact, **_place(talk)}
    if author in ("bot", "system"):
        said["automatic"] = True
    if author == "agent":
        said["agent_id"] = agent
        if public and talk.channel == "chat" and talk.status != "resolved":
            out.contact("contact.answered", talk.contact, at, agent_id=agent, issue_id=talk.contact, **_place(talk))
    out.contact("message.posted", talk.contact, at, **said)


def _message(found: Document) -> int:
    number = found.number("id")
    if number is None:
        raise RejectedRecord("missing_field", "the id of the message is missing")
    return number


def author_of(found: Document, kind: str) -> str:
    """Who wrote a message of a kind: customer, bot, system, or agent."""
    if kind == "incoming":
        return "customer"
    sender = found.part("sender")
    word = sender.text("type").casefold()
    if kind == "template" or word in BOTS:
        return "bot"
    if found.part("content_attributes").number("automation_rule_id") or found.part("additional_attributes").number("campaign_id"):
        return "system"
    # Without a sender: written on the telephone of the shop, and shown in Chatwoot afterwards: by a person, nobody knows by whom.
    person = word == "user" or (not word and sender) or found.part("content_attributes").flag("external_echo")
    return "agent" if person else "system"


def _place(talk: Conversation) -> dict[str, str]:
    return {"channel": talk.channel, "queue": talk.queue}


def _answered_survey(found: Document, talk: Conversation, mapping: VendorMapping, out: Telling) -> None:
    answer = found.part("content_attributes").part("submitted_values", "csat_survey_response")
    score = answer.number("rating")
    if found.text("content_type") != "input_csat" or score is None:
        out.unknown("message_updated of something else")
        return
    if not 1 <= score <= SCALE:
        raise RejectedRecord("bad_value", "the rating is between 1 and 5")
    identity = f"{mapping.origin}/{_message(found)}"
    at = moment(talk.found.instant("updated_at") or found.instant("updated_at") or talk.found.instant("timestamp"), "updated_at")
    out.word = f"csat/{score}"
    said = {"contact_id": talk.contact, "issue_id": talk.contact, "agent_id": talk.agent, **_place(talk)}
    out.survey("survey.answered", identity, at, survey="csat", score=score, scale_max=SCALE, **said)


SAID: Final[dict[str, Callable[[Document, Conversation, VendorMapping, Telling], None]]] = {
    "conversation_created": _created,
    "conversation_updated": _updated,
    "conversation_status_changed": _updated,
    "message_created": _posted,
    "message_updated": _answered_survey,
}
"""Contacts of the address book, typing and widgets say nothing of queues."""
