"""A stage reads the entries of every release before it, and stops at those of a newer one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from stream.core.contacts import CONTACT_VERSION
from stream.core.ledger import STAGES
from stream.core.stage import Stage
from stream.errors import StateUnreadable
from tests.core import golden
from tests.core.clockwork import happen, wall
from tests.core.golden_courses import COURSES

STORED = [path for course in COURSES.values() for path in golden.stored_of(course)]
NEWEST = [golden.stored_of(course)[-1] for course in COURSES.values()]


def lacking(expected: Any, found: Any, path: str = "") -> list[str]:
    """What of `expected` is not in `found`: a release may say more than the ones before, but nothing else."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [line for key in expected for line in lacking(expected[key], found.get(key), f"{path}/{key}")]
    return [] if expected == found else [f"{path}: {found!r} is not {expected!r}"]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_entries_lead_to_the_same_figures(path: Path) -> None:
    """The day goes on from stored state, and ends with the figures that the release which wrote it had."""
    stored = golden.read(path)
    found = golden.second_half(golden.course_of(path), stored).figures()
    assert [] == lacking(stored.figures, found)
    assert {topic: sorted(keys) for topic, keys in stored.figures.items()} == {topic: sorted(keys) for topic, keys in found.items()}


@pytest.mark.parametrize("path", NEWEST, ids=lambda path: path.stem)
def test_the_newest_file_is_what_this_release_writes(path: Path) -> None:
    """Else the format has changed: give the entry a new version, read the old one too, and add a file (see tests/core/golden.py)."""
    stored = golden.read(path)
    again = golden.written(golden.course_of(path), stored.kept)
    assert stored.tables == again.tables
    assert [] == lacking(stored.figures, again.figures)


def test_the_stored_state_holds_every_kind_of_entry() -> None:
    """Contacts, agents, issues, customers, times, senders, cells, breaches, clocks and facts that wait; contacts in every version."""
    entries = [
        (name, key, value) for path in NEWEST for (name, _), table in golden.read(path).tables.items() for key, value in table.items()
    ]
    own: dict[str, set[bytes]] = {}
    for name, key, _ in entries:
        own.setdefault(name, set()).add(key if key.startswith(b"!") else key.split(b"\0")[1][:1] if b"\0" in key else key[:1])
    assert own == {
        "contacts": {b"=", b"!time", b"!patience", b"!erase"},
        "agents": {b"=", b"!time"},
        "tickets": {b"!time"},
        "surveys": {b"=", b"!time"},
        "issues": {b"=", b">", b"!sources", b"!erase"},
        "customers": {b"=", b"!sources", b"!erase"},
        "scopes": {b"h", b"c", b"b", b"l", b"m", b"p", b"s", b"!sources", b"!standards", b"!canary"},
    }, "of erasures nothing is kept; how many records time alone has sent is not among them"
    assert {value[:2] for name, key, value in entries if name == "contacts" and key.startswith(b"=")} == {b"[2", b"[3", b"[4"}
    assert CONTACT_VERSION == 4
    assert all(records for path in NEWEST for records in golden.read(path).figures.values())


def stage(path: Path, name: str) -> Stage:
    """A stage of a stored course."""
    course, stored = golden.course_of(path), golden.read(path)
    return STAGES[name](course.centre(stored.kept), course.standards, 0, 1, True)


@pytest.mark.parametrize(("path", "name"), [(path, name) for path in NEWEST for name, _ in sorted(golden.read(path).tables)])
def test_entries_of_a_newer_release_stop_recovery(path: Path, name: str) -> None:
    """Whichever entry it is, it is not taken for something else; the sentence says what to do."""
    for key, value in golden.read(path).tables[name, 0].items():
        newer = orjson.dumps([99, *orjson.loads(value)[1:]])
        with pytest.raises(StateUnreadable, match="version 99 by a newer release: run that release, or make the state anew with --rebuild"):
            stage(path, name).restore({key: newer})


@pytest.mark.parametrize("entry", [b'[2,null,[["damaged"]', b'[2,null,[["damaged"]]]', b'[2,null,[[1,1,"id",99,{}]]]', b"[2,null,7]"])
def test_a_damaged_contact_is_no_fault_of_its_next_event(entry: bytes) -> None:
    """It is read when that event comes, which must not go to dead-letters for it."""
    pipeline = wall()
    happen(pipeline, "09:00:00 anna offered billing/call")
    pipeline.tables["contacts", 0][b"=anna"] = entry
    pipeline.restart("contacts", 0)
    with pytest.raises(StateUnreadable, match="rebuild"):
        happen(pipeline, "09:00:10 anna answered")
