"""The metrics page of a running intake: every source in one family, and nothing where nothing is known."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from stream.intake.outlet import SourceFigures
from stream.sinks.source_page import render


def test_several_sources_share_their_families() -> None:
    """A log knows bytes, a table knows rows; an unknown newest event has no sample."""
    log = SourceFigures("log", lines=3, events=2, rejected={"undecodable": 1}, last_event=1_500, unread=lambda: 10, connected=True)
    table = SourceFigures("table", backlog=7)
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(render([log, table]).decode())
        for sample in family.samples
    }
    assert {
        ("cc_source_lines_total", "log"): 3,
        ("cc_source_lines_total", "table"): 0,
        ("cc_source_events_total", "log"): 2,
        ("cc_source_events_total", "table"): 0,
        ("cc_source_rejected_total", "log", "undecodable"): 1,
        ("cc_source_unknown_total", "log"): 0,
        ("cc_source_unknown_total", "table"): 0,
        ("cc_source_gaps_total", "log"): 0,
        ("cc_source_gaps_total", "table"): 0,
        ("cc_source_last_event_timestamp_seconds", "log"): 1.5,
        ("cc_source_lag_bytes", "log"): 10,
        ("cc_source_backlog", "table"): 7,
        ("cc_source_connected", "log"): 1,
        ("cc_source_connected", "table"): 0,
    } == found


def test_how_long_a_source_may_be_silent_is_said_for_each_of_its_channels() -> None:
    """The alert looks whether a queue with the channel is open; of one that may be silent for ever nothing is said."""
    shown = [
        SourceFigures("desk", silent_after=3_600_000, channels=frozenset({"email", "chat"})),
        SourceFigures("log", silent_after=1_800_000),
        SourceFigures("quiet", silent_after=0),
    ]
    assert [
        'cc_source_silent_after_seconds{source="desk",channel="chat"} 3600.0',
        'cc_source_silent_after_seconds{source="desk",channel="email"} 3600.0',
        'cc_source_silent_after_seconds{source="log"} 1800.0',
    ] == [line for line in render(shown).decode().splitlines() if line.startswith("cc_source_silent")]
