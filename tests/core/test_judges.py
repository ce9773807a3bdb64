"""Verdicts of the four forms: level, percentage, mean, clock; hold time, hysteresis, opening hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.core.centre import Centre, Queue
from stream.core.declared import Standard, governing
from stream.core.schedule import Schedule
from tests.core.timelines import at, breaches, played, verdict

HOURS = Schedule(ZoneInfo("UTC"), (((9 * 60, 12 * 60), (13 * 60, 17 * 60)),) * 7, always=False)
OFFICE = Centre(queues={"billing": Queue("billing", ("call", "email"), "office")}, hours={"office": HOURS})


def standard(form: str, measure: str, **fields: Any) -> Standard:
    """A standard for the whole, without grace, but for `fields`."""
    return Standard(**{"name": "promise", "title": "A promise", "form": form, "measure": measure, "per": (), "grace": 0, **fields})


def crowd(*rows: tuple[str, str, str]) -> str:
    """Calls of billing as (contact, offered, answered)."""
    return "\n".join(f"{offered} {who} offered billing/call\n{answered} {who} answered" for who, offered, answered in rows)


THREE_THEN_TWO = crowd(
    ("a", "09:00:00", "09:02:00"),
    ("b", "09:00:10", "09:03:00"),
    ("c", "09:00:20", "09:05:00"),
)
"""One waits from 09:00:00, two from :10, three from :20; two from 09:02:00, one from 09:03:00, none from 09:05:00."""


def test_a_level_breaks_and_clears_at_its_limit() -> None:
    """At most two: broken from the third to when the first leaves; the value is what it was at the beginning."""
    assert [("resolved", "09:00:20", "09:02:00", 3)] == breaches(THREE_THEN_TWO, standard("level", "waiting", limit=2), until="09:30:00")


def test_a_level_must_be_broken_for_its_hold_time() -> None:
    """Held for 100 s it lasts exactly so long that the breach begins in the moment in which it ends; for 99 s it is one second."""
    assert [] == breaches(THREE_THEN_TWO, standard("level", "waiting", limit=2, hold=100_000), until="09:30:00")
    found = breaches(THREE_THEN_TWO, standard("level", "waiting", limit=2, hold=99_000), until="09:30:00")
    assert [("resolved", "09:01:59", "09:02:00", 3)] == found


def test_a_short_break_starts_the_hold_time_anew() -> None:
    """Broken for 40 s, kept for 5, broken for 40: 60 s in a row there never were."""
    story = crowd(("a", "09:00:00", "09:00:40"), ("b", "09:00:45", "09:01:25"))
    assert [] == breaches(story, standard("level", "waiting", limit=0, hold=60_000), until="09:30:00")


def test_hysteresis_clears_at_a_lower_number_and_after_its_time() -> None:
    """Broken above two, clear at one (09:03:00), and that for 30 s."""
    found = breaches(THREE_THEN_TWO, standard("level", "waiting", limit=2, clear=1, clear_hold=30_000), until="09:30:00")
    assert [("resolved", "09:00:20", "09:03:30", 3)] == found


def test_a_breach_that_comes_back_while_clearing_goes_on() -> None:
    """One breach, not two; its clearing time begins anew."""
    story = crowd(("a", "09:00:00", "09:01:00"), ("b", "09:01:20", "09:02:00"))
    found = breaches(story, standard("level", "waiting", limit=0, clear_hold=30_000), until="09:30:00")
    assert [("resolved", "09:00:00", "09:02:30", 1)] == found


def test_breaches_of_a_day_are_numbered() -> None:
    """The id is standard, scope, local date and number, so that a replay makes the same."""
    story = crowd(("a", "09:00:00", "09:01:00"), ("b", "09:01:20", "09:02:00"))
    found = played(story, (standard("level", "waiting", limit=0),), until="09:30:00").of("standard-breaches")
    assert ["promise/all/2026-03-02/1", "promise/all/2026-03-02/2"] == sorted(found)


def test_a_requeue_is_no_dip_of_the_whole() -> None:
    """Leaving one queue and entering the next in the same millisecond, the whole has one waiting all the time."""
    story = "09:00:00 anna offered sales/call\n09:01:00 anna requeued billing/call\n09:02:00 anna answered"
    assert [("resolved", "09:00:00", "09:02:00", 1)] == breaches(story, standard("level", "waiting", limit=0), until="09:30:00")


def test_the_longest_wait_breaks_by_time_alone() -> None:
    """60 s are kept, a millisecond more is not; nothing happens at that moment but time."""
    found = breaches(crowd(("a", "09:00:00", "09:05:00")), standard("level", "longest_wait", limit=60), until="09:30:00")
    assert [("resolved", "09:01:00", "09:05:00", 60.001)] == found


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        ("", ("no_data", None, False)),
        ("08:00:00 agent carl available billing", ("missed", 3, True)),
        ("08:00:00 agent carl available billing\n08:00:00 agent dora on_contact billing", ("met", 1.5, False)),
        ("08:00:00 agent carl paused billing", ("missed", None, True)),
    ],
)
def test_waiting_per_agent(presence: str, expected: tuple[str, float | None, bool]) -> None:
    """Three wait. Nobody reports agents: unknown, no verdict. One agent: three each. Two, one of them busy: 1.5. One, paused: infinite."""
    story = f"{presence}\n" + "\n".join(f"09:00:00 {who} offered billing/call" for who in "abc")
    found = verdict(story, standard("level", "waiting_per_agent", limit=2), until="09:01:00")
    assert expected == (found["status"], found["value"], found["breached"])


def test_nobody_waits_and_nobody_is_staffed_is_no_data() -> None:
    """0 / 0 is neither 0 nor infinite."""
    found = verdict("08:00:00 agent carl offline billing", standard("level", "waiting_per_agent", limit=2), until="09:00:00")
    assert ("no_data", None) == (found["status"], found["value"])


def test_nobody_staffed() -> None:
    """At least one: broken when the last one pauses, kept when somebody comes."""
    story = """
        08:00:00 agent carl available billing
        10:00:00 agent carl paused billing
        10:20:00 agent dora wrap_up billing
    """
    found = breaches(story, standard("level", "staffed", op=">=", limit=1, hold=60_000), until="11:00:00")
    assert [("resolved", "10:01:00", "10:20:00", 0)] == found


def test_outside_opening_hours_there_is_no_verdict() -> None:
    """Broken at 11:50, ended by the lunch, broken anew 15 minutes after the end of lunch."""
    story = "11:50:00 anna offered billing/call\n13:40:00 anna answered"
    found = breaches(story, standard("level", "waiting", limit=0, hours="office", grace=15 * 60_000), centre=OFFICE, until="14:00:00")
    assert [("resolved", "11:50:00", "12:00:00", 1), ("resolved", "13:15:00", "13:40:00", 1)] == found


def share(**fields: Any) -> Standard:
    """Nine in ten within 20 s."""
    return standard("percentage", "service_level", **{"objective": 0.9, "within": 20_000, "window": 5 * 60_000, **fields})


def test_three_misses_of_five_speak_and_two_do_not() -> None:
    """Two answered at once. The third miss of five is certain when it still waits after 20 s: at 09:00:50."""
    kept = [("k1", "09:00:00", "09:00:01"), ("k2", "09:00:00", "09:00:02")]
    missed = [("m1", "09:00:10", "09:02:00"), ("m2", "09:00:20", "09:02:00"), ("m3", "09:00:30", "09:02:00")]
    assert [] == breaches(crowd(*kept, *missed[:2]), share(), until="09:04:00")
    assert [("firing", "09:00:50", None, 0.4)] == breaches(crowd(*kept, *missed), share(), until="09:04:00")


def test_too_few_contacts_neither_break_nor_clear() -> None:
    """One miss of one says nothing at 90 %."""
    found = verdict(crowd(("m", "09:00:00", "09:02:00")), share(), until="09:03:00")
    assert ("too_few", 0.0, 0, 1, False) == tuple(found[name] for name in ("status", "value", "numerator", "denominator", "breached"))


def test_a_small_queue_looks_back_to_its_last_contacts() -> None:
    """Misses at 09:00 and 09:10, windows of five minutes: each says too little alone, together they are two of two at 90 %."""
    story = crowd(("m1", "09:00:00", "09:02:00"), ("m2", "09:10:00", "09:12:00"))
    assert [("resolved", "09:10:20", "09:15:30", 0.0)] == breaches(story, share(), until="09:30:00")
    found = verdict(story, share(), until="09:11:00")
    assert ("missed", 0, 2) == tuple(found[name] for name in ("status", "numerator", "denominator"))


def test_a_small_queue_does_not_look_back_over_midnight() -> None:
    """What was missed yesterday is no part of today."""
    story = crowd(("m1", "23:50:00", "23:55:00"), ("m2", "2026-03-03T00:10:00", "2026-03-03T00:15:00"))
    found = verdict(story, share(), until="2026-03-03 00:11:00")
    assert ("too_few", 1) == (found["status"], found["denominator"])


NIGHT = Schedule(ZoneInfo("UTC"), (((22 * 60, 30 * 60),),) * 7, always=False)
NIGHTS = Centre(queues={"billing": Queue("billing", ("call",), "night")}, hours={"night": NIGHT})


def test_a_small_queue_looks_back_over_the_midnight_of_its_night() -> None:
    """22:00-06:00 is one opening day: missed at 23:40 and at 00:05, it is two of two; the next night begins anew."""
    night = crowd(("m1", "23:40:00", "23:45:00"), ("m2", "2026-03-03T00:05:00", "2026-03-03T00:10:00"))
    found = verdict(night, share(hours="night"), centre=NIGHTS, until="2026-03-03 00:06:00")
    assert ("missed", 0, 2) == tuple(found[name] for name in ("status", "numerator", "denominator"))
    apart = crowd(("m1", "2026-03-03T05:50:00", "2026-03-03T05:55:00"), ("m2", "2026-03-03T22:10:00", "2026-03-03T22:15:00"))
    found = verdict(apart, share(hours="night"), centre=NIGHTS, until="2026-03-03 22:11:00")
    assert ("too_few", 1) == (found["status"], found["denominator"])


def test_a_small_queue_looks_back_over_lunch() -> None:
    """09:00-12:00 and 13:00-17:00 are one opening day, however long the lunch."""
    story = crowd(("m1", "11:50:00", "11:55:00"), ("m2", "13:10:00", "13:15:00"))
    found = verdict(story, share(hours="office"), centre=OFFICE, until="13:11:00")
    assert ("missed", 2) == (found["status"], found["denominator"])


def test_who_has_enough_contacts_does_not_look_back() -> None:
    """Ten of ten at 90 %: ten kept ones in the window speak for themselves, whatever was missed before them."""
    kept = [(f"k{number}", "09:10:00", "09:10:01") for number in range(9)]
    story = crowd(("m1", "09:00:00", "09:02:00"), ("m2", "09:00:00", "09:02:00"), ("m3", "09:10:00", "09:12:00"), *kept)
    found = verdict(story, share(objective=0.95), until="09:11:00")
    assert ("missed", 9, 12) == tuple(found[name] for name in ("status", "numerator", "denominator"))
    found = verdict(story, share(), until="09:11:00")
    assert ("met", 9, 10) == tuple(found[name] for name in ("status", "numerator", "denominator"))


def test_a_share_of_the_day_so_far_begins_anew_at_midnight() -> None:
    """Two misses at 09:00 are missed until midnight, although nothing follows."""
    story = crowd(("m1", "09:00:00", "09:02:00"), ("m2", "09:00:00", "09:02:00"))
    assert [("firing", "09:00:20", None, 0.0)] == breaches(story, share(calendar="day"), until="23:59:00")
    found = breaches(story, share(calendar="day"), until="2026-03-03 01:00:00")
    assert [("resolved", "09:00:20", "00:00:00", 0.0)] == [(one[0], one[1], (one[2] or "")[:6] + "00", one[3]) for one in found]


def test_the_limits_of_one_promise_are_breaches_of_their_own() -> None:
    """Answered after 70 s: the share is missed, the contact is late from 60 s on, and not unacceptable."""
    story = crowd(("m1", "09:00:00", "09:01:10"), ("m2", "09:00:00", "09:00:10"))
    limits = {"late": 60_000, "unacceptable": 120_000}
    clocks = [standard("clock", "wait", within=within, bound=bound, several=True) for bound, within in limits.items()]
    found = played(story, (share(objective=0.99, several=True), *clocks), until="09:03:00").of("standard-breaches")
    assert {"promise/all/2026-03-02/1": "within", f"promise:late/all/m1/{at('09:00:00')}": "late"} == {
        key: record["limit"] for key, record in found.items()
    }


def test_the_most_specific_override_holds() -> None:
    """Nobody may wait in the centre, one may in billing, two may wait there for calls; of equals the later one holds."""
    per = ("queue", "channel")
    everywhere = standard("level", "waiting", limit=0, per=per)
    billing = replace(everywhere, limit=1, where={"queue": ("billing",)}, specific=1)
    both = replace(everywhere, limit=2, where={"queue": ("billing",), "channel": ("call",)}, specific=2)
    later = replace(billing, limit=3)

    def limit(scope: dict[str, str], *standards: Standard) -> list[float]:
        return [one.limit for one in governing(standards, scope)]

    declared = (everywhere, both, billing)
    assert [0.0] == limit({"queue": "sales", "channel": "call"}, *declared)
    assert [1.0] == limit({"queue": "billing", "channel": "email"}, *declared)
    assert [2.0] == limit({"queue": "billing", "channel": "call"}, *declared)
    assert [3.0] == limit({"queue": "billing", "channel": "email"}, *declared, later)
    assert [] == limit({"queue": "billing"}, *declared)


def test_targets_break_one_after_the_other() -> None:
    """Warning above one waiting, critical above two: each has its own breach and its own end."""
    quiet, loud = (
        standard("level", "waiting", limit=1, severity="warning", target="warning"),
        standard("level", "waiting", limit=2, severity="critical", target="critical"),
    )
    found = played(THREE_THEN_TWO, (quiet, loud), until="09:30:00").of("standard-breaches")
    assert {
        "promise:warning/all/2026-03-02/1": ("warning", "09:00:10", "09:03:00"),
        "promise:critical/all/2026-03-02/1": ("critical", "09:00:20", "09:02:00"),
    } == {key: (one["severity"], one["started_at"][11:19], one["ended_at"][11:19]) for key, one in found.items()}


def test_a_share_ends_when_its_window_is_empty() -> None:
    """No contact, no breach: missed at 09:00:20, they leave a window of five minutes at the evaluation of 09:05:30."""
    story = crowd(("m1", "09:00:00", "09:02:00"), ("m2", "09:00:00", "09:02:00"))
    assert [("resolved", "09:00:20", "09:05:30", 0.0)] == breaches(story, share(), until="09:30:00")


def test_a_late_contact_is_counted_once() -> None:
    """Missed at its threshold, it is not counted again at its answer; nor is its next wait taken for it."""
    story = """
        09:00:00 anna offered billing/call
        09:01:00 anna lost
        09:01:10 anna offered billing/call
        09:01:15 anna answered
    """
    found = verdict(story, share(), until="09:02:00")
    assert (1, 2) == (found["numerator"], found["denominator"])


def test_abandonment_is_a_share_that_shall_be_small() -> None:
    """At most 5 %: two of two abandoned speak (0.25 %)."""
    story = "\n".join(f"09:00:00 {who} offered billing/call\n09:00:30 {who} abandoned" for who in "ab")
    found = verdict(story, standard("percentage", "abandonment", objective=0.05), until="09:01:00")
    assert ("missed", 1.0, 0.05, True) == tuple(found[name] for name in ("status", "value", "target", "breached"))


def test_first_responses_count_at_their_threshold_too() -> None:
    """Two of three inquiries without an answer after 60 s; the third was answered after 5 s."""
    story = "\n".join(f"09:00:00 {who} message customer billing/email" for who in "abc") + "\n09:00:05 c message agent"
    found = verdict(story, standard("percentage", "first_response", objective=0.9, within=60_000), until="09:02:00")
    assert (1, 3, "missed") == (found["numerator"], found["denominator"], found["status"])


def test_a_waived_reply_does_not_hide_the_next_turn() -> None:
    """The late first turn needed no reply; the second one is answered in time, and counts."""
    story = """
        09:00:00 anna message agent billing/email
        09:00:00 bert message agent billing/email
        09:01:00 anna message customer
        09:05:00 anna no_reply_needed
        09:06:00 anna message customer
        09:06:10 anna message agent
    """
    found = verdict(story, standard("percentage", "response", objective=0.9, within=60_000), until="09:07:00")
    assert (1, 2) == (found["numerator"], found["denominator"])


def test_a_mean_over_its_window() -> None:
    """Waits of 10 s and 60 s: 35 s is above 30; with a third one of 5 s it is 25 s, above the 20 at which it clears."""
    story = crowd(("a", "09:00:00", "09:00:10"), ("b", "09:00:00", "09:01:00"), ("c", "09:02:00", "09:02:05"))
    promise = standard("mean", "answer_wait", limit=30, clear=20, window=30 * 60_000)
    assert [("firing", "09:01:00", None, 35.0)] == breaches(story, promise, until="09:10:00")
    assert [("resolved", "09:01:00", "09:02:10", 35.0)] == breaches(
        story, standard("mean", "answer_wait", limit=30, window=30 * 60_000), until="09:10:00"
    )
    found = verdict(story, promise, until="09:10:00")
    assert ("met", 25.0, True) == (found["status"], found["value"], found["breached"])


def test_a_mean_of_nothing_is_no_data() -> None:
    """And no breach."""
    found = verdict("09:00:00 anna begun billing/call", standard("mean", "handle", limit=1), until="09:10:00")
    assert ("no_data", None, False) == (found["status"], found["value"], found["breached"])


def test_a_clock_breaks_for_each_contact_by_itself() -> None:
    """Exactly 60 s are kept. Each breach has its contact's name, its own deadline, and ends with its answer."""
    story = crowd(("kept", "09:00:00", "09:01:00"), ("late", "09:00:05", "09:03:05"), ("open", "09:00:10", "10:00:00"))
    promise = standard("clock", "wait", within=60_000)
    found = played(story, (promise,), until="09:10:00").of("standard-breaches")
    assert {
        f"promise/all/late/{at('09:00:05')}": ("resolved", "09:01:05", "09:03:05", "late", 60.0, 180.0),
        f"promise/all/open/{at('09:00:10')}": ("firing", "09:01:10", None, "open", 60.0, None),
    } == {
        key: (
            record["status"],
            record["started_at"][11:19],
            record["ended_at"] and record["ended_at"][11:19],
            record["contact_id"],
            record["value"],
            record.get("value_at_end"),
        )
        for key, record in found.items()
    }


def test_a_clock_runs_in_opening_hours() -> None:
    """Asked at 11:30, an hour of open time is over at 13:30, after lunch."""
    promise = standard("clock", "first_response", within=60 * 60_000, hours="office")
    late = "11:30:00 anna message customer billing/email\n13:40:00 anna message agent"
    in_time = "11:30:00 anna message customer billing/email\n13:30:00 anna message agent"
    assert [("resolved", "13:30:00", "13:40:00", 7200.0)] == breaches(late, promise, centre=OFFICE, until="15:00:00")
    assert [] == breaches(in_time, promise, centre=OFFICE, until="15:00:00")


def test_standards_are_judged_in_the_scopes_that_they_name() -> None:
    """Per queue and channel, only calls."""
    story = "09:00:00 a offered billing/call\n09:00:00 b offered sales/chat\n09:00:00 c offered sales/call"
    promise = standard("level", "waiting", limit=0, per=("queue", "channel"), where={"channel": ("call",)})
    found = played(story, (promise,), until="09:01:00").of("standard-breaches").values()
    assert [{"channel": "call", "queue": "billing"}, {"channel": "call", "queue": "sales"}] == [
        record["scope"] for record in sorted(found, key=lambda record: str(record["id"]))
    ]


def test_whoever_takes_longer_than_the_window_counts_all_the_same() -> None:
    """Three mails without an answer for an hour, judged over half an hour: missed when their hour is over, and so is the mean."""
    story = "\n".join(f"09:00:00 {who} message customer billing/email\n10:10:00 {who} message agent" for who in "abc")
    promised = standard("percentage", "first_response", objective=0.9, within=60 * 60_000, window=30 * 60_000)
    assert [("firing", "10:00:00", None, 0.0)] == breaches(story, promised, until="10:20:00")
    mean = standard("mean", "first_response", limit=3600, window=30 * 60_000)
    assert [("firing", "10:10:10", None, 4200.0)] == breaches(story, mean, until="10:20:00")


def test_a_late_reply_is_counted_once() -> None:
    """Missed at its threshold, not again when it comes; a first response and a later one alike."""
    story = """
        09:00:00 anna message customer billing/email
        09:02:00 anna message agent
        09:03:00 anna message customer
        09:05:00 anna message agent
    """
    for measure in ("first_response", "response"):
        found = verdict(story, standard("percentage", measure, objective=0.9, within=60_000), until="09:06:00")
        assert (0, 1) == (found["numerator"], found["denominator"])
