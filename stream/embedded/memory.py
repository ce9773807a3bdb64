"""How much memory is free for a broker, the limit of a container included."""

from __future__ import annotations

from pathlib import Path

from stream.errors import PartMissing

MEGABYTE = 1024 * 1024
NEEDED = 450 * MEGABYTE
"""A broker with a heap of 512 MB is resident with some 350 MB under the load of the demo."""


def available(container: Path = Path("/sys/fs/cgroup")) -> int:
    """Free bytes: the machine's, or what the container's limit leaves where that is less."""
    import psutil  # noqa: PLC0415 - an optional package

    free = int(psutil.virtual_memory().available)
    try:
        limit = int((container / "memory.max").read_text())
        used = int((container / "memory.current").read_text())
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free
    return max(0, min(free, limit - used))


def require(free: int, needed: int = NEEDED) -> None:
    """Refuse to start a broker that would not find room."""
    if free < needed:
        raise PartMissing(
            f"Only {free // MEGABYTE} MB of memory are free and the embedded Kafka needs {needed // MEGABYTE} MB: "
            "end other programs, raise the container's limit, or use a Kafka on another machine."
        )
