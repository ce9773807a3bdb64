"""What of all figures a centre keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.core.wanted import Kept
from stream.core.windows import NAMES
from stream.errors import DeclarationError


def kept(tmp_path: Path, text: str) -> Kept:
    """The section of a file that holds nothing else."""
    path = tmp_path / "centre.yaml"
    path.write_text(f"version: 1\ntime_zone: UTC\n{text}")
    return read_centre(path).kept


def test_everything_is_kept_where_nothing_is_said(tmp_path: Path) -> None:
    """A file without the section, and one without its lists."""
    assert Kept(None, frozenset(NAMES), None) == kept(tmp_path, "")


def test_what_is_named_is_kept(tmp_path: Path) -> None:
    """Measures, windows and kinds of scopes by their names."""
    text = "kept:\n  measures: [offered, answered]\n  windows: [30m]\n  scopes: [queue and channel]\n"
    assert Kept(("offered", "answered"), frozenset({"30m"}), frozenset({("channel", "queue")})) == kept(tmp_path, text)


@pytest.mark.parametrize("line", ["measures: [offred]", "windows: [1h]", "scopes: [desk]", "figures: [all]"])
def test_what_is_not_known_is_refused(tmp_path: Path, line: str) -> None:
    """With the line and what to write instead."""
    with pytest.raises(DeclarationError, match=r"centre.yaml:4"):
        kept(tmp_path, f"kept:\n  {line}\n")
