"""Recovery on a real broker: what is read again, and what stops it."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiokafka
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.intake.kafka import admin_client
from stream.live.changelogs import changelog_name, look_up
from stream.live.preflight import check
from tests.live.installation import ROOT, Installation, Worker, as_counted, counted, events, installation, record
from tests.live.stages import COUNTED

OPENED = re.compile(r"(\d+) stages were made anew, of (\d+) records")
KEYS = 4_000


def read_at_start(worker: Worker) -> int:
    """How many changelog records its first recovery read."""
    found = OPENED.search(worker.log.read_text())
    assert found is not None
    return int(found[2])


def test_a_worker_with_rocksdb_reads_only_the_rest(broker: Broker, tmp_path: Path) -> None:
    """After a clean stop nothing is read; after SIGKILL less than there is; on an empty disk all of it. It counts on each time."""
    with installation(broker.bootstrap, tmp_path, store="rocksdb") as here:
        first = here.start(store="rocksdb").wait_ready()
        assert 0 == read_at_start(first)
        here.send(events(range(1_000)))
        here.read(COUNTED, 1_000)
        assert 0 == first.stop()

        second = here.start(store="rocksdb").wait_ready()
        assert 0 == read_at_start(second)
        here.send(events(range(1_000, 2_000)))
        here.read(COUNTED, 2_000)
        second.signal(signal.SIGKILL)
        second.wait()

        third = here.start(store="rocksdb").wait_ready()
        after_kill = read_at_start(third)
        here.send(events(range(2_000, 3_000)))
        here.read(COUNTED, 3_000)
        assert 0 == third.stop()

        elsewhere = here.start(store="rocksdb", data_dir=str(tmp_path / "new")).wait_ready()
        assert 0 < after_kill < read_at_start(elsewhere)
        here.send(events(range(3_000, 3_500)))
        assert counted(range(3_500)) == as_counted(here.read(COUNTED, 3_500))
        assert 0 == elsewhere.stop()


def test_two_workers_with_rocksdb_share_a_directory(broker: Broker, tmp_path: Path) -> None:
    """One is killed, the other takes over, the first comes back: each event counts once, on whatever slot."""
    ids = range(3_000)
    with installation(broker.bootstrap, tmp_path) as here:
        first, second = [worker.wait_ready() for worker in [here.start(store="rocksdb") for _ in range(2)]]
        here.send(events(ids[:1_000]))
        here.read(COUNTED, 1_000)
        first.signal(signal.SIGKILL)
        first.wait()
        here.send(events(ids[1_000:2_000]))
        here.start(store="rocksdb")
        here.read(COUNTED, 2_000)
        here.send(events(ids[2_000:]))
        assert counted(ids) == as_counted(here.read(COUNTED, len(ids)))
        assert 0 == second.stop()
        state = tmp_path / "state" / here.settings.installation
        assert ["0", "1"] == sorted(place.name for place in state.iterdir())


def test_a_kept_partition_reads_only_what_was_written_meanwhile(broker: Broker, tmp_path: Path) -> None:
    """In memory too: a worker that slept past its session has what it had, and reads the rest."""
    with installation(broker.bootstrap, tmp_path, partitions=1) as here:
        (sleeper,) = here.start_all(1)
        here.send(events(range(KEYS), keys=KEYS))
        here.read(COUNTED, KEYS)
        sleeper.signal(signal.SIGSTOP)
        (other,) = here.start_all(1)
        here.send(events(range(KEYS, KEYS + 100), keys=KEYS))
        here.read(COUNTED, KEYS + 100)
        assert read_at_start(other) >= KEYS
        sleeper.signal(signal.SIGCONT)
        assert 0 == other.stop()
        here.send(events(range(KEYS + 100, KEYS + 200), keys=KEYS))
        assert counted(range(KEYS + 200), keys=KEYS) == as_counted(here.read(COUNTED, KEYS + 200))
        reads = [int(count) for _, count in OPENED.findall(sleeper.log.read_text())]
        assert max(reads) < KEYS


def test_a_changelog_that_was_made_anew_is_not_taken_for_the_old_one(broker: Broker, tmp_path: Path) -> None:
    """A copy on disk of a topic that was deleted is thrown away: the counts begin at one."""
    with installation(broker.bootstrap, tmp_path) as here:
        first = here.start(store="rocksdb").wait_ready()
        here.send(events(range(600)))
        here.read(COUNTED, 600)
        assert 0 == first.stop()
        before = look_up(here.settings)
        deleted = {"contacts", "agents", "scopes"}
        names = [changelog_name(here.settings, name) for name in sorted(deleted)]
        with admin_client(here.settings) as client:
            client.delete_topics(names)
            facts = here.settings.topic("scope-facts")
            counts = {(facts, number): -1 for number in range(4)}
            client.delete_records({aiokafka.TopicPartition(*tp): end for tp, end in counts.items()})
        here.start(store="rocksdb").wait_ready()
        found = here.read(COUNTED, 1_200)
        once = counted(range(600))["counts"]
        assert {key: sorted(counts * 2) for key, counts in once.items()} == as_counted(found)["counts"]
        after = look_up(here.settings).ids
        assert deleted == {name for name, identity in before.ids.items() if after[name] != identity}


def write(here: Installation, topic: str, partition: int, key: bytes | None, value: bytes | None) -> int:
    """Write one record as a stranger would; its offset."""

    async def run() -> int:
        producer = here.producer()
        await producer.start()
        written = await producer.send_and_wait(topic, value, key, partition=partition)
        await producer.stop()
        return int(written.offset)

    return asyncio.run(run())


def set_policy(here: Installation, topic: str, policy: str) -> None:
    """Set a topic's cleanup policy, and wait until the broker says so."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, ["cleanup.policy"])
    with admin_client(here.settings) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"cleanup.policy": policy})])
        while client.describe_configs([resource], config_filter="all")["topic"][topic]["cleanup.policy"]["value"] != policy:
            time.sleep(0.05)


def test_a_record_without_a_key_stops_recovery(broker: Broker, tmp_path: Path) -> None:
    """Topic, partition and offset are named, and the worker ends with 1."""
    with installation(broker.bootstrap, tmp_path) as here:
        here.start_all(1)[0].stop()
        topic = changelog_name(here.settings, "scopes")
        set_policy(here, topic, "delete")  # Kafka takes no such record while a topic is compacted
        offset = write(here, topic, 2, None, b"1")
        set_policy(here, topic, "compact")
        broken = here.start()
        assert 1 == broken.wait()
        assert f"Error: Record {offset} of {topic}, partition 2, has no key, so no worker wrote it" in broken.log.read_text()


def test_a_damaged_record_stops_recovery(tmp_path: Path) -> None:
    """A record on the broker's disk that does not match its check sum any more is named, and not waited for."""
    with Broker(tmp_path / "broker") as own, installation(own.bootstrap, tmp_path, partitions=1) as here:
        here.start_all(1)[0].stop()
        topic = changelog_name(here.settings, "contacts")
        write(here, topic, 0, b"k1", b"%d" % 10**12)
        (segment,) = (tmp_path / "broker").rglob(f"{topic}-0/*.log")
        written = segment.read_bytes()
        with segment.open("r+b") as file:
            file.seek(written.index(b"%d" % 10**12))
            file.write(b"7")
        broken = here.start()
        assert 1 == broken.wait()
        assert re.search(rf"Error: A record of {topic}, partition 0, from offset \d+ to \d+, is damaged", broken.log.read_text())


def test_a_full_disk_ends_the_worker_in_order(broker: Broker, tmp_path: Path) -> None:
    """RocksDB can write no more: one sentence and exit code 3; a worker with room counts on, and nothing is lost or twice."""
    ids = range(12_000)
    keys = [random.Random(number).randbytes(450).hex() for number in ids]
    sent = [("contact-events", b"k", record(f"e{number}", keys[number])) for number in ids]
    with installation(broker.bootstrap, tmp_path, partitions=1) as here:
        worker = here.start(store="rocksdb", file_limit=200_000).wait_ready()
        here.send(sent)
        assert 3 == worker.wait(60)
        assert re.search(r"Error: The state cannot be kept in .*/state/.*-0 \(.*\): make room", worker.log.read_text())
        here.start(store="rocksdb").wait_ready()
        found = as_counted(here.read(COUNTED, len(ids)))
        assert {"ids": sorted(f"e{number}" for number in ids), "counts": {key: [1] for key in sorted(keys)}} == found


def test_a_changelog_that_kafka_deletes_from_is_refused(broker: Broker, tmp_path: Path) -> None:
    """The sentence has the command that mends it; nothing starts on a state that goes away by itself."""
    with installation(broker.bootstrap, tmp_path) as here:
        here.start_all(1)[0].stop()
        topic = changelog_name(here.settings, "agents")
        set_policy(here, topic, "compact,delete")
        with pytest.raises(PartMissing, match=f"--entity-name {topic} --add-config cleanup.policy=compact"):
            look_up(here.settings)
        assert 3 == here.start().wait()


def test_state_of_a_newer_release_stops_the_product(broker: Broker, tmp_path: Path) -> None:
    """The real stages: one sentence that names the state, the versions' order and what to do, and exit code 1."""
    with installation(broker.bootstrap, tmp_path, partitions=1) as here:
        settings = here.settings
        asyncio.run(check(settings))
        write(here, changelog_name(settings, "agents"), 0, b"=a1", b"[99,[]]")
        env = {
            **os.environ,
            "ANSWERABLE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "ANSWERABLE_TOPIC_PREFIX": settings.topic_prefix,
            "ANSWERABLE_APPLICATION_ID": settings.application_id,
            "ANSWERABLE_WEB_PORT": "0",
            "ANSWERABLE_DATA_DIR": str(tmp_path),
        }
        command = [sys.executable, "-m", "stream", "worker"]
        ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert 1 == ended.returncode
        assert "Error: An entry in the state of agents, partition 0 cannot be read. The state was written in version 99" in ended.stderr
        assert "run that release, or make the state anew with --rebuild" in ended.stderr
