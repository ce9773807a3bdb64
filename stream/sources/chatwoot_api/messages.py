"""Messages as Chatwoot's API shows them, and the webhooks that would have told them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from stream.sources.chatwoot import author_of
from stream.sources.vendor.document import SECOND, Document

KINDS: Final = ("incoming", "outgoing", "activity", "template")
"""By the number that the API shows."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. author: "customer", "bot", "system" or "agent"; "" of what nobody wrote, and of templates. sender: an agent's number."""

    number: int
    at: int
    kind: str
    author: str
    public: bool
    sender: int
    found: Document


def message_of(found: Document) -> Message | None:
    """None where it is none that can be told."""
    number, at, code = found.number("id"), found.instant("created_at"), found.number("message_type")
    kind = found.text("message_type") if code is None else KINDS[code] if code < len(KINDS) else ""
    if number is None or at is None or kind not in KINDS:
        return None
    author = author_of(found, kind) if kind in ("incoming", "outgoing") else ""
    return Message(number, at, kind, author, not found.flag("private"), found.part("sender").number("id") or 0, found)


def payload(message: Message, address: str) -> dict[str, Any]:
    """What message_created would have said but for its conversation: without the text."""
    found, sender = message.found, message.found.part("sender")
    attributes, more = found.part("content_attributes"), found.part("additional_attributes")
    return {
        "event": "message_created",
        "id": message.number,
        "created_at": message.at / SECOND,
        "message_type": message.kind,
        "content_type": found.text("content_type"),
        "private": not message.public,
        "content_attributes": {
            "automation_rule_id": attributes.number("automation_rule_id"),
            "external_echo": attributes.flag("external_echo"),
        },
        "additional_attributes": {"campaign_id": more.number("campaign_id")},
        "sender": _sender(message, sender, address) if sender else None,
    }


def _sender(message: Message, sender: Document, address: str) -> dict[str, Any]:
    """Who of us wrote; of customers no more than that they are."""
    known = {"type": sender.text("type")}
    return known | {"id": message.sender or None, "email": sender.text("email") or address} if message.author == "agent" else known


def unanswered(read: list[Message], new: list[Message], status: str) -> Iterator[tuple[Message, str]]:
    """The new messages that somebody wrote, each with the status that its conversation had, as far as the others tell.

    A customer's message whose next one is a bot's was a bot's to answer: pending. A person's message is an answer where the last word
    of a customer or a person before it was a customer's, or there was none; else it may have followed a resolution, and answers nothing.
    """
    spoken = [one for one in read if one.public and one.author in ("customer", "bot", "agent")]
    place = {one.number: index for index, one in enumerate(spoken)}
    for one in (one for one in new if one.kind != "activity"):
        index = place.get(one.number)
        if index is None:
            yield one, "open"
        elif one.author == "customer":
            following = next((other.author for other in spoken[index + 1 :] if other.author != "customer"), "")
            yield one, "pending" if following == "bot" or (not following and status == "pending") else "open"
        elif one.author == "agent":
            before = next((other.author for other in reversed(spoken[:index]) if other.author != "bot"), "customer")
            yield one, "open" if before == "customer" else "resolved"
        else:
            yield one, "open"
