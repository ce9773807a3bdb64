"""A running intake of somebody else's topics: reads them, translates them, publishes, and saves the offsets.

Offsets are kept in our own state file and nowhere else: they are saved after Kafka has acknowledged what was made of the records before
them, and nobody's consumer group is touched. A partition that is far ahead of another one with unread records is held back, so that the
history of a topic comes out about in its order of time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError

from stream.config.secrets import read_secret
from stream.config.settings import Settings, load
from stream.errors import DataError, PartMissing
from stream.intake.causes import Causes
from stream.intake.customers import refuse_without_key
from stream.intake.kafka import BOOTSTRAP_TIMEOUT, explain
from stream.intake.outlet import Outlet, through_outages
from stream.intake.publish import Sending
from stream.intake.run import Run, Starting
from stream.intake.schema_registry import Registry, Schemas, from_file
from stream.intake.state import load_state, save_state
from stream.sources.records import CUSTOMER
from stream.sources.topic.mapping import TopicsMapping, read
from stream.sources.topic.schemas import Json, framed
from stream.sources.topic.translator import NAME, Decode, Record, Translator
from stream.wire.codec import EVENT_TOPICS

HELP: Final = "events of another schema in Kafka: JSON, Avro or Protobuf"
AGAIN: Final = "read the topics from their beginning"
CONNECTION: Final = (
    "bootstrap_servers",
    "security_protocol",
    "sasl_mechanism",
    "sasl_username",
    "tls_ca_file",
    "tls_cert_file",
    "tls_key_file",
)
KEYS: Final = (*CONNECTION, "sasl_password_env", "sasl_password_file", "topics", "begin")
POLL_MS: Final = 500
AT_ONCE: Final = 1_000
PATIENCE_MS: Final = 10_000
"""How long a broker may take to say where its partitions begin and end."""
LOOK_EVERY: Final = 1.0
"""How often (s) it is asked where the partitions end."""
PARTITIONS_EVERY: Final = 30.0
"""How often (s) new partitions are looked for."""
APART: Final = 60_000
"""How far (ms of the records' timestamps) a partition may be ahead of another one that has unread records."""


def run(starting: Starting) -> None:
    """Listen until stopped. Raises DeclarationError, WrongUse, DataError, or PartMissing before it was ready once."""
    mapping = read(starting.declared)
    run = starting.run
    refuse_without_key(run.settings.pseudonym_key, personal=any(one.name == CUSTOMER for rule in mapping.rules for one in rule.fields))
    theirs = connection(mapping, run.settings)
    decode = decoder(mapping, Path(starting.declared.path).parent)

    def connect(connected: Callable[[], None]) -> None:
        with closing(Sending(run.settings, NAME)) as sending, closing(_consumer(theirs, ours=theirs is run.settings)) as consumer:
            reading = Reading(mapping, consumer, theirs, Translator(mapping, decode), Outlet(sending, run.figures, run.settings), run)
            run.figures.connected = True
            connected()
            while not run.stopped():
                reading.read()

    through_outages(connect, run.figures, run.stopped, run.ready, run.say)


def connection(mapping: TopicsMapping, ours: Settings) -> Settings:
    """How their brokers are reached: as the mapping says, or as ours. Raises WrongUse where it would read what it writes."""
    section = mapping.kafka
    section.only(*KEYS)
    given: dict[str, Any] = {name: section.text(name) for name in CONNECTION if name in section}
    if "sasl_username" in section or "sasl_password_env" in section or "sasl_password_file" in section:
        given["sasl_password"] = read_secret(section, "sasl_password")
    if "bootstrap_servers" not in given:
        if given:
            raise section.error("kafka says how to connect, and not where to: add bootstrap_servers")
        theirs = ours
    else:
        theirs = load(environ={}, **given)
    for topic in mapping.topics:
        if set(theirs.brokers) & set(ours.brokers) and topic.text in {ours.topic(name) for name in EVENT_TOPICS}:
            raise topic.error(f"{topic.text} is where our own events are written: it cannot be read as somebody else's")
    return theirs


def decoder(mapping: TopicsMapping, home: Path) -> Decode:
    """How the values of their records are read. Raises DeclarationError, WrongUse or PartMissing where schemas are not there."""
    if mapping.format == "json":
        return Json().read
    if mapping.schema is not None:
        return from_file(mapping.schema, home, mapping.message).read
    schemas = Schemas(mapping.schemas, Registry(mapping.registry) if mapping.registry is not None else None, home)
    return lambda value: framed(value, schemas)


def _consumer(theirs: Settings, *, ours: bool) -> Any:
    with _explained(theirs, ours=ours):
        return KafkaConsumer(
            **theirs.for_kafka_python(),
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",  # where an offset is gone, `Reading` says so and counts it
            isolation_level="read_committed",
            max_poll_records=AT_ONCE,
            metadata_max_age_ms=int(PARTITIONS_EVERY * 1000),
        )


@contextmanager
def _explained(theirs: Settings, *, ours: bool) -> Iterator[None]:
    """What their brokers do not do, in one sentence. `ours`: whether they are those of our own topics."""
    with Causes() as causes:
        try:
            yield
        except KafkaError as error:
            raise explain(error, theirs, causes.errors, ours=ours) from error


class Reading:
    """From the saved offsets on, with one connection."""

    def __init__(self, mapping: TopicsMapping, consumer: Any, theirs: Settings, translator: Translator, outlet: Outlet, run: Run) -> None:
        """Go on where the saved state is. Raises DataError where that is damaged, PartMissing where a topic is not there."""
        self._mapping = mapping
        self._consumer = consumer
        self._theirs = theirs
        self._ours = theirs is run.settings
        self._translator = translator
        self._outlet = outlet
        self._run = run
        self._offsets, self._fresh = self._load()
        self._newest: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._looked = self._listed = 0.0

    def read(self) -> None:
        """One turn. Raises PartMissing where Kafka, theirs or ours, or the registry is away."""
        with _explained(self._theirs, ours=self._ours):
            self._look()
            try:
                batches = self._consumer.poll(POLL_MS)
            except OffsetOutOfRangeError as gone:
                batches = {}
                self._seek({}, list(gone.args[0]))
        if batches:
            self._take(batches)

    def _take(self, batches: dict[TopicPartition, list[Any]]) -> None:
        records = [one for batch in batches.values() for one in batch]
        records.sort(key=lambda one: (one.timestamp, one.topic, one.partition, one.offset))
        for one in records:
            record = Record(
                topic=one.topic,
                partition=one.partition,
                offset=one.offset,
                timestamp=one.timestamp,
                key=one.key,
                value=one.value,
                headers=tuple(one.headers),
            )
            self._outlet.take(self._translator.told(record), one.value or b"", one.offset, topic=one.topic, partition=one.partition)
        self._outlet.flush()
        now = time.time_ns() // 1_000_000  # a stamp of next year would hold its partition back till then
        for partition, batch in batches.items():
            self._newest[partition] = min(batch[-1].timestamp, now)
            self._offsets.setdefault(partition.topic, {})[str(partition.partition)] = batch[-1].offset + 1
        self._save()

    def _look(self) -> None:
        """See which partitions there are and how much of them is not read yet, and hold back those that are ahead."""
        now = time.monotonic()
        if now - self._listed >= PARTITIONS_EVERY or not self._listed:
            self._listed = now
            self._assign()
        if now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        assigned = list(self._consumer.assignment())
        self._ends = self._consumer.end_offsets(assigned, timeout_ms=PATIENCE_MS)
        left = {one: max(0, self._ends[one] - self._consumer.position(one)) for one in assigned}
        self._run.figures.backlog = sum(left.values())
        behind = min((self._newest.get(one, 0) for one, count in left.items() if count), default=0)
        ahead = {one for one, count in left.items() if count and self._newest.get(one, 0) > behind + APART}
        paused = self._consumer.paused()
        self._consumer.pause(*(ahead - paused))
        self._consumer.resume(*(paused - ahead))

    def _assign(self) -> None:
        """Read all partitions of the topics: each from where it was read to, new ones from their beginning."""
        found = []
        for topic in self._mapping.topics:
            numbers = self._consumer.partitions_for_topic(topic.text)
            if not numbers:
                raise PartMissing(f"The topic {topic.text} is not on {self._theirs.bootstrap_servers}: check its name and the rights.")
            found += [TopicPartition(topic.text, number) for number in sorted(numbers)]
        new = [one for one in found if one not in self._consumer.assignment()]
        if not new:
            return
        positions = {one: self._consumer.position(one) for one in self._consumer.assignment()}
        self._consumer.assign(found)
        self._seek(positions, new)
        if self._fresh:
            # What comes between this start and the first record that is read must not be taken for older than the start.
            self._fresh = False
            self._save()

    def _seek(self, positions: dict[TopicPartition, int], lost: list[TopicPartition]) -> None:
        """Go on at `positions`, and with the partitions that have none at where they are begun."""
        first = self._consumer.beginning_offsets(lost, timeout_ms=PATIENCE_MS)
        last = self._consumer.end_offsets(lost, timeout_ms=PATIENCE_MS)
        for one in lost:
            positions[one] = self._begin(one, first[one], last[one])
        for one, offset in positions.items():
            self._consumer.seek(one, offset)

    def _begin(self, one: TopicPartition, first: int, last: int) -> int:
        """Where a partition is read from; a part of it that is gone without having been read is a gap."""
        known = self._offsets.setdefault(one.topic, {})
        saved = known.get(str(one.partition))
        if saved is not None and first <= saved <= last:
            return saved
        if saved is not None:
            self._run.figures.gaps += 1
            self._run.say(f"Records of {one.topic}/{one.partition} were gone before they were read; what is there is read.")
        known[str(one.partition)] = last if self._fresh and self._mapping.begin == "latest" else first
        return known[str(one.partition)]

    def _save(self) -> None:
        save_state(self._run.state, {"offsets": self._offsets})

    def _load(self) -> tuple[dict[str, dict[str, int]], bool]:
        state = load_state(self._run.state, {"offsets": dict}, AGAIN)
        if state is None:
            return {}, True
        for known in state["offsets"].values():
            if not isinstance(known, dict) or any(not isinstance(one, int) or one < 0 for one in known.values()):
                raise DataError(f"{self._run.state} is no saved position of this version: remove it to {AGAIN}.")
        return state["offsets"], False
