"""`answerable verify` says how far it is, on a terminal and nowhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

STORY = """
from stream.cli.verify import Bars
with Bars(1_000, 3_000) as bars:
    for part, at in (("Replaying", 1_000), ("Replaying", 2_000), ("Playing", 900), ("Playing", 3_500)):
        bars.show(part, at)
"""


SAID = """
from stream.cli.verify import Bars
with Bars(1_000, 3_000) as bars:
    bars.show("Replaying", 2_000)
    bars.say("Starting a broker")
    bars.say("Starting 2 workers")
    bars.show("Playing", 2_900)
"""
FAILED = """
from stream.cli.verify import Bars
try:
    with Bars(1_000, 3_000) as bars:
        bars.show("Playing", 2_000)
        raise ValueError
except ValueError:
    pass
"""


def told(terminal: bool, story: str = STORY) -> str:  # noqa: FBT001 - it is what is compared
    """What stands on stderr after the story, where that is a terminal or a file."""
    ours, theirs = pty.openpty() if terminal else os.pipe()
    with os.fdopen(ours, "rb") as read:
        subprocess.run([sys.executable, "-c", story], check=True, timeout=60, stderr=theirs, cwd=Path(__file__).parents[2])
        said = os.read(ours, 100_000) if terminal else b""
        os.close(theirs)
        return (said if terminal else read.read()).decode()


def test_each_long_part_has_a_bar_of_its_own_on_a_terminal() -> None:
    """It stands at the time that the part has come to, never below nothing or above all; the part before is done."""
    said = told(terminal=True)
    assert [True] * 4 == [f"{share}%" in said.partition(part)[2] for part, share in (
        ("Replaying", 50), ("Replaying", 100), ("Playing", 0), ("Playing", 100))]  # fmt: skip


def test_a_file_gets_no_bar() -> None:
    """Logs of pipelines are read by people, too."""
    assert "%" not in told(terminal=False)


def test_what_is_said_between_two_parts_stands_on_lines_of_its_own_below_a_bar_that_is_done() -> None:
    """A bar that was left open had the next line behind it, and one that ended early looked as if something were missing."""
    said = re.sub(r"\x1b\[\?25[lh]", "", told(terminal=True, story=SAID))  # the cursor is hidden and shown
    lines = [line.rpartition("\r")[2] for line in said.split("\r\n")]
    assert ["Replaying", "Starting a broker ...", "Starting 2 workers ...", "Playing", ""] == [line.partition("  [")[0] for line in lines]
    assert [True, True] == [lines[at].rstrip().endswith("100%") for at in (0, 3)]


def test_the_bar_of_a_part_that_failed_stays_where_it_was() -> None:
    """It says how far it came."""
    said = told(terminal=True, story=FAILED)
    assert (True, False) == ("50%" in said, "100%" in said)
