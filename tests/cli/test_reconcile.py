"""`answerable reconcile` says what a report means, ends by what is left to explain, and refuses in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.simulator.day import simulate
from stream.simulator.plan import DEFAULT_CENTRE
from stream.wire.codec import to_json_line
from tests.docs.pages import fences
from tests.reconcile.vendors import MAPPING, Call, by_interval, calls, csv

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with events.jsonl, report.csv and report.yaml, of one simulated day."""
    place = tmp_path_factory.mktemp("reconcile")
    events = list(simulate(DEFAULT_CENTRE, seed=5).events)
    (place / "events.jsonl").write_bytes(b"".join(to_json_line(event, "simulator-5") for event in events))
    answered: dict[str, Callable[[list[Call]], str]] = {"Out": lambda members: str(sum(1 for call in members if call.answered))}
    (place / "report.csv").write_text(csv(by_interval(calls(events), lambda call: call.left), answered), encoding="utf-8")
    (place / "report.yaml").write_text(MAPPING + "answered: {column: Out}\n", encoding="utf-8")
    return place


def test_the_page_shows_what_the_command_writes(tmp_path: Path) -> None:
    """The example of docs/reconcile.md, made again: output and exit code."""
    page = ROOT / "docs" / "reconcile.md"
    (shown,) = (block for block in fences(page, "console") if "--report" in block)
    events = str(tmp_path / "monday.jsonl")
    CliRunner().invoke(main, ["simulate", "--scale", "0.3", "--events", events], catch_exceptions=False)
    named = ("--report", str(ROOT / "docs" / "reconcile" / "monday.csv"), "--mapping", str(ROOT / "docs" / "reconcile" / "report.yaml"))
    found = CliRunner().invoke(main, ["reconcile", *named, "--on", events, "--near", "5s"])
    _, _, output = shown.partition("--near 5s\n")
    assert (1, output) == (found.exit_code, found.stdout + found.stderr)


def run(place: Path, *more: str, report: str = "report.csv") -> Result:
    """Run the command as a shell would."""
    named = ("--report", str(place / report), "--mapping", str(place / "report.yaml"), "--on", str(place / "events.jsonl"))
    return CliRunner().invoke(main, ["reconcile", *named, *more])


def test_a_report_that_is_explained_ends_with_0(files: Path) -> None:
    """The first line says the meaning in words."""
    found = run(files)
    told = found.stdout.splitlines()[0]
    cells = len((files / "report.csv").read_text(encoding="utf-8").splitlines()) - 1
    meaning = "all contacts answered, by the interval in which the contact was answered"
    assert (0, f"Its answered is {meaning}: {cells} of {cells} cells agree.") == (found.exit_code, told)


def test_a_changed_cell_ends_with_1_and_is_listed(files: Path) -> None:
    """With the contacts that would explain it, as text and as JSON."""
    head, first, *rest = (files / "report.csv").read_text(encoding="utf-8").splitlines()
    *place, number = first.split(";")
    changed = ";".join((*place, str(int(number) - 1)))
    (files / "changed.csv").write_text("\n".join((head, changed, *rest)) + "\n", encoding="utf-8")
    told, made = run(files, report="changed.csv"), run(files, "--json", report="changed.csv")
    (difference,) = orjson.loads(made.stdout)["differences"]
    assert (1, 1) == (told.exit_code, made.exit_code)
    assert f"1 of {len(rest) + 1} cells still differ: look at the contacts above in both systems." in told.stderr
    assert (place[0], 2, str(int(number) - 1), int(number)) == (
        *(difference[name] for name in ("queue", "line", "report")),
        difference["events"]["numerator"],
    )
    assert [True] * int(number) == [contact["explains"] for contact in difference["contacts"]][: int(number)]


@pytest.mark.parametrize(
    ("more", "code", "refusal"),
    [
        (("--report", "nowhere.csv"), 2, "Error: There is no file nowhere.csv: check the name of --report."),
        (
            ("--near", "soon"),
            2,
            "Error: Invalid value for --near: 'soon' is no length of time: write a length of time such as 90s, 2m or 1h 30m",
        ),
    ],
)
def test_wrong_use_ends_with_2(files: Path, more: tuple[str, ...], code: int, refusal: str) -> None:
    """And a sentence."""
    found = run(files, *more)
    assert (code, refusal) == (found.exit_code, found.stderr.splitlines()[-1])


def test_a_report_of_other_queues_or_another_year_is_refused(files: Path) -> None:
    """Nothing could be said of it."""
    text = (files / "report.csv").read_text(encoding="utf-8")
    (files / "year.csv").write_text(text.replace(".2026;", ".2025;"), encoding="utf-8")
    head, first, *_ = text.splitlines()
    (files / "queue.csv").write_text(f"{head}\nbillling{first[first.index(';') :]}\n", encoding="utf-8")
    year, queue = run(files, report="year.csv"), run(files, report="queue.csv")
    assert (1, 1) == (year.exit_code, queue.exit_code)
    assert "No contact of the events was offered in the report's time" in year.stderr
    assert "The events have no queue billling of the report: under queue.values, did you mean billing?" in queue.stderr


WEEK_MAPPING = """\
version: 1
time_zone: Asia/Jerusalem
interval: {column: date, format: "%y%m%d", length: day}
offered: {column: offered}
answered: {column: answered}
abandoned: {column: abandoned}
service_level: {column: level, as: percent, within: 20s}
wait: {column: asa, as: s}
handle: {column: service, as: s}
"""


@pytest.mark.parametrize("formula", ["answered", "strict", "no_short", "no_abandon_in_target", "removed"])
def test_the_real_week_is_explained(shared: Path, tmp_path: Path, formula: str) -> None:
    """The reference's figures of each day, as a vendor's report: every cell agrees, by the formula that made it."""
    week = shared / "data" / "bank-calls-1999-02-01-to-07"
    days = orjson.loads(week.with_suffix(".expected.json").read_bytes())["by_date"]
    rows = ["date,offered,answered,abandoned,level,asa,service"]
    for date, day in days.items():
        answered, abandoned = day["answered"], day["abandoned_in_queue"]
        rows.append(f"{date},{answered + abandoned},{answered},{abandoned},{day['T20'][formula]},{day['ASA']},{day['mean_service']}")
    (tmp_path / "report.csv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "report.yaml").write_text(WEEK_MAPPING, encoding="utf-8")
    source = ("--source", "call-log", "--source-mapping", str(ROOT / "tests" / "sources" / "call_log" / "bank-1999.mapping.yaml"))
    named = ("--report", str(tmp_path / "report.csv"), "--mapping", str(tmp_path / "report.yaml"), "--on", str(week.with_suffix(".tsv")))
    found = CliRunner().invoke(main, ["reconcile", *named, *source, "--json"])
    figures = {figure["figure"]: figure for figure in orjson.loads(found.stdout)["figures"]}
    level = figures["service_level"]
    assert (0, [7] * 6) == (found.exit_code, [figure["agree"] for figure in figures.values()]), found.output
    assert formula in {tie["formula"] for tie in (level["definition"], *level["equally_well"])}
    assert (formula, "offered", True) == tuple(level["definition"][name] for name in ("formula", "attribution", "inclusive"))
    assert formula != "no_short" or (5_000, True) == (level["definition"]["short_ms"], level["definition"]["short_inclusive"])
