"""Why a queue is in trouble, in words."""

from __future__ import annotations

from typing import Any

import pytest

from stream.board.words import Circumstances, broken, cause, percent, span


def staff(available: int = 0, on_contact: int = 0, wrap_up: int = 0, paused: int = 0) -> dict[str, int]:
    """Agents by state."""
    return {"available": available, "reserved": 0, "on_contact": on_contact, "wrap_up": wrap_up, "paused": paused}


def test_what_differs_from_the_usual_is_named_in_the_order_in_which_one_looks() -> None:
    """Load, agents, handle time."""
    agents = staff(on_contact=7, wrap_up=1, paused=6)
    known: dict[str, Any] = {"channel": "call", "offered": 84, "usual_offered": 60.0, "handle": 430.0, "handled": 30, "usual_handle": 302.0}
    assert (
        cause(Circumstances(agents=agents, usual_staffed=14.0, **known))
        == "calls 40 % above usual; 6 of 14 paused; 7:10 a call, usual 5:02"
    )


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"offered": 12, "usual_offered": 9.0}, "12 contacts in 60 min, usual 9; agents unknown"),  # chance does as much
        ({"offered": 6, "usual_offered": 0.0, "channel": "chat"}, "6 chats, usually none"),
        ({"agents": staff()}, "nobody is logged in"),
        ({"agents": staff(paused=1)}, "the only agent is paused"),
        ({"agents": staff(paused=3)}, "all 3 paused"),
        ({"agents": staff(on_contact=5), "usual_staffed": 9.0}, "5 agents, usual 9"),
        ({"agents": staff(on_contact=3, paused=1), "usual_staffed": 14.0}, "1 of 4 paused; 4 logged in, usual 14"),
        ({"agents": staff(on_contact=3, paused=5), "usual_staffed": 8.0}, "5 of 8 paused"),  # all have come: they pause
        ({"agents": staff(on_contact=3, wrap_up=2)}, "2 of 5 in wrap-up"),
        ({"handle": 900.0, "usual_handle": 300.0, "handled": 4}, "agents unknown; 15:00 a contact, usual 5:00"),  # too few to say so
        ({"channel": "email", "offered": 1, "handle": 60.0}, "1 e-mail in 60 min; agents unknown; 1:00 an e-mail"),
        ({}, "agents unknown"),
    ],
)
def test_what_does_not_differ_or_is_not_known_is_not_claimed(known: dict[str, Any], said: str) -> None:
    """Where nothing stands out the plain figures are given; unknown is said, never counted as 0."""
    assert said == cause(Circumstances(**known))


def test_figures_are_said_as_people_say_them() -> None:
    """Durations up to days; shares cut, not rounded."""
    assert ["5:02", "1 h 06", "3 d 4 h", "–"] == [span(seconds) for seconds in (302.9, 3_999, 273_700, None)]
    assert ["89.9 %", "90 %", "–"] == [percent(ratio) for ratio in (0.8999, 0.9, None)]


@pytest.mark.parametrize(
    ("breach", "value", "said"),
    [
        ({"form": "level", "unit": "contacts", "op": "<=", "target": 15}, 16.0, "16 waiting, at most 15"),
        ({"form": "level", "unit": "contacts per agent", "op": "<=", "target": 2}, None, "nobody is there, at most 2"),
        ({"form": "level", "unit": "seconds", "op": "<=", "target": 300.0}, 312.0, "longest 5:12, at most 5:00"),
        ({"form": "percentage", "unit": "share", "op": ">=", "target": 0.9}, 0.62, "62 % in time, at least 90 %"),
        ({"form": "percentage", "unit": "share", "op": "<=", "target": 0.05}, 0.08, "8 % gave up, at most 5 %"),
        ({"form": "percentage", "unit": "share", "op": "<=", "target": 0.05}, 0.0504, "5.1 % gave up, at most 5 %"),
        ({"form": "percentage", "unit": "share", "op": ">=", "target": 0.9}, 0.8996, "89.9 % in time, at least 90 %"),
        ({"form": "level", "unit": "agents", "op": ">=", "target": 2}, 1.0, "1 agent on duty, at least 2"),
        ({"form": "level", "unit": "contacts per agent", "op": "<=", "target": 2}, 2.04, "2.1 waiting per agent, at most 2"),
        ({"form": "mean", "unit": "seconds", "op": "<=", "target": 600.0}, 600.4, "10:01 on average, at most 10:00"),
        ({"form": "clock", "unit": "seconds", "op": "<=", "target": 3600.0}, None, "3 contacts over 1 h 00"),
        ({"form": "clock", "unit": "seconds", "target": 3600.0, "scope": {"channel": "email"}}, None, "3 e-mails over 1 h 00"),
    ],
)
def test_what_is_broken_is_said_with_its_target(breach: dict[str, Any], value: float | None, said: str) -> None:
    """The value, what it is of, and what it should be."""
    assert said == broken(breach, value, 3)


@pytest.mark.parametrize(
    ("breach", "value", "clear", "said"),
    [
        ({"form": "level", "unit": "contacts", "op": "<=", "target": 15}, 16.0, 12.0, "16 waiting, at most 15"),
        ({"form": "level", "unit": "contacts", "op": "<=", "target": 15}, 13.0, 12.0, "13 waiting, kept again at 12"),
        ({"form": "level", "unit": "contacts", "op": "<=", "target": 15}, 12.0, 12.0, "easing: 12 waiting, at most 15"),
        ({"form": "level", "unit": "contacts", "op": "<=", "target": 15}, 13.0, None, "easing: 13 waiting, at most 15"),
        ({"form": "level", "unit": "contacts", "op": "<", "target": 15}, 13.0, 12.0, "13 waiting, kept again below 12"),
        ({"form": "level", "unit": "contacts per agent", "op": "<=", "target": 2}, 1.54, 1.5, "1.6 waiting per agent, kept again at 1.5"),
        ({"form": "level", "unit": "seconds", "op": "<=", "target": 300.0}, 280.0, 240.0, "longest 4:40, kept again at 4:00"),
        ({"form": "level", "unit": "agents", "op": ">=", "target": 2}, 2.0, 3.0, "2 agents on duty, kept again at 3"),
        ({"form": "percentage", "unit": "share", "op": ">=", "target": 0.9}, 0.91, None, "easing: 91 % in time, at least 90 %"),
        ({"form": "level", "unit": "contacts per agent", "op": "<=", "target": 2}, None, 1.5, "nobody is there, at most 2"),
    ],
)
def test_a_breach_that_outlasts_its_value_does_not_contradict_itself(
    breach: dict[str, Any], value: float, clear: float | None, said: str
) -> None:
    """Of "13 waiting, at most 15" nobody understands what is broken: it says at which value the breach ends, or that it is easing."""
    assert said == broken(breach, value, 1, clear)


def test_what_is_over_a_clock_of_issues_is_an_issue() -> None:
    """An issue that is not resolved may have come by e-mail, and is none."""
    late = {"form": "clock", "unit": "seconds", "target": 3600.0, "scope": {"channel": "email"}}
    assert ["1 issue over 1 h 00", "1 e-mail over 1 h 00"] == [broken(late, None, 1, issues=issues) for issues in (True, False)]


def test_one_agent_is_no_agents() -> None:
    """The plain figures of a queue with a single person."""
    assert "1 of 1 agent on duty" == cause(Circumstances(agents={"available": 1}))
