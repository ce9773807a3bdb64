"""The cluster behind the contract: what of topics/ is missing or different there, and making it so.

Everything that talks to kafka-python's admin client is here; its errors leave as one sentence each.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, KafkaTimeoutError

from stream.config.settings import Settings
from stream.errors import AnswerableError, BrokerMissing, PartMissing, WrongUse, with_extra
from stream.intake.causes import Causes
from stream.wire.topics import Topic
from stream.wire.topics import load as load_topics

BOOTSTRAP_TIMEOUT: Final = 6_000
"""How long (ms) a broker that listens may take to answer for the first time."""

READ_TO_THE_END: Final[Mapping[str, Any]] = {
    # kafka-python counts this sum in Python: nine tenths of the time. The broker has checked what came, and so does TCP on its way to us.
    "check_crcs": False,
    "max_poll_records": 5_000,
    # Where one partition has nothing more, the answer would wait for it, and the others' records with it.
    "fetch_max_wait_ms": 50,
}
"""How a consumer of kafka-python reads topics of ours from their beginning to their present end."""

SEEN_TIMEOUT: Final = 5.0
LONGEST_CAUSE: Final = 300
COPIES: Final = "copies"
"""What of a topic differs where each of its partitions has fewer copies than asked for."""
LISTEN_TIMEOUT: Final = 3.0
"""How long (s) to wait for a connection. kafka-python would try a port that nobody listens on again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A topic as this installation wants it: its name in Kafka, its counts and its configuration."""

    name: str
    partitions: int
    replication_factor: int
    state: bool
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is other than wanted. what: "topic", "partitions" or the name of a configuration; found: None where it is missing."""

    topic: str
    what: str
    wanted: str
    found: str | None
    state: bool = False

    def __str__(self) -> str:
        """One line for people."""
        if self.found is None:
            return f"{self.topic}: is not there ({self.wanted})"
        return f"{self.topic}: {self.what} is {self.found}, wanted is {self.wanted}"

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {name: value for name, value in asdict(self).items() if name != "state"}


def wanted_topics(settings: Settings, declared: Mapping[str, Topic] | None = None) -> list[Wanted]:
    """The declared topics with the prefix and the counts of this installation."""
    return [
        Wanted(
            name=settings.topic(topic.name),
            partitions=topic.partitions or settings.partitions,
            replication_factor=settings.replication_factor,
            state=topic.state,
            config=topic.config,
        )
        for topic in (load_topics() if declared is None else declared).values()
    ]


def explain(error: Exception, settings: Settings, causes: Sequence[Exception] = (), *, ours: bool = True) -> AnswerableError:
    """The sentence for an error of kafka-python or aiokafka; `causes` are the errors that led to a time-out.

    ours: whether it is the cluster of our own topics; of somebody else's, a source's mapping says how to reach it.
    """
    at = settings.bootstrap_servers
    for cause in (error, *causes):
        if sentence := _refusal(cause, settings, ours=ours):
            return PartMissing(sentence)
    if type(error).__name__ == "KafkaTimeoutError" or getattr(error, "retriable", False):
        hint = (
            "start one with `answerable broker start`, or set ANSWERABLE_BOOTSTRAP_SERVERS"
            if ours
            else "check bootstrap_servers of the mapping"
        )
        if settings.security_protocol != "PLAINTEXT":
            hint = f"check the address, and that its listener speaks {settings.security_protocol}"
        if settings.security_protocol.startswith("SASL"):
            # A broker that refuses a password closes the connection; often nothing else is heard of it.
            hint += " and knows this user and password"
        return BrokerMissing(f"No Kafka broker answers at {at}: {hint}.")
    said = str(error)  # some errors repeat the whole request
    return PartMissing(f"Kafka at {at} refuses: {said if len(said) <= LONGEST_CAUSE else type(error).__name__}.")


def _refusal(cause: Exception, settings: Settings, *, ours: bool) -> str:
    """What a cause means that no further try helps against; "" where it may be anything."""
    name, at = type(cause).__name__, settings.bootstrap_servers
    if name in {"SaslAuthenticationFailedError", "AuthenticationFailedError", "SaslAuthenticationFailed"}:
        return f"Kafka at {at} does not let {settings.sasl_username} in: check sasl_mechanism, sasl_username and the password."
    if name == "UnsupportedSaslMechanismError":
        return f"Kafka at {at} does not know {settings.sasl_mechanism}: set another sasl_mechanism."
    if "AuthorizationFailed" in name:
        rights = "the topics of the contract" if ours else "to read and to describe its topics"
        return f"Kafka at {at} allows this user too little ({cause}): grant it {rights}."
    if name == "UnsupportedCodecError":
        return f"Records on Kafka at {at} are compressed in a way that cannot be read yet: {with_extra('codecs')}."
    if "CERTIFICATE_VERIFY_FAILED" in str(cause):
        why = str(cause).rpartition("CERTIFICATE_VERIFY_FAILED] ")[2].partition(" (_ssl")[0]
        return f"The certificate of Kafka at {at} is not trusted ({why}): name its authority in tls_ca_file."
    return ""


def _require_listener(settings: Settings) -> None:
    """Say at once when nobody listens at any of the addresses."""
    for server in settings.brokers:
        host, _, port = server.rpartition(":")
        try:
            address = (host.strip("[]"), int(port))
        except ValueError:
            raise WrongUse(f"bootstrap_servers has {server}, which is no host:port: write for example kafka:9092.") from None
        with suppress(OSError), socket.create_connection(address, LISTEN_TIMEOUT):
            return
    raise explain(KafkaTimeoutError(), settings)


@contextmanager
def admin_client(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client of the cluster, closed at the end. Raises BrokerMissing or PartMissing within a few seconds."""
    _require_listener(settings)
    with Causes() as causes:
        client = None
        try:
            client = KafkaAdminClient(**settings.for_kafka_python(), bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT)
            yield client
        except KafkaError as error:
            raise explain(error, settings, causes.errors) from error
        finally:
            if client is not None:
                client.close()


def partition_counts(client: KafkaAdminClient) -> dict[str, int]:
    """The partitions of all topics of the cluster. Asked for all, because asking for one by name can create it."""
    return {name: len(copies) for name, copies in _copies(client).items()}


def _copies(client: KafkaAdminClient) -> dict[str, list[int]]:
    """By topic, how many copies each of its partitions has."""
    told = client.describe_topics()
    return {topic["name"]: [len(one["replica_nodes"]) for one in topic["partitions"]] for topic in told if topic["error_code"] == 0}


def differences(client: KafkaAdminClient, wanted: Sequence[Wanted]) -> list[Difference]:
    """What of the wanted topics is missing or different in the cluster. Configurations beyond the contract are the cluster's own."""
    counts = _copies(client)
    there = [topic for topic in wanted if topic.name in counts]
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name, list(topic.config)) for topic in there]
    configs = client.describe_configs(resources, config_filter="all")["topic"] if resources else {}
    found = []
    for topic in wanted:
        if topic.name not in counts:
            found.append(_missing(topic))
            continue
        copies = counts[topic.name]
        if copies and min(copies) < topic.replication_factor:
            # More copies than wanted are somebody's own decision.
            found.append(Difference(topic=topic.name, what=COPIES, wanted=str(topic.replication_factor), found=str(min(copies))))
        if len(copies) != topic.partitions:
            found.append(
                Difference(
                    topic=topic.name,
                    what="partitions",
                    wanted=str(topic.partitions),
                    found=str(len(copies)),
                    state=topic.state,
                )
            )
        for name, value in topic.config.items():
            given = str(configs[topic.name].get(name, {}).get("value"))
            if given != value:
                found.append(Difference(topic=topic.name, what=name, wanted=value, found=given))
    return found


def _missing(topic: Wanted) -> Difference:
    return Difference(
        topic=topic.name,
        what="topic",
        wanted=f"{topic.partitions} partitions, replication factor {topic.replication_factor}",
        found=None,
    )


def apply(client: KafkaAdminClient, wanted: Sequence[Wanted]) -> list[Difference]:
    """Make the cluster as wanted; give what was changed.

    Raises WrongUse, before anything is changed, for a count of partitions or copies that cannot become what is wanted.
    """
    found = differences(client, wanted)
    for difference in found:
        if difference.what == "partitions":
            _refuse(difference)
        elif difference.what == COPIES:
            _refuse_copies(len(client.describe_cluster()["brokers"]), int(difference.wanted))
            raise WrongUse(
                f"{difference.topic} has {difference.found} copies of each partition where {difference.wanted} are asked for: add them "
                f"with Kafka's own kafka-reassign-partitions.sh, or use --replication-factor {difference.found}."
            )
    by_name = {topic.name: topic for topic in wanted}
    new = [by_name[difference.topic] for difference in found if difference.what == "topic"]
    if new:
        _refuse_copies(len(client.describe_cluster()["brokers"]), max(topic.replication_factor for topic in new))
        client.create_topics(
            {
                topic.name: {
                    "num_partitions": topic.partitions,
                    "replication_factor": topic.replication_factor,
                    "configs": dict(topic.config),
                }
                for topic in new
            },
            wait_for_metadata=True,
        )
    more = {difference.topic: int(difference.wanted) for difference in found if difference.what == "partitions"}
    if more:
        client.create_partitions(more)
    changed: dict[str, dict[str, str]] = {}
    for difference in found:
        if difference.what not in {"topic", "partitions"}:
            changed.setdefault(difference.topic, {})[difference.what] = difference.wanted
    if changed:
        _configure(client, changed)
    if more or changed:
        _wait_until_seen(client, wanted)
    return found


def _wait_until_seen(client: KafkaAdminClient, wanted: Sequence[Wanted]) -> None:
    """Brokers hear of a change a moment after the controller took it."""
    deadline = time.monotonic() + SEEN_TIMEOUT
    while differences(client, wanted) and time.monotonic() < deadline:
        time.sleep(0.05)


def _refuse(difference: Difference) -> None:
    """Partitions of a topic with state never change: a key would move to where its state is not."""
    has, wants = difference.found, difference.wanted
    if difference.state:
        raise WrongUse(
            f"{difference.topic} has {has} partitions and processors keep state by them, so it cannot get {wants}: "
            f"set partitions to {has}, or begin anew under another topic_prefix."
        )
    if int(has or 0) > int(wants):
        raise WrongUse(f"{difference.topic} has {has} partitions and Kafka cannot take any away: set partitions to {has} or more.")


def _refuse_copies(brokers: int, copies: int) -> None:
    """No broker holds two copies of a topic."""
    if copies > brokers:
        has = "1 broker" if brokers == 1 else f"{brokers} brokers"
        raise WrongUse(f"This cluster has {has}, too few for {copies} copies: use --replication-factor {brokers}, or add brokers.")


def _configure(client: KafkaAdminClient, changed: Mapping[str, Mapping[str, str]]) -> None:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, dict(config)) for name, config in changed.items()]
    for name, result in client.alter_configs(resources)["topic"].items():
        if result != "OK":
            raise PartMissing(f"Kafka does not take the configuration of {name}: {result}.")


def apply_topics(settings: Settings) -> list[Difference]:
    """Make the cluster of these settings hold the contract; give what was changed."""
    with admin_client(settings) as client:
        return apply(client, wanted_topics(settings))
