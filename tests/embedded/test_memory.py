"""Memory is looked at before a broker is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.embedded.memory import MEGABYTE, NEEDED, available, require
from stream.errors import PartMissing


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    """Free is what the container's limit leaves, however much the machine has."""
    (tmp_path / "memory.max").write_text(f"{300 * MEGABYTE}\n")
    (tmp_path / "memory.current").write_text(f"{100 * MEGABYTE}\n")
    assert min(200 * MEGABYTE, available(tmp_path / "none")) == available(tmp_path)


def test_no_limit_is_the_machine(tmp_path: Path) -> None:
    """A container without a limit says max: then the machine's free memory counts."""
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1\n")
    assert available(tmp_path) > 0


def test_short_memory_is_a_sentence() -> None:
    """Too little is refused with what is free and what is needed; enough is not."""
    require(NEEDED)
    with pytest.raises(PartMissing, match=f"Only 100 MB of memory are free and the embedded Kafka needs {NEEDED // MEGABYTE} MB"):
        require(100 * MEGABYTE)
