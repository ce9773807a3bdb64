"""A live worker as a child process: started, waited for, watched, killed or ended by its process id, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson

from stream.config.settings import PREFIX
from stream.errors import PartMissing
from stream.guard import Guard

START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.05
READY: Final = b'{"ready":true,'


class WorkerProcess:
    """One `answerable worker`. What it says is appended to `log`; `address` is where its pages are, once it is ready."""

    def __init__(
        self,
        number: int,
        place: Path,
        settings: Mapping[str, str],
        *,
        inherit: bool = False,
        port: int = 0,
        options: Sequence[str] = (),
    ) -> None:
        """It is not started yet; its log and its data go below `place`.

        settings: by their names; they reach the worker through its environment. inherit: whether it takes other settings from
        our own environment too, as secrets of a cluster have to. port: of its pages; 0 takes a free one. options: of its command.
        """
        self.number = number
        self._options = tuple(options)
        self.log = place / f"worker-{number}.log"
        self.address = ""
        own = {"web_port": str(port), "data_dir": str(place / f"worker-{number}")}
        # Caches hold no settings, and make nothing different but the time that it takes.
        inherited = {name: value for name, value in os.environ.items() if inherit or not name.startswith(PREFIX) or "CACHE" in name}
        self._environment = inherited | {f"{PREFIX}{name.upper()}": value for name, value in (dict(settings) | own).items()}
        self._child: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        self._begin = 0

    def start(self) -> None:
        """Start it; what an earlier life of it said stays in the log."""
        with self.log.open("ab") as log:
            self._begin = log.tell()
            # A session of its own: a Ctrl-C reaches it only through `end`, in its turn.
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "stream", "worker", "--json", *self._options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        self._guard = Guard(self._child.pid)

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return None if self._child is None or self._child.poll() is not None else self._child.pid

    def wait(self, waiting: Callable[[], None] | None = None) -> None:
        """Wait until it processes; `waiting` is called meanwhile. Raises PartMissing where it ends instead, or takes too long."""
        until = time.monotonic() + START_SECONDS
        while not self.ready():
            self.check()
            if time.monotonic() > until:
                raise PartMissing(f"Worker {self.number} was not ready within {START_SECONDS:.0f} s: {self.last_words()}")
            if waiting is not None:
                waiting()
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Raise PartMissing, with the worker's own last words, where it has ended by itself."""
        code = None if self._child is None else self._child.poll()
        if code is not None:
            raise PartMissing(f"Worker {self.number} ended by itself (exit code {code}): {self.last_words()}")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._child is not None:
            self._child.kill()
            self.end()

    def signal_end(self) -> None:
        """Ask it to end."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def pause(self) -> None:
        """Let it stand still (SIGSTOP), as a machine without memory or a suspended one would."""
        if self._child is not None:
            self._child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        if self._child is not None:
            self._child.send_signal(signal.SIGCONT)

    def end(self) -> int | None:
        """Wait until it has ended, where it was started; one that does not is killed. Gives the exit code."""
        child, self._child = self._child, None
        if child is None:
            return None
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        finally:
            if self._guard is not None:
                self._guard.release()
                self._guard = None
        return child.returncode

    def ready(self) -> bool:
        """Whether it has written its line of readiness since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._begin)
            said = next((line for line in log if line.startswith(READY) and line.endswith(b"\n")), None)
        if said is not None:
            self.address = orjson.loads(said)["web"]
        return said is not None

    def last_words(self) -> str:
        """The last line that it has written, without the word Error."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].removeprefix("Error: ") if lines else "it said nothing."
