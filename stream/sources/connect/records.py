"""Contact records of Amazon Connect (CTR) -> the whole life of a finished contact.

Records come at least once, and again with more in them (a wrap-up, attributes) under a later LastUpdateTimestamp. Each event is made of
what stands in the first of them already, so all deliveries make the same events, and a later one adds some; but that the contact goes on
in another may be known later, which `leave` takes care of.
"""

from __future__ import annotations

from stream.core.events import Event
from stream.sources.connect.contacts import GOES_ON, leave
from stream.sources.connect.shared import AFTERWARDS, BY, Who, agent, in_hand, own, queue, who
from stream.sources.records import CUSTOMER
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping
from stream.sources.vendor.telling import Telling, moment
from stream.wire.times import FIRST, LAST


def tell(found: Document, mapping: VendorMapping, out: Telling) -> Telling:
    """The events of one record."""
    about = who(found, mapping)
    if isinstance(about, str):
        return out.unknown(about)
    if about.method == AFTERWARDS and not in_hand(found.part("Queue"), found.part("Agent")):
        return out.unknown(AFTERWARDS)
    begun = moment(found.time("InitiationTimestamp"), "InitiationTimestamp")
    if about.before and about.method in GOES_ON:
        kind, reason = GOES_ON[about.method]
        # As much before as `leave` puts the flow-out that the other record tells, so that what it was wins where both are of one moment.
        out.contact(kind, about.before, max(begun - 1, FIRST), reason=reason)
    out.contact("contact.begun", about.contact, begun, channel=about.channel, root_contact_id=about.root)
    first = out.found[-1]
    if mapping.customers and isinstance(first, Event) and (name := found.part("CustomerEndpoint").text("Address")):
        first.data[CUSTOMER] = name
    _life(found, about, mapping, out, begun)
    return out


def _life(found: Document, about: Who, mapping: VendorMapping, out: Telling, begun: int) -> None:
    waited, person = found.part("Queue"), found.part("Agent")
    name, entered, answered = queue(waited, mapping), waited.time("EnqueueTimestamp"), person.time("ConnectedToAgentTimestamp")
    ended, reason = found.time("DisconnectTimestamp"), found.text("DisconnectReason").upper()
    if own(waited):
        if ended is not None:
            out.contact("contact.ended", about.contact, max(ended, begun), by="system")
        return
    if name and entered is not None:
        entered = max(entered, begun)
        out.contact("contact.offered", about.contact, entered, queue=name, channel=about.channel, root_contact_id=about.root)
    if answered is not None:
        answered = max(answered, entered or begun)
        wait = waited.amount("Duration") if entered is not None else None
        out.contact(
            "contact.answered", about.contact, answered, queue=name, channel=about.channel, agent_id=agent(person, mapping), wait_ms=wait
        )
    if ended is None:
        return
    ended = max(ended, answered or 0, entered or begun)
    if answered is not None:
        _talked(found, about, mapping, out, answered, ended)
    elif name and entered is not None:
        left = max(waited.time("DequeueTimestamp") or ended, entered)
        # Also of a customer who disconnected: the record of a callback is written when the callback is over, often after this contact was
        # forgotten, and nothing in a record says what kind of contact follows.
        leave(out, about, left, name, entered, reason, goes_on=bool(found.text("NextContactId")))
    else:
        out.contact("contact.ended", about.contact, ended, by=BY.get(reason, "system"))


def _talked(found: Document, about: Who, mapping: VendorMapping, out: Telling, answered: int, ended: int) -> None:
    person, reason = found.part("Agent"), found.text("DisconnectReason").upper()
    name = agent(person, mapping)
    talk, hold = person.amount("AgentInteractionDuration"), person.amount("CustomerHoldDuration")
    # The agent's part is as long as Connect says; the contact may go on without them, after a transfer or in a flow.
    over = ended if talk is None else min(answered + talk + (hold or 0), LAST)
    if passed_on := found.time("TransferCompletedTimestamp") is not None:
        out.contact("contact.transferred", about.contact, over, agent_id=name, hold_ms=hold)
    by = "transfer" if passed_on else BY.get(reason, "system")
    out.contact("contact.ended", about.contact, over, by=by, agent_id=name, talk_ms=talk, hold_ms=hold)
    wrapped = person.time("AfterContactWorkEndTimestamp")
    if wrapped is not None:
        acw = person.amount("AfterContactWorkDuration")
        out.contact("contact.wrapped_up", about.contact, max(wrapped, over), agent_id=name, acw_ms=acw)
