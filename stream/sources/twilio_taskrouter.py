"""The source `twilio-taskrouter`: Twilio's TaskRouter, as event callbacks (forms) or as Event Streams (CloudEvents) -> events.

A task is a contact. Both ways tell the same fields, once as `TaskQueueName`, once as `task_queue_name`; each event says all of itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Final

import orjson

from stream.config.yaml import Section
from stream.core.events import AGENT_STATES, CHANNELS, Event
from stream.sources.names import choices, lists
from stream.sources.records import CUSTOMER, Decode, Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping, read_vendor
from stream.sources.vendor.telling import Telling, moment, needed, prepared

NAME: Final = "twilio-taskrouter"
HELP: Final = "events of Twilio TaskRouter, one JSON object per line"
ORIGIN: Final = "twilio"
PREFIX: Final = "com.twilio.taskrouter."
MEDIA: Final = {"voice": "call", "chat": "chat", "sms": "chat", "web": "chat", "messaging": "chat"}
"""By the task channel's unique name. `default` may be anything, and of e-mail no event says when the answer was sent."""
ACTIVITIES: Final = {"available": "available", "idle": "available", "offline": "offline", "reserved": "reserved", "busy": "on_contact"}
"""Activities of a new workspace, old and new; all others are breaks."""
WARM: Final = "WARM"
"""The mode of a transfer in which the first worker stays with the customer until the second one has taken over."""
GOES_ON: Final = frozenset({"pending", "reserved", "assigned"})
"""What a task is while somebody else has it, or shall have it."""
TIMED_OUT: Final = re.compile(r"\b(workflow|ttl|timeout|timed out)\b")
"""Words of a reason for which TaskRouter itself cancels a task."""


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional.

    `channels: {default: call}` says what a task channel is, `activities: {Lunch: paused}` what an activity is, `serves: {a1: [billing]}` in
    which queues a person is (no event says that), `customers: true` names the customer, for a pseudonym.
    """
    del decode, zone
    found = read_vendor(mapping, ORIGIN, ("channels", "activities", "serves"))
    tell = _Teller(
        found,
        MEDIA | choices(mapping, "channels", CHANNELS),
        ACTIVITIES | choices(mapping, "activities", AGENT_STATES),
        {} if mapping is None else {person: sorted(queues) for person, queues in lists(mapping, "serves").items()},
    )
    return prepared(tell, personal=found.customers)


class _Teller:
    """What one event becomes."""

    def __init__(
        self,
        mapping: VendorMapping,
        media: dict[str, str],
        activities: dict[str, str],
        serves: dict[str, list[str]],
    ) -> None:
        self.mapping, self.media, self.activities, self.serves = mapping, media, activities, serves

    def __call__(self, found: Document) -> Telling:
        """Raises RejectedRecord where it should tell something and cannot."""
        out = Telling(f"{NAME}/{self.mapping.origin}")
        streamed = found.text("type")
        event = found.part("data", "payload").plain() if streamed else found.plain()
        word = streamed.removeprefix(PREFIX) if streamed else event.text("EventType")
        at = _time(found, event, streamed=bool(streamed))
        out.word = word
        if word == "worker.activity.update":
            self._activity(event, moment(at, "the time"), out)
            return out
        said = SAID.get(word)
        if said is None:
            return out.unknown(word or "an object without an event type")
        medium = event.text("TaskChannelUniqueName")
        channel = self.media.get(medium.casefold(), "")
        if not channel:
            return out.unknown(f"task channel {medium or 'without a name'}")
        attributes = _attributes(event.text("TaskAttributes"))
        if attributes.text("direction").casefold() == "outbound":
            return out.unknown("outbound")
        contact = f"{self.mapping.origin}/{needed(event.text('TaskSid'), 'TaskSid')}"
        worker = event.text("WorkerSid")
        agent = self.mapping.agent(worker, event.text("WorkerName")) if worker else ""
        said(event, contact, moment(at, "the time"), {"channel": channel, "agent": agent, "queue": self._queue(event)}, out)
        if self.mapping.customers and word == "task.created" and (name := attributes.text("from") or attributes.text("caller")):
            for one in out.found:
                if isinstance(one, Event):
                    one.data[CUSTOMER] = name
        return out

    def _queue(self, event: Document) -> str:
        return self.mapping.queue(event.text("TaskQueueName"), event.text("TaskQueueSid"))

    def _activity(self, event: Document, at: int, out: Telling) -> None:
        """The name of a worker may be an address: it finds a person, and is shown nowhere."""
        person = self.mapping.agent(needed(event.text("WorkerSid"), "WorkerSid"), event.text("WorkerName"))
        name = event.text("WorkerActivityName")
        state = self.activities.get(needed(name, "WorkerActivityName").casefold(), "paused")
        reason = name.casefold() if state == "paused" else ""
        queues = [] if state == "offline" else self.serves.get(person, [])
        out.agent("agent.state_changed", person, at, f"{at}/{name}"[:500], state=state, queues=queues, reason=reason)


def _time(found: Document, event: Document, *, streamed: bool) -> int | None:
    """When it happened: in ms where it is said so."""
    exact = event.number("TimestampMs")
    if exact is not None:
        return exact
    if streamed:
        known = (found.instant("time"), found.part("data").instant("timestamp"), event.instant("Timestamp"))
        return next((one for one in known if one is not None), None)
    return event.instant("Timestamp")


def _attributes(text: str) -> Document:
    """What the task's makers say of it: JSON in a text."""
    try:
        return Document(orjson.loads(text))
    except orjson.JSONDecodeError:
        return Document(None)


Said = Callable[[Document, str, int, dict[str, str], Telling], None]


def _created(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    out.contact("contact.begun", contact, at, channel=where["channel"])


def _entered(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    queue = needed(where["queue"], "the queue")
    # While a worker talks to the customer it enters a queue because they ask somebody there, by a warm transfer.
    out.contact("contact.offered", contact, at, queue=queue, channel=where["channel"], may_consult=True)


def _rings(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    out.contact("contact.ringing", contact, at, agent_id=where["agent"])


def _missed(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    out.contact("contact.ring_missed", contact, at, agent_id=where["agent"], reason=out.word.rpartition(".")[2])


def _accepted(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    said: dict[str, Any] = {"agent_id": where["agent"], "queue": where["queue"], "channel": where["channel"], "may_consult": True}
    out.contact("contact.answered", contact, at, **said)


def _transfer_began(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    """A cold one takes the customer from the worker at once."""
    if event.text("TransferMode").upper() == WARM:
        out.unknown(f"{out.word} of a warm transfer")
    else:
        out.contact("contact.transferred", contact, at, kind="cold")


def _transfer_over(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    """After a warm one the second worker has the customer."""
    if event.text("TransferMode").upper() == WARM:
        out.contact("contact.transferred", contact, at, kind="warm")
    else:
        out.unknown(f"{out.word} of a cold transfer")


def _transfer_in_vain(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    """The worker goes on alone; after a cold one, where the task is a worker's still and not over, or waiting for another."""
    if event.text("TransferMode").upper() == WARM:
        out.contact("contact.flowed_out", contact, at, reason="transfer", may_consult=True)
    elif event.text("TaskAssignmentStatus").casefold() == "assigned":
        # Whose name and queue the event has, the first worker's or the second's, is not written: the contact's life knows the queue.
        out.contact("contact.resumed", contact, at)
    else:
        out.unknown(f"{out.word} of a cold transfer")


def _left(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    """One worker is done. While the task goes on with another, the talk does, too."""
    if event.text("TaskAssignmentStatus").casefold() in GOES_ON:
        out.unknown(f"{out.word} of a task that goes on")
    else:
        _over(event, contact, at, where, out)


def _over(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    """The talk is over: with wrapping up, or without."""
    out.contact("contact.ended", contact, at, by="agent", agent_id=where["agent"])


def _wrapped_up(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    out.contact("contact.wrapped_up", contact, at, agent_id=where["agent"])


def _canceled(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    """By the customer, who hung up, or by TaskRouter, where nobody took it in time."""
    why = event.text("TaskCanceledReason").casefold()
    if TIMED_OUT.search(why):
        out.contact("contact.flowed_out", contact, at, reason="timeout")
    else:
        out.contact("contact.abandoned", contact, at, stage="queue")


def _deleted(event: Document, contact: str, at: int, where: dict[str, str], out: Telling) -> None:
    out.contact("contact.lost", contact, at)


SAID: Final[dict[str, Said]] = {
    "task.created": _created,
    "task-queue.entered": _entered,
    "task-queue.moved": _entered,
    "reservation.created": _rings,
    "reservation.accepted": _accepted,
    "reservation.timeout": _missed,
    "reservation.rejected": _missed,
    "task.transfer-initiated": _transfer_began,
    "task.transfer-completed": _transfer_over,
    "task.transfer-failed": _transfer_in_vain,
    "task.transfer-canceled": _transfer_in_vain,
    "reservation.wrapup": _left,
    "task.wrapup": _over,
    "task.completed": _over,
    "reservation.completed": _wrapped_up,
    "task.canceled": _canceled,
    "task.deleted": _deleted,
    "task.system-deleted": _deleted,
}
"""A reservation that is rescinded or canceled went to somebody else, or nowhere: the task's own event tells. Workflows say nothing more."""
