"""What the figures were taken on: the machine, the versions, the state of the sources."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from stream.embedded.jars import locked
from stream.embedded.java import find_java

ROOT = Path(__file__).parent.parent


def machine() -> dict[str, Any]:
    """All that somebody needs to take the same figures again, or to see why theirs differ."""
    java = find_java()
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _cpu(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "java": java.version,
        "kafka": next(jar.version for jar in locked() if jar.artifact == "kafka-clients"),
    }


def moment() -> dict[str, Any]:
    """When a part was measured, of which commit, and how busy the machine was just before."""
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": _commit(), "load_before": round(os.getloadavg()[0], 2)}


def _cpu() -> str:
    with suppress(OSError):
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def _commit() -> str:
    """The commit, and whether something of the product was changed since."""
    try:
        found = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", "stream", "benchmarks", ":!benchmarks/results.json", ":!benchmarks/RESULTS.md")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{found}, with changes that are not committed" if changed else found


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - found on PATH
    return done.stdout.strip()
