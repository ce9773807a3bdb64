"""Temporary files of sorting hold pseudonyms at most, and are gone when the command ends."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from stream.intake.files import read_events
from tests.privacy.test_proof import FORGOTTEN, KEY, MAPPING, STAYS, calls, holding


def test_no_number_is_in_a_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With so little memory that nearly all events are written: nobody else can look into the directory, and nothing in it is raw."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    log, mapping = tmp_path / "calls.csv", tmp_path / "calls.yaml"
    expected: list[str] = []
    mapping.write_text(MAPPING)
    calls(log)
    with read_events("call-log", mapping, [log], memory_events=2, pseudonym_key=KEY) as found:
        (place,) = tmp_path.glob("answerable-sort-*")
        assert 0o700 == place.stat().st_mode & 0o777
        assert holding(place, "customer_ref")
        assert expected == [raw for raw in (FORGOTTEN, STAYS, "5550100", "5550199") if holding(place, raw)]
        assert found.rejected
        assert not [one for one in found.first_rejected if FORGOTTEN in one.detail]
    assert not list(tmp_path.glob("answerable-sort-*"))
