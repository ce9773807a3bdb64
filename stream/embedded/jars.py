"""Kafka's jars: named with their SHA-256 in kafka.lock, fetched once into the user's cache, checked before every start."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from stream.errors import PartMissing, WrongUse, with_extra

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes to do."""

PARALLEL = 6
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Jar:
    """One artefact of the lock."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def line(self) -> str:
        """Its line in the lock."""
        return f"{self.group}:{self.artifact}:{self.version}:{self.size}:{self.sha256}"


def read_lock(text: str) -> tuple[Jar, ...]:
    """The jars that a lock names; lines that begin with # are for people."""
    jars = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            group, artifact, version, size, sha256 = line.split(":")
            jars.append(Jar(group, artifact, version, int(size), sha256))
    return tuple(jars)


def locked() -> tuple[Jar, ...]:
    """The jars of the lock that comes with this package."""
    return read_lock(resources.files("stream.embedded").joinpath("kafka.lock").read_text())


def cache_directory() -> Path:
    """Where jars are kept between runs: $ANSWERABLE_CACHE, else the user's cache directory."""
    if chosen := os.environ.get("ANSWERABLE_CACHE"):
        return Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "answerable"


def class_path(jars: tuple[Jar, ...], cache: Path, progress: Progress | None = None) -> list[Path]:
    """The paths of all jars, each with the bytes that the lock says; those that are missing or spoilt are fetched."""
    directory = cache / "jars"
    paths = {jar: directory / f"{jar.sha256[:16]}-{jar.name}" for jar in jars}
    wanted = [jar for jar, path in paths.items() if not (path.is_file() and _sha256(path) == jar.sha256)]
    if wanted:
        total, done = sum(jar.size for jar in wanted), 0
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as scratch:
                for jar, fetched in _fetch_all(wanted, Path(scratch)):
                    # Moved only when checked, so that what stands in the cache is whole even when two fetch at once.
                    fetched.replace(paths[jar])
                    done += jar.size
                    if progress is not None:
                        progress(done, total)
        except OSError as refused:
            raise PartMissing(
                f"The embedded Kafka's files cannot be kept in {cache} ({refused.strerror}): "
                "set ANSWERABLE_CACHE to a directory that can be written to."
            ) from refused
    return list(paths.values())


def _fetch_all(jars: list[Jar], scratch: Path) -> Iterator[tuple[Jar, Path]]:
    """Fetch side by side; each is checked as it comes."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        running = [pool.submit(_fetch, jar, scratch) for jar in jars]
        try:
            for future in as_completed(running):
                yield future.result()
        finally:
            for future in running:
                future.cancel()


def _fetch(jar: Jar, scratch: Path) -> tuple[Jar, Path]:
    """Fetch one artefact and check it against the lock."""
    try:
        from jgo.maven import MavenContext  # noqa: PLC0415 - an optional package: a worker on somebody's own Kafka has no need of it
    except ImportError as error:
        raise WrongUse(f"The embedded Kafka needs two more packages: {with_extra('embedded')}.") from error
    mirror = os.environ.get("ANSWERABLE_MAVEN_MIRROR")
    context = MavenContext(repo_cache=scratch, remote_repos={"mirror": mirror} if mirror else None, timeout=TIMEOUT_SECONDS)
    try:  # what goes wrong in a request is an OSError too
        path = Path(context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
    except (OSError, RuntimeError) as error:
        raise PartMissing(
            f"{jar.name} of the embedded Kafka cannot be fetched: connect to the network for this first start, "
            "set ANSWERABLE_MAVEN_MIRROR to the address of your own mirror, or use a Kafka that already runs."
        ) from error
    verify(jar, path)
    return jar, path


def verify(jar: Jar, path: Path) -> None:
    """Refuse a file that is not, byte for byte, what the lock says."""
    found = _sha256(path)
    if found != jar.sha256:
        path.unlink()
        raise PartMissing(
            f"{jar.name} was refused because its SHA-256 is {found} and not {jar.sha256} as in kafka.lock: "
            "something on the way changes downloads, so try another network or mirror."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
