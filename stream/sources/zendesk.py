"""The source `zendesk`: ticket events of Zendesk's webhooks -> messages and issues.

A ticket is a contact and an issue of the same id. Events come in any order; each has the ticket as it was, and its own time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section
from stream.core.events import Event
from stream.errors import RejectedRecord
from stream.sources.records import CUSTOMER, Decode, Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import Tell, Telling, moment, needed, prepared

NAME: Final = "zendesk"
HELP: Final = "ticket events of Zendesk's webhooks, one JSON object per line"
PREFIX: Final = "zen:event-type:"
WRITTEN: Final = frozenset(
    {"email", "web", "web_form", "web_service", "web_widget", "mobile", "mobile_sdk", "api", "rule", "follow_up", ""}
)
"""Ways in which a ticket begins that are answered like a mail."""
LIVE: Final = frozenset(
    {"chat", "native_messaging", "messaging", "voice", "phone", "phone_call_inbound", "phone_call_outbound", "voicemail"}
)
"""Ways of which a ticket's events do not say when somebody answered. All others are social media."""
STATUSES: Final = {"new": "new", "open": "open", "pending": "pending", "hold": "on_hold", "on_hold": "on_hold", "closed": "closed"}
AT_ONCE: Final = 1_000
"""A comment no later than that (ms) after its ticket is the ticket's description."""


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional. `customers: true` in it names the requester's id, for a pseudonym."""
    del decode, zone
    found = read_vendor(mapping, NAME)
    return prepared(teller(found), personal=found.customers)


@dataclass(frozen=True, slots=True)
class Ticket:
    """The ticket of an event. ticket: our id; queue: of its group."""

    detail: Document
    ticket: str
    channel: str
    queue: str


def teller(mapping: VendorMapping) -> Tell:
    """What one event becomes."""

    def tell(found: Document) -> Telling:
        out = Telling(f"{NAME}/{mapping.origin}")
        word = found.text("type").removeprefix(PREFIX)
        said = SAID.get(word)
        if said is None:
            return out.unknown(word or "an object without a type")
        detail = found.part("detail")
        via = detail.part("via").text("channel").casefold()
        if via in LIVE:
            return out.unknown(f"via {via}")
        ticket = f"{mapping.origin}/{needed(detail.word('id'), 'the id of the ticket')}"
        channel = "email" if via in WRITTEN else "social"
        out.word = word
        said(found, Ticket(detail, ticket, channel, queue_of(mapping, detail.word("group_id"))), mapping, out)
        requester = detail.word("requester_id")
        if mapping.customers and requester:
            for one in out.found:
                if isinstance(one, Event) and one.type in ("message.posted", "issue.opened"):
                    one.data[CUSTOMER] = f"zendesk user {requester}"
        return out

    return tell


def queue_of(mapping: VendorMapping, group: str) -> str:
    """The queue of a group; tickets of no group have one, too."""
    return mapping.queue(group or "no-group")


def _at(found: Document) -> int:
    return moment(found.time("time"), "time")


def _message(identity: str, author: tuple[str, str], at: int, about: Ticket, out: Telling, *, public: bool) -> None:
    who, agent = author
    said = {"author": who, "agent_id": agent, "public": public, "message_id": identity, "issue_id": about.ticket}
    out.contact("message.posted", about.ticket, at, channel=about.channel, queue=about.queue, **said)


def _created(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    """The description is the first message: of the requester, or of whoever wrote in their name."""
    detail = about.detail
    at = _created_at(found, detail)
    requester, submitter = detail.word("requester_id"), detail.word("submitter_id")
    ours = bool(submitter) and submitter != requester
    out.contact(
        "contact.begun", about.ticket, at, channel=about.channel, direction="outbound" if ours else "inbound", issue_id=about.ticket
    )
    out.issue("issue.opened", about.ticket, at, channel=about.channel, queue=about.queue, direction="outbound" if ours else "inbound")
    _first(at, ("agent", mapping.agent(submitter)) if ours else ("customer", ""), about, out, public=not detail.denied("is_public"))


def _first(at: int, author: tuple[str, str], about: Ticket, out: Telling, *, public: bool) -> None:
    """The description may come as a comment, too: both are one message."""
    out.word = "description"
    _message(f"{about.ticket}/description", author, at, about, out, public=public)


def _created_at(found: Document, detail: Document) -> int:
    created = detail.time("created_at")
    return _at(found) if created is None else created


def _commented(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    comment = found.part("event", "comment")
    author = comment.part("author")
    number = needed(author.word("id"), "the comment's author")
    ours = author.flag("is_staff") and number != about.detail.word("requester_id")
    wrote = ("agent", mapping.agent(number)) if ours else ("customer", "")
    at, created, public = _at(found), _created_at(found, about.detail), not comment.denied("is_public")
    if 0 <= at - created <= AT_ONCE:
        _first(created, wrote, about, out, public=public)
        return
    identity = needed(comment.word("id"), "the id of the comment")
    out.word = f"comment/{identity}"
    _message(f"{mapping.origin}/{identity}", wrote, at, about, out, public=public)


def _status(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    event = found.part("event")
    before, now, at = event.text("previous").casefold(), event.text("current").casefold(), _at(found)
    actor = about.detail.word("actor_id")
    if now == "solved":
        agent = mapping.agent(about.detail.word("assignee_id")) if about.detail.word("assignee_id") else ""
        by = "customer" if actor and actor == about.detail.word("requester_id") else "agent"
        out.contact("contact.ended", about.ticket, at, by=by, agent_id=agent, issue_id=about.ticket)
        out.issue("issue.resolved", about.ticket, at, agent_id=agent)
    elif before == "solved" and now != "closed" and now in STATUSES:
        out.issue("issue.reopened", about.ticket, at)
    elif now in STATUSES:
        if now == "closed" and before != "solved":  # merged into another one, or closed at once: nobody waits for an answer to it any more
            out.contact("contact.ended", about.ticket, at, by="agent", issue_id=about.ticket)
        out.issue("issue.status_changed", about.ticket, at, status=STATUSES[now])
    else:
        raise RejectedRecord("bad_value", "the status is none of Zendesk's")


def _assigned(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    person = found.part("event").word("current")
    out.issue("issue.assigned", about.ticket, _at(found), agent_id=mapping.agent(person) if person else "")


def _moved(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    event = found.part("event")
    before, now = (queue_of(mapping, event.word(name)) for name in ("previous", "current"))
    if before == now or not event.word("previous"):  # the first group of a ticket is no move
        out.unknown("ticket.group_assignment_changed within a queue")
        return
    out.contact("contact.requeued", about.ticket, _at(found), channel=about.channel, queue=now, from_queue=before)


def _gone(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    out.contact("contact.excluded", about.ticket, _at(found))


def _deleted(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    """Nobody waits for an answer to it any more. What was done for it before was done, so it is not excluded."""
    at = _at(found)
    out.contact("contact.ended", about.ticket, at, by="agent", issue_id=about.ticket)
    out.issue("issue.status_changed", about.ticket, at, status=STATUSES["closed"])


def _undeleted(found: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    """The issue stands as its ticket does. Whether somebody waits for an answer is not said; the customer's next message says it."""
    status = STATUSES.get(about.detail.text("status").casefold())
    if status is None:
        out.unknown("ticket.undeleted of a ticket that is solved")
        return
    out.issue("issue.status_changed", about.ticket, _at(found), status=status)


SAID: Final[dict[str, Callable[[Document, Ticket, VendorMapping, Telling], None]]] = {
    "ticket.created": _created,
    "ticket.comment_added": _commented,
    "ticket.status_changed": _status,
    "ticket.agent_assignment_changed": _assigned,
    "ticket.group_assignment_changed": _moved,
    "ticket.marked_as_spam": _gone,
    "ticket.soft_deleted": _deleted,
    "ticket.permanently_deleted": _deleted,
    "ticket.undeleted": _undeleted,
}
"""All other ticket events change what tickets are about; those of users, organisations and articles say nothing of queues."""
