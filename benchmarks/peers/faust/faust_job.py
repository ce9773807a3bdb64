"""The job of JOB.md in Faust, as its guide teaches: records, agents, a table and a windowed table.

BOOTSTRAP=... READ=... WRITE=... APPLICATION=... PARTITIONS=4 STATE=... faust_job.py worker -l error --without-web
"""
# mypy: disable-error-code="arg-type, misc, untyped-decorator, attr-defined, no-untyped-call, call-arg"

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any, Final

import faust

WITHIN: Final = 20_000
HALF_HOUR: Final = 1_800
FIELDS: Final = ("offered", "answered", "abandoned", "wait_ms", "in_time", "out_of")

app = faust.App(
    os.environ["APPLICATION"],
    broker=f"kafka://{os.environ['BOOTSTRAP']}",
    topic_partitions=int(os.environ["PARTITIONS"]),
    datadir=os.environ["STATE"],
    consumer_auto_offset_reset="earliest",
    table_standby_replicas=0,
    topic_disable_leader=True,
    web_enabled=False,
)


class Data(faust.Record, serializer="json"):
    """The fields of an event that the job asks for."""

    contact_id: str | None = None
    queue: str | None = None
    channel: str | None = None


class Contact(faust.Record, serializer="json"):
    """Where a contact stands."""

    state: str
    place: str = ""
    offered_at: int = 0
    answered_at: int = 0


class Fact(faust.Record, serializer="json"):
    """What an event settled; at is the time of the offer in seconds, since and wait are in milliseconds."""

    place: str
    kind: str
    at: float
    since: int
    wait: int


events = app.topic(os.environ["READ"], key_type=str, value_type=Data)
facts = app.topic(f"{os.environ['APPLICATION']}-facts", key_type=str, value_type=Fact)
figures = app.topic(os.environ["WRITE"], key_type=str, value_serializer="json")
contacts = app.Table("contacts", value_type=Contact)
waiting = app.Table("waiting", default=int)
half_hours = app.Table("half-hours", default=list).tumbling(HALF_HOUR, expires=timedelta(days=36_500)).relative_to_field(Fact.at)


@app.agent(events)
async def life(stream: Any) -> None:
    """The contact's life, by contact."""
    async for event in stream.events():
        headers = dict(event.headers)
        kind = headers["ce_type"]
        if kind == b"cc.clock.marked.v1":
            continue
        at = milliseconds(headers["ce_time"])
        identity = event.key
        if kind == b"cc.contact.begun.v1":
            contacts[identity] = Contact(state="begun")
        elif kind == b"cc.contact.offered.v1":
            place = f"{event.value.queue}|{event.value.channel}"
            contacts[identity] = Contact(state="waiting", place=place, offered_at=at)
            await facts.send(key=place, value=Fact(place=place, kind="offered", at=at / 1000, since=at, wait=0))
        elif (contact := contacts.get(identity)) is None:
            continue
        elif contact.state == "waiting" and kind in (b"cc.contact.answered.v1", b"cc.contact.abandoned.v1"):
            outcome = "answered" if kind == b"cc.contact.answered.v1" else "abandoned"
            if outcome == "answered":
                contacts[identity] = Contact(state="connected", place=contact.place, offered_at=contact.offered_at, answered_at=at)
            else:
                del contacts[identity]
            since = contact.offered_at
            fact = Fact(place=contact.place, kind=outcome, at=since / 1000, since=since, wait=at - since)
            await facts.send(key=contact.place, value=fact)
        elif kind == b"cc.contact.ended.v1":
            contacts[identity] = Contact(state="ended", place=contact.place, offered_at=contact.offered_at, answered_at=contact.answered_at)
        elif kind == b"cc.contact.wrapped_up.v1":
            del contacts[identity]


@app.agent(facts)
async def tally(stream: Any) -> None:
    """The figures, by queue and channel."""
    async for fact in stream:
        place = fact.place
        waiting[place] += 1 if fact.kind == "offered" else -1
        found = list(half_hours[place].value() or [0] * len(FIELDS))
        found[FIELDS.index(fact.kind)] += 1
        if fact.kind != "offered":
            found[5] += 1
        if fact.kind == "answered":
            found[3] += fact.wait
            found[4] += fact.wait <= WITHIN
        half_hours[place] = found
        start = fact.since // (HALF_HOUR * 1000) * HALF_HOUR * 1000
        await figures.send(key=f"{place}|{start}", value=dict(zip(FIELDS, found, strict=True)))
        await figures.send(key=place, value={"waiting": waiting[place]})


def milliseconds(text: bytes) -> int:
    """A time of RFC 3339 as milliseconds since the epoch."""
    return round(datetime.fromisoformat(text.decode()).timestamp() * 1000)


if __name__ == "__main__":
    app.main()
