"""Contacts of declared groups are a scope of their own, and standards hold for them by other numbers."""

from __future__ import annotations

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard
from tests.core.timelines import breaches, reading

CENTRE = Centre(queues={"billing": Queue("billing", ("call",))}, groups=("vip",))
STORY = """
    09:00:00 a begun billing/call groups=vip,gold
    09:00:05 a offered billing/call
    09:00:55 a answered
    09:01:00 b offered billing/call groups=vip
    09:01:10 b answered
    09:02:00 c offered billing/call
    09:02:05 c answered
    09:03:00 c held groups=vip
"""


def test_a_group_counts_what_is_its_own() -> None:
    """Who is said to be in it, whenever that is said (c on hold); what nobody declared changes nothing."""
    found = reading(STORY, "group=vip", centre=CENTRE)
    assert (3, 3, 65 / 3) == (found["offered"], found["answered"], found["wait_answered_mean_seconds"])
    assert 3 == reading(STORY, "queue=billing", centre=CENTRE)["offered"]


def test_a_promise_to_a_group_is_judged_in_it() -> None:
    """Of two vips one waited for more than twenty seconds."""
    standard = Standard(
        name="vip", title="vip", form="clock", measure="wait", within=20_000, per=("group",), hours="always", grace=0, cadence="page"
    )
    assert [("resolved", "09:00:25", "09:00:55", 20.0)] == breaches(STORY, standard, centre=CENTRE)
