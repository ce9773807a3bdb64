"""`answerable replay` reports what files say, and says what it left out."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.windows import DAYS_28, NAMES
from stream.intake.files import read_events
from stream.replay.driver import replay
from stream.replay.report import report

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "sources" / "call_log"
PBX = ("--source", "call-log", "--mapping", str(SAMPLES / "pbx.mapping.yaml"))
CALLS = SAMPLES / "pbx.csv"


def run(*arguments: str) -> Result:
    """Run the command as a shell would."""
    return CliRunner().invoke(main, ["replay", *arguments])


def offered(report: str | bytes) -> int:
    """The contacts offered to the whole centre."""
    return int(orjson.loads(report)["scopes"][0]["measures"]["offered"])


def test_lines_that_are_no_events_are_counted_among_all_lines() -> None:
    """Not among events, of which a line can make several; the names of the columns are no line of them."""
    found = run("--source", "call-log", "--mapping", str(SAMPLES / "durations.mapping.yaml"), str(SAMPLES / "durations.csv"))
    assert (1, "Error: 2 of 4 lines are no events (see above); the report is of the others.") == (
        found.exit_code,
        found.stderr.splitlines()[-1],
    )


@pytest.mark.parametrize(
    ("text", "more", "refusal"),
    [
        ("", (), "There are no events in FILE: check the name, --source and --mapping."),
        (CALLS.read_text().splitlines()[0], (), "There are no events in FILE: check the name, --source and --mapping."),
        (CALLS.read_text(), ("--until", "2020-01-01"), "There are no events up to 2020-01-01 in FILE: write a later --until."),
    ],
    ids=["empty", "only a header", "until before the first"],
)
def test_without_events_there_is_no_report(tmp_path: Path, text: str, more: tuple[str, ...], refusal: str) -> None:
    """An empty table would look like a quiet day; it ends 1 with a sentence instead."""
    path = tmp_path / "calls.csv"
    path.write_text(text, encoding="utf-8")
    found = run(*PBX, str(path), *more)
    assert (1, "", f"Error: {refusal}\n".replace("FILE", str(path))) == (found.exit_code, found.stdout, found.stderr)


def test_queues_that_the_centre_does_not_declare_are_named(tmp_path: Path) -> None:
    """They count under other, and whoever misspelt a queue is told so."""
    centre = tmp_path / "centre.yaml"
    centre.write_text("version: 1\ntime_zone: Europe/Berlin\nqueues: {sales: {channels: [call]}}\n", encoding="utf-8")
    found = run(*PBX, str(CALLS), "--centre", str(centre))
    assert (0, "The centre does not declare support: counted under other.\n") == (found.exit_code, found.stderr)


@pytest.mark.parametrize("form", ["table", "json", "jsonl"])
def test_a_replay_without_a_centre_says_how_queues_are_taken(form: str) -> None:
    """In one line beside the report, whatever its form, so that nobody takes them for those of the centre's file."""
    found = run(*PBX, str(CALLS), "--report", form)
    said = "No --centre was given: queues are taken as they come, always open (--centre deploy/centre.yaml holds them to yours).\n"
    assert (0, said, False) == (found.exit_code, found.stderr, "--centre" in found.stdout)


def test_stdin_is_read() -> None:
    """`-` takes what another program writes."""
    command = [sys.executable, "-m", "stream", "replay", *PBX, "-", "--report", "json"]
    made = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, timeout=60, input=CALLS.read_bytes())
    assert offered(made.stdout) == offered(run(*PBX, str(CALLS), "--report", "json").stdout) > 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("arguments", [("replay", *PBX, str(CALLS)), ("--help",)], ids=["a report", "the help"])
def test_a_full_disk_is_one_sentence(arguments: tuple[str, ...]) -> None:
    """No traceback, neither at the write nor at the end of the program."""
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "stream", *arguments]
        made = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, timeout=60)
    said = b"Error: There is no room left where the output or the temporary files go: make room, and call again.\n"
    assert (3, said) == (made.returncode, made.stderr)


STANDARDS = """version: 1
standards:
  - {name: short-queue, title: Nobody waits, form: level, measure: longest_wait, at_most: 10s, per: [queue], grace: 0s}
"""


def test_the_table_says_when_a_standard_was_broken_last(tmp_path: Path) -> None:
    """The start of the last breach stands beside their number."""
    path = tmp_path / "standards.yaml"
    path.write_text(STANDARDS, encoding="utf-8")
    table = run(*PBX, str(CALLS), "--standards", str(path)).stdout.splitlines()
    verdicts = table[table.index("") + 1 :]
    assert [["breaches", "last", "breach"], ["2", "2026-03-02T07:10:10Z"]] == [verdicts[0].split()[-3:], verdicts[1].split()[-2:]]


@pytest.mark.parametrize("window", [None, *NAMES])
def test_the_report_is_that_of_a_replay_that_keeps_every_window(tmp_path: Path, window: str | None) -> None:
    """The command folds no window that its report does not show; figures and verdicts are the same to the byte."""
    day, deploy = tmp_path / "day.jsonl", ROOT / "deploy"
    declared = (deploy / "centre.yaml", deploy / "standards.yaml")
    simulated = CliRunner().invoke(main, ["simulate", "--scale", "0.05", "--centre", str(declared[0]), "--events", str(day)])
    assert 0 == simulated.exit_code
    centre = read_centre(declared[0])
    noon = int(datetime(2026, 3, 2, 12, tzinfo=centre.zone).timestamp() * 1000)
    with read_events("events", None, [day]) as events:
        whole = report(replay(events, centre, read_standards(declared[1], centre), until=noon), window)
    shown = () if window is None else ("--window", window)
    files = ("--centre", str(declared[0]), "--standards", str(declared[1]))
    found = run("--source", "events", str(day), *files, "--until", "2026-03-02T12:00", "--report", "json", *shown)
    assert bool(whole["scopes"]) == (window != DAYS_28)  # no day is closed yet at noon of the first
    assert orjson.dumps(whole) == found.stdout_bytes.rstrip()


CENTRE = """version: 1
time_zone: Europe/Berlin
queues: {sales: {channels: [call], team: accounts}, support: {channels: [call], team: technical}}
"""


def centre_with(folder: Path, more: str = "") -> str:
    """A centre of two queues, each of a team."""
    path = folder / "centre.yaml"
    path.write_text(CENTRE + more, encoding="utf-8")
    return str(path)


def test_the_table_names_every_scope(tmp_path: Path) -> None:
    """A team's figures are not those of the whole."""
    found = run(*PBX, str(CALLS), "--centre", centre_with(tmp_path))
    scopes = [line.split()[0] for line in found.stdout.splitlines()[1:]]
    assert ["all", "channel=call", "queue=sales", "queue=support", "team=accounts", "team=technical"] == scopes[:6]


LEFT = """\
{"specversion":"1.0","id":"1","source":"pbx","type":"cc.contact.offered.v1","time":"2026-03-02T09:00:20Z","subject":"a",\
"data":{"contact_id":"a","channel":"call","queue":"sales"}}
{"specversion":"1.0","id":"2","source":"pbx","type":"cc.contact.flowed_out.v1","time":"2026-03-02T09:00:45Z","subject":"a",\
"data":{"contact_id":"a","channel":"call","queue":"sales"}}
"""


def test_who_left_for_another_place_has_a_column_and_a_rolling_window_its_second(tmp_path: Path) -> None:
    """Or those offered would be more than all that the table shows; where nobody did there is none."""
    path = tmp_path / "left.jsonl"
    path.write_text(LEFT, encoding="utf-8")
    header, row, *_ = run("--source", "events", str(path), "--window", "5m").stdout.splitlines()
    assert ("flowed out" in header, "lost" in header, "callback" in header) == (True, False, False)
    assert row.split()[0] == "2026-03-02T08:55:50"


def test_names_are_shown_as_people_wrote_them(tmp_path: Path) -> None:
    """No sign of a name is written as %20, in the figures and in the verdicts."""
    path = tmp_path / "events.jsonl"
    offered = {"contact_id": "c1", "queue": "Kundendienst Süd", "channel": "call"}
    event = {"specversion": "1.0", "id": "1", "source": "test", "type": "cc.contact.offered.v1", "subject": "c1"}
    path.write_bytes(orjson.dumps({**event, "time": "2026-03-02T09:00:00Z", "data": offered}))
    found = run("--source", "events", str(path))
    assert found.stdout.count("queue=Kundendienst Süd") >= 2
    assert "%" not in found.stdout.replace(" % ", "")


def test_a_verdict_names_its_scope(tmp_path: Path) -> None:
    """A promise of a team is not one of the whole."""
    standards = tmp_path / "standards.yaml"
    promise = "{name: few, title: Few wait, form: level, measure: waiting, at_most: 15, per: [team]}"
    standards.write_text(f"version: 1\nstandards: [{promise}]\n", encoding="utf-8")
    found = run(*PBX, str(CALLS), "--centre", centre_with(tmp_path), "--standards", str(standards))
    verdicts = [line.split()[1] for line in found.stdout.split("\n\n")[1].splitlines()[1:]]
    assert ["team=accounts", "team=technical"] == verdicts


@pytest.mark.parametrize(
    ("kept", "header"),
    [
        ("[answered, waiting]", "scope answered waiting"),
        ("[service_level]", "scope strict 20 s strict 60 s strict 120 s"),
        ("[]", "scope"),
    ],
)
def test_what_is_not_kept_has_no_column(tmp_path: Path, kept: str, header: str) -> None:
    """The table shows what the centre asks for."""
    found = run(*PBX, str(CALLS), "--centre", centre_with(tmp_path, f"kept: {{measures: {kept}}}\n"))
    assert (0, header) == (found.exit_code, " ".join(found.stdout.splitlines()[0].split()))


def test_a_window_that_is_not_kept_is_refused(tmp_path: Path) -> None:
    """An empty table would look like days without contacts."""
    centre = centre_with(tmp_path, "kept: {windows: [30m]}\n")
    found = run(*PBX, str(CALLS), "--centre", centre, "--window", "day")
    refusal = f"Error: The centre does not keep the window day: add it to kept.windows of {centre}.\n"
    assert (2, "", refusal) == (found.exit_code, found.stdout, found.stderr)


def test_a_window_with_nothing_in_it_says_so(tmp_path: Path) -> None:
    """A header alone would look like a failure of the program."""
    of_days = run(*PBX, str(CALLS), "--window", "28d")
    sentence = "No day is over at the last event: leave --window out for the figures so far, or write a later --until.\n"
    assert (0, 1, sentence) == (of_days.exit_code, len(of_days.stdout.splitlines()), of_days.stderr)
    later = run(*PBX, str(CALLS), "--window", "5m", "--until", "2026-03-02T20:00")
    sentence = "Nothing was counted in the 5m up to 2026-03-02T20:00: write another --until, or leave --window out.\n"
    assert (0, 1, sentence) == (later.exit_code, len(later.stdout.splitlines()), later.stderr)


def test_a_moment_that_is_none_is_refused_before_anything_is_read() -> None:
    """The file is not even looked for."""
    found = run(*PBX, "missing.csv", "--until", "gestern")
    refusal = "'gestern' is no time: write it like 2026-03-02T12:00 or 2026-03-02T11:00:00Z"
    assert (2, f"Error: Invalid value for --until: {refusal}") == (found.exit_code, found.stderr.splitlines()[-1])


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59", "0001-01-01", "0001-01-01T00:00:00+14:00", "3000-01-02"])
def test_a_moment_of_no_calendar_is_refused(until: str) -> None:
    """Days around it could not be named."""
    found = run(*PBX, str(CALLS), "--until", until)
    refusal = f"'{until}' lies outside of the years 1900 to 2999: write it like 2026-03-02T12:00 or 2026-03-02T11:00:00Z"
    assert (2, f"Error: Invalid value for --until: {refusal}") == (found.exit_code, found.stderr.splitlines()[-1])
