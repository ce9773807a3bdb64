"""Of what limits a dashboard is: its mark is another one exactly when something else is drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.declared import Standard
from stream.generate.dashboards import ASKED, FOLDER, MARK, of_other_limits
from stream.generate.promised import Promised
from tools.dashboards.__main__ import drawn

DEPLOY = Path(__file__).parents[2] / "deploy"
STANDARDS = read_standards(DEPLOY / "standards.yaml", read_centre(DEPLOY / "centre.yaml"))


def parts(standards: list[Standard]) -> dict[str, tuple[str, str]]:
    """Each dashboard by its uid: its mark, and the rest of it."""
    found = {}
    for path, text in drawn(Promised(standards)).items():
        about = json.loads(text)["description"]
        mark = MARK.search(about)
        found[path.stem] = ("", text) if mark is None else (mark.group(), text.replace(mark.group(), ""))
    return found


def changed(standard: Standard) -> list[Standard]:
    """The standard with another number, name or severity, each by itself; what is drawn need not differ."""
    return [
        replace(standard, limit=standard.limit + 1),
        replace(standard, objective=standard.objective / 2),
        replace(standard, within=standard.within + 1_000),
        replace(standard, name=f"{standard.name}-too"),
        replace(standard, severity="info"),
        replace(standard, hold=standard.hold + 1_000),
    ]


@pytest.mark.parametrize("number", range(len(STANDARDS)), ids=[one.key for one in STANDARDS])
def test_the_mark_tells_exactly_when_something_else_is_drawn(number: int) -> None:
    """A dashboard that asks for one more limit than its mark is of would go stale in silence; of other limits it must say nothing."""
    before = parts([*STANDARDS])
    for other in changed(STANDARDS[number]):
        after = parts([*STANDARDS[:number], other, *STANDARDS[number + 1 :]])
        assert {uid: before[uid][1] != after[uid][1] for uid in before} == {uid: before[uid][0] != after[uid][0] for uid in before}
    assert set(ASKED) == {uid for uid, (mark, _) in before.items() if mark}


def test_what_says_nothing_of_its_limits_is_not_judged(tmp_path: Path) -> None:
    """A dashboard that somebody made anew, one that is no JSON, and none at all."""
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "answerable-queues.json").write_text('{"description": "Our own."}')
    (tmp_path / FOLDER / "answerable-agents.json").write_text("<html>")
    (tmp_path / FOLDER / "answerable-responses.json").write_text("[]")
    assert [] == of_other_limits(STANDARDS, tmp_path)
    assert [] == of_other_limits(STANDARDS, DEPLOY)
