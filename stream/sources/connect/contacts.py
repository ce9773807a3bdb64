"""Contact events of Amazon Connect (EventBridge, `Amazon Connect Contact Event`) -> events.

Deliveries are best effort and in no order, so each event is told from what it says itself: its moments are those of the contact, not of
the delivery, and an end is never put before what the same object says happened first (published samples have such times).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from stream.sources.connect.shared import AFTERWARDS, BY, OWN, Who, agent, in_hand, own, queue, who
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping
from stream.sources.vendor.telling import Telling, moment, needed

GOES_ON: Final = {
    "CALLBACK": ("contact.callback_requested", ""),
    "QUEUE_TRANSFER": ("contact.flowed_out", "queue_transfer"),
}
"""How a contact is begun that goes on from another -> what becomes of the other at this moment.

As TRANSFER nothing does: who asks a colleague first goes on talking, or takes the call back. The other's end says if it was passed on.
"""


def tell(found: Document, mapping: VendorMapping, out: Telling) -> Telling:
    """The events of the `detail` of one contact event."""
    kind = needed(found.text("eventType"), "eventType").upper()
    about = who(found, mapping)
    if isinstance(about, str):
        return out.unknown(about)
    if kind not in KINDS:
        return out.unknown(kind)
    if about.method == AFTERWARDS and not in_hand(found.part("queueInfo"), found.part("agentInfo")):
        return out.unknown(AFTERWARDS)
    if own(found.part("queueInfo")):
        # For one person by name: in no queue, so in no figure of one. What began is over, nothing else is told of it.
        at = found.time("disconnectTimestamp")
        if kind != "DISCONNECTED" or at is None:
            return out.unknown(OWN)
        out.word = kind.lower()
        out.contact("contact.ended", about.contact, at, by="system")
        return out
    out.word = kind.lower()
    KINDS[kind](found, about, mapping, out)
    return out


def _initiated(found: Document, about: Who, mapping: VendorMapping, out: Telling) -> None:
    del mapping
    at = moment(found.time("initiationTimestamp"), "initiationTimestamp")
    if about.before and about.method in GOES_ON:
        # What this does to the contact that goes on in it, no event of that contact says.
        kind, reason = GOES_ON[about.method]
        out.contact(kind, about.before, at, reason=reason)
    out.contact("contact.begun", about.contact, at, channel=about.channel, root_contact_id=about.root)


def _queued(found: Document, about: Who, mapping: VendorMapping, out: Telling) -> None:
    info = found.part("queueInfo")
    at = moment(info.time("enqueueTimestamp"), "queueInfo.enqueueTimestamp")
    name = needed(queue(info, mapping), "queueInfo.queueArn")
    out.contact("contact.offered", about.contact, at, queue=name, channel=about.channel, root_contact_id=about.root)


def _connected(found: Document, about: Who, mapping: VendorMapping, out: Telling) -> None:
    info = found.part("agentInfo")
    at = moment(info.time("connectedToAgentTimestamp"), "agentInfo.connectedToAgentTimestamp")
    waited = found.part("queueInfo").time("enqueueTimestamp")
    name = queue(found.part("queueInfo"), mapping)
    wait = None if waited is None else max(0, at - waited)
    out.contact("contact.answered", about.contact, at, queue=name, channel=about.channel, agent_id=agent(info, mapping), wait_ms=wait)


def _disconnected(found: Document, about: Who, mapping: VendorMapping, out: Telling) -> None:
    queued, info = found.part("queueInfo"), found.part("agentInfo")
    entered, answered = queued.time("enqueueTimestamp"), info.time("connectedToAgentTimestamp")
    at = max(moment(found.time("disconnectTimestamp"), "disconnectTimestamp"), answered or 0, entered or 0)
    reason = found.text("disconnectReason").upper()
    if answered is not None:
        by, name, hold = BY.get(reason, "system" if reason else ""), agent(info, mapping), info.amount("agentInitiatedHoldDuration")
        # That another contact continues it says nothing of whom the customer talks to: a question to a colleague, and a disconnect flow
        # that asks how it was, are contacts of their own, too.
        if by == "transfer" or found.time("transferCompletedTimestamp") is not None:
            by = "transfer"
            out.contact("contact.transferred", about.contact, at, agent_id=name, hold_ms=hold)
        out.contact("contact.ended", about.contact, at, by=by, agent_id=name, hold_ms=hold)
    elif entered is not None and queue(queued, mapping):
        # A customer who disconnected has given up, whatever contact follows: a disconnect flow is one, and a callback or a transfer says of
        # itself, as it begins, that the customer went on there.
        goes_on = bool(found.text("nextContactId")) and BY.get(reason) != "customer"
        leave(out, about, at, queue(queued, mapping), entered, reason, goes_on=goes_on)
    else:
        out.contact("contact.ended", about.contact, at, by=BY.get(reason, "system" if reason else "customer"))


def leave(out: Telling, about: Who, at: int, name: str, entered: int, reason: str, *, goes_on: bool) -> None:
    """Out of the queue without an agent: given up, or taken out by a flow, a transfer or a time limit.

    goes_on: that the customer went on in another contact. It may be in a later delivery only: told 1 ms earlier, it counts whichever
    comes first.
    """
    if goes_on or (reason and BY.get(reason) != "customer"):
        before = max(entered, at - 1)
        out.outcome("contact.flowed_out", about.contact, before, queue=name, reason=(reason or "transferred").lower())
    else:
        wait = max(0, at - entered)
        out.outcome("contact.abandoned", about.contact, at, queue=name, channel=about.channel, stage="queue", wait_ms=wait)


def _hold(kind: str, found: Document, about: Who, mapping: VendorMapping, out: Telling) -> None:
    state = found.part("agentInfo", "stateTransitions")
    at = found.time("eventTimestamp") or found.time("updateTimestamp") or state.time("stateStartTimestamp")
    if at is None:
        out.unknown(f"{kind} without a time")
        return
    out.contact(kind, about.contact, at, agent_id=agent(found.part("agentInfo"), mapping) if found.part("agentInfo") else "")


def _completed(found: Document, about: Who, mapping: VendorMapping, out: Telling) -> None:
    info = found.part("agentInfo")
    at = info.time("afterContactWorkEndTimestamp")
    if at is None:
        out.unknown("COMPLETED without after-contact work")
        return
    out.contact("contact.wrapped_up", about.contact, at, agent_id=agent(info, mapping), acw_ms=info.amount("afterContactWorkDuration"))


KINDS: Final[dict[str, Callable[[Document, Who, VendorMapping, Telling], None]]] = {
    "INITIATED": _initiated,
    "QUEUED": _queued,
    "CONNECTED_TO_AGENT": _connected,
    "DISCONNECTED": _disconnected,
    "PAUSED": partial(_hold, "contact.held"),
    "RESUMED": partial(_hold, "contact.resumed"),
    "COMPLETED": _completed,
}
"""What each word becomes. CONNECTED_TO_SYSTEM, CONTACT_DATA_UPDATED and whatever comes in time say nothing of queues."""
