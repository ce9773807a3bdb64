"""Live workers as child processes: started, told apart by number, killed, restarted, stopped; none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from stream.errors import PartMissing

STOP_SECONDS: Final = 15.0
LAST_WORDS: Final = 3


class Worker:
    """One `answerable worker`. Its output goes to `log`; `ready` is set when it says so on its first line."""

    def __init__(self, number: int, environment: Mapping[str, str], log: Path) -> None:
        """`environment`: the settings as ANSWERABLE_* variables."""
        self.number = number
        self.log = log
        self.ready = threading.Event()
        self.address = ""
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        self.ready.clear()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "stream", "worker"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        if self._process.stdout is not None:
            threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    def _listen(self, output: IO[bytes]) -> None:
        with output, self.log.open("ab") as log:
            for line in output:
                log.write(line)
                log.flush()
                if b"http://" in line and not self.ready.is_set():
                    self.address = next(word for word in line.decode().replace('"', " ").split() if word.startswith("http://")).rstrip("/.,")
                    self.ready.set()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self, seconds: float) -> None:
        """Wait for its word; raises PartMissing with its last lines when it ends instead."""
        for _ in range(int(seconds * 20)):
            if self.ready.wait(0.05):
                return
            self.check()
        raise PartMissing(f"Worker {self.number} was not ready after {seconds:.0f} s: see {self.log}.")

    def check(self) -> None:
        """Raise PartMissing when it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            words = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()][-LAST_WORDS:]
            raise PartMissing(f"Worker {self.number} ended with {self._process.returncode}: {' | '.join(words)}")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it cleanly; at once where it does not listen."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
