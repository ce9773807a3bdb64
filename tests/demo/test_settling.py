"""Who waits for the end of a day sees whether the workers go on."""

from __future__ import annotations

import orjson

from stream.demo.reading import Settling


def told(settled: int, *, final: bool = False) -> bytes:
    """What a worker tells of a partition."""
    return orjson.dumps({"partition": 0, "settled": settled, "final": final})


def test_only_what_is_further_than_ever_is_progress() -> None:
    """A reading is none, nor is the same moment told again; each partition has its own."""
    settling = Settling(2)
    records = [
        (b"all|", b"{}"),
        (b"!watermark/0", told(5)),
        (b"!watermark/0", told(5)),
        (b"!watermark/0", told(6)),
        (b"!watermark/1", told(5)),
    ]
    assert [False, True, False, True, True] == [settling.take(key, value) for key, value in records]


def test_it_is_done_when_every_partition_has_settled_the_end() -> None:
    """The end of one of them, told twice, is not that of the other."""
    settling = Settling(2)
    seen = []
    for key, final in ((b"!watermark/0", True), (b"!watermark/0", True), (b"!watermark/1", False), (b"!watermark/1", True)):
        settling.take(key, told(9, final=final))
        seen.append(settling.done)
    assert [False, False, False, True] == seen
