"""A manager interface is listened to into a real Kafka: through kills and cut connections what was missed heals, nothing doubles."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from stream.config.settings import Settings
from stream.core.events import Event
from stream.embedded.broker import Broker
from tests.intake.healing import events, through_kills_and_cuts
from tests.intake.listening import PATIENCE, command, installation, running
from tests.intake.manager import MEMBERS, SECRET, USER, Pbx, pbx
from tests.sources.queue_logs import balanced, counts, events_of, figures

ALL = "tell: [agents, calls, waiting]\nreconcile: 5s"


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


def called(settings: Settings, directory: Path, address: str, more: str) -> list[str]:
    """The call of `answerable listen` for a PBX at an address."""
    mapping = directory / "pbx.yaml"
    mapping.write_text(f"version: 1\naddress: {address}\nusername: {USER}\nsecret_env: AMI_SECRET\n{more}\n")
    return command(settings, "asterisk-ami", directory / "state.json", "--mapping", mapping)


def listening(
    settings: Settings, directory: Path, address: str, more: str = ALL
) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen`, ready, with the address of its pages."""
    return running(called(settings, directory, address, more), AMI_SECRET=SECRET)


def agrees(found: dict[str, Event], system: Pbx) -> bool:
    """Whether the topics know what the PBX knows: what each member does, how many wait, and nobody talks who does not."""
    last = {one.subject: one for one in sorted(found.values(), key=lambda one: (one.time, one.id)) if one.type.startswith("agent.")}
    states = {name: last[f"asterisk/{name}"].data["state"] if f"asterisk/{name}" in last else "" for name in MEMBERS}
    measures = figures(found.values()).get("billing")
    answered, over = ({one.subject for one in found.values() if one.type == f"contact.{kind}"} for kind in ("answered", "ended"))
    return (
        states == {name: system.state_of(name) for name in MEMBERS}
        and measures is not None
        and measures["waiting"] == len(system.waiting)
        and answered - over <= {f"asterisk/{call}" for call in system.talking}
    )


def test_kills_and_cut_connections_heal_and_double_no_contact(settings: Settings, tmp_path: Path) -> None:
    """Kill -9 and cuts at any byte in a loop, while calls come and go: in the end the topics know what the PBX knows.

    Beside the queue_log of the same PBX all counts are the log's: whatever was missed, invented or told twice changes none.
    """
    with pbx(11) as system:
        found, lines = through_kills_and_cuts(
            system, settings, lambda: listening(settings, tmp_path, system.address), lambda found: agrees(found, system)
        )

    from_log = events_of(system.log)
    alone, both = figures(found.values())["billing"], figures([*from_log, *found.values()])["billing"]
    assert agrees(found, system)
    assert balanced(alone)
    contacts = {one.subject for one in found.values() if one.type.startswith("contact.") and one.type != "contact.confirmed"}
    assert len(contacts) == alone["offered"]
    assert counts(figures(from_log)["billing"]) == counts(both)
    assert 'cc_source_gaps_total{source="asterisk-ami"} 4' in lines
    assert 'cc_source_connected{source="asterisk-ami"} 1' in lines


def test_staffing_and_waits_are_told_beside_the_queue_log(settings: Settings, tmp_path: Path) -> None:
    """As shipped, with a plain login on the same machine: states of static members and who waits; no call is told."""
    with pbx(3) as system:
        while len(system.waiting) < 2:
            system.step()
        with listening(settings, tmp_path, system.address, "auth: plain\nreconcile: 5s") as (_, _):
            deadline = time.monotonic() + PATIENCE
            found = events(settings)
            while not any(one.type == "agent.heartbeat" for one in found.values()):
                assert time.monotonic() < deadline
                time.sleep(0.3)
                found = events(settings)
        waiting = {f"asterisk/{call}" for call in system.waiting}
        states = {one.subject: one.data["state"] for one in found.values() if one.type == "agent.state_changed"}
    assert ["plain"] == system.logins
    assert {"agent.state_changed", "agent.heartbeat", "contact.confirmed"} == {one.type for one in found.values()}
    assert waiting == {one.subject for one in found.values() if one.type == "contact.confirmed"}
    assert {f"asterisk/{name}": system.state_of(name) for name in MEMBERS} == states


@pytest.mark.parametrize(("secret", "port", "said"), [("wrong", None, "does not let answerable in"), (SECRET, 1, "cannot be reached")])
def test_a_pbx_that_lets_nobody_in_is_named(settings: Settings, tmp_path: Path, secret: str, port: int | None, said: str) -> None:
    """At the start the call is likely to be wrong: one sentence, and the exit code of a part that is not there; never the secret."""
    with pbx(1) as system:
        call = called(settings, tmp_path, system.address if port is None else f"127.0.0.1:{port}", "")
        done = subprocess.run(call, capture_output=True, text=True, env={**os.environ, "AMI_SECRET": secret}, timeout=PATIENCE, check=False)
    assert 3 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert secret not in done.stderr + done.stdout
