"""`answerable broker`, as a person calls it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import psutil

from stream.embedded.broker import running_in


def call(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a call."""
    done = subprocess.run([sys.executable, "-m", "stream", "broker", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_start_status_stop(tmp_path: Path) -> None:
    """Started in one call, it is there for the next ones; a second start says that it runs; a stop leaves no process."""
    where = ("--dir", str(tmp_path))
    none = call("status", *where)
    started = call("start", "--port", "0", *where)
    running = running_in(tmp_path)
    assert running is not None
    seen = [call("status", *where), call("start", *where), call("stop", *where), call("stop", *where)]
    nothing = f"No Kafka runs in {tmp_path}"
    assert (3, "", f"Error: {nothing}: start one with `answerable broker start`.\n") == none
    assert (0, f"Kafka runs in {tmp_path} (process {running.pid}) and answers at {running.bootstrap}\n", "") == started
    assert [
        (0, f"Kafka runs in {tmp_path} (process {running.pid}) at {running.bootstrap}\n", ""),
        (0, f"Kafka already runs in {tmp_path} at {running.bootstrap}\n", ""),
        (0, f"Kafka in {tmp_path} has stopped; its data stay there: delete the directory to free N MB\n", ""),
        (0, f"{nothing}\n", ""),
    ] == [(code, re.sub(r"free [\d,]+ MB", "free N MB", said), wrong) for code, said, wrong in seen]
    assert re.search(r"free [1-9]\d? MB", seen[2][1]), "an empty broker has a few megabytes, though its files say more"
    assert not [each for each in psutil.process_iter(["cmdline"]) if any(str(tmp_path) in word for word in each.info["cmdline"] or ())]
