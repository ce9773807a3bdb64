"""The peers in Python: each in an environment of its own in the cache, with pinned versions, a process for each worker."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.engines.engine import Absent, Child, Engine, Job, Run
from stream.embedded.jars import cache_directory
from stream.embedded.ports import free_ports

PEERS: Final = Path(__file__).parent.parent / "peers"
NAMED: Final = {"quix": "quixstreams", "bytewax": "bytewax", "faust": "faust-streaming"}


class Peer(Engine):
    """Quix Streams, Bytewax or Faust."""

    def __init__(self, name: str, title: str, workers: int, share: float) -> None:
        """`name`: of its folder below peers/."""
        self.name = name
        self.title = f"{title}, {workers} process{'' if workers == 1 else 'es'}"
        self.workers = workers
        self.share = share
        # Faust would join its group anew when the topic is there, and then lose what it had read already.
        self.exchange = "facts" if name == "faust" else None

    def prepare(self) -> dict[str, str]:
        """Make its environment, once for each state of its requirements."""
        requirements = PEERS / self.name / "requirements.txt"
        place = self._place()
        if not (place / "ready").exists():
            shutil.rmtree(place, ignore_errors=True)
            make = [sys.executable, "-m", "venv", str(place)]
            install = [str(place / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
            for command in (make, install):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
                    raise Absent(f"{self.name} cannot be installed on Python {sys.version.split()[0]}: {said[-1]}")
            (place / "ready").touch()
        pinned = dict(line.strip().split("==") for line in requirements.read_text().splitlines() if "==" in line)
        return {NAMED[self.name]: pinned[NAMED[self.name]]}

    def start(self, job: Job) -> Run:
        """A process for each worker."""
        python = str(self._place() / "bin" / "python")
        script = str(PEERS / self.name / f"{self.name}_job.py")
        environment = {
            **os.environ,
            "BOOTSTRAP": job.bootstrap,
            "READ": job.filled.topic,
            "WRITE": job.output,
            "APPLICATION": job.name,
            "PARTITIONS": str(job.partitions),
        }
        states = [str(job.place / f"state-{number}") for number in range(self.workers)]
        if self.name == "quix":
            words = (job.bootstrap, job.filled.topic, job.output, job.name, str(job.partitions))
            return Child(job, [[python, script, *words, state] for state in states], job.name, environment)
        if self.name == "faust":
            commands = [["env", f"STATE={state}", python, script, "worker", "-l", "error", "--without-web"] for state in states]
            return Child(job, commands, job.name, environment)
        return Dataflow(job, python, script, self.workers, environment)

    def _place(self) -> Path:
        """Where the environment of these very requirements is kept."""
        state = hashlib.sha256((PEERS / self.name / "requirements.txt").read_bytes() + sys.version.encode()).hexdigest()[:16]
        return cache_directory() / "bench" / f"{self.name}-{state}"


class Dataflow(Child):
    """Bytewax: it keeps its place in its own recovery store and commits to no group, so it counts what it has read."""

    def __init__(self, job: Job, python: str, script: str, workers: int, environment: dict[str, str]) -> None:
        """Make the recovery store and start a cluster of processes."""
        store, self._counts = job.place / "recovery", job.place / "counts"
        store.mkdir()
        self._counts.mkdir()
        subprocess.run([python, "-m", "bytewax.recovery", store, str(workers)], check=True, capture_output=True)
        addresses = ";".join(f"127.0.0.1:{port}" for port in free_ports(workers))
        options = ["-a", addresses, "-r", str(store), "-s", "1", "-b", "0"]
        commands = [[python, "-m", "bytewax.run", f"{Path(script).stem}:flow", "-i", str(number), *options] for number in range(workers)]
        super().__init__(job, commands, None, {**environment, "PYTHONPATH": str(Path(script).parent), "COUNTS": str(self._counts)})

    def progress(self) -> int:
        """See `Run`."""
        return sum(struct.unpack("<q", file.read_bytes())[0] for file in self._counts.glob("*.count"))
