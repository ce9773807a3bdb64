"""The batch under way: it fills until it is taken."""

from __future__ import annotations

from faust.types.tuples import TP

from stream.live.inbox import FETCH_BYTES, MOST_BYTES, Chunk, Inbox


def test_an_inbox_gives_whole_chunks_up_to_the_limit() -> None:
    """What does not fit any more stays, but the first chunk is given whatever its size; each taking makes room known."""
    taken: list[int] = []
    inbox = Inbox(TP("contact-events", 1), on_take=lambda: taken.append(1))
    chunks = [Chunk(0, 3, [1, 2, 3]), Chunk(3, 5, [4, 5]), Chunk(5, 9, [6, 7, 8, 9])]
    for chunk in chunks:
        inbox.put(chunk)
    assert 9 == inbox.size
    assert chunks[:2] == inbox.take(5)
    assert 4 == inbox.size
    assert chunks[2:] == inbox.take(1)
    assert [] == inbox.take(5)
    assert [1, 1, 1] == taken


def test_a_cleared_inbox_is_empty() -> None:
    """What a rebalance throws away is gone: it is read again."""
    inbox = Inbox(TP("contact-events", 1))
    inbox.put(Chunk(0, 1, [1]))
    inbox.clear()
    assert (0, []) == (inbox.size, inbox.take(10))


def test_an_inbox_is_full_by_records_or_by_bytes() -> None:
    """A few large records fill it as many small ones do, and are given a fetch's worth at a time."""
    inbox = Inbox(TP("scope-facts", 0))
    large = [Chunk(number, number + 1, [number], weight=FETCH_BYTES - 1) for number in range(5)]
    for number, chunk in enumerate(large):
        assert (number * (FETCH_BYTES - 1) >= MOST_BYTES) == inbox.is_full(1_000)
        inbox.put(chunk)
    assert inbox.is_full(1_000)
    assert large[:1] == inbox.take(1_000)
    assert not Inbox(TP("scope-facts", 0), size=999).is_full(1_000)
    assert Inbox(TP("scope-facts", 0), size=1_000).is_full(1_000)
