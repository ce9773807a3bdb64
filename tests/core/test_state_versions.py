"""A stage reads the entries of every release before it, and stops at those of a newer one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from stream.core.ledger import STAGES
from stream.core.stage import Stage
from stream.errors import StateUnreadable
from tests.core import golden
from tests.core.clockwork import happen, wall

STORED = sorted(golden.FILES.glob("v*.json"), key=lambda path: int(path.stem[1:]))


def lacking(expected: Any, found: Any, path: str = "") -> list[str]:
    """What of `expected` is not in `found`: a release may say more than the ones before, but nothing else."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [line for key in expected for line in lacking(expected[key], found.get(key), f"{path}/{key}")]
    return [] if expected == found else [f"{path}: {found!r} is not {expected!r}"]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_entries_lead_to_the_same_figures(path: Path) -> None:
    """The morning goes on from stored state, and ends with the figures that the release which wrote it had."""
    tables, offsets, figures = golden.read(path)
    found = golden.second_half(tables, offsets).figures()
    assert [] == lacking(figures, found)
    assert {topic: sorted(keys) for topic, keys in figures.items()} == {topic: sorted(keys) for topic, keys in found.items()}


def test_the_newest_file_is_what_this_release_writes() -> None:
    """Else the format has changed: give the entry a new version, read the old one too, and add a file (see tests/core/golden.py)."""
    tables, _, figures = golden.read(STORED[-1])
    half = golden.first_half()
    assert tables == {at: table for at, table in half.tables.items() if table}
    again = golden.second_half(half.tables, half.offsets).figures()
    assert figures == again


def test_the_stored_state_holds_every_kind_of_entry() -> None:
    """Contacts, agents, times, sources, heads, cells, breaches, clocks and facts that wait."""
    tables, _, figures = golden.read(STORED[-1])
    parts = {
        key.split(b"\0")[1] if b"\0" in key else key[:1] + b"scopes" * (name == "scopes") for (name, _), t in tables.items() for key in t
    }
    assert {b"=", b"!", b"!scopes", b"h", b"c", b"b", b"l", b"p"} == parts
    assert all(figures.values())


def stage(name: str) -> Stage:
    """A stage of the stored morning."""
    return STAGES[name](golden.CENTRE, golden.STANDARDS, 0, 1, True)


@pytest.mark.parametrize("name", sorted({name for name, _ in golden.read(STORED[-1])[0]}))
def test_entries_of_a_newer_release_stop_recovery(name: str) -> None:
    """Whichever entry it is, it is not taken for something else; the sentence says what to do."""
    tables, _, _ = golden.read(STORED[-1])
    for key, value in tables[name, 0].items():
        newer = orjson.dumps([99, *orjson.loads(value)[1:]])
        with pytest.raises(StateUnreadable, match="version 99 by a newer release: run that release, or make the state anew with --rebuild"):
            stage(name).restore({key: newer})


@pytest.mark.parametrize("entry", [b'[2,null,[["damaged"]', b'[2,null,[["damaged"]]]', b'[2,null,[[1,1,"id",99,{}]]]', b"[2,null,7]"])
def test_a_damaged_contact_is_no_fault_of_its_next_event(entry: bytes) -> None:
    """It is read when that event comes, which must not go to dead-letters for it."""
    pipeline = wall()
    happen(pipeline, "09:00:00 anna offered billing/call")
    pipeline.tables["contacts", 0][b"=anna"] = entry
    pipeline.restart("contacts", 0)
    with pytest.raises(StateUnreadable, match="rebuild"):
        happen(pipeline, "09:00:10 anna answered")
