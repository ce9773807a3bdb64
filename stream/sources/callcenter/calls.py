"""What the events of mod_callcenter say of calls: fields in, events of the contact out."""

from __future__ import annotations

from typing import Final

from stream.core.events import Event
from stream.sources.records import CUSTOMER
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping
from stream.sources.vendor.telling import Telling, moment, needed
from stream.wire.fields import LONGEST
from stream.wire.times import FIRST, LAST

SUBCLASS: Final = "callcenter::info"
MICRO: Final = 1000
SECOND: Final = 1000

STARTS: Final = frozenset({"member-queue-start", "member-queue-resume"})
"""A caller who hung up and calls again may be given the old place (`abandoned-resume-allowed`): with another call, so another contact."""
OFFERING, RING_FAILED = "agent-offering", "bridge-agent-fail"
RINGS: Final = frozenset({OFFERING, RING_FAILED})
TALK_BEGINS, TALK_ENDS, LEAVES = "bridge-agent-start", "bridge-agent-end", "member-queue-end"
CALLS: Final = STARTS | RINGS | {TALK_BEGINS, TALK_ENDS, LEAVES}
QUIET: Final = frozenset({"members-count", "agent-status-get", "agent-max-no-answer"})
"""Known, and without a figure: how many wait is counted here, and of whom no answer comes a status says more."""

NOT_MISSED: Final = frozenset({"originator_cancel", "lose_race"})
"""The ring ended because the caller hung up, or another agent was first: the module itself counts neither as missed."""
HUNG_UP: Final = frozenset({"", "none"})
BROKEN_OUT: Final = "break_out"
"""The module says so of everybody who leaves without an agent and without a time limit: mostly, of who hangs up."""
HANGUP: Final = "hangup"


def of_callcenter(found: Document) -> bool:
    """Whether an event is one of the module's. What appends events to a file may leave the subclass out."""
    return found.text("Event-Subclass") in (SUBCLASS, "") and bool(found.text("CC-Action"))


def time_of(found: Document) -> int:
    """When it happened (ms). Raises RejectedRecord where it does not say so."""
    at = found.number("Event-Date-Timestamp")
    return moment(None if at is None or not FIRST <= at // MICRO <= LAST else at // MICRO, "Event-Date-Timestamp")


def queue_of(name: str, mapping: VendorMapping) -> str:
    """Our name of a queue, whose own is mostly name@domain."""
    return mapping.queue(name.partition("@")[0], name)


def call_of(found: Document) -> str:
    """The call's id. Raises RejectedRecord where there is none."""
    return needed(found.text("CC-Member-Session-UUID"), "CC-Member-Session-UUID")


def offer(out: Telling, contact: str, at: int, queue: str, customer: str) -> None:
    """Append that a call waits in a queue; `customer`: the number that calls, where it may be said."""
    out.contact("contact.offered", contact, at, queue=queue, channel="call")
    made = out.found[-1]
    if customer and isinstance(made, Event):
        made.data[CUSTOMER] = customer


def tell(found: Document, contact: str, at: int, mapping: VendorMapping, out: Telling) -> None:
    """Append what one event of CALLS says of its contact. Raises RejectedRecord where it lacks something."""
    action = found.text("CC-Action")
    queue, person = queue_of(found.text("CC-Queue"), mapping), found.text("CC-Agent")
    agent = mapping.agent(person) if person else ""
    # Within a millisecond a call may go from one queue to the next, and many phones may ring.
    out.word = f"{action}/{queue}/{agent}" if action in RINGS else f"{action}/{queue}"
    if action in STARTS:
        offer(out, contact, at, needed(queue, "CC-Queue"), found.text("CC-Member-CID-Number") if mapping.customers else "")
    elif action == OFFERING:
        out.contact("contact.ringing", contact, at, agent_id=agent)
    elif action == RING_FAILED:
        cause = found.text("CC-Hangup-Cause").lower()
        if cause not in NOT_MISSED:
            out.contact("contact.ring_missed", contact, at, agent_id=agent, reason=cause)
    elif action == TALK_BEGINS:
        wait = _between(found, "CC-Member-Joined-Time", "CC-Agent-Answered-Time")
        out.contact("contact.answered", contact, at, queue=queue, channel="call", agent_id=agent, wait_ms=wait)
    elif action == TALK_ENDS:
        talk = _between(found, "CC-Agent-Answered-Time", "CC-Bridge-Terminated-Time")
        out.contact("contact.ended", contact, at, agent_id=agent, talk_ms=talk)
    else:
        _leave(found, contact, queue, at, out)


def _leave(found: Document, contact: str, queue: str, at: int, out: Telling) -> None:
    reason = found.text("CC-Cancel-Reason").casefold()
    # Who is sent elsewhere (uuid_transfer, uuid_break) breaks out, too, but their channel is still there.
    hung_up = reason in HUNG_UP or (reason == BROKEN_OUT and found.text("Answer-State").casefold() in ("", HANGUP))
    if found.text("CC-Cause").casefold() == "terminated":
        # After a talk, which bridge-agent-end has ended already; after one that had no such event this is its end.
        out.contact("contact.ended", contact, at)
    elif hung_up:
        wait = _between(found, "CC-Member-Joined-Time", "CC-Member-Leaving-Time")
        out.contact("contact.abandoned", contact, at, queue=queue, channel="call", stage="queue", wait_ms=wait)
    else:
        # It may enter the next queue in the same millisecond, and entering is taken before leaving there.
        out.contact("contact.flowed_out", contact, at - 1, queue=queue, reason=reason)


def _between(found: Document, first: str, last: str) -> int | None:
    """Whole seconds of the switch between two of its moments; None where one is missing."""
    begun, ended = found.number(first), found.number(last)
    if not begun or not ended or not 0 <= (ended - begun) * SECOND <= LONGEST:
        return None
    return (ended - begun) * SECOND
