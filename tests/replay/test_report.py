"""The report: one object of scopes and verdicts, made of readings."""

from __future__ import annotations

from typing import Any

import orjson

from stream.core.declared import Standard
from stream.core.measures import USUAL
from stream.replay.figures import Figures
from stream.replay.report import report
from tests.core.timelines import played

STORY = """
    09:00:00 anna offered billing/call
    09:01:30 anna answered
    09:02:00 bert offered sales/chat
    09:40:00 anna ended
    09:45:00 bert abandoned
"""
LONG_WAIT = Standard(name="long-wait", title="Within a minute", form="clock", measure="wait", within=60_000, per=())


def scopes(figures: Figures, window: str | None = None) -> list[tuple[dict[str, str], Any]]:
    """Scope and window of each entry."""
    return [(entry["scope"], entry.get("window")) for entry in report(figures, window)["scopes"]]


def test_the_whole_comes_first_and_windows_only_where_asked_for() -> None:
    """The scope {} is the whole, {"queue": q} sums its channels."""
    assert [
        ({}, None),
        ({"channel": "call"}, None),
        ({"channel": "chat"}, None),
        ({"queue": "billing"}, None),
        ({"queue": "sales"}, None),
        ({"channel": "call", "queue": "billing"}, None),
        ({"channel": "chat", "queue": "sales"}, None),
    ] == scopes(played(STORY))


def test_windows_in_order_of_time() -> None:
    """Half-hours in which something was offered, or somebody still waited; the one that is still open too."""
    story = f"{STORY}\n10:05:00 cora offered billing/call"
    whole = [window for scope, window in scopes(played(story), "30m") if not scope]
    assert [
        {"name": "30m", "start": "2026-03-02T09:00:00+00:00", "end": "2026-03-02T09:30:00+00:00"},
        {"name": "30m", "start": "2026-03-02T09:30:00+00:00", "end": "2026-03-02T10:00:00+00:00"},
        {"name": "30m", "start": "2026-03-02T10:00:00+00:00", "end": "2026-03-02T10:30:00+00:00"},
    ] == whole
    assert ["2026-03-02T00:00:00+00:00"] == [window["start"] for scope, window in scopes(played(story), "day") if not scope]


def test_every_measure_is_in_every_scope() -> None:
    """By name, all but those that nobody asks for; and the text of it all is JSON without infinities."""
    made = report(played(STORY))
    assert {frozenset(USUAL)} == {frozenset(entry["measures"]) for entry in made["scopes"]}
    assert made == orjson.loads(orjson.dumps(made))


def test_no_data_is_null() -> None:
    """Neither 0 nor 100."""
    measures = report(played("09:00:00 anna begun billing/call"))["scopes"][0]["measures"]
    assert (0, None, None, None) == (
        measures["offered"],
        measures["wait_answered_mean_seconds"],
        measures["staffed"],
        measures["service_level"][0]["ratio"],
    )


def test_verdicts_tell_their_breaches() -> None:
    """How each standard stands at the end, and when it was broken."""
    found = report(played(STORY, (LONG_WAIT,)))["verdicts"]
    assert [({}, "long-wait", "met", False, 2)] == [
        (entry["scope"], entry["standard"], entry["status"], entry["breached"], entry["breaches"]) for entry in found
    ]
    assert [("2026-03-02T09:01:00.000Z", "2026-03-02T09:01:30.000Z"), ("2026-03-02T09:03:00.000Z", "2026-03-02T09:45:00.000Z")] == [
        (breach["started_at"], breach["ended_at"]) for breach in found[0]["breach_list"]
    ]


def test_an_empty_file_has_an_empty_report() -> None:
    """And no error."""
    assert {"scopes": [], "verdicts": []} == report(played(""))
