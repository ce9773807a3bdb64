"""What a scope shows to /metrics beside its counters: clocks that run out, replies, and the drop-out threshold."""

from __future__ import annotations

from dataclasses import replace

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.snapshot import ScopeSnapshot, StandardSnapshot
from stream.core.wanted import Kept
from tests.core.clockwork import happen, now, wall
from tests.core.pipeline import Pipeline
from tests.core.test_dropout import days
from tests.core.timelines import at

HOUR = Standard(
    name="hour", title="hour", form="clock", measure="first_response", within=3_600_000, per=("channel", "queue"), hours="always", grace=0
)
MAILS = """
    09:00:00 m1 message customer billing/email
    09:10:00 m2 message customer billing/email
    09:11:00 m3 message customer billing/email
    09:12:00 m4 message customer billing/email
    09:13:00 m4 message agent
"""


def scope(pipeline: Pipeline, channel: str) -> ScopeSnapshot:
    """What is shown of billing over a channel."""
    shown = pipeline.scope_stage(0).snapshot().scopes
    return next(one for one in shown if (one.queue, one.channel) == ("billing", channel))


def standing(clock: str) -> StandardSnapshot:
    """How the standard stands at a time of the clock; a minute of it is not settled yet."""
    pipeline = wall(replace(HOUR))
    happen(pipeline, MAILS)
    now(pipeline, clock)
    return scope(pipeline, "email").standards[0]


def test_clocks_are_at_risk_in_the_last_fifth_of_their_time_and_then_overdue() -> None:
    """Settled up to 9:47:59 nobody, at 9:48 one of three; at 10:00 it is over, and two are at risk; who has a reply is neither."""
    found = [(one.at_risk, one.overdue) for one in map(standing, ("09:48:59", "09:49:00", "10:01:00", "10:30:00"))]
    assert [(0, 0), (1, 0), (2, 1), (0, 3)] == found


def test_other_forms_have_no_clocks() -> None:
    """None is shown of them, which is not 0."""
    pipeline = wall(replace(HOUR, form="level", measure="waiting", limit=1))
    happen(pipeline, MAILS)
    now(pipeline, "10:30:00")
    found = scope(pipeline, "email").standards[0]
    assert (None, None) == (found.at_risk, found.overdue)


def test_the_time_of_a_level_goes_on_while_nothing_changes() -> None:
    """A queue that is full for twenty minutes is in breach in each of them, not all at once when somebody leaves it; nobody is twice."""
    pipeline = wall(replace(HOUR, form="level", measure="waiting", limit=1))
    happen(pipeline, "09:00:00 a offered billing/call\n09:02:00 b offered billing/call\n09:30:00 b answered")
    found = []
    for clock in ("09:02:00", "09:11:00", "09:21:00", "09:33:00"):
        now(pipeline, clock)
        standing = scope(pipeline, "call").standards[0]
        found.append((standing.judged_ms, standing.breached_ms))
    minutes = [(1, 0), (10, 8), (20, 18), (32, 28)]
    assert [(judged * 60_000, broken * 60_000) for judged, broken in minutes] == found


def test_histograms_of_queues_are_made_where_they_are_asked_for() -> None:
    """Those of channels always: a page without the others does not pay for them."""
    pipeline = wall()
    happen(pipeline, MAILS)
    found = {
        by_queue: {(one.queue, one.channel) for one in pipeline.scope_stage(0).snapshot(by_queue=by_queue).scopes if one.histograms}
        for by_queue in (True, False)
    }
    assert {True: {("billing", "email"), (None, "email")}, False: {(None, "email")}} == found


def test_replies_are_shown_in_thousandths() -> None:
    """One contact with one reply is over."""
    pipeline = wall()
    happen(pipeline, MAILS + "09:14:00 m4 ended")
    bounds, counts, total = scope(pipeline, "email").histograms["replies"]
    assert ((0, 1_000), [0, 1], 1_000) == (bounds[:2], counts[:2], total)


def test_the_threshold_is_that_of_the_last_closed_days() -> None:
    """It comes with the first reading after the day has closed, and a worker that takes over reads it again."""
    pipeline = wall()
    happen(pipeline, days(2, 2, 100, 45))
    now(pipeline, "2026-03-02 23:59:59")
    before = scope(pipeline, "call").dropout
    now(pipeline, "2026-03-03 00:00:10")
    assert (None, 45.0) == (before, scope(pipeline, "call").dropout)
    pipeline.restart_all()
    pipeline.tick("scopes", 0, at("2026-03-03 00:00:20"))
    assert 45.0 == scope(pipeline, "call").dropout


def test_what_only_grows_is_not_corrected() -> None:
    """The wrap-up of a call that has ended comes later and adds to its issue's minutes: nothing that was concluded was wrong."""
    pipeline = wall()
    happen(pipeline, "09:00:00 c1 offered billing/call\n09:00:30 c1 answered\n09:02:00 c1 ended")
    happen(pipeline, "09:03:00 c1 wrapped_up")
    assert 0 == scope(pipeline, "call").totals["corrections"]


def test_a_first_conclusion_that_was_wrong_is_a_correction() -> None:
    """It was answered sooner than was known."""
    pipeline = wall()
    happen(pipeline, "09:00:00 c1 offered billing/call\n09:00:30 c1 answered a2")
    happen(pipeline, "09:00:20 c1 answered a1")
    assert 1 == scope(pipeline, "call").totals["corrections"]


def test_who_is_open_waits_or_was_answered_and_is_not_over() -> None:
    """Three letters wait and one that was answered goes on until it is ended, or waits again; a talk is over when it ends."""
    pipeline = wall()
    happen(pipeline, MAILS + "09:13:10 c1 offered billing/call\n09:13:20 c1 answered\n09:13:30 c2 offered billing/call")
    assert (3 + 1, 1 + 1) == (scope(pipeline, "email").open, scope(pipeline, "call").open)
    happen(pipeline, "09:14:00 m4 ended\n09:14:10 c1 transferred to_queue=sales\n09:14:20 c2 abandoned")
    assert (3, 0) == (scope(pipeline, "email").open, scope(pipeline, "call").open)
    happen(pipeline, "09:15:00 m1 message agent\n09:16:00 m1 message customer\n09:17:00 m2 message agent")
    assert 3 == scope(pipeline, "email").open


def test_resolutions_are_shown_by_channel() -> None:
    """An issue that was opened at nine and resolved at ten, reopened and resolved again: its first resolution took an hour."""
    pipeline = wall()
    happen(
        pipeline,
        """
        09:00:00 issue i1 opened billing/email
        10:00:00 issue i1 resolved
        10:30:00 issue i1 reopened
        11:00:00 issue i1 resolved
        """,
    )
    _, counts, total = scope(pipeline, "email").histograms["resolution"]
    assert (1, 3_600_000) == (sum(counts), total)


def test_since_when_somebody_waits_is_shown_where_the_longest_wait_is_kept() -> None:
    """Two thousand series less in a centre of five hundred queues that keeps who waits, and not for how long."""
    found = []
    for measures in (None, ("waiting", "longest_wait_seconds"), ("waiting",)):
        pipeline = Pipeline(Centre(kept=Kept(measures=measures)), (HOUR,), played=False)
        happen(pipeline, "09:00:00 anna offered billing/call")
        now(pipeline, "09:10:00")
        shown = scope(pipeline, "call")
        found.append((shown.waiting, shown.oldest))
    assert [(1, at("09:00:00")), (1, at("09:00:00")), (1, None)] == found
