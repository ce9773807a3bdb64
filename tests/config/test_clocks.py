"""The section `clocks` of the centre's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.core.centre import NamedClock
from stream.errors import DeclarationError


def read(tmp_path: Path, text: str) -> dict[str, NamedClock]:
    """The clocks of a file that holds little else."""
    path = tmp_path / "centre.yaml"
    path.write_text(f"version: 1\ntime_zone: UTC\nhours: {{office: {{mon-fri: '09:00-17:00'}}}}\nclocks:\n  {text}\n")
    return read_centre(path).clocks


def test_a_clock_runs_between_two_moments(tmp_path: Path) -> None:
    """In calendar time, or in opening hours."""
    assert {"parcel": NamedClock("order_placed", "parcel_delivered", 3 * 86_400_000)} == read(
        tmp_path, "parcel: {from: order_placed, to: parcel_delivered, within: 3d}"
    )
    assert "office" == read(tmp_path, "answer: {from: issue.opened, to: issue.resolved, within: 4h, hours: office}")["answer"].hours


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {from: x, to: x, within: 3d}", "the clock a begins and ends with x: name two moments"),
        ("a: {from: issue.openend, to: y, within: 3d}", "issue.openend is no event of an issue"),
        ("a: {from: x, to: y, within: 0s}", "within cannot be 0"),
        ("a: {from: x, to: y, within: 3d, hours: night}", "hours cannot be night"),
        ("a: {from: x, to: y}", "within"),
    ],
)
def test_what_cannot_run_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With the line, and what to write."""
    with pytest.raises(DeclarationError, match=said):
        read(tmp_path, text)
