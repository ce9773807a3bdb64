"""A centre that keeps a part of all figures: the part is the same, and the rest is not made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings

from stream.core import facts
from stream.core.events import Event
from stream.core.ledger import contacts, scopes, wanted_of
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES
from stream.core.topology import SCOPE_FACTS
from stream.core.wanted import Kept
from stream.replay.driver import replay
from stream.replay.figures import Figures
from tests.core.histories import CENTRE, STANDARDS, end_of, histories
from tests.core.timelines import events

PART = Kept(("offered", "answered", "wait_answered_mean_seconds", "waiting"), frozenset({"30m"}), frozenset({("channel", "queue")}))
SMALL = replace(CENTRE, kept=PART)


def part(figures: Figures) -> dict[str, Any]:
    """Of all figures those that the small centre keeps: by scope and window the four measures."""
    out: dict[str, Any] = {}
    for topic in (QUEUE_READINGS, QUEUE_INTERVALS):
        for key, record in figures.of(topic).items():
            if record.get("scope", {}).keys() == {"queue", "channel"} and (record["window"] or {"name": "30m"})["name"] == "30m":
                measures = {name: record["measures"][name] for name in PART.measures or ()}
                if any(measures.values()):
                    out[f"{topic} {key}"] = measures
    return out


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories())
def test_what_is_kept_is_what_it_would_be_among_all(history: list[Event]) -> None:
    """Leaving figures out changes no other."""
    until = end_of(history)
    assert part(replay(history, CENTRE, (), until=until)) == part(replay(history, SMALL, (), until=until))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories())
def test_standards_are_judged_whatever_is_kept(history: list[Event]) -> None:
    """What they ask for is made for them, in the scopes that they are about."""
    until = end_of(history)
    everything, some = (replay(history, centre, STANDARDS, until=until).of(STANDARD_BREACHES) for centre in (CENTRE, SMALL))
    assert everything == some


def test_what_nobody_asks_for_is_not_made() -> None:
    """Facts of other kinds, and records for other scopes."""
    stage = contacts(SMALL, (), 0, 1, True)
    out = stage.fold(events("09:00:00 anna offered billing/call\n09:00:30 anna answered\n09:01:00 anna ended\n09:02:00 anna wrapped_up"), 3)
    told = [(key, record) for topic, key, record in out if topic == SCOPE_FACTS]
    assert {b"channel=call,queue=billing"} == {key for key, _ in told}
    assert {facts.OFFERED, facts.ENTERED, facts.LEFT, facts.ANSWERED} == {
        f[0] for _, record in told for group in record["f"] for f in group
    }


def test_all_is_wanted_where_nothing_is_said() -> None:
    """Every kind of fact, for every kind of scope."""
    wanted = wanted_of(CENTRE, STANDARDS)
    assert facts.CLOSED in wanted.kinds
    assert 4 == len(wanted.dimensions)


def test_metrics_show_what_is_kept() -> None:
    """A counter of what is not counted would stand at 0 for ever."""
    stage = scopes(SMALL, (), 0, 1, True)
    stage.fold([{"s": source, "w": 10_000, "x": False} for source in ("contacts/0", "agents/0", "issues/0")], 0)
    shown = next(scope for scope in stage.snapshot().scopes if (scope.queue, scope.channel) == ("billing", "call"))
    assert {"offered": 0, "answered": 0, "corrections": 0} == shown.totals
    assert {"answer_wait"} == shown.histograms.keys()
    assert {"30m": {"offered": 0, "answered": 0}} == shown.windows
