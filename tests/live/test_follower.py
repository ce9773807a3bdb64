"""What /api/readings says, whichever worker wrote it."""

from __future__ import annotations

import orjson

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.facts import OFFERED
from stream.core.scope_stage import ScopeStage
from stream.core.scopes import key_by
from stream.core.stage import QUEUE_READINGS
from stream.live.follower import MOST_OVER, Follower


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
        (b"all|all", b'{"n":1}'),
        (b"all|day", b'{"n":2}'),
        (b"all|all", b'{"n":3}'),
        (b"all|day", None),
        (b"!watermark/0", b'{"settled":70,"final":false}'),
        (b"!watermark/1", b'{"settled":60,"final":false}'),
    ]:
        here.take_reading(key, value)
    said = orjson.loads(here.answer(5))
    assert (60, [{"n": 3}]) == (said["settled"], said["readings"])


def test_only_the_windows_that_the_wallboard_shows_are_sent() -> None:
    """Of what the stage reads for a scope, half-hours and the last five minutes stay out of the answer."""
    stage = ScopeStage(Centre(), (), 0, 1, played=True)
    stage.fold([{"s": source, "w": 10_000, "x": False} for source in ("contacts/0", "agents/0")], 0)
    fact = [OFFERED, 9_000, 9_000, 2, "c1", 0, 1, 1]
    stage.fold([{"s": "contacts/0", "o": 1, "i": 0, "k": "queue=billing", "f": [[fact]]}], 1)
    here = follower()
    for topic, key, value in stage.tick(10_000):
        if topic == QUEUE_READINGS:
            here.take_reading(key, orjson.dumps(value))
    readings = orjson.loads(here.answer(5))["readings"]
    assert [None, "day", "15m", "60m"] == [one["window"] and one["window"]["name"] for one in readings]


def test_breaches_come_newest_first_and_never_grow_without_end() -> None:
    """The latest record of each breach; a correction makes it the newest."""
    here = follower()
    for number in range(MOST_OVER + 5):
        here.take_breach(b"b%d" % number, breach(number, "resolved"))
    here.take_breach(b"b10", breach(1_000, "withdrawn"))
    found = [one["value"] for one in orjson.loads(here.answer(5))["breaches"]]
    assert [1_000, MOST_OVER + 4, MOST_OVER + 3] == found[:3]
    assert MOST_OVER == len(found)


def test_a_breach_that_fires_stays_until_it_is_over() -> None:
    """However many others fire and end after it; those that fire stand first."""
    here = follower()
    here.take_breach(b"old", breach(-1, "firing"))
    for number in range(2 * MOST_OVER):
        here.take_breach(b"b%d" % number, breach(number, "firing"))
    for number in range(1, 2 * MOST_OVER):
        here.take_breach(b"b%d" % number, breach(number, "resolved"))
    found = orjson.loads(here.answer(5))["breaches"]
    assert [(0, "firing"), (-1, "firing"), (2 * MOST_OVER - 1, "resolved")] == [(one["value"], one["status"]) for one in found[:3]]
    here.take_breach(b"old", breach(-1, "resolved"))
    found = orjson.loads(here.answer(5))["breaches"]
    assert [(0, "firing"), (-1, "resolved")] == [(one["value"], one["status"]) for one in found[:2]]


def test_single_agents_are_for_supervisors() -> None:
    """Neither a reading nor a breach of an agent is in the answer that everybody gets; a queue whose name begins so is."""
    here = follower()
    for scope in ({"agent": "a1"}, {"agent": "a1", "queue": "billing"}, {"queue": "agent=s"}, {}):
        key = key_by(scope)
        here.take_reading(f"{key}|day".encode(), orjson.dumps({"scope": scope}))
        for status in ("firing", "resolved"):
            here.take_breach(f"slow/{key}/{status}".encode(), orjson.dumps({"scope": scope, "status": status}))

    def seen(*, agents: bool) -> list[list[str]]:
        said = orjson.loads(here.answer(5, agents=agents))
        return [sorted(key_by(one["scope"]) for one in said[what]) for what in ("readings", "breaches")]

    others, people = ["all", "queue=agent%3Ds"], ["agent=a1", "agent=a1,queue=billing"]
    assert [others, sorted(others * 2)] == seen(agents=False)
    assert [sorted(others + people), sorted(2 * (others + people))] == seen(agents=True)
    assert 6 == here.of_agents
    here.take_breach(b"slow/agent=a1/firing", None)
    assert 5 == here.of_agents


def test_no_contact_is_named() -> None:
    """A clock's breach is of one contact; the page learns that there is one, and not whose."""
    here = follower()
    key = b"first-reply/all/0049123456/917848967000"
    named = {"id": key.decode(), "status": "firing", "form": "clock", "value": 60.0, "contact_id": "0049123456"}
    here.take_breach(key, orjson.dumps(named))
    assert b"0049123456" not in here.answer(5)
    assert [{"status": "firing", "form": "clock", "value": 60.0}] == orjson.loads(here.answer(5))["breaches"]


def test_who_waits_longest_and_who_missed_a_share_is_for_the_board_alone() -> None:
    """A reading names them by the source's own ids; the answer leaves them out, and the board's rules show whom they may."""
    here = follower()
    key = b"channel=call,queue=billing|all"
    missed = [{"standard": "answered", "contacts": [["0049123456", 5, None, "", None]]}]
    for named in ({"longest": [["0049123456", 5]]}, {"misses": missed}):
        here.take_reading(key, orjson.dumps({"n": 1, **named}))
        assert [{"n": 1}] == orjson.loads(here.answer(5))["readings"]
        assert {"n": 1, **named} == orjson.loads(here.reading(key) or b"")
    here.take_reading(key, orjson.dumps({"n": 2}))
    assert {"n": 2} == orjson.loads(here.reading(key) or b"")


def breach(value: int, status: str) -> bytes:
    """A record, as far as the follower looks at it."""
    return orjson.dumps({"status": status, "value": value})
