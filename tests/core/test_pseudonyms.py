"""Pseudonyms of people."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from stream.core.pseudonyms import Pseudonyms

KEY = b"a key of this test"


def test_a_pseudonym_is_the_keyed_hash_of_kind_and_name() -> None:
    """HMAC-SHA256, 128 bits of it: whoever has the key makes the same one with any tool."""
    expected = hmac.new(KEY, b"customer\0anna@example.org", hashlib.sha256).hexdigest()[:32]
    assert expected == Pseudonyms(KEY).of("customer", "anna@example.org")


@pytest.mark.parametrize("other", ["+49 30 123-45", "+49(30)12345", " +493012345 "])
def test_a_number_is_one_number_however_it_is_written(other: str) -> None:
    """Blanks, brackets and strokes are for people's eyes."""
    assert Pseudonyms(KEY).of("customer", "+493012345") == Pseudonyms(KEY).of("customer", other)


def test_capitals_of_an_address_say_nothing() -> None:
    """Nor do blanks around it; but its dots do."""
    names = Pseudonyms(KEY)
    assert names.of("customer", "anna@example.org") == names.of("customer", " Anna@Example.org ")
    assert names.of("customer", "an.na@example.org") != names.of("customer", "anna@example.org")


def test_kinds_and_keys_never_share_a_pseudonym() -> None:
    """An agent who is a customer too is two; and another key tells nothing of this one."""
    found = {Pseudonyms(key).of(kind, "anna") for key in (KEY, b"another") for kind in ("customer", "agent")}
    assert 4 == len(found)
