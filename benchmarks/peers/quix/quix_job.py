"""The job of JOB.md in Quix Streams: contacts by id, grouped by queue and channel, tallied in half-hours.

quix_job.py BOOTSTRAP INPUT OUTPUT APPLICATION PARTITIONS STATE_DIRECTORY
"""
# mypy: disable-error-code="import-not-found, no-any-return"

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from quixstreams import Application, State
from quixstreams.models.serializers import JSONDeserializer, JSONSerializer

HALF_HOUR: Final = timedelta(minutes=30)
GRACE: Final = timedelta(days=7)
WITHIN: Final = 20_000

Headers = list[tuple[str, bytes]]
Fact = dict[str, Any]


def life(data: dict[str, Any], _key: str, _timestamp: int, headers: Headers, state: State) -> Fact | None:
    """The contact's life: what an event settled, if it settled anything."""
    found = dict(headers)
    kind = found["ce_type"]
    if kind == b"cc.clock.marked.v1":
        return None
    at = milliseconds(found["ce_time"])
    if kind == b"cc.contact.begun.v1":
        state.set("contact", {"state": "begun"})
        return None
    if kind == b"cc.contact.offered.v1":
        place = f"{data['queue']}|{data['channel']}"
        state.set("contact", {"state": "waiting", "place": place, "offered_at": at})
        return {"place": place, "kind": "offered", "at": at, "wait": 0}
    contact = state.get("contact")
    if contact is None:
        return None
    if contact["state"] == "waiting" and kind in (b"cc.contact.answered.v1", b"cc.contact.abandoned.v1"):
        answered = kind == b"cc.contact.answered.v1"
        if answered:
            state.set("contact", {**contact, "state": "connected", "answered_at": at})
        else:
            state.delete("contact")
        offered_at = contact["offered_at"]
        return {
            "place": contact["place"],
            "kind": "answered" if answered else "abandoned",
            "at": offered_at,
            "wait": at - offered_at,
        }
    if kind == b"cc.contact.ended.v1":
        state.set("contact", {**contact, "state": "ended"})
    elif kind == b"cc.contact.wrapped_up.v1":
        state.delete("contact")
    return None


def begin(fact: Fact) -> Fact:
    """The figures of a half-hour after its first fact."""
    nothing = {"place": fact["place"], "offered": 0, "answered": 0, "abandoned": 0, "wait_ms": 0, "in_time": 0, "out_of": 0}
    return add(nothing, fact)


def add(tally: Fact, fact: Fact) -> Fact:
    """The figures after one more fact."""
    kind = fact["kind"]
    tally[kind] += 1
    if kind == "offered":
        return tally
    tally["out_of"] += 1
    if kind == "answered":
        tally["wait_ms"] += fact["wait"]
        tally["in_time"] += fact["wait"] <= WITHIN
    return tally


def waiting(fact: Fact, state: State) -> Fact:
    """How many wait now."""
    count = state.get("waiting", 0) + (1 if fact["kind"] == "offered" else -1)
    state.set("waiting", count)
    return {"place": fact["place"], "waiting": count}


def milliseconds(text: bytes) -> int:
    """A time of RFC 3339 as milliseconds since the epoch."""
    return round(datetime.fromisoformat(text.decode()).timestamp() * 1000)


def main(bootstrap: str, read: str, write: str, application: str, directory: str) -> None:
    """Build the flow and run it."""
    app = Application(
        broker_address=bootstrap,
        consumer_group=application,
        auto_offset_reset="earliest",
        state_dir=directory,
        commit_interval=1.0,
        loglevel="WARNING",
        producer_extra_config={"linger.ms": 20, "batch.size": 262_144},
    )
    events = app.topic(read, key_deserializer="str", value_deserializer=JSONDeserializer(loads=orjson.loads))
    figures = app.topic(write, key_serializer="str", value_serializer=JSONSerializer(dumps=orjson.dumps))
    facts = app.dataframe(events).apply(life, stateful=True, metadata=True).filter(lambda fact: fact is not None)
    facts = facts.group_by(
        "place",
        key_serializer="str",
        key_deserializer="str",
        value_serializer=JSONSerializer(dumps=orjson.dumps),
        value_deserializer=JSONDeserializer(loads=orjson.loads),
    ).set_timestamp(lambda fact, _key, _timestamp, _headers: fact["at"])
    windows = facts.tumbling_window(HALF_HOUR, grace_ms=GRACE).reduce(reducer=add, initializer=begin).current()
    windows.apply(lambda found: {**found["value"], "key": f"{found['value']['place']}|{found['start']}"}).to_topic(
        figures, key=lambda found: found["key"]
    )
    facts.apply(waiting, stateful=True).to_topic(figures, key=lambda found: found["place"])
    app.run()


if __name__ == "__main__":
    broker, source, target, name, _, state = sys.argv[1:]
    main(broker, source, target, name, state)
