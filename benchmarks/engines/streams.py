"""Kafka Streams: built by Maven into the cache, run by the system's Java, a thread per core."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.engines.engine import Absent, Child, Engine, Job, Run
from stream.embedded.jars import cache_directory
from stream.embedded.java import find_java

SOURCE: Final = Path(__file__).parent.parent / "peers" / "kafka_streams"
JVM: Final = ("-Xms1g", "-Xmx2g", "-XX:+UseParallelGC")
"""Throughput before pauses, as Java's own guide to collectors advises for few cores, and a heap with room for the cache."""


class KafkaStreams(Engine):
    """Kafka Streams 4.1 with one of its two guarantees."""

    def __init__(self, guarantee: str, threads: int) -> None:
        """`guarantee`: exactly_once_v2 or at_least_once."""
        self.guarantee = guarantee
        self.threads = threads
        self.name = f"streams-{guarantee.replace('_v2', '').replace('_', '-')}"
        self.title = f"Kafka Streams, `{guarantee}`, {threads} threads"

    def prepare(self) -> dict[str, str]:
        """Build it, once for each state of its sources."""
        if shutil.which("javac") is None or shutil.which("mvn") is None:
            raise Absent("Kafka Streams needs a JDK (javac) and Maven (mvn), and this machine has not both.")
        built = _built()
        if not (built / "lib").is_dir():
            done = subprocess.run(
                ["mvn", "-q", "--batch-mode", "package", f"-Dbuilt={built}"],  # noqa: S607 - found on PATH
                cwd=SOURCE,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                shutil.rmtree(built, ignore_errors=True)
                raise Absent(f"Maven could not build Kafka Streams: {done.stdout.strip().splitlines()[:1]}")
        pom = (SOURCE / "pom.xml").read_text()
        return dict(re.findall(r"<artifactId>(kafka-streams|jackson-databind)</artifactId>\s*<version>([^<]+)</version>", pom))

    def start(self, job: Job) -> Run:
        """One JVM."""
        built = _built()
        command: list[str | Path] = [find_java().path, *JVM, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        command += ["-cp", f"{built / 'classes'}{os.pathsep}{built / 'lib'}/*", "bench.Job"]
        command += [job.bootstrap, job.filled.topic, job.output, job.name, str(job.partitions), str(self.threads), self.guarantee]
        return Child(job, [[*command, job.place / "state"]], job.name, os.environ)


def _built() -> Path:
    """Where the build of these very sources is kept."""
    files = sorted([SOURCE / "pom.xml", *SOURCE.glob("src/**/*.java")])
    state = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    return cache_directory() / "bench" / f"kafka-streams-{state}"
