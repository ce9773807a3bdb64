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
        (
            "{name: a, title: A, form: percentage, measure: service_level, objective: 90%, within: xx, formula: nope, confidence: 2}",
            ["within cannot be xx", "formula cannot be nope", "confidence cannot be 2"],
        ),
        (
            "{name: a, title: A, form: percentage, measure: ringing, objective: 90%, within: 3 rings, late: 3 rings}",
            ["ringing is known when it is over, so no contact can be late before"],
        ),
        (
            "{name: a, title: A, form: percentage, measure: ringng, objective: 90%, within: 3 rings, hold: 1x}",
            ["measure cannot be ringng", "hold cannot be 1x"],
        ),
        ("{name: a, title: A, form: level, measure: waiting, at_most: x, clear: y}", ["at_most cannot be x", "clear cannot be y"]),
        ("{name: a, title: A, form: level, measure: longest_wat, at_most: 2m, clear: 1m}", ["measure cannot be longest_wat"]),
        (
            "{name: a, title: A, form: ratio, measure: csatt, at_least: 80%, calendar: wek, severity: loud}",
            ["measure cannot be csatt", "calendar cannot be wek", "severity cannot be loud"],
        ),
        ("{name: a, title: A, form: ratio, measure: csat.rati, at_least: 80%}", ["measure cannot be csat.rati"]),
        (
            "{name: a, title: A, form: ratio, measure: csat, at_least: 80x, calendar: week, confidence: 2}",
            ["at_least cannot be 80x", "confidence cannot be 2"],
        ),
        (
            "{name: a, title: A, form: trend, measure: instant_service, factor: x, usual: y, calendar: week}",
            ["factor cannot be x", "usual cannot be y", "calendar cannot be week for a trend"],
        ),
        (
            "{name: a, title: A, form: level, measure: talk, at_most: 2m, hold: x, overrides: [{where: {queue: [billing]}, at_most: 3}]}",
            ["hold cannot be x", "at_most cannot be 3"],
        ),
    ],
)
def test_what_follows_from_several_keys_is_told_when_these_are_right(tmp_path: Path, entry: str, expected: list[str]) -> None:
    """No mistake is told that is none, and the first is always told."""
    assert sorted(expected) == sorted(problem for _, problem in told(tmp_path, f"version: 1\nstandards:\n  - {entry}\n"))
