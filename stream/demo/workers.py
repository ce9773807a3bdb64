"""Live workers as child processes: started, waited for, watched, and ended by their process ids."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from stream.config.settings import PREFIX
from stream.errors import PartMissing

START_SECONDS = 90.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.1
OK = 200


class Worker:
    """One `answerable worker` process."""

    def __init__(self, number: int, port: int, directory: Path, settings: dict[str, str]) -> None:
        """Start it. `settings` by their names; they reach the worker through its environment."""
        self.number = number
        self.port = port
        self.log = directory / f"worker-{number}.log"
        data = directory / f"worker-{number}"
        data.mkdir(parents=True)
        own = {"web_port": str(port), "data_dir": str(data)}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or "CACHE" in name}
        environment |= {f"{PREFIX}{name.upper()}": value for name, value in (settings | own).items()}
        with self.log.open("wb") as log:
            # A session of its own: a Ctrl-C reaches it only through `end`, in its turn.
            self._child = subprocess.Popen(
                [sys.executable, "-m", "stream", "worker"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._child.pid

    @property
    def url(self) -> str:
        """Its pages."""
        return f"http://127.0.0.1:{self.port}"

    def check(self) -> None:
        """Raise PartMissing, with the worker's own last words, where it has ended."""
        code = self._child.poll()
        if code is not None:
            raise PartMissing(f"Worker {self.number} ended by itself (exit code {code}): {self._last_words()}")

    def wait(self, waiting: Callable[[], None]) -> None:
        """Wait until it processes; `waiting` is called meanwhile."""
        until = time.monotonic() + START_SECONDS
        while not self._ready():
            self.check()
            if time.monotonic() > until:
                raise PartMissing(f"Worker {self.number} was not ready within {START_SECONDS:.0f} s: {self._last_words()}")
            waiting()
            time.sleep(POLL_SECONDS)

    def signal_end(self) -> None:
        """Ask it to end."""
        if self._child.poll() is None:
            self._child.terminate()

    def end(self) -> None:
        """Wait until it has ended; one that does not is killed."""
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310 - our own http address
                return bool(answer.status == OK)
        except (URLError, OSError):
            return False

    def _last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].removeprefix("Error: ") if lines else "it said nothing."
