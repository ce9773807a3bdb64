"""`answerable topics` says what is declared, what differs, and makes it so."""

from __future__ import annotations

from uuid import uuid4

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.embedded.broker import Broker
from stream.wire.topics import load

UNREACHABLE = ["--bootstrap-servers", "127.0.0.1:1"]


def run(*arguments: str) -> Result:
    """Run the command as a shell would, without any setting of this machine."""
    return CliRunner(env={"ANSWERABLE_CONFIG": "", "ANSWERABLE_BOOTSTRAP_SERVERS": ""}).invoke(main, ["topics", *arguments])


@pytest.fixture
def cluster(broker: Broker) -> list[str]:
    """Options for topics that nobody else uses."""
    return ["--bootstrap-servers", broker.bootstrap, "--prefix", f"t{uuid4().hex[:8]}-", "--partitions", "2"]


def test_list_needs_no_broker() -> None:
    """The declared topics are listed with prefix and counts, whether Kafka is there or not."""
    found = run("list", *UNREACHABLE, "--prefix", "p-", "--partitions", "6", "--json")

    assert 0 == found.exit_code
    assert [(f"p-{name}", 6) for name in load()] == [(row["topic"], row["partitions"]) for row in orjson.loads(found.stdout)]


def test_list_is_one_line_a_topic() -> None:
    """Name, partitions, how long it is kept, its key, and whether it has state."""
    lines = run("list").stdout.splitlines()

    assert len(load()) == len(lines)
    assert "contact-events       4 partitions  14 d       by contact_id        state" in lines
    assert "queue-readings       4 partitions  compacted  by scope|window" in lines


def test_apply_makes_what_diff_misses(cluster: list[str]) -> None:
    """Diff ends with 1 before and with 0 after apply."""
    before, done, after = run("diff", *cluster), run("apply", *cluster), run("diff", *cluster)
    prefix = cluster[3]

    assert (1, 0, 0) == (before.exit_code, done.exit_code, after.exit_code)
    assert [f"{prefix}{name}: is not there (2 partitions, replication factor 1)" for name in load()] == before.stdout.splitlines()
    assert [f"{prefix}{name}: created" for name in load()] == done.stdout.splitlines()
    assert "The cluster holds all topics as declared.\n" == after.stdout == run("apply", *cluster).stdout


def test_diff_and_apply_speak_json(cluster: list[str]) -> None:
    """Pipelines read the differences as objects; none is an empty list."""
    expected = {
        "topic": f"{cluster[3]}agent-events",
        "what": "topic",
        "wanted": "2 partitions, replication factor 1",
        "found": None,
    }

    assert expected == orjson.loads(run("diff", *cluster, "--json").stdout)[0]
    assert expected == orjson.loads(run("apply", *cluster, "--json").stdout)[0]
    assert [] == orjson.loads(run("diff", *cluster, "--json").stdout)


def test_apply_refuses_to_change_the_partitions_of_state(cluster: list[str]) -> None:
    """It ends with 2 and a sentence that says what to do."""
    run("apply", *cluster)

    refused = run("apply", *cluster[:-1], "4")

    assert 2 == refused.exit_code
    assert refused.stderr.startswith(f"Error: {cluster[3]}agent-events has 2 partitions and processors keep state by them")


@pytest.mark.parametrize("command", ["diff", "apply"])
def test_without_a_broker_it_ends_with_3(command: str) -> None:
    """One sentence, no traceback."""
    found = run(command, *UNREACHABLE)

    assert (3, "") == (found.exit_code, found.stdout)
    assert [
        "Error: No Kafka broker answers at 127.0.0.1:1: start one with `answerable broker start`, or set ANSWERABLE_BOOTSTRAP_SERVERS."
    ] == found.stderr.splitlines()


@pytest.mark.parametrize("command", ["list", "diff", "apply"])
def test_help_shows_an_example(command: str) -> None:
    """Whoever asks for help sees how to call it."""
    assert f"answerable topics {command}" in run(command, "--help").stdout
