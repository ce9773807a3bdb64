"""The real week of a bank's call centre: every figure of the reference, through the command that people use."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "tests" / "sources" / "call_log" / "bank-1999.mapping.yaml"
DAY = 86_400


@pytest.fixture(scope="module")
def week(shared: Path) -> Path:
    """The week's calls."""
    return shared / "data" / "bank-calls-1999-02-01-to-07.tsv"


def differences(shared: Path, week: Path, report: Path, *more: str, by_date: bool = False) -> list[str]:
    """What the reference's own checker says of a report."""
    command = [sys.executable, "-m", "stream", "replay", "--source", "call-log", "--mapping", str(MAPPING), str(week), "--report", "json"]
    made = subprocess.run([*command, *more], check=True, capture_output=True, cwd=ROOT, timeout=120)
    report.write_bytes(made.stdout)
    checker = [sys.executable, str(shared / "data" / "check_report.py"), str(report), *(["--by-date"] if by_date else [])]
    return subprocess.run(checker, check=False, capture_output=True, text=True, timeout=60).stdout.splitlines()


def test_whole_and_by_queue(shared: Path, week: Path, tmp_path: Path) -> None:
    """No figure differs."""
    assert ["every figure equals the reference"] == differences(shared, week, tmp_path / "report.json")


def test_by_date(shared: Path, week: Path, tmp_path: Path) -> None:
    """One figure differs, and there the reference is wrong: see the next test."""
    found = differences(shared, week, tmp_path / "report.json", "--window", "day", by_date=True)
    assert ["990202: max_waiting is 9, not 8"] == found


def seconds(clock: str) -> int:
    """A clock time of the file as seconds of its day."""
    hours, minutes, rest = (int(part) for part in clock.split(":"))
    return hours * 3_600 + minutes * 60 + rest


def most_waiting(week: Path, *, roll: bool) -> dict[str, int]:
    """Most calls in the queue at once, by date, from the rows themselves. `roll`: who leaves after midnight leaves on the next day."""
    changes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    with week.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            entered, left = seconds(row["q_start"]), seconds(row["q_exit"])
            if row["outcome"] == "PHANTOM" or row["q_start"] == "0:00:00" or entered == left:
                continue
            if roll and left < entered - DAY // 2:
                left += DAY
            changes[row["date"]] += [(entered, 1), (left, -1)]
    most = {}
    for date, found in changes.items():
        level = highest = 0
        for _, change in sorted(found):  # at the same second who leaves goes first
            level += change
            highest = max(highest, level)
        most[date] = highest
    return most


def test_the_reference_forgot_to_roll_one_call_over_midnight(week: Path) -> None:
    """On 2 February one call entered the queue at 23:59:26 and left it at 0:00:27.

    Taken as 0:00:27 of the same day, the queue is one short all day long and the maximum is 8; on the next day, where it was,
    the maximum is 9. No other date is touched.
    """
    rolled, forgotten = most_waiting(week, roll=True), most_waiting(week, roll=False)
    assert (9, 8) == (rolled["990202"], forgotten["990202"])
    assert ["990202"] == [date for date in rolled if rolled[date] != forgotten[date]]
