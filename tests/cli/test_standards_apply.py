"""`answerable standards apply` and `history`: what is refused before it is sent, and what is told afterwards."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.cli.standards_apply import _told
from stream.config.standards import read_standards
from stream.core.centre import Centre, Queue
from stream.core.changes import Change, audit, version_of
from stream.core.declared import Standard
from stream.core.needs import lacking
from stream.core.wanted import Kept
from stream.wire.codec import from_json

CENTRE = "version: 1\ntime_zone: Europe/Berlin\nqueues: {billing: {channels: [call]}}\n"
HEAD = "version: 1\nstandards:\n"
FEW = HEAD + "  - {name: queue-length, title: Few wait, form: level, measure: waiting, at_most: 15}\n"
FEWER = FEW.replace("15", "3")
VIP = FEW.replace("at_most: 15", "at_most: 15, per: [queue, group], where: {group: [vip]}")


def run(folder: Path, *arguments: str, new: str = FEWER, **environment: str) -> Result:
    """Run the command where FEW holds, with `new` in new.yaml."""
    for name, text in (("c.yaml", CENTRE), ("s.yaml", FEW), ("new.yaml", new)):
        (folder / name).write_text(text, encoding="utf-8")
    files = {"ANSWERABLE_CENTRE_FILE": str(folder / "c.yaml"), "ANSWERABLE_STANDARDS_FILE": str(folder / "s.yaml")}
    return CliRunner(env={**files, **environment}).invoke(main, ["standards", "apply", str(folder / "new.yaml"), *arguments])


def test_the_event_can_be_put_into_a_file(tmp_path: Path) -> None:
    """It is an event of that moment with the whole new file in it; local time is the centre's."""
    result = run(tmp_path, "--from", "2026-03-02T13:00", "--by", "operations", "--print")
    event = from_json(orjson.loads(result.stdout))
    change = Change.of(event)
    assert (0, 1_772_452_800_000, 1_772_452_800_000) == (result.exit_code, event.time, change.holds_from)
    assert ("operations", [3.0]) == (change.by, [one.limit for one in change.standards])


@pytest.mark.parametrize(
    ("arguments", "new", "problem"),
    [
        (("--print",), FEWER, "On the played clock only the events say what time it is: add --from with the moment from which it holds."),
        (("--from", "2026-03-02T13:00"), FEWER, "--from cannot be 2026-03-02T13:00: what was judged is judged; write a moment to come"),
        ((), VIP, "new.yaml needs figures per group and queue, which the workers do not count: restart them with this file instead."),
        ((), FEW.replace("15", "0").replace("at_most", "below"), "new.yaml:3: below cannot be 0: nothing is"),
    ],
)
def test_what_cannot_be_taken_is_not_sent(tmp_path: Path, arguments: tuple[str, ...], new: str, problem: str) -> None:
    """It ends 2, and says why and what to do."""
    result = run(tmp_path, *arguments, new=new)
    assert 2 == result.exit_code
    assert problem in result.stderr


def test_without_a_broker_it_says_so(tmp_path: Path) -> None:
    """All is checked, and then there is nobody to send it to."""
    result = run(tmp_path, ANSWERABLE_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert 3 == result.exit_code


def test_a_change_is_told_in_lines(tmp_path: Path) -> None:
    """What came, what went, and what asks for something else."""
    run(tmp_path)
    old = read_standards(tmp_path / "s.yaml", Centre())
    new = read_standards(tmp_path / "new.yaml", Centre())
    other = Standard(name="other", title="T", form="level", measure="staffed", per=(), where=None)
    change = Change(1_772_452_800_000, 1_772_452_740_000, version_of(new), "operations", new)
    assert [
        f"2026-03-02T12:00:00.000Z version {version_of(new)}, decided by operations at 2026-03-02T11:59:00.000Z",
        "  - other (per the whole centre)",
        "  ~ queue-length (per channel,queue): limit 15 -> 3",
    ] == _told(audit((*old, other), change, change.holds_from)).splitlines()


def test_a_change_needs_what_is_counted_already() -> None:
    """Kinds of scopes, thresholds, windows, measures and facts that nobody counts yet begin with a restart."""
    queues = {"billing": Queue("billing", ("call",))}
    narrow = Centre(queues=queues, kept=Kept(measures=("offered",), windows=frozenset({"30m"}), dimensions=frozenset({()})))
    level = Standard(name="a", title="T", form="level", measure="waiting", per=())
    ratio = Standard(name="b", title="T", form="ratio", measure="service_level[strict,45]", calendar="day", per=())
    mean = Standard(name="c", title="T", form="mean", measure="handle", per=("queue",))
    assert [] == lacking(narrow, (level,), (level,))
    found = lacking(narrow, (level,), (ratio, mean))
    assert ["figures per queue", "the threshold 45 s", "the window day", "the measure service_level"] == found[:4]
    assert "the fact handled" in found
    assert ["the threshold 45 s"] == lacking(Centre(queues=queues), (level,), (ratio, mean))
