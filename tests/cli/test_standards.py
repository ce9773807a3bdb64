"""`answerable standards` says what is promised, or what to write instead."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main

ROOT = Path(__file__).parents[2]
CENTRE = "version: 1\ntime_zone: Europe/Berlin\nqueues: {billing: {channels: [call]}}\n"
STANDARDS = """version: 1
standards:
  - {name: calls-answered, title: Calls are answered, form: percentage, measure: service_level, objective: 90%, within: 2m}
  - {name: queue-length, title: Few wait, form: level, measure: waiting, at_most: 15}
"""


def run(folder: Path, *arguments: str, standards: str = STANDARDS) -> Result:
    """Run the command on a centre and standards of their own."""
    (folder / "c.yaml").write_text(CENTRE, encoding="utf-8")
    (folder / "s.yaml").write_text(standards, encoding="utf-8")
    environment = {"ANSWERABLE_CENTRE_FILE": str(folder / "c.yaml"), "ANSWERABLE_STANDARDS_FILE": str(folder / "s.yaml")}
    return CliRunner(env=environment).invoke(main, ["standards", *arguments])


def test_each_standard_is_a_plain_sentence(tmp_path: Path) -> None:
    """Names and sentences, and that all can be used."""
    result = run(tmp_path, "check")
    said = " ".join(result.stdout.split())
    expected = (
        "calls-answered Contacts: at least 90 % answered within 2 min, of all contacts (strict), over a rolling 30 min, "
        "per queue and channel; warning, ticket queue-length Contacts: at most 15 waiting, per queue and channel; warning, ticket "
        f"{tmp_path}/s.yaml: 2 standards, all of them can be used."
    )
    assert (0, expected) == (result.exit_code, said)


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    """Exit code 2, one line on stderr for each mistake; what is right is still said."""
    result = run(tmp_path, "check", standards=STANDARDS.replace("90%", "90").replace("at_most: 15", "at_least: 15"))
    expected = (
        f"Error: {tmp_path}/s.yaml:3: objective cannot be 90: write 90% where you mean percent, or a share between 0 and 1\n"
        f"Error: {tmp_path}/s.yaml:4: waiting is to be kept low: write at_most or below instead of at_least\n"
    )
    assert (2, expected, "") == (result.exit_code, result.stderr, result.stdout)


def test_machines_read_json(tmp_path: Path) -> None:
    """The same as JSON, with what is refused."""
    result = run(tmp_path, "check", "--json", standards=STANDARDS.replace("at_most: 15", "at_most: many"))
    report = orjson.loads(result.stdout)
    refused = [
        {
            "file": f"{tmp_path}/s.yaml",
            "line": 4,
            "problem": "at_most cannot be many: write a number such as 15 or 2.5, never a negative one",
        }
    ]
    assert (2, refused, ["calls-answered"]) == (result.exit_code, report["refused"], [one["name"] for one in report["standards"]])


def test_a_standard_is_explained(tmp_path: Path) -> None:
    """Every value that holds, also those that nobody wrote, and nothing that its form has not."""
    result = run(tmp_path, "explain", "queue-length")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines() if line.startswith("  ")}
    expected = {
        "name": "queue-length",
        "form": "level",
        "measure": "waiting",
        "severity": "warning",
        "cadence": "ticket",
        "per": "queue, channel",
        "op": "<=",
        "limit": "15.0",
        "hold": "0s",
        "clear_hold": "0s",
        "hours": "queue",
        "grace": "15m",
    }
    assert (0, expected) == (result.exit_code, lines)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("explain", "calls-answerd"), "Error: There is no standard calls-answerd: did you mean calls-answered?\n"),
        (("check", "missing.yaml"), "Error: There is no file missing.yaml: check the name, or write it first.\n"),
        (("check", "--centre", "no.yaml"), "Error: There is no file no.yaml: check the name, or write it first.\n"),
    ],
)
def test_wrong_calls_are_one_sentence(tmp_path: Path, arguments: tuple[str, ...], refusal: str) -> None:
    """Exit code 2 and what to do."""
    result = run(tmp_path, *arguments)
    assert (2, refusal) == (result.exit_code, result.stderr)


def test_what_is_shipped_can_be_used() -> None:
    """The files of deploy/ pass their own check."""
    shipped = [str(ROOT / "deploy/standards.yaml"), "--centre", str(ROOT / "deploy/centre.yaml")]
    assert 0 == CliRunner().invoke(main, ["standards", "check", *shipped]).exit_code
