"""Standards that have several targets, each with its severity, on the board."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stream.board.model import head, rows
from stream.board.promises import Promises
from stream.board.slices import Slice
from stream.board.table import cells
from stream.core.breach import moment
from stream.core.scopes import key_by
from tests.live.made_up import CALLS, Made, verdict

SCOPE = {"queue": "billing", "channel": "email"}
KEY = "channel=email,queue=billing"


def breach(severity: str, target: float, began: str, **more: Any) -> dict[str, Any]:
    """A breach of one of the targets."""
    told = {"standard": "s", "scope": SCOPE, "severity": severity, "target": target, "started_at": f"2026-03-02T{began}Z"}
    return {**told, **more}


def shown(clocks: list[dict[str, Any]], breaches: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row of the queue, and the head."""
    slices = {KEY: Slice(SCOPE, clocks=clocks)}
    made = rows(slices, breaches, Promises([]), None, lambda _key, _at: False)
    return made[0], head(slices, made)


def test_the_louder_target_does_not_hide_behind_the_quieter_one_that_was_broken_first() -> None:
    """It was a row of warnings, in yellow and below others, while the critical target was broken."""
    share: dict[str, Any] = {"form": "percentage", "unit": "share", "op": ">=", "value": 0.7}
    row, _ = shown([], [breach("warning", 0.9, "09:00:00", **share), breach("critical", 0.8, "09:10:00", **share)])
    assert [("critical", "70 % in time, at least 80 %"), ("warning", "70 % in time, at least 90 %")] == [
        (one["severity"], one["says"]) for one in row["broken"]
    ]


def test_since_when_is_said_of_the_gravest_that_is_broken() -> None:
    """A warning that is four hours old made a critical target of one minute ago look as old; when the first began is said apart."""
    row, _ = shown([], [breach("warning", 3, "08:00:00"), breach("critical", 15, "11:59:00")])
    alone, _ = shown([], [breach("critical", 15, "11:59:00"), breach("warning", 3, "11:59:30")])
    began, first = moment("2026-03-02T11:59:00Z"), moment("2026-03-02T08:00:00Z")
    assert [(began, first), (began, None)] == [(one["since"], one["first_since"]) for one in (row, alone)]
    assert "11:59" == cells(row, began, "UTC")[2]


def test_of_rows_alike_the_one_whose_gravest_is_broken_for_longest_goes_first() -> None:
    """An old warning beside it moves no row up."""
    sales = {"scope": {"queue": "sales", "channel": "email"}}
    breaches = [
        breach("warning", 3, "08:00:00"),
        breach("critical", 15, "11:59:00"),
        breach("critical", 15, "11:00:00", **sales),
    ]
    assert ["sales", "billing"] == [row["queue"] for row in rows({}, breaches, Promises([]), None, lambda _key, _at: False)]


def test_contacts_over_several_targets_of_one_clock_count_once() -> None:
    """Two are over an hour, one of them over four: two are overdue."""

    def clock(overdue: int, due: int, measure: str = "first_response") -> dict[str, Any]:
        return {"standard": "s", "measure": measure, "overdue": overdue, "due_60m": due}

    row, whole = shown(
        [clock(2, 3), clock(1, 1), clock(5, 0, "response"), clock(4, 2, "clock:callback"), clock(3, 1, "clock:callback")], []
    )
    late: dict[str, Any] = {"form": "clock", "unit": "seconds", "op": "<="}
    over = [breach("warning", 3_600, "09:00:00", contact_id=name, **late) for name in ("a", "b")]
    told, _ = shown([], [*over, breach("critical", 14_400, "12:00:00", contact_id="a", **late)])

    assert (7, 3, 6) == (row["overdue"], row["due_60m"], whole["callbacks_due"])
    assert ["1 e-mail over 4 h 00", "2 e-mails over 1 h 00"] == [one["says"] for one in told["broken"]]


def test_a_row_knows_at_which_value_a_breach_ends() -> None:
    """Of the standards that hold now, and in the row's own scope; a reading of before the breach says nothing of its value."""
    made = Made()
    made.breach("queue-length", CALLS, made.now, value=16.0, target=15.0, op="<=", unit="contacts")
    said = []
    for waiting, breached in ((14.0, False), (13.0, True), (12.0, True)):
        made.queue(CALLS, verdict("queue-length", breached=breached, value=waiting, target=15.0))
        made.now += 1_000
        said.append(made.board.look(made.now)["rows"][key_by(CALLS)]["broken"][0]["says"])
    assert ["16 waiting, at most 15", "13 waiting, kept again at 12", "easing: 12 waiting, at most 15"] == said


def test_targets_beside_the_figures_follow_standards_that_change_while_it_runs() -> None:
    """Fifteen may wait, and from the next look on fifty; nine in ten are promised within two minutes, and then within three."""
    made = Made()
    made.queue(CALLS)
    found = []
    for limit, within in ((15.0, 120_000), (50.0, 180_000)):
        changes: dict[str, dict[str, Any]] = {"queue-length": {"limit": limit}, "calls-answered": {"within": within}}
        made.standards = tuple(replace(one, **changes[one.name]) for one in made.standards if one.name in changes)
        made.now += 1_000
        row = made.board.look(made.now)["rows"][key_by(CALLS)]
        found.append((row["waiting_target"], row["wait_target"], row["level"]["within"]))
    assert [(15.0, 120.0, 120.0), (50.0, 180.0, 180.0)] == found
