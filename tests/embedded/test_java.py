"""Which Java is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.embedded.java import OLDEST, Java, bundled, find_java, version_of
from stream.errors import PartMissing

WHEEL = Java(Path("/wheel/java"), 25)


def java(directory: Path, version: str) -> Path:
    """A program that tells a version as Java does."""
    path = directory / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    path.chmod(0o755)
    return path


def test_the_systems_java_is_taken_where_it_is_new_enough(tmp_path: Path) -> None:
    """A Java on PATH comes before the wheel's."""
    path = java(tmp_path, "17.0.15")
    assert Java(path, 17) == find_java({"PATH": str(path.parent)}, lambda: WHEEL)


def test_java_home_comes_first(tmp_path: Path) -> None:
    """JAVA_HOME says which Java somebody wants."""
    wanted, other = java(tmp_path / "wanted", "21"), java(tmp_path / "other", "25")
    assert Java(wanted, 21) == find_java({"JAVA_HOME": str(tmp_path / "wanted"), "PATH": str(other.parent)}, lambda: WHEEL)


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2", "16"])
def test_an_old_java_is_passed_over(tmp_path: Path, version: str) -> None:
    """An older Java than Kafka needs is passed over for the wheel's."""
    assert WHEEL == find_java({"PATH": str(java(tmp_path, version).parent)}, lambda: WHEEL)


def test_no_java_at_all_is_a_sentence(tmp_path: Path) -> None:
    """Without any, the sentence names what was found and what to install."""
    path = java(tmp_path, "11.0.2")
    with pytest.raises(
        PartMissing, match=rf"needs Java {OLDEST} or newer \({path} is Java 11\): pip install '\.\[embedded\]' in the checkout brings one"
    ):
        find_java({"PATH": str(path.parent)}, lambda: None)


def test_the_wheels_java_runs() -> None:
    """The runtime that pip brings is new enough and runs on this machine."""
    brought = bundled()
    assert brought is not None
    assert (True, brought.version) == (brought.version >= OLDEST, version_of(brought.path))


def test_what_is_no_java_has_no_version(tmp_path: Path) -> None:
    """A path where nothing runs has no version."""
    assert version_of(tmp_path / "java") is None
