"""Counts of contacts and of what became of them. Each is attributed to the window in which the segment was offered."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from stream.core import facts
from stream.core.measures.entry import COUNT, Measure, View, counted

DESIGN = "the words of the field: Amazon Connect CONTACTS_QUEUED, CONTACTS_ABANDONED; Genesys Cloud nOffered, nConnected"


_count = partial(counted, unit="contacts", source=DESIGN)


def _transferred_share(view: View) -> dict[str, Any]:
    return view.share(view.n(facts.TRANSFERRED), view.n(facts.ANSWERED))


COUNTS = (
    _count("records", facts.RECORDED, "Contacts of which anything is known, each once, in the first queue that is known of it."),
    _count("excluded", facts.EXCLUDED, "Contacts that the source marks as no real contact; they are in no other measure but records."),
    _count("offered", facts.OFFERED, "Segments offered to the queue."),
    replace(
        _count("answered", facts.ANSWERED, "Segments connected to a person; on asynchronous channels, replied to by a person."),
        # With the conversations that are over: /metrics shows who is open (`stream.core.show`).
        folds=((facts.ANSWERED, COUNT), (facts.CONVERSATION_OVER, COUNT)),
    ),
    _count("abandoned", facts.ABANDONED, "Segments whose customer left while waiting, short ones included."),
    _count("short_abandoned", facts.SHORT_ABANDONED, "Segments abandoned after at most the centre's short time."),
    _count("abandoned_before_queue", facts.ABANDONED_BEFORE_QUEUE, "Contacts whose customer left in the menu, before any queue."),
    _count("flowed_out", facts.FLOWED_OUT, "Segments that left the queue for another place."),
    _count("callback", facts.CALLBACK, "Segments that ended in the customer's wish to be called back."),
    _count("lost", facts.LOST, "Segments that ended unanswered through no act of the customer."),
    _count("transferred", facts.TRANSFERRED, "Talks handed on to another queue or person."),
    _count("requeued", facts.REQUEUED, "Waits that went on in another queue; each also flowed out."),
    _count("ring_missed", facts.RING_MISSED, "Times that an agent's ringing was not taken."),
    _count(
        "closed",
        facts.CLOSED,
        "Times that a contact was over, as far as was known: one that left a queue or was handed on, and went on in another, counts again.",
    ),
    _count("reopened", facts.REOPENED, "Contacts that were over and went on."),
    Measure(
        name="transferred_share",
        help="Talks handed on to another queue or person, of all answered segments, with its parts; above 1 where one is handed on twice.",
        unit="ratio",
        kind="ratio",
        source="transferred / answered: Amazon Connect CONTACTS_TRANSFERRED_OUT, Genesys Cloud nTransferred, each over the handled",
        folds=((facts.TRANSFERRED, COUNT), (facts.ANSWERED, COUNT)),
        read=_transferred_share,
    ),
)
