"""The colours of the Grafana dashboards: what is kept is never shown as broken, and a limit is held against what it is about."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stream.core.declared import Standard
from stream.generate.promised import Colours, Promised, Step
from tools.dashboards.panels import Panel
from tools.dashboards.wallboard import board


def level(limit: float, severity: str = "critical", op: str = "<=", measure: str = "waiting") -> Standard:
    """At most so many; of each severity it is a standard of its own."""
    return Standard(name=f"s-{severity}", title="s", form="level", measure=measure, limit=limit, severity=severity, op=op, grace=0)


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
    steps = Promised([level(limit, op=op)]).of_queues("waiting", whole=whole)[0]
    assert ("green", "red") == (colour(steps, kept), colour(steps, broken))


def shown(colours: Colours, series: str, value: float) -> str:
    """The colour of a value of a series, as Grafana chooses it: of the overrides that match the last holds."""
    steps, own = colours
    return colour([one for name, one in [("/^.*$/", steps), *own] if re.search(name.strip("/"), series)][-1], value)


def test_each_queue_is_coloured_by_the_limit_that_holds_for_it() -> None:
    """Fifteen in general and in chats of vip, three in its calls; nothing is promised of mail, and a name is no pattern."""
    usual = replace(level(15), where={"channel": ("call", "chat")})
    vip = replace(usual, limit=3.0, specific=1, where={"queue": ("vip", "a.b"), "channel": ("call",)})
    colours = Promised([usual, vip]).of_queues("waiting", whole=True)
    series = ("sales call", "vip call", "vip chat", "a.b call", "aXb call", "not vip call")
    assert ["green", "red", "green", "red", "green", "green"] == [shown(colours, name, 5) for name in series]
    assert ["red"] * 6 == [shown(colours, name, 16) for name in series]
    assert ["text", "text"] == [shown(colours, name, 99) for name in ("sales email", "vip email")]


@pytest.mark.parametrize("channels", [None, ("call", "chat")])
def test_a_queue_whose_name_begins_as_anothers_does_is_no_channel_of_it(channels: tuple[str, ...] | None) -> None:
    """Three are allowed in sales, and fifteen in sales vip as everywhere."""
    everywhere = level(15) if channels is None else replace(level(15), where={"channel": channels})
    sales = replace(everywhere, limit=3.0, specific=1, where={**(everywhere.where or {}), "queue": ("sales",)})
    colours = Promised([everywhere, sales]).of_queues("waiting", whole=True)
    assert ["red", "green"] == [shown(colours, name, 5) for name in ("sales call", "sales vip call")]
    assert "red" == shown(colours, "sales vip call", 16)


def test_a_queue_as_a_whole_is_coloured_by_what_holds_for_its_channels() -> None:
    """Of waiting per agent there is a series a queue."""
    usual = replace(level(2, measure="waiting_per_agent"), where={"channel": ("call",)})
    vip = replace(usual, limit=1.0, specific=1, where={"queue": ("vip",), "channel": ("call",)})
    colours = Promised([usual, vip]).of_queues("waiting_per_agent", channels=False)
    assert ["green", "red", "red"] == [shown(colours, name, value) for name, value in (("sales", 1.5), ("vip", 1.5), ("sales", 2.5))]


def test_a_share_of_a_queue_is_held_against_its_own_objective() -> None:
    """One in ten may give up, in vip one in a hundred."""
    usual = share(0.1, "abandonment", "<=")
    vip = replace(usual, objective=0.01, specific=1, where={"queue": ("vip",)})
    colours = Promised([usual, vip]).missed_by_queues("abandonment")
    assert ["green", "red"] == [shown(colours, name, 0.05) for name in ("sales call", "vip call")]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_standards_with_one_limit_the_graver_colours(order: int) -> None:
    """Whichever is declared first."""
    steps = Promised([level(3, "warning"), level(3, "critical")][::order]).of_queues("waiting")[0]
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
