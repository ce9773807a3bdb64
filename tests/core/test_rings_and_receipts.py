"""Shares, means and clocks of rows 3 and 29, judged over rolling windows: answered within three rings, acknowledged in time."""

from __future__ import annotations

from dataclasses import replace

from stream.core.centre import Centre
from stream.core.declared import Standard
from tests.core.timelines import breaches, verdict

RINGS = """
    09:00:00 a offered billing/call
    09:00:10 a ringing agent_id=a1
    09:00:28 a answered agent_id=a1
    09:01:00 b offered billing/call
    09:01:10 b ringing agent_id=a1
    09:01:20 b ring_missed agent_id=a1
    09:01:30 b ringing agent_id=a2
    09:01:39 b answered agent_id=a2
    09:02:00 c offered billing/call
    09:02:12 c answered agent_id=a1
    09:03:00 d offered billing/call
    09:03:05 d ringing agent_id=a1
    09:03:24 d abandoned
    09:04:00 e offered billing/call
    09:04:05 e ringing agent_id=a1
    09:04:23 e abandoned
    09:05:00 f offered billing/call
    09:05:40 f abandoned
"""
"""Three rings of six seconds are 18 s. a rang for 18, b for 10 and 9, of c nobody says it and it waited 12; d rang for 19 and gave up,
e for 18, and f gave up before it rang at all."""


def ringing(formula: str, objective: float = 0.9) -> Standard:
    """The promise that calls are answered within three rings."""
    return Standard(
        name="rings", title="", form="percentage", measure="ringing", formula=formula, objective=objective, within=18_000, per=(), grace=0
    )


def test_who_rang_too_long_counts_answered_or_not() -> None:
    """Of a, b, c and d two were answered within three rings; e gave up in time and f never rang: they are left out."""
    found = verdict(RINGS, ringing("strict"), until="09:06:00")
    assert (2, 4) == (found["numerator"], found["denominator"])


def test_of_the_answered_alone() -> None:
    """As the measure `answered_within_rings` of a report counts it: two of three."""
    found = verdict(RINGS, ringing("answered"), until="09:06:00")
    assert (2, 3) == (found["numerator"], found["denominator"])


def test_a_phone_that_rings_on_is_a_breach_while_it_happens() -> None:
    """Two of four miss it at 09:03:24, which at 95 % is no chance; without d one of three says too little."""
    assert [("firing", "09:03:30", None, 0.5)] == breaches(RINGS, ringing("strict", 0.95), until="09:06:00")
    assert [] == breaches(RINGS, ringing("answered", 0.95), until="09:06:00")


def test_a_ringing_that_was_answered_is_not_counted_again() -> None:
    """Handed on after the talk, it rings anew: for 20 s and never answered."""
    story = """
        09:00:00 a offered billing/call
        09:00:01 a ringing agent_id=a1
        09:00:05 a answered agent_id=a1
        09:01:00 a transferred to_queue=sales
        09:01:10 a ringing agent_id=a2
        09:01:30 a abandoned
    """
    found = verdict(story, ringing("strict"), until="09:02:00")
    assert (1, 2) == (found["numerator"], found["denominator"])


MAILS = """
    09:00:00 m message customer service/email
    09:00:10 m message agent automatic acknowledgement
    09:05:00 m message agent acknowledgement
    09:30:00 m message agent
    09:31:00 m message customer
    09:00:00 n message customer service/email
    09:10:00 n message agent
    09:01:00 o message customer service/email
    09:20:00 o message agent acknowledgement
    09:02:00 p message customer service/email
    09:08:00 p no_reply_needed
    09:40:00 q message customer service/email
"""
"""A person's first sign: m after 5 minutes, n with the answer after 10, o after 19; p needed none. q waits, and m's second message
needs no sign."""


def receipts(form: str = "percentage", **fields: object) -> Standard:
    """The promise that people say within a quarter of an hour that a message came."""
    plain = {"name": "receipts", "title": "", "form": form, "measure": "acknowledgement", "within": 15 * 60_000, "per": (), "grace": 0}
    return Standard(**{**plain, "objective": 0.9, "window": 60 * 60_000, **fields})  # type: ignore[arg-type]


def test_first_messages_that_nobody_acknowledges_are_missed_at_the_threshold() -> None:
    """Up to 09:16 m and n are in time and o is missed while it waits; at 09:56 q is missed; the machine's word counts for nothing."""
    for until, expected in (("09:15:00", (2, 2)), ("09:16:00", (2, 3)), ("09:54:59", (2, 3)), ("09:55:00", (2, 4))):
        found = verdict(MAILS + f"\n    {until} z begun billing/call", receipts(), until=until)
        assert expected == (found["numerator"], found["denominator"]), until


def test_each_message_has_a_clock_of_its_own() -> None:
    """O was late from 09:16 to 09:20, and q is from 09:55 on."""
    assert [("resolved", "09:16:00", "09:20:00", 900.0), ("firing", "09:55:00", None, 900.0)] == breaches(
        MAILS, receipts("clock"), until="10:00:00"
    )


def test_the_mean_is_of_those_that_got_a_sign() -> None:
    """5, 10 and 19 minutes: 680 seconds."""
    assert 680.0 == verdict(MAILS, receipts("mean", limit=900.0, within=0), until="09:30:00")["value"]


def test_a_centre_with_another_ring() -> None:
    """The threshold is kept in time: with rings of nine seconds 27 s are three."""
    found = verdict(RINGS, replace(ringing("strict"), within=27_000), centre=Centre(ring_cadence=9_000), until="09:06:00")
    assert (3, 3) == (found["numerator"], found["denominator"])
