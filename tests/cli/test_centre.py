"""`answerable centre unknown`: the lines to add for queues and agents that come and are not declared."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from stream.cli import main
from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.core.centre import Centre, Person, Queue
from stream.core.events import Event
from stream.core.scopes import CANARY
from stream.core.strangers import MOST, Strangers
from stream.embedded.broker import Broker
from stream.intake.newest import newest
from stream.intake.publish import Sending
from stream.wire.codec import CONTACT_TOPIC, to_json_line
from tests.intake.listening import installation

CENTRE = """version: 1
time_zone: Europe/Berlin
queues:
  billing: {channels: [call], ids: [q-17]}
agents:
  a1: {ids: [1001]}
"""
ARN = "arn:aws:connect:eu-central-1:1:instance/i/queue/q"
AT = 1_772_442_000_000


def contact(number: int, queue: str, agent: str) -> list[Event]:
    """Two events of a contact."""
    name = f"c{number}"
    offered = {"contact_id": name, "queue": queue, "channel": "chat", "customer_ref": "p7"}
    answered = {"contact_id": name, "queue": queue, "channel": "chat", "agent_id": agent}
    at = AT + 1_000 * number
    return [Event(at, "contact.offered", name, f"s|{name}-1", offered), Event(at, "contact.answered", name, f"s|{name}-2", answered)]


EVENTS = [
    *contact(1, "billing", "a1"),
    *contact(2, "q-17", "1001"),
    *contact(3, "q-18", "1002"),
    *contact(4, ARN, "1002"),
    *contact(5, "q-18", "a\x1b[2Jx"),
    *contact(6, CANARY, ""),
    Event(AT, "agent.state_changed", "1002", "s|p", {"agent_id": "1002", "state": "available", "queues": ["q-18", "billing"]}),
]
TOLD = """# Add these below the same keys of the centre's file. What is another name of a queue or agent that is there already
# goes under its `ids` instead.
queues:
  "q-18": {channels: [chat]} # 5 events, the last 2026-03-02 09:00 UTC
  queue-2: {channels: [chat], ids: ["%s"]} # 2 events, the last 2026-03-02 09:00 UTC
agents:
  "1002": {} # 3 events, the last 2026-03-02 09:00 UTC
  agent-2: {ids: ["a\\u001b[2Jx"]} # 1 event, the last 2026-03-02 09:00 UTC
"""


def run(*words: str) -> Result:
    """The command."""
    return CliRunner().invoke(main, ["centre", "unknown", *words])


def test_what_it_prints_can_be_pasted(tmp_path: Path) -> None:
    """Pasted into the file, nobody is unknown any more; neither run names a customer or sends what a terminal would obey."""
    path, events = tmp_path / "centre.yaml", tmp_path / "events.jsonl"
    path.write_text(CENTRE)
    events.write_bytes(b"".join(to_json_line(event, "s") for event in EVENTS))
    words = ("--source", "events", "--centre", str(path), str(events))
    done = run(*words)
    assert (1, TOLD % ARN) == (done.exit_code, done.stdout)
    says = f"Error: {path} does not declare 2 queues and 2 agents of the 13 events that were read: they count as other.\n"
    assert says == done.stderr
    assert ("p7" in done.output, "\x1b" in done.output) == (False, False)

    declared, more = yaml.safe_load(CENTRE), yaml.safe_load(done.stdout)
    path.write_text(yaml.safe_dump({key: {**value, **more[key]} if key in more else value for key, value in declared.items()}))
    again = run(*words)
    assert (0, "", f"{path} knows every queue and agent of the 13 events that were read.\n") == (
        again.exit_code,
        again.stdout,
        again.stderr,
    )
    assert "queue-2" == read_centre(path).queue(ARN)


def test_a_name_that_it_makes_up_is_nobodys_yet(tmp_path: Path) -> None:
    """Pasted a second time, it would take the place of the first one; nor may it be what somebody else is called."""
    path, events = tmp_path / "centre.yaml", tmp_path / "events.jsonl"
    path.write_text(CENTRE.replace("a1: {ids: [1001]}", "agent-1: {}").replace("ids: [q-17]", "ids: [queue-1]"))
    told = [*contact(1, ARN, "a\x1bx"), *contact(2, "billing", "agent-2"), *contact(3, ARN, "a\x1bx")]
    events.write_bytes(b"".join(to_json_line(event, "s") for event in told))
    more = yaml.safe_load(run("--source", "events", "--centre", str(path), str(events)).stdout)

    assert ({"queue-2": [ARN]}, {"agent-3": ["a\x1bx"], "agent-2": None}) == tuple(
        {name: one.get("ids") for name, one in more[key].items()} for key in ("queues", "agents")
    )


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """Files without a source, and a centre that takes everybody as they come."""
    path = tmp_path / "centre.yaml"
    path.write_text("version: 1\ntime_zone: UTC\n")
    assert (2, True) == ((done := run("x.jsonl")).exit_code, "Files need --source" in done.stderr)
    assert (2, True) == ((done := run("--centre", str(path))).exit_code, "declares neither queues nor agents" in done.stderr)


def test_names_without_end_are_only_counted() -> None:
    """A system that makes a name for each call does not fill memory."""
    strangers = Strangers(Centre(queues={"billing": Queue("billing", ("call",))}, people={"a1": Person(name="a1")}))
    for number in range(MOST + 7):
        for event in contact(number, f"q-{number}", f"b{number}"):
            strangers.take(event)
    assert (MOST, MOST, 7 * 3) == (len(strangers.queues), len(strangers.agents), strangers.more)
    open_centre = Strangers(Centre())
    for event in EVENTS:
        open_centre.take(event)
    assert not open_centre


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


def test_the_newest_events_of_the_topics_are_read(settings: Settings, tmp_path: Path) -> None:
    """From Kafka the same lines; and of a long topic only so many."""
    path = tmp_path / "centre.yaml"
    path.write_text(CENTRE)
    with closing(Sending(settings, "s")) as sending:
        for number in range(100, 500):
            for event in contact(number, "billing", "a1"):
                sending.send(event)
        sending.tell(AT)
        for event in EVENTS:
            sending.send(event)
        sending.flush()
    place = ("--bootstrap-servers", settings.bootstrap_servers, "--prefix", settings.topic_prefix, "--centre", str(path))
    done = run(*place, "--events", "100")
    read = list(newest(settings, (CONTACT_TOPIC,), 100))

    assert (1, TOLD % ARN) == (done.exit_code, done.stdout), done.stderr
    assert (True, True) == (len(read) <= 100, {event.id for event in EVENTS[:12]} <= {event.id for event in read})
    assert "p7" not in done.output
