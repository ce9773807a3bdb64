"""`answerable standards` says what is promised, or what to write instead."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.core.events import Event
from stream.wire.codec import to_json_line

ROOT = Path(__file__).parents[2]
CENTRE = "version: 1\ntime_zone: Europe/Berlin\nqueues: {billing: {channels: [call]}}\ngroups: [vip]\n"
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
        (
            ("try", "missing.yaml", "--on", "missing.jsonl", "--picture", "/nowhere/at-all/x.svg"),
            "Error: There is no directory /nowhere/at-all: make it, or choose another file for --picture.\n",
        ),
        (("try", "missing.yaml", "--on", "missing.jsonl", "--picture", "/"), "Error: / is a directory: name a file in it for --picture.\n"),
        (("check", "missing.yaml"), "Error: There is no file missing.yaml: check the name, or write it first.\n"),
        (
            ("check", "--centre", "deploy/no.yaml"),
            "Error: There is no file deploy/no.yaml: name yours (--centre, --standards), go to the checkout, or write it first.\n",
        ),
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


def events_of(folder: Path, *calls: tuple[str, int, int]) -> Path:
    """Calls as (id, second of the day at which it is offered, wait in seconds), on a Monday."""
    begin = 1_772_409_600
    path = folder / "day.jsonl"
    with path.open("wb") as file:
        for contact, second, wait in calls:
            for kind, when in (("offered", second), ("answered", second + wait)):
                event = Event(
                    (begin + when) * 1000,
                    f"contact.{kind}",
                    contact,
                    f"{contact}-{kind}",
                    {"contact_id": contact, "queue": "billing", "channel": "call"},
                )
                file.write(to_json_line(event, "test"))
    return path


NOISY = """version: 1
alert_budget: 1
standards:
  - {name: nobody-waits, title: Nobody waits, form: level, measure: waiting, at_most: 0, cadence: page, owner: ops, grace: 0s}
"""


def test_a_file_is_tried_on_past_events(tmp_path: Path) -> None:
    """Three pages in one shift where one is borne: the table, the comparison, the warning and the picture say so; it ends 0."""
    (tmp_path / "noisy.yaml").write_text(NOISY, encoding="utf-8")
    events = events_of(tmp_path, ("a", 36_000, 20), ("b", 37_000, 20), ("c", 38_000, 20))
    drawn = tmp_path / "try.svg"
    result = run(tmp_path, "try", str(tmp_path / "noisy.yaml"), "--on", str(events), "--picture", str(drawn))
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line.strip()}
    assert (0, ["3", "-", "1", "1", "min", "-", "3", "-"]) == (result.exit_code, rows["nobody-waits"])
    assert (["-", "0"], ["ops", "1", "3", "0", "3", "0", "3", "0"]) == (rows["calls-answered"][:2], rows["08-16"])
    assert [
        "ops would have been paged 3 times in the shift 08-16 of 2026-03-02; 1 are borne.",
        "The noisiest is nobody-waits (channel=call, queue=billing) with 3 pages: ask for less, hold longer, or make it a ticket.",
    ] == result.stderr.splitlines()
    assert drawn.read_text(encoding="utf-8").startswith("<svg")


def test_a_trial_is_json_for_machines(tmp_path: Path) -> None:
    """The same figures; nobody is paged by the current file on its own."""
    events = events_of(tmp_path, ("a", 36_000, 20))
    result = run(tmp_path, "try", str(tmp_path / "s.yaml"), "--on", str(events), "--report", "json")
    made = orjson.loads(result.stdout)
    assert (0, 2, [], None) == (result.exit_code, made["events"], made["over_budget"], made["noisiest"])
    assert ["calls-answered", "queue-length"] == [entry["standard"] for entry in made["standards"]]


def test_a_trial_shows_on_a_terminal_how_far_it_is(tmp_path: Path) -> None:
    """Both files are replayed, each with a bar of its own."""
    run(tmp_path, "check")  # which writes the files
    (tmp_path / "noisy.yaml").write_text(NOISY, encoding="utf-8")
    on = ["--on", str(events_of(tmp_path, ("a", 36_000, 20))), "--centre", str(tmp_path / "c.yaml")]
    command = [sys.executable, "-m", "stream", "standards", "try", str(tmp_path / "noisy.yaml"), *on, "--against", str(tmp_path / "s.yaml")]
    seen, shown = os.openpty()
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=shown, timeout=120)
    os.close(shown)
    lines = os.read(seen, 100_000).decode()
    os.close(seen)
    assert ["Trying noisy.yaml", "Trying s.yaml"] == re.findall(r"(Trying \S+)  \[#+\]  100%", lines)


UNHEARD = """version: 1
standards:
  - {name: staffed, title: Somebody is there, form: level, measure: staffed, at_least: 1, per: [queue], grace: 0s}
  - {name: nobody-waits, title: Nobody waits, form: level, measure: waiting, at_most: 5, grace: 0s}
"""


def test_what_was_never_judged_is_told_from_what_was_kept(tmp_path: Path) -> None:
    """Nobody said who is logged in: the table says so in words, the JSON in a field; 0 breaches are of what was looked at."""
    (tmp_path / "unheard.yaml").write_text(UNHEARD, encoding="utf-8")
    events = events_of(tmp_path, ("a", 36_000, 20))
    command = ("try", str(tmp_path / "unheard.yaml"), "--on", str(events), "--against", str(tmp_path / "unheard.yaml"))
    said = run(tmp_path, *command).stdout
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.strip()}
    assert ["never", "judged", "never", "judged", "-", "-", "-", "-", "-"] == next(
        line.split()[1:] for line in said.splitlines() if line.startswith("staffed  ")
    )
    assert ["0", "0", "0", "0", "s", "0", "s", "0", "0"] == rows["nobody-waits"]
    assert "staffed was never judged on these events: nothing was there to judge, or only while it was closed." in said
    made = orjson.loads(run(tmp_path, *command, "--report", "json").stdout)
    assert [False, True] == [entry["tried"]["judged"] for entry in made["standards"]]


REPORTED = """version: 1
standards:
  - {name: load, title: Not more than ten, form: ratio, measure: offered, at_most: 10, calendar: day, per: [], severity: info}
"""


def test_a_day_that_is_not_over_is_not_judged_and_that_is_said(tmp_path: Path) -> None:
    """The events end at ten in the morning: that nothing was there to judge, or only while it was closed, would be wrong."""
    (tmp_path / "reported.yaml").write_text(REPORTED, encoding="utf-8")
    command = ("try", str(tmp_path / "reported.yaml"), "--on", str(events_of(tmp_path, ("a", 36_000, 20))))
    why = "a day is judged when it is over, and none was when the events ended"
    assert f"load was never judged on these events: {why}." in run(tmp_path, *command).stdout.splitlines()
    made = orjson.loads(run(tmp_path, *command, "--report", "json").stdout)
    assert (False, why) == (made["standards"][0]["tried"]["judged"], made["standards"][0]["tried"]["why"])


def test_a_trial_names_the_queues_that_the_centre_does_not_declare(tmp_path: Path) -> None:
    """Their contacts count together, so what is said of them is said of no queue of theirs."""
    (tmp_path / "mine.yaml").write_text(STANDARDS, encoding="utf-8")
    events = events_of(tmp_path, ("a", 36_000, 20))
    events.write_text(events.read_text().replace('"billing"', '"9000"'), encoding="utf-8")
    found = run(tmp_path, "try", str(tmp_path / "mine.yaml"), "--on", str(events))
    assert (0, "The centre does not declare 9000: counted under other.") == (found.exit_code, found.stderr.splitlines()[0])


SHARE = """version: 1
standards:
  - {name: day, title: Most in time, form: ratio, measure: "service_level[strict,120]", at_least: 75%, calendar: day, confidence: 99%}
"""


def test_a_share_of_a_day_says_that_few_contacts_may_be_chance(tmp_path: Path) -> None:
    """Whoever reads 73.6 % below a promise of 75 % finds there why that is no breach, and what to write."""
    lines = run(tmp_path, "explain", "day", standards=SHARE).stdout.splitlines()
    judged = "Judged: when a day is over, and again when what comes late changes its numbers"
    chance = "a breach where chance alone would show so many misses in at most 1 % of cases (confidence: 50% takes the bare number)"
    assert f"{judged}; {chance}." in lines


EVERYTHING = """version: 1
standards:
  - name: calls-answered
    title: Calls are answered
    form: percentage
    measure: service_level
    within: 2m
    late: 5m
    owner: operations
    cadence: page
    targets: [{severity: warning, objective: 92%}, {severity: critical, objective: 90%}]
    overrides: [{where: {group: [vip]}, targets: [{severity: critical, objective: 95%}]}]
  - {name: load, title: A usual load, form: trend, measure: offered, factor: 1.5}
"""


def test_each_promise_under_a_name_is_explained(tmp_path: Path) -> None:
    """Two targets, the limit of single contacts, and what holds for VIP; each with its formula, its sources, its moments and its people."""
    result = run(tmp_path, "explain", "calls-answered", standards=EVERYTHING)
    lines = result.stdout.splitlines()
    sentences = [line for line in lines if line.startswith("Contacts")]
    share = "answered within 2 min, of all contacts (strict), over a rolling 30 min, per queue and channel"
    assert [
        f"Contacts: at least 92 % {share}; warning, page",
        f"Contacts: at least 90 % {share}; critical, page",
        "Contacts: each answered within 5 min or it is late, per queue and channel; warning, page",
        f"Contacts, group vip: at least 95 % {share} and group; critical, page",
        "Contacts, group vip: each answered within 5 min or it is late, per queue and channel and group; critical, page",
    ] == sentences
    assert "Formula: answered within 2 min / answered, abandoned, or still waiting after 2 min, whatever became of them." in lines
    assert "Told: operations, at once, at any time of day (alert StandardCallsAnswered, severity critical)." in lines


def test_a_report_is_explained_by_its_measure(tmp_path: Path) -> None:
    """What is measured, of which facts and events, when it is judged, and that nobody is woken."""
    lines = run(tmp_path, "explain", "load", standards=EVERYTHING).stdout.splitlines()
    assert (
        "Contacts: offered within a factor of 1.5 of its usual, the mean of the last 28 days, in each day, judged when it is over, "
        "per queue and channel; warning, report" in lines
    )
    assert "Comes from: facts offered; events contact.offered, contact.requeued." in lines
    assert "Judged: when a day is over, and again when what comes late changes its numbers." in lines
