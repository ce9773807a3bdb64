"""What a source tells that nobody can take is set aside, and what comes after it arrives."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.intake.outlet import Outlet, SourceFigures
from stream.intake.publish import Sending
from stream.wire.codec import CONTACT_TOPIC, decode
from stream.wire.dead_letters import DEAD_LETTERS
from tests.intake.listening import installation
from tests.parts.topics import records_of

AT = 1_772_442_000_000


def event(contact: str, **data: object) -> Event:
    """An offer with these fields besides."""
    return Event(AT, "contact.offered", contact, f"test|{contact}", {"contact_id": contact, "queue": "q", "channel": "call", **data})


def test_an_event_that_nobody_would_take_is_set_aside_and_the_rest_goes_on(broker: Broker) -> None:
    """Too long for a record, against the contract, of no type, about another, or no UTF-8. A dead letter keeps no line too long for one."""
    settings = replace(installation(broker), keep_rejected_bytes=True)
    odd = [event("c1", note="x" * 2_000_000), event("c2", reason="x" * 2_001), event("c3", queue="\ud800"), event("c4", wait_ms=-1)]
    odd += [Event(AT, "contact.odd", "c6", "test|c6", {"contact_id": "c6"}), event("c7", contact_id="c8", channel="chat")]
    figures = SourceFigures("test")
    with closing(Sending(settings, "test")) as sending:
        outlet = Outlet(sending, figures, settings)
        for number, one in enumerate(odd):
            outlet.take([one], b"x" * 2_000_000, number)
        outlet.take([event("c5", note="x" * 3_000)], b"", 5)
        outlet.flush()
    assert (1, {"bad_value": 4, "undecodable": 1, "unknown_type": 1}) == (figures.events, figures.rejected)
    assert {"call"} == figures.channels
    assert ["c5"] == [decode(one.value, one.headers, one.key).subject for one in records_of(settings, [CONTACT_TOPIC])]
    assert len(odd) == len(records_of(settings, [DEAD_LETTERS]))
