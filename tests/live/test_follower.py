"""What /api/readings says, whichever worker wrote it."""

from __future__ import annotations

import orjson

from stream.config.settings import Settings
from stream.live.follower import MOST_BREACHES, Follower


def follower() -> Follower:
    """One that is fed by hand."""
    return Follower(Settings(), {"clock": "played"})


def test_nothing_yet_is_said_as_nothing() -> None:
    """Before any record there are no readings, and nothing is settled."""
    assert {"as_of": 5, "settled": None, "clock": "played", "readings": [], "breaches": []} == orjson.loads(follower().answer(5))


def test_the_latest_record_of_each_key_is_shown() -> None:
    """A reading replaces the one before it, a deleted one goes; settled is the least of all partitions."""
    here = follower()
    for key, value in [
        (b"all|now", b'{"n":1}'),
        (b"all|30m", b'{"n":2}'),
        (b"all|now", b'{"n":3}'),
        (b"all|30m", None),
        (b"!watermark/0", b'{"settled":70,"final":false}'),
        (b"!watermark/1", b'{"settled":60,"final":false}'),
    ]:
        here.take_reading(key, value)
    said = orjson.loads(here.answer(5))
    assert (60, [{"n": 3}]) == (said["settled"], said["readings"])


def test_breaches_come_newest_first_and_never_grow_without_end() -> None:
    """The latest record of each breach; a correction makes it the newest."""
    here = follower()
    for number in range(MOST_BREACHES + 5):
        here.take_breach(b"b%d" % number, b"%d" % number)
    here.take_breach(b"b10", b"1000")
    found = orjson.loads(here.answer(5))["breaches"]
    assert [1000, MOST_BREACHES + 4, MOST_BREACHES + 3] == found[:3]
    assert MOST_BREACHES == len(found)
