"""Where nobody has written declarations, those that came with the project serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.shipped import REPOSITORY, or_shipped


def test_the_shipped_file_stands_in_for_a_missing_one_of_deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual file that is not there is the shipped one; a file of one's own is that file, and never replaced by another."""
    monkeypatch.chdir(tmp_path)
    usual, mine = Path("deploy/centre.yaml"), Path("mine/centre.yaml")
    assert (or_shipped(usual), or_shipped(mine)) == (REPOSITORY / "centre.yaml", mine)
    usual.parent.mkdir()
    usual.write_text("version: 1\n")
    assert or_shipped(usual) == usual


def test_a_name_that_is_not_shipped_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that whoever reads it says that it is missing."""
    monkeypatch.chdir(tmp_path)
    assert or_shipped(Path("deploy/other.yaml")) == Path("deploy/other.yaml")
