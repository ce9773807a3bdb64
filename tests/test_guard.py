"""What is guarded does not outlive its parent."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil
import pytest

GUARDED = """
import os, signal, subprocess, sys
from stream.guard import Guard
child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, start_new_session=True)
guard = Guard(child.pid)
if sys.argv[1] == "release":
    guard.release()
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("how", "lives"), [("keep", False), ("release", True)])
def test_a_child_ends_with_its_parent_unless_it_is_released(how: str, *, lives: bool) -> None:
    """Even where the parent is killed; a child that was released is nobody's business any more."""
    done = subprocess.run([sys.executable, "-c", GUARDED, how], stdout=subprocess.PIPE, text=True, check=False)
    child = psutil.Process(int(done.stdout))
    _, alive = psutil.wait_procs([child], timeout=1 if lives else 20)
    if alive:
        child.kill()
    assert (-signal.SIGKILL, lives) == (done.returncode, bool(alive))
