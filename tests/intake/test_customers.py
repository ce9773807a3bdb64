"""Customers of a call log, whom nobody sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.core.pseudonyms import Pseudonyms
from stream.errors import WrongUse
from stream.intake.files import read_events

MAPPING = """\
version: 1
time_zone: UTC
contact: {id: [call]}
times: {columns: [came], format: iso}
begun: came
offered: came
queue: {value: main}
channel: {value: call}
customer: {column: phone, absent: [withheld]}
outcome: {column: result, values: {done: answered}}
wait: {column: waited}
handle: {column: talked}
"""
LOG = """\
call,came,phone,result,waited,talked
c1,2026-03-02T09:00:00Z,+49 30 123,done,5,60
c2,2026-03-02T09:10:00Z,withheld,done,5,60
c3,2026-03-02T09:20:00Z,+4930123,done,5,60
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The mapping and the log."""
    mapping, log = tmp_path / "calls.mapping.yaml", tmp_path / "calls.csv"
    mapping.write_text(MAPPING)
    log.write_text(LOG)
    return mapping, log


def refs(files: tuple[Path, Path], key: str | None) -> dict[str, str | None]:
    """The pseudonym of each call."""
    with read_events("call-log", files[0], [files[1]], pseudonym_key=key) as found:
        events = list(found)
    assert [] == [event for event in events if "123" in str(event)]
    return {event.subject: event.data.get("customer_ref") for event in events if event.type == "contact.begun"}


def test_a_number_becomes_a_keyed_pseudonym(files: tuple[Path, Path]) -> None:
    """Wherever it is written alike or not; who withholds it has none."""
    anna = Pseudonyms(b"key").of("customer", "+4930123")
    assert {"c1": anna, "c2": None, "c3": anna} == refs(files, "key")


def test_a_replay_needs_no_key(files: tuple[Path, Path]) -> None:
    """One is drawn, so that one customer is one and nobody can tell who."""
    first, again = refs(files, None), refs(files, None)
    assert (first["c1"], None) == (first["c3"], first["c2"])
    assert first["c1"] != again["c1"]


def test_without_a_key_nobody_is_sent(files: tuple[Path, Path]) -> None:
    """What is published would be the number, or a hash that anybody can undo."""
    with pytest.raises(WrongUse, match="set ANSWERABLE_PSEUDONYM_KEY"):
        refs(files, "")
