"""The source `zammad`: webhooks that Zammad's triggers send, with their default payload -> messages and issues.

A ticket is a contact and an issue of the same id. A payload is the ticket as it is, with the article that fired the trigger: what it was
before is not said, so states are told as they are, each under its own moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section
from stream.core.events import Event
from stream.sources.names import choices
from stream.sources.records import CUSTOMER, Decode, Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import Tell, Telling, moment, needed, prepared

NAME: Final = "zammad"
HELP: Final = "webhooks of Zammad's triggers, one JSON object per line"
WRITTEN: Final = frozenset({"email", "web", "note", ""})
"""By the type of a ticket's first article: answered like a mail."""
LIVE: Final = frozenset({"phone", "chat"})
"""Types whose articles do not say when somebody answered. All others are messengers and social media."""
STATES: Final = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending",
    "pending close": "pending",
    "closed": "closed",
    "merged": "closed",
}
STATUSES: Final = ("new", "open", "pending", "on_hold", "closed")
NOBODY: Final = frozenset({"", "1"})
"""Zammad's user 1 owns what nobody owns."""


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional.

    `states: {waiting for supplier: on_hold}` says what a state of your own is; `customers: true` names the customer, for a pseudonym.
    """
    del decode, zone
    found = read_vendor(mapping, NAME, ("states",))
    return prepared(teller(found, STATES | choices(mapping, "states", STATUSES)), personal=found.customers)


@dataclass(frozen=True, slots=True)
class Ticket:
    """The ticket of a payload. ticket: our id; queue: of its group; owner: the person, "" for nobody."""

    found: Document
    ticket: str
    channel: str
    queue: str
    owner: str


def teller(mapping: VendorMapping, states: dict[str, str]) -> Tell:
    """What one payload becomes."""

    def tell(found: Document) -> Telling:
        out = Telling(f"{NAME}/{mapping.origin}")
        part = found.part("ticket")
        if not part:
            return out.unknown("a payload without a ticket")
        kind = part.text("create_article_type").casefold()
        if kind in LIVE:
            return out.unknown(f"a ticket by {kind}")
        ticket = f"{mapping.origin}/{needed(part.word('id'), 'the id of the ticket')}"
        group = part.part("group")
        queue = mapping.queue(group.text("name"), part.word("group_id") or group.word("id")) or "no-group"
        owner = _person(part.word("owner_id"), part.part("owner"), mapping)
        about = Ticket(part, ticket, "email" if kind in WRITTEN else "social", queue, owner)
        _opened(about, out)
        if article := found.part("article"):
            _written(article, about, mapping, out)
        else:
            _changed(about, out)
        _state(states.get(part.text("state").casefold(), "open"), about, out)
        if mapping.customers and (name := part.part("customer").text("email") or part.part("customer").text("phone")):
            for one in out.found:
                if isinstance(one, Event) and one.type in ("contact.begun", "message.posted", "issue.opened"):
                    one.data[CUSTOMER] = name
        return out

    return tell


def _person(number: str, found: Document, mapping: VendorMapping) -> str:
    """By id; the mapping may name people by their login or address, which are shown nowhere."""
    return "" if number in NOBODY else mapping.agent(number, found.text("login"), found.text("email"))


def _opened(about: Ticket, out: Telling) -> None:
    """Every payload says when its ticket began, under one id; nothing that may change is told with it."""
    at = moment(about.found.time("created_at"), "the ticket's created_at")
    ours = about.found.text("create_article_sender").casefold() == "agent"
    direction = "outbound" if ours else "inbound"
    out.word = "created"
    out.contact("contact.begun", about.ticket, at, channel=about.channel, direction=direction, issue_id=about.ticket)
    out.issue("issue.opened", about.ticket, at, channel=about.channel, direction=direction)


def _written(article: Document, about: Ticket, mapping: VendorMapping, out: Telling) -> None:
    """The article that was written; of a telephone call it says nothing."""
    if article.text("type").casefold() in LIVE:
        out.unknown(f"an article by {article.text('type').casefold()}")
        return
    number = needed(article.word("id"), "the id of the article")
    at = moment(article.time("created_at"), "the article's created_at")
    sender = article.text("sender").casefold()
    author = sender if sender in ("customer", "agent") else "system"
    agent = _person(article.word("created_by_id"), article.part("created_by"), mapping) if author == "agent" else ""
    said = {"author": author, "agent_id": agent, "public": not article.flag("internal"), "message_id": f"{mapping.origin}/{number}"}
    if author == "system":
        said["automatic"] = True
    out.word = f"article/{number}"
    out.contact("message.posted", about.ticket, at, channel=about.channel, queue=about.queue, issue_id=about.ticket, **said)


def _changed(about: Ticket, out: Telling) -> None:
    """Owner and group of a ticket that was changed without a word: another queue, while it waits, is a requeue."""
    at = moment(about.found.time("updated_at"), "the ticket's updated_at")
    out.word = "changed"
    out.issue("issue.assigned", about.ticket, at, agent_id=about.owner)
    if about.found.text("create_article_sender").casefold() == "customer" and about.found.text("state").casefold() in ("new", "open"):
        out.contact("contact.offered", about.ticket, at, channel=about.channel, queue=about.queue, issue_id=about.ticket)


def _state(status: str, about: Ticket, out: Telling) -> None:
    found = about.found
    out.word = "state"
    if status == "closed":
        closed = found.time("last_close_at") or found.time("close_at") or found.time("updated_at")
        at = moment(closed, "the ticket's close_at")
        out.contact("contact.ended", about.ticket, at, by="agent", issue_id=about.ticket)
        out.issue("issue.resolved", about.ticket, at)
    else:
        at = moment(found.time("updated_at"), "the ticket's updated_at")
        out.issue("issue.status_changed", about.ticket, at, status=status)
