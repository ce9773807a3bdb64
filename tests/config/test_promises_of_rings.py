"""Promises of rings: so many of them, in the centre's cadence."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.config.sentences import sentence
from stream.config.standards import StandardsFile, examine_file
from stream.generate.explanation import explained

CENTRE = """version: 1
name: Here
time_zone: UTC
ring_cadence: 4s
queues: {billing: {channels: [call, email]}}
"""
RINGING = "form: percentage, measure: ringing, objective: 90%"


def examined(tmp_path: Path, entry: str) -> StandardsFile:
    """A file with one entry, held against the centre."""
    declared, file = tmp_path / "centre.yaml", tmp_path / "standards.yaml"
    declared.write_text(CENTRE, encoding="utf-8")
    file.write_text(f"version: 1\nstandards:\n  - {{ name: rings, title: Rings, {entry} }}\n", encoding="utf-8")
    return examine_file(file, read_centre(declared))


@pytest.mark.parametrize(("written", "within"), [("3 rings", 12_000), ("1 ring", 4_000), ("18s", 18_000)])
def test_rings_are_as_long_as_the_centre_says(tmp_path: Path, written: str, within: int) -> None:
    """A length of time may stand for them."""
    found = examined(tmp_path, f"{RINGING}, within: {written}")
    assert [within] == [one.within for one in found.standards]


def test_it_is_said_and_explained(tmp_path: Path) -> None:
    """With both formulas' numerator and denominator, and the events that it comes from."""
    found = examined(tmp_path, f"{RINGING}, within: 3 rings").standards[0]
    assert "at least 90 % answered after at most 12 s of ringing, of all contacts that are answered or ring longer (strict)" in sentence(
        found
    )
    told = explained(found, read_centre(tmp_path / "centre.yaml"))
    assert told["Formula"] == "answered after at most 3 rings (12 s) / answered, or rang for longer than that and was never answered"
    assert "facts rang, rang_out, waited_rings; events contact.abandoned, contact.answered" in told["Comes from"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (f"{RINGING}, within: 0 rings", "within cannot be 0 rings"),
        (f"{RINGING}, within: 3 rings, late: 1m", "ringing is known when it is over, so no contact can be late before: leave late out"),
        (f"{RINGING}, within: 3 rings, formula: no_short", "formula cannot be no_short"),
        (f"{RINGING}, within: 3 rings, where: {{channel: [email]}}", "only calls and chats ring, name call or chat"),
        ("form: percentage, measure: service_level, objective: 90%, within: 3 rings", "write a length of time"),
        ("form: percentage, measure: acknowledgement, objective: 90%, within: 1h, where: {channel: [call]}", "calls have no messages"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    """With a sentence that says what to write instead."""
    refusals = [str(refusal) for refusal in examined(tmp_path, entry).refusals]
    assert 1 == len(refusals), refusals
    assert said in refusals[0]
