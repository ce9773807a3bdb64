"""One Kafka broker as a child process: `with Broker(directory) as broker: ... broker.bootstrap`.

The directory holds all of it: `data`, the two settings files, `broker.log`, and `broker.json` with pid and port while it runs,
so that another process (`answerable broker stop`) finds and ends it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.embedded import configuration, jars, memory, ports
from stream.embedded.java import find_java
from stream.errors import PartMissing, WrongUse
from stream.guard import Guard

CLUSTER = "YW5zd2VyYWJsZS1rYWZrYQ"
JVM = (
    "-Xmx512m",
    # A small server that lives for minutes: quick to start beats fastest in the end.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--enable-native-access=ALL-UNNAMED",
    "-Djava.awt.headless=true",
)
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ATTEMPTS = 3

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the part that is done and the whole (both 0 where there is no measure)."""


@dataclass(frozen=True, slots=True)
class Running:
    """A broker that runs: its process, when that was made (a pid alone may be somebody else's by now), its port."""

    pid: int
    created: float
    port: int

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"{ports.HOST}:{self.port}"


def running_in(directory: Path) -> Running | None:
    """The broker that runs with this directory, None if none does."""
    try:
        found = Running(**json.loads((directory / "broker.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return found if _is_alive(found) else None


class Broker:
    """A broker of our own. `port` 0 takes a free one, kept over a kill and a second start of the same object."""

    def __init__(self, directory: Path, port: int = 0, *, progress: Progress | None = None) -> None:
        """Nothing runs yet: see `start`, or use it in a `with`."""
        self.directory = directory.absolute()
        self.port = port
        self._fixed = port != 0
        self._progress: Progress = progress or (lambda _what, _done, _whole: None)
        self._child: subprocess.Popen[bytes] | None = None
        self._guarded = False
        self._guard: Guard | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"{ports.HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process, None when none runs."""
        found = running_in(self.directory)
        return found.pid if found else None

    @property
    def log(self) -> Path:
        """Where the broker writes what went wrong."""
        return self.directory / "broker.log"

    def start(self) -> None:
        """Fetch what is missing, format the data directory once, start, and wait until it answers."""
        already = running_in(self.directory)
        if already is not None:
            raise WrongUse(f"A broker already runs in {self.directory} at {already.bootstrap}: stop it first, or choose another directory.")
        java = find_java()
        memory.require(memory.available())
        paths = jars.class_path(jars.locked(), jars.cache_directory(), lambda done, whole: self._progress("Fetching Kafka", done, whole))
        command = [str(java.path), *JVM, f"-Dlog4j2.configurationFile={self.directory / 'log4j2.properties'}"]
        command += ["-cp", os.pathsep.join(map(str, paths))]
        for attempt in range(1, ATTEMPTS + 1):
            self._configure()
            self._format(command)
            self._spawn(command)
            try:
                self._wait_until_it_answers()
            except PartMissing:
                self.kill()
                # Between choosing a free port and listening on it another program may have taken it.
                if attempt == ATTEMPTS or self._fixed or "in use" not in self._last_words():
                    raise
                self.port = 0
            except BaseException:
                self.kill()
                raise
            else:
                return

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """End it cleanly (SIGTERM) and wait; one that does not end within the timeout is killed."""
        self._end(signal.SIGTERM, timeout)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL, STOP_SECONDS)

    def __enter__(self) -> Self:
        """Start; from now on the broker does not outlive this process, however that ends."""
        self._guarded = True
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop, whatever happened."""
        self.stop()

    def _configure(self) -> None:
        """Check or choose the ports and write the settings."""
        if self.port:
            ports.require_free(self.port)
            (controller,) = ports.free_ports(1)
        else:
            self.port, controller = ports.free_ports(2)
        settings = {
            "server.properties": configuration.server_properties(self.directory / "data", self.port, controller),
            "log4j2.properties": configuration.log_properties(self.log),
        }
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            for name, text in settings.items():
                (self.directory / name).write_text(text)
        except OSError as refused:
            raise PartMissing(
                f"The embedded Kafka cannot write to {self.directory} ({refused.strerror}): choose another directory, or make it writable."
            ) from refused

    def _format(self, command: list[str]) -> None:
        """Make the data directory a Kafka one, the first time."""
        if (self.directory / "data" / "meta.properties").exists():
            return
        self._progress("Formatting the data directory", 0, 0)
        call = [*command, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(self.directory / "server.properties")]
        # A session of its own, as for Kafka itself: a Ctrl-C for us is no failure of the formatting.
        done = subprocess.run(call, capture_output=True, text=True, check=False, start_new_session=True)  # noqa: S603 - our own command
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise PartMissing(f"Kafka could not format {self.directory / 'data'}: {said[-1] if said else f'exit code {done.returncode}'}")

    def _spawn(self, command: list[str]) -> None:
        """Start the process in a session of its own, so that a Ctrl-C for us reaches it only through `stop`."""
        import psutil  # noqa: PLC0415 - an optional package

        self.log.unlink(missing_ok=True)
        with (self.directory / "console.log").open("wb") as console:
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                [*command, "kafka.Kafka", str(self.directory / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                start_new_session=True,
            )
        if self._guarded:
            self._guard = Guard(self._child.pid)
        found = Running(self._child.pid, psutil.Process(self._child.pid).create_time(), self.port)
        (self.directory / "broker.json").write_text(json.dumps(asdict(found)))

    def _wait_until_it_answers(self) -> None:
        """Wait for the first answer; say where to look when it does not come."""
        started = time.monotonic()
        while time.monotonic() - started < START_SECONDS:
            code = self._child.poll() if self._child else 0
            if code is not None:
                if code in {-signal.SIGKILL, 128 + signal.SIGKILL}:
                    raise PartMissing(
                        "The embedded Kafka was killed while it started: most likely memory ran out; end other programs and start again."
                    )
                raise PartMissing(f"The embedded Kafka ended while it started: {self._last_words()} See {self._where()}.")
            if ports.answers(self.port):
                return
            self._progress("Starting Kafka", 0, 0)
            time.sleep(0.05)
        raise PartMissing(f"The embedded Kafka did not answer within {START_SECONDS:.0f} s: see {self._where()}.")

    def _where(self) -> Path:
        """The file that tells more: the log, or the console where there is no log yet."""
        return self.log if self.log.exists() and self.log.stat().st_size else self.directory / "console.log"

    def _last_words(self) -> str:
        """The last error in the log as a sentence."""
        try:
            lines = self._where().read_text(errors="replace").splitlines()
        except OSError:
            return ""
        errors = [line for line in lines if " ERROR " in line or "Exception" in line or "rror" in line]
        return f"{errors[-1].strip()[:300].rstrip('.')}." if errors else ""

    def _end(self, how: signal.Signals, timeout: float) -> None:
        """Signal it and wait until it is gone."""
        if self._guard is not None:
            self._guard.release()
            self._guard = None
        found = running_in(self.directory)
        if found is not None:
            os.kill(found.pid, how)
            if not self._gone(found, timeout):
                os.kill(found.pid, signal.SIGKILL)
                self._gone(found, STOP_SECONDS)
        if self._child is not None:
            self._child.wait(STOP_SECONDS)
            self._child = None
        (self.directory / "broker.json").unlink(missing_ok=True)

    def _gone(self, found: Running, timeout: float) -> bool:
        """Whether the process ended within the timeout."""
        started = time.monotonic()
        while time.monotonic() - started < timeout:
            if self._child is not None:
                self._child.poll()
            if not _is_alive(found):
                return True
            self._progress("Stopping Kafka", 0, 0)
            time.sleep(0.05)
        return False


def _is_alive(found: Running) -> bool:
    """Whether that very process still runs."""
    import psutil  # noqa: PLC0415 - an optional package

    try:
        process = psutil.Process(found.pid)
        same = abs(process.create_time() - found.created) < 1
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
