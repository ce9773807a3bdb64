"""`answerable standards generate`: for who deploys, without a checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

import click.testing
import pytest

from stream.cli import main

DEPLOY = Path(__file__).parents[2] / "deploy"


def run(*arguments: str) -> click.testing.Result:
    """Run the command."""
    return click.testing.CliRunner(env={"ANSWERABLE_CONFIG": ""}).invoke(main, ["standards", "generate", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a centre and its standards only."""
    for name in ("centre.yaml", "standards.yaml"):
        shutil.copy(DEPLOY / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rules_and_runbooks_are_made_beside_the_standards_and_held_to_them(folder: Path) -> None:
    """First stale, then written, then as declared; a rule that somebody edits is found, a runbook is its people's."""
    stale = run("--check", "--deploy", str(folder))
    assert (1, False) == (stale.exit_code, (folder / "prometheus").exists())
    assert 0 == run("--deploy", str(folder)).exit_code
    assert (DEPLOY / "prometheus/rules/standards.yml").read_text() == (folder / "prometheus/rules/standards.yml").read_text()
    (folder / "runbooks" / "queueblind.md").write_text("Call the duty manager.")
    assert (0, "Everything is as the declarations say.\n") == ((fresh := run("--check", "--deploy", str(folder))).exit_code, fresh.output)
    rules = folder / "prometheus/rules/pipeline.yml"
    rules.write_text(rules.read_text().replace("50000", "60000"))
    found = run("--check", "--deploy", str(folder))
    assert (1, f"{rules} is stale: run `answerable standards generate` and commit it.\n") == (found.exit_code, found.output)


def test_a_new_queue_makes_the_rules_stale(folder: Path) -> None:
    """Nobody would hear that it is blind."""
    run("--deploy", str(folder))
    centre = folder / "centre.yaml"
    centre.write_text(centre.read_text().replace("queues:", "queues:\n  returns: { channels: [call] }", 1))
    found = run("--check", "--deploy", str(folder))
    assert (1, f"{folder / 'prometheus/rules/recording.yml'} is stale: run `answerable standards generate` and commit it.\n") == (
        found.exit_code,
        found.output,
    )


def test_dashboards_of_other_limits_are_named_with_what_to_do(folder: Path) -> None:
    """Their colours would be those of limits that nobody declares any more: only those that show the limit, and no check passes."""
    boards = folder / "grafana" / "dashboards"
    shutil.copytree(DEPLOY / "grafana" / "dashboards", boards)
    run("--deploy", str(folder))
    assert "Everything is as the declarations say.\n" == run("--check", "--deploy", str(folder)).output
    standards = folder / "standards.yaml"
    standards.write_text(standards.read_text().replace("at_most: 15\n", "at_most: 14\n", 1))
    made = run("--deploy", str(folder))
    found = run("--check", "--deploy", str(folder))
    anew = f"make it anew in a checkout of this project, by `make setup` and `.venv/bin/python -m tools.dashboards --deploy {folder}`"
    expected = [
        f"{boards / name} shows other limits than the standards: {anew}."
        for name in ("answerable-wallboard.json", "answerable-queues.json")
    ]
    assert (0, expected) == (made.exit_code, [line for line in made.output.splitlines() if not line.startswith("wrote ")])
    assert (1, expected) == (found.exit_code, found.output.splitlines())


def test_a_folder_without_declarations_is_wrong_use(tmp_path: Path) -> None:
    """The sentence says what is missing."""
    found = run("--deploy", str(tmp_path))
    assert 2 == found.exit_code
    assert f"There is no {tmp_path / 'centre.yaml'}: write it, or name the folder of both files with --deploy." in found.output
