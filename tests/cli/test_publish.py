"""`answerable publish` sends a file's events and says what it did."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.config.settings import load
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.intake.kafka import apply_topics
from stream.wire.codec import to_json_line

EVENTS = [
    Event(
        1_000_000 - 1_000 * number,
        "contact.offered",
        f"c-{number}",
        f"e-{number}",
        {"contact_id": f"c-{number}", "queue": "q", "channel": "call"},
    )
    for number in range(40)
]


def run(*arguments: str) -> Result:
    """Run the command as a shell would, without any setting of this machine."""
    return CliRunner(env={"ANSWERABLE_CONFIG": "", "ANSWERABLE_BOOTSTRAP_SERVERS": ""}).invoke(main, ["publish", *arguments])


@pytest.fixture
def cluster(broker: Broker) -> list[str]:
    """Options for topics that nobody else uses."""
    settings = load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix=f"t{uuid4().hex[:8]}-", partitions=2)
    apply_topics(settings)
    return ["--bootstrap-servers", broker.bootstrap, "--prefix", settings.topic_prefix]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A file of 40 events, the latest first, and a line that is none."""
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"".join(to_json_line(event, "test") for event in EVENTS) + b"nonsense\n")
    return path


def test_a_file_is_sent_and_counted(cluster: list[str], day: Path) -> None:
    """The summary counts what was sent and what was rejected; rejected lines are named on stderr, and it ends 1."""
    found = run("--source", "events", str(day), *cluster, "--duplicate-every", "10", "--json")
    summary = orjson.loads(found.stdout)
    expected = {
        "count": 44,
        "duplicates": 4,
        "marks": summary["marks"],
        "first_time": 961_000,
        "last_time": 1_000_000,
        "seconds": summary["seconds"],
        "rejected": {"undecodable": 1},
    }

    assert 1 == found.exit_code
    assert expected == summary
    assert "line 41: undecodable: " in found.stderr
    assert "Error: 1 of 41 lines are no events (see above); the others are sent." in found.stderr.splitlines()


def test_people_get_a_sentence(cluster: list[str], day: Path) -> None:
    """How many, how long, how fast."""
    day.write_bytes(day.read_bytes().removesuffix(b"nonsense\n"))

    found = run("--source", "events", str(day), *cluster)

    assert 0 == found.exit_code
    assert found.stdout.startswith("40 events sent in ")


def test_a_file_without_events_is_refused(tmp_path: Path) -> None:
    """Nothing is sent, and no broker is asked, where nothing can be read."""
    path = tmp_path / "none.jsonl"
    path.write_bytes(b"nonsense\n")

    found = run("--source", "events", str(path), "--bootstrap-servers", "127.0.0.1:1")

    assert (1, "") == (found.exit_code, found.stdout)
    assert f"Error: There are no events in {path}: check the name, --source and --mapping." in found.stderr.splitlines()


def test_without_a_broker_it_ends_with_3(day: Path) -> None:
    """The sentence names the address."""
    found = run("--source", "events", str(day), "--bootstrap-servers", "127.0.0.1:1")

    assert 3 == found.exit_code
    assert "Error: No Kafka broker answers at 127.0.0.1:1" in found.stderr


def test_help_shows_an_example() -> None:
    """Whoever asks for help sees how to call it."""
    assert "answerable publish --source events day.jsonl" in run("--help").stdout
