"""Keys of scopes, and which partition owns them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.scopes import key_of, keys_to_all, partition_of, scope_of, scopes_of, shown

NAMES = st.none() | st.text(min_size=1, max_size=12)


def test_keys_are_readable() -> None:
    """And nothing in a name can be taken for a part of the key."""
    assert ["all", "queue=billing", "channel=call", "channel=call,queue=billing", "queue=a%2Cchannel%3Dcall"] == [
        key_of(None, None),
        key_of("billing", None),
        key_of(None, "call"),
        key_of("billing", "call"),
        key_of("a,channel=call", None),
    ]


@given(NAMES, NAMES)
def test_a_scope_comes_back_from_its_key(queue: str | None, channel: str | None) -> None:
    """Whatever the names are."""
    named = {name: value for name, value in (("channel", channel), ("queue", queue)) if value is not None}
    assert named == scope_of(key_of(queue, channel))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({}, "all"),
        ({"queue": "all"}, "queue=all"),
        ({"queue": "Kundendienst Süd (24/7)", "channel": "call"}, "channel=call,queue=Kundendienst Süd (24/7)"),
        ({"queue": "100 %"}, "queue=100 %"),
        ({"queue": "a,channel=call"}, 'queue="a,channel=call"'),
        ({"team": 'the "best"'}, 'team="the \\"best\\""'),
        ({"queue": "two\nlines \u200b"}, 'queue="two\\nlines \\u200b"'),
        ({"queue": ""}, 'queue=""'),
    ],
)
def test_people_read_names_as_they_wrote_them(scope: dict[str, str], expected: str) -> None:
    """Only what would be taken for something else, or could not be seen, stands in quotes."""
    assert expected == shown(scope)


PARTS = st.dictionaries(st.sampled_from(("queue", "channel", "team")), st.text(alphabet='a",= \n\\', max_size=4))


@given(PARTS, PARTS)
def test_no_two_scopes_look_alike(one: dict[str, str], other: dict[str, str]) -> None:
    """Whatever people call their queues."""
    assert (one == other) == (shown(one) == shown(other))


def test_a_contact_belongs_to_four_scopes() -> None:
    """The whole, its channel, its queue, both; without a queue to two."""
    assert ("all", "channel=call", "queue=billing", "channel=call,queue=billing") == scopes_of("billing", "call")
    assert ("all", "channel=call") == scopes_of("", "call")
    assert ("all", "queue=billing") == scopes_of("billing", "")


@given(st.integers(1, 40))
def test_every_partition_can_be_told(partitions: int) -> None:
    """One key each, in the order of partitions; never a key of a scope."""
    keys = keys_to_all(partitions)
    assert list(range(partitions)) == [partition_of(key, partitions) for key in keys]
    assert all(key.startswith(b"!") for key in keys)


def test_partitions_are_crc32_of_the_key() -> None:
    """Fixed for ever: other programs find a scope's partition by it."""
    assert [991457757 % 8, 2624483410 % 8] == [partition_of(b"all", 8), partition_of(b"queue=billing", 8)]
