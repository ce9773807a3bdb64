"""The collector rests only where nothing is made that it alone could free."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from stream.core.events import Event
from stream.errors import WrongUse
from stream.intake.collector import uncollected
from stream.intake.files import read_events
from stream.wire.codec import to_json_line


def test_it_is_on_again_afterwards(tmp_path: Path) -> None:
    """Also after an error, and not where it was off before."""
    (tmp_path / "e.gz").write_bytes(b"not gzip")
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(WrongUse):
        read_events("events", None, [tmp_path / "e.gz"])
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_reading_makes_no_cycles(tmp_path: Path) -> None:
    """Neither events nor refusals of every kind leave anything for the collector, whether in memory or on the disk."""
    good = [to_json_line(Event(number, "contact.ended", "c", f"t|{number}", {"contact_id": "c"}), "t") for number in range(300)]
    bad = [b"{", b"[]", b'{"type":"x"}', good[0].replace(b"cc.contact", b"cc.other"), good[0].replace(b'"contact_id"', b'"id"')]
    path = tmp_path / "e.jsonl"
    path.write_bytes(b"\n".join([*good, *(bad * 100), *good[::-1]]))
    gc.collect()
    with uncollected(), read_events("events", None, [path], memory_events=100) as found:
        assert (600, 500) == (sum(1 for _ in found), sum(found.rejected.values()))
        del found
        assert 100 > gc.collect()
