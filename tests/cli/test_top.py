"""`answerable top --once`: the board for pipes, from any worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stream.config.settings import Settings
from tests.live.made_up import Made, busy, served

TOKEN = "a-token-of-these-tests"


def top(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    return subprocess.run(
        [sys.executable, "-m", "stream", "top", *words], capture_output=True, text=True, check=False, timeout=60, env=environment
    )


def test_once_prints_a_row_a_line_with_tabs_between(tmp_path: Path) -> None:
    """Worst first; with the token where the worker asks for it, from a file or the environment."""
    made = Made(Settings(board_token=TOKEN))
    busy(made)
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    with served(made) as url:
        refused = top("--once", "--url", url)
        other = top("--once", "--url", url, ANSWERABLE_BOARD_TOKEN="a-token-of-another-board")
        found = top("--once", "--url", url, ANSWERABLE_BOARD_TOKEN=TOKEN)
        again = top("--once", "--url", url, "--token-file", str(file))
    assert (3, "wants the board's token" in refused.stderr) == (refused.returncode, True)
    said = f"Error: The token is not that of the board at {url.rstrip('/')}: "
    assert (3, True, False) == (other.returncode, other.stderr.startswith(said), "another-board" in other.stderr)
    assert (0, found.stdout) == (again.returncode, again.stdout)
    lines = found.stdout.splitlines()
    assert lines[0].startswith(
        "# 12:00:00, 0 s old | 3 lines in breach, 8 of 10 queues fine, 0 closed | calls and chats waiting 29, longest 6:42 | agents: "
    )
    assert [
        "billing Calls", "53.3 % in time, at least 90 % (+1)", "11:55", "calls 40 % above usual; 6 of 14 paused; 7:10 a call, usual 5:02",
        "16", "6:42", "0", "7", "1", "6", "53.3 %", "53.3 %", "17", "2", "–", "–",
    ] == lines[2].split("\t")  # fmt: skip
    assert len(lines) == 22


def test_where_no_worker_is_it_says_what_to_do() -> None:
    """One sentence, no traceback, and the exit code of a part that is not there; of a wrong address that of wrong use."""
    gone, wrong = top("--once", "--url", "http://127.0.0.1:9"), top("--once", "--url", "board")
    assert (3, 1, 2) == (gone.returncode, gone.stderr.count("\n"), wrong.returncode)
    assert "start one with `answerable worker`" in gone.stderr


def test_without_textual_it_says_how_to_get_it_and_what_goes_without(tmp_path: Path) -> None:
    """An installation without the extra: one sentence where the terminal is asked for; --once needs no Textual."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['textual'] = None  # as if it were not installed\n")
    made = Made(Settings())
    busy(made)
    with served(made) as url:
        terminal = top("--url", url, PYTHONPATH=str(tmp_path))
        table = top("--once", "--url", url, PYTHONPATH=str(tmp_path))
    sentence = "Error: This needs Textual: pip install '.[top]' in the checkout, or take --once for a plain table.\n"
    assert (3, "", sentence) == (terminal.returncode, terminal.stdout, terminal.stderr)
    assert (0, 22) == (table.returncode, len(table.stdout.splitlines()))


def test_a_token_file_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    """It names the file, and why; no number of the system's."""
    refused = top("--once", "--token-file", str(tmp_path / "nofile"))
    why = "cannot be read (No such file or directory): name the file that holds the board's token."
    assert (3, f"Error: The token's file {tmp_path / 'nofile'} {why}\n") == (refused.returncode, refused.stderr)
