"""The source `genesys-cloud`: notifications of Genesys Cloud (`v2.detail.events.conversation.*`, `v2.users.{id}.activity`) -> events.

The same bodies come by WebSocket, EventBridge and files of either, one JSON object each. A body says all of its event, so none needs
another; each has the conversation's own times.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Final

from stream.config.yaml import Section
from stream.core.events import Event
from stream.sources.records import CUSTOMER, Decode, Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import Tell, Telling, moment, needed, prepared
from stream.wire.times import LAST

NAME: Final = "genesys-cloud"
HELP: Final = "notifications of Genesys Cloud, one JSON object per line"
ORIGIN: Final = "genesys"
CHANNELS: Final = {"VOICE": "call", "CHAT": "chat", "MESSAGE": "chat", "CALLBACK": "call"}
"""EMAIL is left out: no notification says when the answer was sent. Video, co-browsing and screens are part of another medium."""
BY: Final = {"ENDPOINT": "customer", "PEER": "customer", "CLIENT": "agent", "SPAM": "agent"}
"""Of an end: ENDPOINT and PEER are the customer's side as agents and queues see it; all other words are the system's."""
PRESENT: Final = {"IDLE": "available", "INTERACTING": "on_contact"}
AFTER: Final = 1_000
"""ms. What one hang-up ends is told by several notifications, some 10 ms apart in any order; what says least is told so much later, what
passes the contact on so much sooner, so that the one that says how it ended is the first."""
UNIT: Final = 1
"""Genesys writes lengths of time in ms."""


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional. `customers: true` in it names the customer, for a pseudonym."""
    del decode, zone
    found = read_vendor(mapping, ORIGIN)
    return prepared(teller(found), personal=found.customers)


def teller(mapping: VendorMapping) -> Tell:
    """What one notification becomes. customers: whether the customer is named, for a pseudonym."""

    def tell(found: Document) -> Telling:
        envelope = found.part("detail") if "detail" in found else found
        body, topic = envelope.part("eventBody"), envelope.text("topicName")
        out = Telling(f"genesys-cloud/{mapping.origin}")
        if topic.startswith("v2.users.") and topic.endswith(".activity"):
            return _activity(body, mapping, out)
        word = topic.partition(".conversation.")[2].partition(".")[2]
        if not topic.startswith("v2.detail.events.") or word not in WORDS:
            return out.unknown(word or topic or "an object without a topicName")
        if body.text("direction").upper() == "OUTBOUND":
            return out.unknown("OUTBOUND")
        media = body.text("mediaType").upper()
        if media not in CHANNELS:
            return out.unknown(f"mediaType {media}")
        contact = f"{mapping.origin}/{needed(body.text('conversationId'), 'conversationId')}"
        out.word = word
        WORDS[word](body, contact, mapping, out)
        if mapping.customers and word == "customer.start" and (name := body.text("ani") or body.text("addressFrom")):
            for one in out.found:
                if isinstance(one, Event):
                    one.data[CUSTOMER] = name
        return out

    return tell


def _at(body: Document) -> int:
    return moment(body.time("eventTime"), "eventTime")


def _channel(body: Document) -> str:
    return CHANNELS[body.text("mediaType").upper()]


def _entered(body: Document, contact: str, mapping: VendorMapping, out: Telling) -> None:
    queue = mapping.queue(needed(body.text("queueId"), "queueId"))
    if body.text("mediaType").upper() == "CALLBACK":
        # The same conversation goes on as a callback: whoever waited in it has asked for one.
        out.contact("contact.callback_requested", contact, _at(body), queue=queue)
    else:
        # No notification says whether the customer waits or an agent who talks to them and asks this queue.
        out.contact("contact.offered", contact, _at(body), queue=queue, channel=_channel(body), may_consult=True)


def _left(body: Document, contact: str, mapping: VendorMapping, out: Telling) -> None:
    queue, outcome = mapping.queue(needed(body.text("queueId"), "queueId")), body.text("acdOutcome").upper()
    if body.text("mediaType").upper() == "CALLBACK":
        out.unknown("acd.end of a callback")
        return
    at, wait = _at(body), body.amount("connectedDurationMs", UNIT)
    about: dict[str, Any] = {"queue": queue, "channel": _channel(body), "may_consult": True}
    if outcome == "ANSWERED":
        person = body.text("answeredUserId")
        out.contact("contact.answered", contact, at, **about, wait_ms=wait, agent_id=mapping.agent(person) if person else "")
    elif outcome == "ABANDON":
        out.contact("contact.abandoned", contact, at, **about, wait_ms=wait, stage="queue")
    else:
        # It may enter the next queue in the same millisecond, and entering is taken before leaving there.
        before = at - 1 if wait else at
        why = (body.text("disconnectType") or outcome).lower()
        out.contact("contact.flowed_out", contact, before, queue=queue, reason=why, may_consult=True)


def _agent_gone(body: Document, contact: str, mapping: VendorMapping, out: Telling) -> None:
    """An agent's part is over: of a talk, or of ringing that nobody took.

    Without a queue the call came to the agent by no queue: whoever called them directly gave up nothing. Where somebody else talks to the
    customer, or they wait in a queue (passed on by the agent, or by whom the agent listened to), it changes nothing.
    """
    person, at, how = mapping.agent(needed(body.text("userId"), "userId")), _at(body), body.text("disconnectType").upper()
    talk, hold = body.amount("interactingDurationMs", UNIT), body.amount("heldDurationMs", UNIT)
    queue = mapping.queue(body.text("queueId"))
    if not queue:
        if talk or hold:
            out.contact("contact.ended", contact, at, by="agent", may_consult=True)
        else:
            out.unknown("user.end without a queue or a talk")
    elif not talk and not hold:
        rang = body.amount("alertingDurationMs", UNIT)
        out.contact("contact.ring_missed", contact, at, agent_id=person, ring_ms=rang, reason=how.lower())
    elif "TRANSFER" in how:
        handled = (talk or 0) + (hold or 0)
        before = at - min(AFTER, handled - 1)
        lengths = {"handle_ms": handled, "hold_ms": hold}
        # Whoever was asked may pass the question on: by the queue that called them it is told whose transfer it is.
        out.contact("contact.transferred", contact, before, queue=queue, agent_id=person, kind=how.lower(), **lengths, may_consult=True)
    else:
        by = BY.get(how, "system")
        out.contact("contact.ended", contact, at, queue=queue, agent_id=person, by=by, talk_ms=talk, hold_ms=hold, may_consult=True)


def _wrapped_up(body: Document, contact: str, mapping: VendorMapping, out: Telling) -> None:
    person, code = body.text("userId"), body.text("wrapupCode")
    acw = body.amount("wrapupDurationMs", UNIT)
    who = mapping.agent(person) if person else ""
    out.contact("contact.wrapped_up", contact, _at(body), agent_id=who, acw_ms=acw, tags=[code] if code else None)


def _began(body: Document, contact: str, mapping: VendorMapping, out: Telling) -> None:
    del mapping
    out.contact("contact.begun", contact, _at(body), channel=_channel(body))


def _over(body: Document, contact: str, mapping: VendorMapping, out: Telling) -> None:
    del mapping
    how = body.text("disconnectType").upper()
    # Seen from the customer's own part, CLIENT is the customer.
    at = min(_at(body) + AFTER, LAST)
    out.contact("contact.ended", contact, at, by="customer" if how in ("ENDPOINT", "CLIENT", "PEER") else "system")


WORDS: Final[dict[str, Callable[[Document, str, VendorMapping, Telling], None]]] = {
    "customer.start": _began,
    "acd.start": _entered,
    "acd.end": _left,
    "user.end": _agent_gone,
    "acw": _wrapped_up,
    "customer.end": _over,
}
"""The last words of a topic. user.start says no more than acd.end; flows, attributes and wrap-up notes say nothing of queues."""


def _activity(body: Document, mapping: VendorMapping, out: Telling) -> Telling:
    """Who is there: the routing status where the person is on queue, else the presence."""
    routing, presence = body.part("routingStatus"), body.part("presence")
    person = mapping.agent(needed(body.text("id"), "the user's id"))
    system, status = presence.part("presenceDefinition").text("systemPresence").upper(), routing.text("status").upper()
    times = [
        one for one in (routing.time("startTime"), presence.time("modifiedDate"), body.time("dateActiveQueuesChanged")) if one is not None
    ]
    at = moment(max(times, default=None), "startTime")
    state, reason = ("offline", "") if system == "OFFLINE" else (PRESENT.get(status, "paused"), "")
    if state == "paused":
        reason = (system if status in ("OFF_QUEUE", "") else status).lower()
    queues = sorted({mapping.queue(queue) for queue in body.texts("activeQueueIds") if queue})
    out.agent(
        "agent.state_changed", person, at, f"{at}/{status}/{system}/{'+'.join(queues)}"[:500], state=state, queues=queues, reason=reason
    )
    return out
