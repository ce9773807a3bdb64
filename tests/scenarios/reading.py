"""Reads scenarios: Markdown whose fenced blocks are a centre, standards, a timeline, and what must come out.

    ```centre      deploy/centre.yaml's words; left out: every queue is taken as it comes, in UTC
    ```standards   deploy/standards.yaml's words
    ```timeline    a line an event, see tests/core/timelines.py
    ```figures     scope [window]: measure = value          queue=billing: service_level[strict,120].ratio = 0.5
    ```breaches    standard scope: status from - to         calls-answered queue=billing: resolved 09:05:00 - 09:20:00
    ```verdicts    standard scope: status value             calls-answered queue=billing: missed 0.5

The scope is a key such as "all" or "channel=call,queue=billing"; the window "all" unless it is said (30m, day, 5m ...).
In a measure, [a,b] picks the row of a table that holds a and b; .name goes into an object. A value is JSON.
The first line may say until when it is played: ```timeline until=10:00:00. Breaches and verdicts may be seen later: their own line says so,
as verdicts of reports do, whose day has to be over.
A line of a timeline may stand for many: "for 1-100: 09:00:00 c{} offered billing/call" is a hundred lines, c1 to c100.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.scopes import key_by
from stream.core.stage import QUEUE_READINGS, STANDARD_BREACHES
from stream.replay.figures import Figures
from tests.core.timelines import played

FOLDER = Path(__file__).parent
SAID = ("figures", "breaches", "verdicts")
"""Blocks of what must come out."""
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"\[([^\]]*)\]|\.?([^.\[\]]+)")
FIGURE = re.compile(r"(?P<scope>\S+)(?: (?P<window>\S+))?: (?P<measure>.+?) = (?P<value>.+)")
MANY = re.compile(r"for (?P<first>\d+)-(?P<last>\d+): (?P<line>.+)")
VERDICT = re.compile(r"(?P<standard>\S+) (?P<scope>\S+): (?P<status>\S+)(?: (?P<value>\S+))?")
BREACH = re.compile(r"(?P<standard>\S+) (?P<scope>\S+): (?P<said>.+)")


@dataclass(frozen=True)
class Scenario:
    """A file, taken apart. blocks: by name; until: by block when it is played to; not there: as the timeline, or to the last event."""

    path: Path
    title: str
    blocks: dict[str, str]
    until: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The number of the standard that it is about."""
        return int(self.path.name[:2])


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All files, in the order of their numbers."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("[0-9][0-9]-*.md")))


def _read(path: Path) -> Scenario:
    text = path.read_text(encoding="utf-8")
    blocks, until = {}, {}
    for name, more, body in FENCE.findall(text):
        blocks[name] = body
        if more.strip():
            until[name] = more.strip().removeprefix("until=")
    lines = {name: [_plain(line) for line in blocks.get(name, "").splitlines() if _plain(line)] for name in SAID}
    return Scenario(path, text.splitlines()[0].removeprefix("# "), blocks, until, lines)


def _plain(line: str) -> str:
    """A line without the remark behind it."""
    return line.partition("  #")[0].strip()


def play(scenario: Scenario, place: Path, block: str) -> Figures:
    """The replay of a scenario, as long as what is said in a block asks for; `place`: where its files may be written."""
    centre = Centre()
    if "centre" in scenario.blocks:
        (place / "centre.yaml").write_text(scenario.blocks["centre"])
        centre = read_centre(place / "centre.yaml")
    standards: tuple[Any, ...] = ()
    if "standards" in scenario.blocks:
        (place / "standards.yaml").write_text(scenario.blocks["standards"])
        standards = read_standards(place / "standards.yaml", centre)
    return played(
        _each(scenario.blocks["timeline"]), standards, centre=centre, until=scenario.until.get(block, scenario.until.get("timeline"))
    )


def _each(timeline: str) -> str:
    """The lines of a timeline, those that stand for many written out."""
    lines: list[str] = []
    for line in timeline.splitlines():
        many = MANY.fullmatch(line)
        lines += [line] if many is None else [many["line"].replace("{}", str(n)) for n in range(int(many["first"]), int(many["last"]) + 1)]
    return "\n".join(lines)


def figure(figures: Figures, line: str) -> tuple[Any, Any]:
    """What a line of figures says, and what came out."""
    said = FIGURE.fullmatch(line)
    assert said is not None, f"no figure: {line}"
    reading = figures.of(QUEUE_READINGS)[f"{said['scope']}|{said['window'] or 'all'}"]
    return orjson.loads(said["value"]), picked(reading["measures"], said["measure"])


def picked(found: Any, path: str) -> Any:
    """The value at a path of names and picks."""
    for pick, name in STEP.findall(path):
        if not pick:
            found = found[name]
            continue
        wanted = pick.split(",")
        rows = [row for row in found if set(wanted) <= {_word(value) for value in row.values()}]
        assert len(rows) == 1, f"{len(rows)} rows hold {pick}: {found}"
        found = rows[0]
    return found


def _word(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def breaches(figures: Figures, line: str) -> tuple[list[str], list[str]]:
    """What a line of breaches says, and what came out for its standard and scope, in order of time."""
    said = BREACH.fullmatch(line)
    assert said is not None, f"no breach: {line}"
    found = [
        record
        for record in figures.of(STANDARD_BREACHES).values()
        if record["standard"] == said["standard"] and key_by(record["scope"]) == said["scope"] and record["status"] != "withdrawn"
    ]
    rows = [f"{one['status']} {one['started_at'][11:19]} - {(one['ended_at'] or '')[11:19] or 'open'}" for one in found]
    return said["said"].split(", "), sorted(rows, key=lambda row: row.split()[1])


def verdict(figures: Figures, line: str) -> tuple[tuple[str, float | None], tuple[str, float | None]]:
    """What a line of verdicts says, and how its standard stands in its scope: status and value."""
    said = VERDICT.fullmatch(line)
    assert said is not None, f"no verdict: {line}"
    standing = figures.of(QUEUE_READINGS)[f"{said['scope']}|all"]["standards"]
    found = next(one for one in standing if one["standard"] == said["standard"])
    return (said["status"], None if said["value"] is None else float(said["value"])), (found["status"], found["value"])
