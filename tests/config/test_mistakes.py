"""All mistakes of an entry that can be known at once are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.standards import examine
from stream.core.centre import Centre, Queue

CENTRE = Centre(queues={"billing": Queue("billing", ("call", "chat"))})
FILE = """version: 1
alert_budget: -1
standards:
  - name: Queue Length
    titel: At most fifteen wait
    form: level
    measure: waitng
    at_most: 15
    hold: 5
    where: { channel: [fax] }
    per: [queue, chanel]
    severity: loud
    overrides:
      - { where: { queue: [nope] }, at_most: 3, hold: 1x }
"""


def told(folder: Path, text: str) -> list[tuple[int | None, str]]:
    """What is refused of a file: lines, and the beginnings of the problems."""
    path = folder / "standards.yaml"
    path.write_text(text, encoding="utf-8")
    _, refusals = examine(path, CENTRE)
    return [(one.line, one.problem.partition(":")[0]) for one in refusals]


def test_every_key_that_is_wrong_by_itself_is_told(tmp_path: Path) -> None:
    """Of the file, of the entry, of what it says for some places; each once, in the order of the file."""
    assert [
        (2, "alert_budget cannot be -1"),
        (4, "an entry of standards needs title"),
        (4, "name cannot be Queue Length"),
        (5, "a standard of form level has no key titel"),
        (7, "measure cannot be waitng"),
        (9, "hold cannot be 5"),
        (10, "the centre has no channel fax"),
        (11, "per cannot hold chanel"),
        (12, "severity cannot be loud"),
        (14, "the centre has no queue nope"),
        (14, "hold cannot be 1x"),
    ] == told(tmp_path, FILE)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{name: a, title: A, form: nothing, measure: waiting, severity: loud}", ["form cannot be nothing", "severity cannot be loud"]),
        ("{name: a, title: A, form: [level], measure: waiting}", ["form takes one value, not a list"]),
        ("{name: a, title: A, form: level, measure: waiting}", ["a needs a limit"]),
        (
            "{name: a, title: A, form: percentage, measure: service_level, objective: 90, within: 1m, window: 7s}",
            ["window cannot be 7s", "objective cannot be 90"],
        ),
        (
            "{name: a, title: A, form: percentage, measure: service_level, objective: 90%, within: 5m, late: 2m}",
            ["late cannot be 2m"],
        ),
    ],
)
def test_what_follows_from_several_keys_is_told_when_these_are_right(tmp_path: Path, entry: str, expected: list[str]) -> None:
    """No mistake is told that is none, and the first is always told."""
    assert sorted(expected) == sorted(problem for _, problem in told(tmp_path, f"version: 1\nstandards:\n  - {entry}\n"))
