"""Published events arrive in the partition of their key, and marks never overtake them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from stream.config.settings import Settings, load
from stream.core.events import CLOCK_MARKED, Event
from stream.embedded.broker import Broker
from stream.errors import BrokerMissing, PartMissing
from stream.intake.kafka import apply_topics
from stream.intake.publish import MARK_EVENT_TIME, Published, Sending, publish
from stream.wire.codec import EVENT_TOPICS, decode, topic_of
from tests.parts.topics import records_of

START = 917_845_200_000


@dataclass(frozen=True, slots=True)
class Read:
    """One record as it lies in Kafka."""

    topic: str
    partition: int
    event: Event


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """The settings of an installation with its topics, that nobody else uses."""
    found = load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix=f"t{uuid4().hex[:8]}-", partitions=3)
    apply_topics(found)
    return found


def contact(at: int, number: int, kind: str = "contact.offered") -> Event:
    """An event of the contact with this number."""
    data = {"contact_id": f"c-{number}", "queue": "billing", "channel": "call"}
    return Event(START + at, kind, f"c-{number}", f"test|{kind}-{number}", data)


def day(contacts: int, every: int = 100) -> list[Event]:
    """So many contacts, each offered and ended a little later, and an agent who comes and goes."""
    events = [contact(number * every, number) for number in range(contacts)]
    events += [contact(number * every + 20, number, "contact.ended") for number in range(contacts)]
    for at, state in ((0, "available"), (contacts * every, "offline")):
        data = {"agent_id": "a-1", "state": state, "queues": ["billing"]}
        events.append(Event(START + at, "agent.state_changed", "a-1", f"test|a-{state}", data))
    return sorted(events, key=lambda event: event.time)


def everything(settings: Settings) -> list[Read]:
    """All records of both topics, partition by partition in their order."""
    return [
        Read(one.topic.removeprefix(settings.topic_prefix), one.partition, decode(one.value, one.headers, one.key))
        for one in records_of(settings, EVENT_TOPICS)
    ]


def check_marks(found: list[Read], last: int) -> None:
    """No event comes for the first time after a mark of its time or later; the last record of each partition ends the input."""
    told: dict[tuple[str, int], int] = {}
    seen: set[str] = set()
    final: dict[tuple[str, int], int] = {}
    for read in found:
        place = read.topic, read.partition
        assert place not in final or read.event.type == CLOCK_MARKED
        if read.event.type == CLOCK_MARKED:
            assert read.event.time >= told.get(place, 0)
            told[place] = read.event.time
            if read.event.data["final"]:
                final[place] = read.event.time
        elif read.event.id not in seen:
            seen.add(read.event.id)
            assert read.event.time > told.get(place, 0)
    assert {(topic, number): last for topic in EVENT_TOPICS for number in range(3)} == final


def test_every_event_arrives_in_the_partition_of_its_key(settings: Settings) -> None:
    """Each event is there once, in its topic; a contact lies in one partition, and its events in their order."""
    events = day(300)
    reports: list[int] = []

    published = publish(events, settings, source="test", progress=reports.append)

    found = [read for read in everything(settings) if read.event.type != CLOCK_MARKED]
    places = {(read.event.subject, read.partition) for read in found}
    assert Counter((topic_of(event.type), event.id) for event in events) == Counter((read.topic, read.event.id) for read in found)
    assert 301 == len(places)
    assert {0, 1, 2} == {partition for _, partition in places}
    assert (602, 0, START, START + 30_000) == (published.count, published.duplicates, published.first_time, published.last_time)
    assert [500, 602] == reports


def test_keys_are_partitioned_like_kafkas_own_clients_do(settings: Settings) -> None:
    """murmur2, as Java's default partitioner: another producer of the same contact meets it in the same partition.

    The expected numbers are of 3 partitions: murmur2 of "21" is -973932308, of "foobar" -790332482 (Kafka's own tests).
    """
    for name in ("21", "foobar"):
        data = {"contact_id": name, "queue": "billing", "channel": "call"}
        publish([Event(START, "contact.offered", name, f"test|{name}", data)], settings, source="test", marks=False)

    expected = {("21", (-973932308 & 0x7FFFFFFF) % 3), ("foobar", (-790332482 & 0x7FFFFFFF) % 3)}
    assert expected == {(read.event.subject, read.partition) for read in everything(settings)}


def test_marks_never_overtake_events(settings: Settings) -> None:
    """Every partition of both topics hears until when all is sent, and at last that the input ends."""
    events = day(3_000)

    published = publish(events, settings, source="test")

    found = everything(settings)
    marks = {read.event.time for read in found if read.event.type == CLOCK_MARKED}
    check_marks(found, START + 300_000)
    assert published.marks == len(marks) > 2
    assert all(later - earlier >= MARK_EVENT_TIME for earlier, later in zip(sorted(marks)[:-2], sorted(marks)[1:-1], strict=True))


def test_marks_stay_true_when_events_are_shuffled_and_doubled(settings: Settings) -> None:
    """Each event is up to 30 s late, each tenth comes twice, and still no mark lies."""
    events = day(3_000)

    published = publish(events, settings, source="test", shuffle_ms=30_000, duplicate_every=10, seed=3)

    found = everything(settings)
    counts = Counter(read.event.id for read in found if read.event.type != CLOCK_MARKED)
    check_marks(found, START + 300_000)
    assert {event.id for event in events} == set(counts)
    assert {1: 5_402, 2: 600} == dict(Counter(counts.values()))
    assert (6_602, 600) == (published.count, published.duplicates)


def test_without_marks_there_are_none(settings: Settings) -> None:
    """On the wall clock nobody needs them."""
    published = publish(day(10), settings, source="test", marks=False)

    assert 0 == published.marks
    assert {"contact.offered", "contact.ended", "agent.state_changed"} == {read.event.type for read in everything(settings)}


def test_events_keep_their_pace(settings: Settings) -> None:
    """30 s at 10 times the speed take 3 s, and in the pause before the last event marks go on with the pace."""
    events = [contact(0, 1), contact(30_000, 2)]

    published = publish(events, settings, source="test", speed=10)

    told = sorted({read.event.time - START for read in everything(settings) if read.event.type == CLOCK_MARKED})
    assert published.seconds >= 3
    assert published.marks == len(told)
    assert 0 <= told[0] < 29_999
    assert [30_000] == [at for at in told if at >= 30_000]


def test_nothing_to_send_is_nothing_sent(settings: Settings) -> None:
    """Without an event there is no time to tell."""
    published = publish([], settings, source="test")
    expected = Published(count=0, duplicates=0, marks=0, first_time=None, last_time=None, seconds=published.seconds)

    assert expected == published
    assert [] == everything(settings)


def test_a_missing_topic_is_said(settings: Settings) -> None:
    """Publishing creates no topics: their partition counts belong to the contract."""
    other = load(environ={}, bootstrap_servers=settings.bootstrap_servers, topic_prefix="nobody-")

    with pytest.raises(PartMissing) as missing:
        publish(day(1), other, source="test")

    assert "The topic nobody-contact-events is not there: create it with `answerable topics apply`." == str(missing.value)


def test_a_record_that_kafka_does_not_take_is_said(settings: Settings) -> None:
    """An event of more than a megabyte is refused with a sentence."""
    event = contact(0, 1)
    event.data["reason"] = "x" * 2_000_000

    with pytest.raises(PartMissing, match=r"^Kafka at .* refuses: .*\.$"):
        publish([event], settings, source="test")


@pytest.mark.timeout(120)
def test_a_broker_that_dies_is_said(tmp_path: Path) -> None:
    """Sending ends with a sentence once the patience is over, and closing does not hang."""
    with Broker(tmp_path / "mortal") as mortal:
        found = load(environ={}, bootstrap_servers=mortal.bootstrap, partitions=1)
        apply_topics(found)
        with closing(Sending(found, "test", patience=1)) as sending:
            sending.send(contact(0, 1))
            sending.flush()
            mortal.kill()
            sending.send(contact(1, 2))
            with pytest.raises(BrokerMissing) as missing:
                sending.flush()

    assert f"Kafka at {mortal.bootstrap} has taken nothing for 1 s: look after its brokers." == str(missing.value)


def test_no_broker_is_said() -> None:
    """Nobody listens on port 1."""
    with pytest.raises(BrokerMissing, match=r"^No Kafka broker answers at 127\.0\.0\.1:1: "):
        publish([], load(environ={}, bootstrap_servers="127.0.0.1:1"), source="test")
