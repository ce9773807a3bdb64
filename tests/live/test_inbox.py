"""The batch under way: it fills until it is taken."""

from __future__ import annotations

from dataclasses import dataclass

from faust.types.tuples import TP

from stream.live.inbox import FETCH_BYTES, MOST_BYTES, Chunk, Inbox


@dataclass(frozen=True)
class Read:
    """A record, as far as an inbox looks at it."""

    offset: int


def chunk(begin: int, *offsets: int, weight: int = 0) -> Chunk:
    """Records that were read from `begin` on."""
    return Chunk(begin, offsets[-1] + 1, [Read(offset) for offset in offsets], weight)


def test_an_inbox_gives_as_many_records_as_are_asked_for() -> None:
    """A chunk is split where it is too large, and the chain of positions has no hole; each taking makes room known."""
    taken: list[int] = []
    inbox = Inbox(TP("contact-events", 1), on_take=lambda: taken.append(1))
    chunks = [chunk(0, 0, 1, 2), chunk(3, 3, 4), chunk(5, 6, 8, 9, 11, weight=100)]
    for one in chunks:
        inbox.put(one)
    assert 9 == inbox.size
    assert [*chunks[:2], chunk(5, 6, weight=25)] == inbox.take(6)
    assert (3, 75) == (inbox.size, inbox.weight)
    assert [chunk(7, 8, 9, 11, weight=75)] == inbox.take(100)
    assert (0, 0, []) == (inbox.size, inbox.weight, inbox.take(5))
    assert [1, 1, 1] == taken


def test_a_cleared_inbox_is_empty() -> None:
    """What a rebalance throws away is gone: it is read again."""
    inbox = Inbox(TP("contact-events", 1))
    inbox.put(chunk(0, 0))
    inbox.clear()
    assert (0, []) == (inbox.size, inbox.take(10))


def test_an_inbox_is_full_by_records_or_by_bytes() -> None:
    """A few large records fill it as many small ones do, and are given no further than a fetch's worth."""
    inbox = Inbox(TP("scope-facts", 0))
    large = [chunk(number, number, weight=FETCH_BYTES - 1) for number in range(5)]
    for number, one in enumerate(large):
        assert (number * (FETCH_BYTES - 1) >= MOST_BYTES) == inbox.is_full(1_000)
        inbox.put(one)
    assert inbox.is_full(1_000)
    assert large[:2] == inbox.take(1_000)
    assert not Inbox(TP("scope-facts", 0), size=999).is_full(1_000)
    assert Inbox(TP("scope-facts", 0), size=1_000).is_full(1_000)
