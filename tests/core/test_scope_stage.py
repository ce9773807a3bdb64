"""The stages one step at a time: what is said provisionally, what survives a restart, what is kept and what is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import ENTERED, OFFERED
from stream.core.measures import MEASURES
from stream.core.scope_stage import ScopeStage
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS
from stream.core.wanted import Kept
from stream.core.windows import PANES
from tests.core.clockwork import happen, now, wall
from tests.core.histories import mark
from tests.core.pipeline import Pipeline
from tests.core.timelines import OF_ISSUES, at, events

SECOND = 1_000
MINUTE = 60_000
NOBODY_WAITS = Standard(name="nobody-waits", title="Nobody waits", form="level", measure="waiting", limit=0, per=(), grace=0)
HELD = Standard(name="held", title="Nobody waits long", form="level", measure="waiting", limit=0, hold=30_000, per=(), grace=0)
CENTRE = Centre()


def said(pipeline: Pipeline) -> list[tuple[str, bool, int]]:
    """All breach records so far: status, whether provisional, revision."""
    return [(record["status"], record["provisional"], record["revision"]) for record in pipeline.breaches]


def test_a_breach_is_told_at_once_and_confirmed_when_it_is_settled() -> None:
    """Provisionally in the second in which it begins and ends; for good a lateness later."""
    pipeline = wall(NOBODY_WAITS)
    happen(pipeline, "09:00:00 anna offered billing/call")
    now(pipeline, "09:00:01")
    assert [("firing", True, 1)] == said(pipeline)
    happen(pipeline, "09:00:10 anna answered")
    now(pipeline, "09:00:11")
    assert [("firing", True, 1), ("resolved", True, 2)] == said(pipeline)
    now(pipeline, "09:00:30")
    assert 2 == len(pipeline.breaches)
    now(pipeline, "09:01:11")
    assert ("resolved", False, 3) == said(pipeline)[-1]
    now(pipeline, "09:10:00")
    assert 3 == len(pipeline.breaches)


def test_what_turns_out_not_to_have_been_is_withdrawn() -> None:
    """The answer of that very millisecond comes ten seconds later, in time for the settled verdict."""
    pipeline = wall(NOBODY_WAITS)
    happen(pipeline, "09:00:00 anna offered billing/call")
    now(pipeline, "09:00:01")
    pipeline.events([events("09:00:00 anna offered billing/call\n09:00:00 anna answered")[1]])
    pipeline.drain()
    now(pipeline, "09:00:11")
    assert [("firing", True, 1), ("withdrawn", False, 2)] == said(pipeline)
    now(pipeline, "09:10:00")
    assert 2 == len(pipeline.breaches)


def test_revisions_rise_even_after_a_withdrawal() -> None:
    """The same id comes again on the same day: within one life of the state revisions rise."""
    pipeline = wall(NOBODY_WAITS)
    happen(pipeline, "09:00:00 anna offered billing/call")
    now(pipeline, "09:00:01")
    pipeline.events([events("09:00:00 anna offered billing/call\n09:00:00 anna answered")[1]])
    pipeline.drain()
    now(pipeline, "09:00:11")
    happen(pipeline, "09:05:00 bert offered billing/call")
    now(pipeline, "09:05:01")
    assert [1, 2, 3] == [revision for _, _, revision in said(pipeline)]
    assert 1 == len({record["id"] for record in pipeline.breaches})


def test_time_alone_breaks_a_standard_before_it_is_settled() -> None:
    """Held for 30 s: told after 30 s, not after the lateness more; a commit in between makes no difference."""
    pipeline = wall(HELD)
    happen(pipeline, "09:00:00 anna offered billing/call")
    now(pipeline, "09:00:10")
    assert [] == said(pipeline)
    now(pipeline, "09:00:30")
    assert [("firing", True, 1)] == said(pipeline)
    assert "2026-03-02T09:00:30.000Z" == pipeline.breaches[0]["started_at"]


def test_a_breach_that_was_settled_but_not_yet_told_survives_a_restart() -> None:
    """The worker dies between the commit of the facts and its next tick."""
    pipeline = wall(NOBODY_WAITS)
    happen(pipeline, "09:00:00 anna offered billing/call\n09:00:10 anna answered")
    for name in pipeline.nodes[:-1]:
        pipeline.tick(name, 0, at("09:02:00"))
    pipeline.drain()
    assert [] == said(pipeline)
    pipeline.restart_all()
    pipeline.tick("scopes", 0, at("09:02:00"))
    assert [("firing", False, 1), ("resolved", False, 2)] == said(pipeline)


def played_to(pipeline: Pipeline, story: str, clock: str) -> None:
    """Events and the mark after them, on the played clock."""
    pipeline.events([*events(story), mark(at(clock))])
    pipeline.drain()


def test_the_window_of_a_queue_that_fell_silent_closes() -> None:
    """Nothing happens in it any more, and its half-hour and its day are told all the same, once each."""
    pipeline = Pipeline(CENTRE, ())
    played_to(pipeline, "09:00:00 anna offered billing/call\n09:00:10 anna answered", "09:00:20")
    assert {} == pipeline.topics[QUEUE_INTERVALS]
    played_to(pipeline, "", "09:30:00")
    closed = {key for key in pipeline.topics[QUEUE_INTERVALS] if key.startswith("queue=billing|")}
    assert {"queue=billing|30m|2026-03-02T09:00:00+00:00"} == closed
    played_to(pipeline, "", "2026-03-03 00:00:00")
    assert "queue=billing|day|2026-03-02T00:00:00+00:00" in pipeline.topics[QUEUE_INTERVALS]
    assert {1} == {record["revision"] for record in pipeline.topics[QUEUE_INTERVALS].values()}


def test_a_mail_that_is_answered_days_later_mends_the_window_in_which_it_came() -> None:
    """Longer than closed half-hours are kept otherwise: the interval is told anew, and whole."""
    pipeline = Pipeline(CENTRE, ())
    played_to(pipeline, "09:00:00 anna message customer billing/email", "2026-03-05 08:59:59")
    pipeline.restart_all()
    late = events("09:00:00 anna message customer billing/email\n09:00:00 anna message agent")[1]
    late.time = at("2026-03-05 09:00:00")
    pipeline.events([late, mark(at("2026-03-05 09:10:00"))])
    pipeline.drain()
    record = pipeline.topics[QUEUE_INTERVALS]["queue=billing|30m|2026-03-02T09:00:00+00:00"]
    measures: dict[str, Any] = record["measures"]
    assert (True, 1, 1, 3 * 86_400.0) == (
        record["revision"] > 1,
        measures["offered"],
        measures["answered"],
        measures["wait_answered_mean_seconds"],
    )


def test_old_panes_and_windows_are_forgotten() -> None:
    """A call every hour for a week: panes of the last hour, half-hours of two days; in the changelog's table too."""
    pipeline = Pipeline(CENTRE, ())
    for hour in range(7 * 24):
        begin = at("2026-03-02 00:00:00") + hour * 60 * MINUTE
        call = events(
            f"09:00:00 call-{hour} offered billing/call\n09:00:30 call-{hour} answered\n09:01:00 call-{hour} ended handle_ms=30000"
        )
        for event in call:
            event.time += begin - at("09:00:00")
        pipeline.events([*call, mark(begin + 5 * MINUTE)])
        pipeline.drain()
    for window, most in ((PANES, 10), ("30m", 49), ("day", 7)):
        assert 1 <= len([key for key in pipeline.scope_stage(0).scopes["queue=billing"].cells if key[0] == window]) <= most
        kept = [key for key in pipeline.tables["scopes", 0] if key.startswith(f"queue=billing\0c\0{window}:".encode())]
        assert 1 <= len(kept) <= most
    assert {b"!patience", b"!time"} == set(pipeline.tables["contacts", 0])


def test_stray_events_are_not_kept_for_ever() -> None:
    """An end or a wrap-up of a contact of which nothing else is known."""
    pipeline = Pipeline(CENTRE, ())
    played_to(pipeline, "09:00:00 stray ended\n09:00:10 other wrapped_up\n09:00:20 writes message agent billing/email", "09:05:00")
    pipeline.restart_all()
    assert {b"!patience", b"!time", b"=writes"} == set(pipeline.tables["contacts", 0])


def test_late_events_and_duplicates_are_counted() -> None:
    """For the worker's own metrics."""
    pipeline = Pipeline(CENTRE, ())
    played_to(pipeline, "09:00:00 anna offered billing/call", "09:00:30")
    pipeline.events(events("09:00:00 anna offered billing/call\n09:00:20 bert offered billing/call"))
    stage: Any = pipeline.stages["contacts", 0]
    assert {"processed": 3, "late": 2, "duplicate": 1} == stage.figures


def test_rolling_readings_decay_in_silence() -> None:
    """Five minutes after the only call the reading of five minutes is told anew, without it."""
    pipeline = Pipeline(CENTRE, ())
    played_to(pipeline, "09:00:00 anna offered billing/call\n09:00:10 anna answered", "09:00:20")
    pipeline.tick("scopes", 0, at("09:00:20"))
    played_to(pipeline, "", "09:05:00")
    pipeline.tick("scopes", 0, at("09:05:00"))
    found = {window: pipeline.topics["queue-readings"][f"queue=billing|{window}"]["measures"]["offered"] for window in ("5m", "15m")}
    assert {"5m": 0, "15m": 1} == found


def test_a_breach_that_seemed_to_end_goes_on() -> None:
    """Anna's answer left the queue empty, until it was heard that dora had come before: the breach is told to fire again."""
    pipeline = wall(NOBODY_WAITS)
    happen(pipeline, "09:00:00 anna offered billing/call")
    now(pipeline, "09:02:00")
    happen(pipeline, "09:02:10 anna answered")
    now(pipeline, "09:02:11")
    happen(pipeline, "09:02:05 dora offered billing/call")
    now(pipeline, "09:02:12")
    assert [("firing", False, 1), ("resolved", True, 2), ("firing", False, 3)] == said(pipeline)
    assert pipeline.breaches[-1]["ended_at"] is None


OF_CONTACTS = tuple(measure.name for measure in MEASURES if measure.name not in OF_ISSUES)


def test_the_revision_of_an_interval_survives_a_restart() -> None:
    """Closed, restarted, corrected by a call that ended later, and once more when its maximum is settled: never the first again.

    What the issue of the call concludes comes by another way, as a revision of its own; here nobody asks for it.
    """
    pipeline = Pipeline(replace(CENTRE, kept=Kept(measures=OF_CONTACTS)), ())
    key = "queue=billing|30m|2026-03-02T09:00:00+00:00"
    played_to(pipeline, "09:29:00 anna offered billing/call\n09:29:10 anna answered", "09:29:30")
    played_to(pipeline, "", "09:31:00")
    assert 1 == pipeline.topics[QUEUE_INTERVALS].pop(key)["revision"]
    pipeline.restart_all()
    played_to(pipeline, "", "09:32:00")
    assert key not in pipeline.topics[QUEUE_INTERVALS]
    played_to(pipeline, "09:33:10 anna ended", "09:34:00")
    record = pipeline.topics[QUEUE_INTERVALS][key]
    assert (3, 240.0) == (record["revision"], record["measures"]["handle_mean_seconds"])


def test_a_long_backlog_is_read_less_often() -> None:
    """Each reading looks at everybody who waits: of 300 000 contacts one comes every three seconds, of few every second."""
    for waiting, expected in ((3, 5), (300_000, 2)):
        stage = ScopeStage(Centre(), (), 0, 1, played=False)
        begin = at("09:00:00")
        entered = [(ENTERED, begin, begin, 2, f"c{number}", begin, 1, 1) for number in range(waiting)]
        offered = [(OFFERED, begin, begin, 1, "c0", 0, 1, 1)]
        stage.fold([{"s": source, "w": begin, "x": False} for source in ("contacts/0", "agents/0")], 0)
        stage.fold([{"s": "contacts/0", "o": 1, "i": 0, "k": "all", "f": [entered, offered]}], 1)
        seconds = [begin + second * SECOND for second in range(1, 6)]
        read = [now for now in seconds if any(topic == QUEUE_READINGS and key == b"all|all" for topic, key, _ in stage.tick(now))]
        assert expected == len(read), waiting


def test_while_sources_are_behind_there_are_fewer_readings() -> None:
    """Six in half a minute; once the source has caught up, each second one again, at once."""
    stage = ScopeStage(Centre(), (), 0, 1, played=False)
    begin = at("09:00:00")

    def sources(offset: int, time: int) -> None:
        stage.fold([{"s": source, "w": time, "x": False} for source in ("contacts/0", "agents/0")], offset)

    def read(second: int) -> bool:
        """In each second something is offered that happened ten minutes ago."""
        entered = [(OFFERED, begin - 600 * SECOND, begin - 600 * SECOND, 1, f"c{second}", 0, 1, 1)]
        stage.fold([{"s": "contacts/0", "o": second, "i": 0, "k": "all", "f": [entered]}], second)
        return any((topic, key) == (QUEUE_READINGS, b"all|all") for topic, key, _ in stage.tick(begin + second * SECOND))

    sources(0, begin - 600 * SECOND)
    assert 6 == sum(read(second) for second in range(1, 31))
    sources(31, begin + 31 * SECOND)
    assert [True] * 4 == [read(second) for second in range(32, 36)]


def test_very_many_scopes_are_read_less_often() -> None:
    """A thousand readings a second are made each second; of three thousand one round comes every three seconds."""
    for scopes, expected in ((100, 5), (600, 2)):
        stage = ScopeStage(Centre(), (), 0, 1, played=False)
        begin = at("09:00:00")
        stage.fold([{"s": source, "w": begin, "x": False} for source in ("contacts/0", "agents/0")], 0)
        entered = [(ENTERED, begin, begin, 2, "c", begin, 1, 1), (OFFERED, begin, begin, 1, "c", 0, 1, 1)]
        for number in range(scopes):
            stage.fold([{"s": "contacts/0", "o": number, "i": 0, "k": f"queue=q{number}", "f": [entered]}], number)
        rounds = [len(stage.tick(begin + second * SECOND)) for second in range(1, 6)]
        assert expected == len([count for count in rounds if count >= scopes]), rounds
