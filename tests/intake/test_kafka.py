"""The cluster is made to hold the contract, and what cannot be made so is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaProtocolError

from stream.config.settings import Settings, load
from stream.embedded.broker import Broker
from stream.errors import BrokerMissing, PartMissing, WrongUse
from stream.intake.kafka import Difference, Wanted, admin_client, apply, apply_topics, differences, explain, wanted_topics
from stream.wire.topics import Topic
from stream.wire.topics import load as load_topics


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """The settings of an installation that nobody else uses."""
    return load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix=f"t{uuid4().hex[:8]}-", partitions=2)


@pytest.fixture
def client(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client of the test's cluster."""
    with admin_client(settings) as found:
        yield found


def stateless(settings: Settings) -> Wanted:
    """One of the topics without state."""
    return next(topic for topic in wanted_topics(settings) if topic.name == settings.topic("queue-readings"))


def test_an_empty_cluster_lacks_every_topic_and_apply_makes_them(settings: Settings, client: KafkaAdminClient) -> None:
    """After apply nothing differs, and a second apply changes nothing."""
    wanted = wanted_topics(settings)
    expected = [
        Difference(topic=settings.topic(name), what="topic", wanted="2 partitions, replication factor 1", found=None)
        for name in load_topics()
    ]

    assert expected == differences(client, wanted)
    assert expected == apply_topics(settings)
    assert [] == differences(client, wanted)
    assert [] == apply_topics(settings)


def test_more_copies_than_brokers_are_refused(settings: Settings, client: KafkaAdminClient) -> None:
    """One sentence before anything is made."""
    wanted = wanted_topics(replace(settings, replication_factor=3))
    with pytest.raises(WrongUse) as refused:
        apply(client, wanted)

    assert "This cluster has 1 broker, too few for 3 copies: use --replication-factor 1, or add brokers." == str(refused.value)
    assert len(wanted) == len(differences(client, wanted))


def test_fewer_copies_than_asked_for_are_told_and_not_passed_over(settings: Settings, client: KafkaAdminClient) -> None:
    """Topics that are there with one copy do not hold what three copies promise, and Kafka's own tool adds them."""
    apply(client, wanted_topics(settings))
    wanted = wanted_topics(replace(settings, replication_factor=3))
    expected = [Difference(topic=settings.topic(name), what="copies", wanted="3", found="1") for name in load_topics()]
    assert expected == differences(client, wanted)
    with pytest.raises(WrongUse, match="This cluster has 1 broker, too few for 3 copies"):
        apply(client, wanted)


def test_an_error_that_repeats_its_request_is_named_alone(settings: Settings) -> None:
    """Nobody reads kilobytes of a request."""
    said = str(explain(KafkaProtocolError("x" * 6_000), settings))
    assert f"Kafka at {settings.bootstrap_servers} refuses: KafkaProtocolError." == said


def test_a_changed_configuration_is_found_and_set(settings: Settings, client: KafkaAdminClient) -> None:
    """Only what differs is set; the rest of the topic stays."""
    apply(client, [stateless(settings)])
    topic = replace(stateless(settings), config={**stateless(settings).config, "segment.ms": "700000"})
    expected = [Difference(topic=topic.name, what="segment.ms", wanted="700000", found="600000")]

    assert expected == differences(client, [topic])
    assert expected == apply(client, [topic])
    assert [] == differences(client, [topic])


def test_partitions_can_be_added_where_there_is_no_state(settings: Settings, client: KafkaAdminClient) -> None:
    """A topic without state grows; it never shrinks."""
    apply(client, [stateless(settings)])
    grown = replace(stateless(settings), partitions=3)

    apply(client, [grown])

    assert [] == differences(client, [grown])
    with pytest.raises(WrongUse) as refused:
        apply(client, [stateless(settings)])
    assert f"{grown.name} has 3 partitions and Kafka cannot take any away: set partitions to 3 or more." == str(refused.value)


def test_the_partitions_of_a_topic_with_state_never_change(settings: Settings, client: KafkaAdminClient) -> None:
    """The refusal comes before anything is changed, and says what to do."""
    events = next(topic for topic in wanted_topics(settings) if topic.state)
    apply(client, [events])
    wanted = [stateless(settings), replace(events, partitions=4)]

    with pytest.raises(WrongUse) as refused:
        apply(client, wanted)

    assert (
        f"{events.name} has 2 partitions and processors keep state by them, so it cannot get 4: "
        "set partitions to 2, or begin anew under another topic_prefix."
    ) == str(refused.value)
    assert ["topic", "partitions"] == [difference.what for difference in differences(client, wanted)]


def test_a_configuration_that_kafka_does_not_know_is_refused(settings: Settings) -> None:
    """Kafka's refusal is one sentence."""
    wanted = replace(stateless(settings), config={"cleanup.policy": "shred"})

    with pytest.raises(PartMissing, match=r"^Kafka at .* refuses: .*\.$"), admin_client(settings) as client:
        apply(client, [wanted])


@pytest.mark.timeout(60)
def test_no_broker_is_said() -> None:
    """Nobody listens on port 1: nothing waits for ever, and the sentence names the address and how to get a broker."""
    with pytest.raises(BrokerMissing) as missing:
        apply_topics(load(environ={}, bootstrap_servers="127.0.0.1:1"))

    assert (
        "No Kafka broker answers at 127.0.0.1:1: start one with `answerable broker start`, or set ANSWERABLE_BOOTSTRAP_SERVERS."
    ) == str(missing.value)


def test_an_address_without_a_port_is_refused() -> None:
    """The refusal shows how an address is written."""
    with pytest.raises(WrongUse) as refused:
        apply_topics(load(environ={}, bootstrap_servers="kafka"))

    assert "bootstrap_servers has kafka, which is no host:port: write for example kafka:9092." == str(refused.value)


def test_what_is_wanted_is_what_is_declared() -> None:
    """Prefix, counts and configuration come together; a topic with a count of its own keeps it."""
    topic = Topic(
        name="notes",
        description="",
        key="",
        partitions=1,
        state=False,
        internal=False,
        config={"a.b": "1"},
        producers=(),
        consumers=(),
        schemas=(),
    )
    expected = [
        Wanted(name="p-notes", partitions=1, replication_factor=3, state=False, config={"a.b": "1"}),
        Wanted(name="p-more", partitions=6, replication_factor=3, state=True, config={}),
    ]
    declared = {"notes": topic, "more": replace(topic, name="more", partitions=None, state=True, config={})}
    settings = load(environ={}, topic_prefix="p-", partitions=6, replication_factor=3)

    assert expected == wanted_topics(settings, declared)
