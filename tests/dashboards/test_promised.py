"""The colours of the Grafana dashboards: what is kept is never shown as broken, and a limit is held against what it is about."""

from __future__ import annotations

import pytest

from stream.core.declared import Standard
from stream.generate.promised import Promised, Step
from tools.dashboards.panels import Panel
from tools.dashboards.wallboard import board


def level(limit: float, severity: str = "critical", op: str = "<=", measure: str = "waiting") -> Standard:
    """At most so many."""
    return Standard(name="s", title="s", form="level", measure=measure, limit=limit, severity=severity, op=op, grace=0)


def share(objective: float, measure: str, op: str) -> Standard:
    """A share with its objective."""
    return Standard(name="s", title="s", form="percentage", measure=measure, objective=objective, op=op, severity="critical", grace=0)


def colour(steps: tuple[Step, ...], value: float) -> str:
    """The colour of a value, as Grafana chooses it: that of the last threshold that it has reached."""
    return [name for at, name in steps if at is None or value >= at][-1]


@pytest.mark.parametrize(
    ("limit", "op", "whole", "kept", "broken"),
    [
        (2.0, "<=", False, 2.0, 2.01),
        (2.0, "<", False, 1.99, 2.0),
        (15.0, "<=", True, 15, 16),
        (2.5, "<=", True, 2, 3),
        (15.0, "<", True, 14, 15),
    ],
)
def test_a_level_is_red_when_it_is_broken_and_not_at_its_limit(limit: float, op: str, *, whole: bool, kept: float, broken: float) -> None:
    """At most two are kept at two."""
    steps = Promised([level(limit, op=op)]).at_most("waiting", whole=whole)
    assert ("green", "red") == (colour(steps, kept), colour(steps, broken))


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_standards_with_one_limit_the_graver_colours(order: int) -> None:
    """Whichever is declared first."""
    steps = Promised([level(3, "warning"), level(3, "critical")][::order]).at_most("waiting")
    assert "red" == colour(steps, 4)


def test_a_share_is_green_at_its_objective() -> None:
    """Five in a hundred are allowed; 90 in a hundred are asked for, however the quotient is rounded."""
    missed = Promised([share(0.05, "abandonment", "<=")]).missed("abandonment")
    attained = Promised([share(0.9, "service_level", ">=")]).attained("service_level")
    assert ["green", "red"] == [colour(missed, value) for value in (0.05, 0.051)]
    assert ["green", "green", "red"] == [colour(attained, value) for value in (0.9, 1 - 0.3 / 3 - 1e-16, 0.899)]


def test_a_time_is_green_while_its_clock_is_kept() -> None:
    """An hour is kept at an hour."""
    clock = Standard(name="s", title="s", form="clock", measure="response", within=3_600_000, severity="warning", grace=0)
    steps = Promised([clock]).within("response")
    assert ["green", "orange"] == [colour(steps, seconds) for seconds in (3_600.0, 3_600.001)]


@pytest.mark.parametrize("title", ["Waiting", "Longest wait"])
def test_the_wallboard_holds_each_queue_and_channel_against_its_limit(title: str) -> None:
    """A sum of calls and chats would break what neither breaks; mail that waits for a day would look like a call that does."""
    panel: Panel = next(one for one in board(Promised([level(3)])).panels if one.title == title)
    ((query, legend),) = panel.queries
    assert "by (queue, channel)" in query
    assert "sum" not in query
    assert 'channel=~"call|chat"' in query
    assert "{{queue}} {{channel}}" == legend
