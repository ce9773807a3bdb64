"""The promise itself: what live workers wrote to a real Kafka equals a replay of the same events, figure by figure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.core.centre import Centre
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.replay.driver import replay
from stream.verify.compare import differences

ROOT = Path(__file__).parent.parent.parent
MAPPING = ROOT / "tests/sources/call_log/bank-1999.mapping.yaml"
WEEK = "data/bank-calls-1999-02-01-to-07.tsv"


def verify(broker: Broker, *arguments: str) -> Result:
    """Run `answerable verify --json` on the tests' broker."""
    return CliRunner().invoke(main, ["verify", "--json", "--bootstrap-servers", broker.bootstrap, *arguments])


def told(result: Result) -> dict[str, object]:
    """What it said: equal or not, and the differences."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    outcome = orjson.loads(result.stdout.splitlines()[-1])
    return {"exit": result.exit_code, "equal": outcome["equal"], "differences": outcome["differences"]}


EQUAL = {"exit": 0, "equal": True, "differences": []}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "disorder",
    [(), ("--shuffle", "30", "--seed", "3"), ("--duplicate-every", "10", "--seed", "4")],
    ids=["as it happened", "shuffled", "every tenth twice"],
)
def test_the_real_week_through_two_workers(broker: Broker, shared: Path, disorder: tuple[str, ...]) -> None:
    """Two live workers and a replay of the week agree in every reading, interval and breach, whatever the order of arrival."""
    result = verify(broker, "--source", "call-log", "--mapping", str(MAPPING), *disorder, str(shared / WEEK))

    assert told(result) == EQUAL


@pytest.mark.timeout(300)
def test_a_simulated_day_with_kills_through_three_workers(broker: Broker, tmp_path: Path) -> None:
    """Agents, chats and emails, judged by the shipped standards, shuffled and doubled, with workers killed in between."""
    day = tmp_path / "day.jsonl"
    simulated = CliRunner().invoke(
        main, ["simulate", "--seed", "1", "--scale", "0.3", "--day", date(2026, 3, 2).isoformat(), "--events", str(day)]
    )
    assert simulated.exit_code == 0, simulated.output
    declared = ("--centre", str(ROOT / "deploy/centre.yaml"), "--standards", str(ROOT / "deploy/standards.yaml"))
    disorder = ("--shuffle", "30", "--duplicate-every", "7", "--kill", "2", "--seed", "11")

    result = verify(broker, "--source", "events", *declared, "--workers", "3", *disorder, str(day))

    assert told(result) == EQUAL


@pytest.mark.timeout(300)
def test_partitions_that_wait_for_each_other_at_every_batch(broker: Broker, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no room at all for who is ahead, nothing gets stuck and nothing is lost, kills included."""
    monkeypatch.setenv("ANSWERABLE_MOST_AHEAD", "1")
    monkeypatch.setenv("ANSWERABLE_BATCH_SIZE", "500")

    result = verify(broker, "--source", "call-log", "--mapping", str(MAPPING), "--kill", "1", "--seed", "2", str(shared / WEEK))

    assert told(result) == EQUAL


@pytest.mark.timeout(300)
def test_a_simulated_day_with_features_through_two_workers(broker: Broker, tmp_path: Path) -> None:
    """Whatever can happen to a contact or an agent, in a day: live is what the replay says."""
    events = tmp_path / "days.jsonl"
    arguments = ["--seed", "4", "--scale", "0.03", "--features", "all", "--events", str(events)]
    simulated = CliRunner().invoke(main, ["simulate", *arguments])
    assert simulated.exit_code == 0, simulated.output
    declared = ("--centre", str(ROOT / "deploy/centre.yaml"), "--standards", str(ROOT / "deploy/standards.yaml"))

    result = verify(broker, "--source", "events", *declared, "--workers", "2", str(events))

    assert told(result) == EQUAL


def test_a_real_difference_is_told() -> None:
    """The check can fail: figures of one contact less differ, and the command that compares them would end 1."""

    def offered(contact: str, time: int) -> Event:
        return Event(time, "contact.offered", contact, f"test|{contact}", {"contact_id": contact, "queue": "billing", "channel": "call"})

    both = replay([offered("a", 1_000), offered("b", 2_000)], Centre(), ())
    one = replay([offered("b", 2_000)], Centre(), ())

    assert "queue-readings queue=billing|all: measures.offered is 1 live and 2 in replay" in differences(one, both)


def test_nothing_to_compare_is_no_success(tmp_path: Path) -> None:
    """A file without events ends 1 before any broker is started."""
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"")
    found = CliRunner().invoke(main, ["verify", "--source", "events", str(path)])
    assert (1, "", f"Error: There are no events in {path}: check the name, --source and --mapping.\n") == (
        found.exit_code,
        found.stdout,
        found.stderr,
    )
