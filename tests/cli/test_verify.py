"""`answerable verify` says how far it is, on a terminal and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

STORY = """
from stream.cli.verify import Bars
with Bars(1_000, 3_000) as bars:
    for part, at in (("Replaying", 1_000), ("Replaying", 2_000), ("Playing", 900), ("Playing", 3_500)):
        bars.show(part, at)
"""


def told(terminal: bool) -> str:  # noqa: FBT001 - it is what is compared
    """What stands on stderr after the story, where that is a terminal or a file."""
    ours, theirs = pty.openpty() if terminal else os.pipe()
    with os.fdopen(ours, "rb") as read:
        subprocess.run([sys.executable, "-c", STORY], check=True, timeout=60, stderr=theirs, cwd=Path(__file__).parents[2])
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
