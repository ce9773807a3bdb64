"""`answerable simulate`: files that the other commands read, and one sentence where something is wrong."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stream.cli import main
from stream.config.centre import read_centre
from stream.core.events import order
from stream.simulator.comparing import rounded
from stream.simulator.day import simulate
from stream.wire.codec import from_json
from tests.docs.pages import ROOT, fences

DECLARED = Path(__file__).parents[2] / "deploy" / "centre.yaml"


def test_it_writes_the_events_and_the_truth(tmp_path: Path) -> None:
    """The lines are the simulated events, in order, and the truth says how many they are and of which day; a last line says where."""
    events, truth = tmp_path / "day.jsonl", tmp_path / "truth.json"
    arguments = ["--centre", str(DECLARED), "--scale", "0.1", "--seed", "5", "--events", str(events), "--truth", str(truth)]
    result = CliRunner().invoke(main, ["simulate", *arguments])
    read = [from_json(json.loads(line)) for line in events.read_bytes().splitlines()]
    said = f"{len(read):,} events are in {events}, the truth is in {truth}.\n"
    assert (0, "", said) == (result.exit_code, result.stdout, result.stderr)
    assert read == list(simulate(read_centre(DECLARED), seed=5, scale=0.1).events)
    assert read == sorted(read, key=order)
    report = json.loads(truth.read_text())
    assert {"day": "2026-03-02", "seed": 5, "scale": 0.1, "events": len(read)} == {
        name: report[name] for name in ("day", "seed", "scale", "events")
    }
    assert report["scopes"][0]["scope"] == {}


def test_the_commands_of_the_page_give_equal_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever copies the first two commands of docs/simulator.md has a report in which each figure of the truth is found, and equal."""
    (tmp_path / "deploy").symlink_to(DECLARED.parent)
    monkeypatch.chdir(tmp_path)
    played, replayed = (
        shlex.split(line) for line in fences(ROOT / "docs/simulator.md", "console")[0].replace("$ answerable ", "").splitlines()
    )
    assert 0 == CliRunner().invoke(main, played, catch_exceptions=False).exit_code
    report = json.loads(CliRunner().invoke(main, replayed[: replayed.index(">")], catch_exceptions=False).stdout)
    truth = json.loads(Path("truth.json").read_text(encoding="utf-8"))
    found = {tuple(sorted(entry["scope"].items())): entry["measures"] for entry in report["scopes"]}
    assert [] == [
        (scope, name)
        for entry in truth["scopes"]
        for scope in [tuple(sorted(entry["scope"].items()))]
        for name, known in entry["measures"].items()
        if in_order(known) != in_order(found[scope][name])
    ]


def in_order(figure: Any) -> Any:
    """A figure without the formula `live`, its service levels in one order, and numbers without their last digits."""
    if isinstance(figure, list) and figure and "formula" in figure[0]:
        figure = sorted((row for row in figure if row["formula"] != "live"), key=lambda row: (row["formula"], row.get("within_seconds", 0)))
    return rounded(figure)


def test_events_go_to_standard_output_unless_a_file_is_named() -> None:
    """Without --events the lines can be piped on."""
    result = CliRunner().invoke(main, ["simulate", "--centre", str(DECLARED), "--scale", "0.02"])
    assert (0, "") == (result.exit_code, result.stderr)
    assert {line["specversion"] for line in map(json.loads, result.stdout.splitlines())} == {"1.0"}


def test_a_day_on_which_the_centre_is_closed_is_refused(tmp_path: Path) -> None:
    """A closed day has no events: the sentence names the day and says what to do."""
    centre = tmp_path / "centre.yaml"
    centre.write_text(
        "version: 1\nname: Shop\ntime_zone: UTC\nhours:\n  shop: {mon: 08:00-12:00}\nqueues:\n  sales: {channels: [call], hours: shop}\n"
    )
    result = CliRunner().invoke(main, ["simulate", "--centre", str(centre), "--day", "2026-03-03"])
    assert (result.exit_code, result.stderr) == (2, "Error: No queue of Shop is open on Tuesday, 2026-03-03: choose another --day.\n")


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """The sentence names the file."""
    target = tmp_path / "missing" / "day.jsonl"
    result = CliRunner().invoke(main, ["simulate", "--centre", str(DECLARED), "--events", str(target)])
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: {target} cannot be written (No such file or directory): choose another file.\n",
    )


def test_days_with_features_and_their_truth(tmp_path: Path) -> None:
    """The features that are asked for happen on as many days, and the truth says which they were."""
    events, truth = tmp_path / "days.jsonl", tmp_path / "truth.json"
    arguments = ["--features", "callbacks,issues", "--days", "2", "--scale", "0.1", "--events", str(events), "--truth", str(truth)]
    result = CliRunner().invoke(main, ["simulate", "--centre", str(DECLARED), *arguments])
    read = [from_json(json.loads(line)) for line in events.read_bytes().splitlines()]
    assert (0, "", True) == (result.exit_code, result.stdout, result.stderr.startswith(f"{len(read):,} events are in {events}, "))
    report = json.loads(truth.read_text())
    assert {"days": 2, "features": "callbacks,issues", "events": len(read)} == {
        name: report[name] for name in ("days", "features", "events")
    }
    assert read[-1].time - read[0].time > 20 * 3_600_000
    assert report["scopes"][0]["measures"]["issues_opened"] > 0


def test_a_feature_that_is_none_is_told() -> None:
    """One sentence names it and the ones that there are."""
    result = CliRunner().invoke(main, ["simulate", "--features", "holidays"])
    assert result.exit_code == 2
    assert "--features has no holidays: write all, none, or some of transfers, requeues," in result.output
