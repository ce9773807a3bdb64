"""A real broker: it starts, answers, keeps its data, and leaves nothing running."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from stream.embedded.broker import Broker, running_in
from stream.errors import PartMissing, WrongUse


def create(broker: Broker, topic: str) -> None:
    """Make a topic."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        admin.create_topics([NewTopic(topic, 2, 1)])
    finally:
        admin.close()


def topics(broker: Broker) -> set[str]:
    """The topics there are, without Kafka's own."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        return {name for name in admin.list_topics() if not name.startswith("__")}
    finally:
        admin.close()


def test_a_topic_can_be_created(broker: Broker) -> None:
    """The broker of the tests is a real one: it makes a topic and lists it."""
    create(broker, "embedded-made-here")
    assert "embedded-made-here" in topics(broker)


def test_a_second_start_in_its_directory_is_refused(broker: Broker) -> None:
    """One directory, one broker."""
    with pytest.raises(WrongUse, match=f"A broker already runs in {broker.directory} at {broker.bootstrap}"):
        Broker(broker.directory).start()


def test_it_keeps_data_and_port_over_a_kill_and_leaves_nothing(tmp_path: Path) -> None:
    """After a SIGKILL it starts again on its port with its topics; after the end no process of it is left."""
    pids = []
    with Broker(tmp_path) as own:
        address = own.bootstrap
        pids.append(own.pid)
        create(own, "kept")
        own.kill()
        killed = running_in(tmp_path)
        own.start()
        pids.append(own.pid)
        assert (None, address, {"kept"}) == (killed, own.bootstrap, topics(own))
    assert ([False, False], None, False) == ([psutil.pid_exists(pid or 0) for pid in pids], own.pid, (tmp_path / "broker.json").exists())


def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    """The sentence of a taken port comes at once, and nothing has been started."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PartMissing, match="is taken"):
        Broker(tmp_path, taken.getsockname()[1]).start()
    assert None is running_in(tmp_path)


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """The sentence names the directory; nothing was started."""
    (tmp_path / "file").touch()
    where = tmp_path / "file" / "kafka"
    with pytest.raises(PartMissing, match=rf"^The embedded Kafka cannot write to {where} \(Not a directory\): choose another directory"):
        Broker(where).start()


def test_a_start_that_fails_says_where_to_look(tmp_path: Path) -> None:
    """Data of another cluster stop the start: the sentence names the log, and nothing is left running."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\ncluster.id=of-another\nnode.id=7\n")
    with pytest.raises(PartMissing, match=r"The embedded Kafka ended while it started: .+ See .+\.log\."):
        Broker(tmp_path).start()
    assert None is running_in(tmp_path)


ORPHAN = """
import os, signal, sys
from pathlib import Path
from stream.embedded.broker import Broker
with Broker(Path(sys.argv[1])) as own:
    print(own.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_does_not_outlive_whoever_uses_it(tmp_path: Path) -> None:
    """A process that is killed inside `with Broker(...)` leaves no broker behind."""
    done = subprocess.run([sys.executable, "-c", ORPHAN, str(tmp_path)], capture_output=True, text=True, check=False)
    waited = time.monotonic() + 20
    while running_in(tmp_path) is not None and time.monotonic() < waited:
        time.sleep(0.1)
    assert (-signal.SIGKILL, True, None) == (done.returncode, done.stdout.strip().isdigit(), running_in(tmp_path))
