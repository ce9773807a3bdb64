"""The agent event stream of Amazon Connect (Kinesis) -> who is there, in which state, for which queues, and who missed a ring."""

from __future__ import annotations

from typing import Any, Final

from stream.sources.connect.shared import CHANNELS, agent, passed_over, queue
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping
from stream.sources.vendor.telling import LONGEST_ID, Telling, moment, needed

MISSED: Final = {"ERROR": "error", "MISSED": "missed", "REJECTED": "rejected"}
TALKING: Final = frozenset({"CONNECTED", "CONNECTED_ONHOLD"})
OFFERED: Final = frozenset({"INCOMING", "PENDING", "CONNECTING"})
KINDS: Final = {**dict.fromkeys(("STATE_CHANGE", "LOGIN", "LOGOUT"), "agent.state_changed"), "HEART_BEAT": "agent.heartbeat"}


def tell(found: Document, mapping: VendorMapping, out: Telling) -> Telling:
    """The events of one object of the stream."""
    word = found.text("EventType").upper()
    if word not in KINDS:
        return out.unknown(word or "an agent event without a type")
    now, before = found.part("CurrentAgentSnapshot"), found.part("PreviousAgentSnapshot")
    who = Document({"agentArn": needed(found.text("AgentARN"), "AgentARN"), "username": now.part("Configuration").text("Username")})
    name, at = agent(who, mapping), moment(found.time("EventTimestamp"), "EventTimestamp")
    state, reason = ("offline", "") if word == "LOGOUT" else _state(now)
    data: dict[str, Any] = {"state": state, "queues": _queues(now, mapping), "reason": reason}
    if capacity := _capacity(now):
        data["capacity"] = capacity
        data["channels"] = sorted(capacity)
    if KINDS[word] == "agent.heartbeat":
        data["contacts"] = [f"{mapping.origin}/{contact}" for contact, state in _contacts(now, known=True).items() if state in TALKING]
    out.agent(KINDS[word], name, at, needed(found.text("EventId"), "EventId"), **data)
    _rings(now, before, name, at, mapping, out)
    return out


def _state(now: Document) -> tuple[str, str]:
    """The state and its reason, in the precedence of Connect's own agent activity."""
    status, states = now.part("AgentStatus"), set(_contacts(now).values())
    kind = status.text("Type").upper()
    if kind == "OFFLINE" or not now:
        return "offline", ""
    for word, reason in MISSED.items():
        if word in states and not states & TALKING:
            return "paused", reason
    if states & TALKING:
        return "on_contact", ""
    if "ENDED" in states:
        return "wrap_up", ""
    if states & OFFERED:
        return "reserved", ""
    return ("paused", status.text("Name")[:LONGEST_ID]) if kind == "CUSTOM" else ("available", "")


def _contacts(now: Document, *, known: bool = False) -> dict[str, str]:
    """What an agent has in hand, by id; `known`: only what contact events and records tell of, too (no task, no outbound call)."""
    return {
        one.text("ContactId"): one.text("State").upper()
        for one in now.parts("Contacts")
        if 0 < len(one.text("ContactId")) <= LONGEST_ID and not (known and passed_over(one))
    }


def _queues(now: Document, mapping: VendorMapping) -> list[str]:
    """The queues of the routing profile. An agent's own queue has no name."""
    profile = now.part("Configuration", "RoutingProfile")
    return sorted({name for one in profile.parts("InboundQueues") if one.text("Name") and (name := queue(one, mapping))})


def _capacity(now: Document) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in now.part("Configuration", "RoutingProfile").parts("Concurrency"):
        channel, slots = CHANNELS.get(one.text("Channel").casefold()), one.number("MaximumSlots")
        if channel and slots is not None and slots <= 1000:  # noqa: PLR2004 - the contract's own bound
            found[channel] = slots
    return found


def _rings(now: Document, before: Document, name: str, at: int, mapping: VendorMapping, out: Telling) -> None:
    """Contacts that began to ring at this agent's, or that the agent did not take."""
    earlier = _contacts(before)
    for contact, state in _contacts(now, known=True).items():
        if state == earlier.get(contact):
            continue
        if state == "CONNECTING":
            out.contact("contact.ringing", f"{mapping.origin}/{contact}", at, agent_id=name)
        elif state in ("MISSED", "REJECTED"):
            out.contact("contact.ring_missed", f"{mapping.origin}/{contact}", at, agent_id=name, reason=MISSED[state])
