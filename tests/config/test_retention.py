"""How long state in which customers are is kept: what is read, and what is refused because figures need more."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from stream.config.centre import centre
from stream.config.quantities import read_duration
from stream.config.yaml import parse
from stream.core.centre import Retention
from stream.errors import DeclarationError
from tests.config.test_centre import HEAD

DAY = 86_400_000
SCHEMA = Path(__file__).parents[2] / "deploy/centre.schema.json"


def read(text: str) -> Retention:
    """The retention of a centre's file."""
    return centre(parse(HEAD + text, "centre.yaml")).retention


def test_each_is_read_and_what_is_left_out_is_as_ever() -> None:
    """All, some, none of them."""
    assert Retention() == read("")
    assert Retention(issues=30 * DAY) == read("retention: {issues: 30d}\n")
    text = "fcr_window: 2d\nretention: {issues: 10d, unresolved: 20d, contacts: 1d, customers: 3d}\n"
    assert Retention(issues=10 * DAY, unresolved=20 * DAY, contacts=DAY, customers=3 * DAY) == read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "retention: {customers: 7d}",
            "customers cannot be 7d: write 8d or more, no less than fcr_window and a day, or first contacts could not be judged",
        ),
        ("fcr_window: 28d\nretention: {customers: 28d}", "customers cannot be 28d: write 29d or more, no less than fcr_window and a day"),
        ("retention: {contacts: 1h}", "contacts cannot be 1h: write 1d or more"),
        ("retention: {unresolved: 30d}", "unresolved cannot be 30d: write 90d or more, no less than issues"),
        ("retention: {surveys: 3d}", "retention has no key surveys"),
        ("retention: {issues: for ever}", "write a length of time"),
    ],
)
def test_what_figures_need_is_never_less(text: str, said: str) -> None:
    """A sentence that says what to write."""
    with pytest.raises(DeclarationError) as refused:
        read(text + "\n")
    assert said in str(refused.value)


def test_the_schema_says_the_same_defaults() -> None:
    """Each key, with what holds where it is left out."""
    declared = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]["retention"]["properties"]
    assert {one.name: one.default for one in fields(Retention)} == {name: read_duration(key["default"]) for name, key in declared.items()}
