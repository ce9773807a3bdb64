"""An event socket is listened to into a real Kafka: through kills and cut connections what was missed heals, nothing doubles."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread

import pytest

from stream.config.settings import Settings
from stream.core.events import Event
from stream.embedded.broker import Broker
from tests.intake.healing import events, through_kills_and_cuts, told
from tests.intake.listening import PATIENCE, command, installation, running
from tests.intake.switch import AGENTS, PASSWORD, Switch, switch
from tests.sources.queue_logs import balanced, counts, figures
from tests.sources.vendors import events_of

NAME = "freeswitch-event-socket"
SOURCE = f'{{source="{NAME}"}}'


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


def called(settings: Settings, directory: Path, address: str, more: str = "") -> list[str]:
    """The call of `answerable listen` for a switch at an address."""
    mapping = directory / "switch.yaml"
    mapping.write_text(f"version: 1\naddress: {address}\npassword_env: ESL_PASSWORD\nreconcile: 5s\n{more}\n")
    return command(settings, NAME, directory / "state.json", "--mapping", mapping)


def listening(
    settings: Settings, directory: Path, address: str, more: str = "", **environment: str
) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen`, ready, with the address of its pages."""
    return running(called(settings, directory, address, more), ESL_PASSWORD=PASSWORD, **environment)


def agrees(found: dict[str, Event], system: Switch) -> bool:
    """Whether the topics know what the switch knows: what each agent does, who waits where, and nobody talks who does not."""
    last = {one.subject: one for one in sorted(found.values(), key=lambda one: (one.time, one.id)) if one.type.startswith("agent.")}
    states = {name: last[name].data["state"] if name in last else "" for name in AGENTS}
    measures = figures(found.values())
    waiting = {
        queue: sum(system.members[call].queue == f"{queue}@default" for call in system.of(bridged=False)) for queue in ("billing", "sales")
    }
    answered, over = ({one.subject for one in found.values() if one.type == f"contact.{kind}"} for kind in ("answered", "ended"))
    return (
        states == {name: system.state_of(name) for name in AGENTS}
        and waiting == {queue: measures[queue]["waiting"] if queue in measures else 0 for queue in waiting}
        and answered - over == {f"freeswitch/{call}" for call in system.of(bridged=True)}
    )


def test_kills_and_cut_connections_heal_and_double_no_contact(settings: Settings, tmp_path: Path) -> None:
    """Kill -9 and cuts at any byte in a loop, while calls come and go: in the end the topics know what the switch knows.

    Beside all of its events, as a file has them, the counts are the file's: whatever was missed, invented or told twice changes none.
    """
    with switch(11) as system:
        found, lines = through_kills_and_cuts(
            system, settings, lambda: listening(settings, tmp_path, system.address), lambda found: agrees(found, system)
        )

    assert agrees(found, system)
    told = events_of("freeswitch", system.log)
    alone, both = figures(found.values()), figures([*told, *found.values()])
    assert all(balanced(measures) for measures in alone.values())
    assert {queue: counts(measures) for queue, measures in figures(told).items()} == {
        queue: counts(measures) for queue, measures in both.items()
    }
    assert f"cc_source_gaps_total{SOURCE} 4" in lines
    assert f"cc_source_connected{SOURCE} 1" in lines
    assert "4930" not in repr(found)


def test_what_was_saved_and_not_published_before_a_kill_is_published_then(settings: Settings, tmp_path: Path) -> None:
    """What is about to be said is saved with what is known after it, so Kafka never has a call that is not known."""
    with switch(2) as system:
        with listening(settings, tmp_path, system.address) as (process, _):
            told(settings, lambda found: agrees(found, system))
            process.send_signal(signal.SIGKILL)
            process.wait()
        path = tmp_path / "state.json"
        saved = json.loads(path.read_bytes())
        data = {"contact_id": "freeswitch/gone", "queue": "billing", "channel": "call"}
        path.write_text(json.dumps({**saved, "unsure": [[int(time.time() * 1000), "contact.offered", "freeswitch/gone", "an id", data]]}))
        with listening(settings, tmp_path, system.address):
            deadline = time.monotonic() + PATIENCE
            while not (found := [one for one in events(settings).values() if one.subject == "freeswitch/gone"]):
                assert time.monotonic() < deadline
                time.sleep(0.3)
    assert [("contact.offered", data)] == [(one.type, one.data) for one in found]


def test_all_events_without_a_gap_are_those_of_a_file(settings: Settings, tmp_path: Path) -> None:
    """Id by id, with users of the event socket, customers as pseudonyms, and tiers in the place of a mapping."""
    more = "user: answerable@default\ncustomers: true\nqueues: {billing: bills}\nagents: {a1: [1001@pbx]}"
    with switch(3) as system, listening(settings, tmp_path, system.address, more, ANSWERABLE_PSEUDONYM_KEY="k" * 32) as (process, _):
        for _ in range(80):
            system.step()
            time.sleep(0.005)
        expected = {one.id: one for one in events_of("freeswitch", system.log, "queues: {billing: bills}\nagents: {a1: [1001@pbx]}")}
        deadline = time.monotonic() + PATIENCE
        while not expected.keys() <= events(settings).keys():
            assert time.monotonic() < deadline
            time.sleep(0.3)
        process.terminate()
        assert 0 == process.wait(PATIENCE)
        found = events(settings)
    customers = {one.data.pop("customer_ref") for one in found.values() if one.type == "contact.offered"}
    assert len(expected) > 50
    assert expected == {name: found[name] for name in expected}
    assert {"contact.confirmed"} >= {one.type for name, one in found.items() if name not in expected and one.type.startswith("contact.")}
    assert {("a1", "bills", "sales"), ("1002@pbx", "bills", "sales"), ("1003@pbx", "bills", "sales")} == {
        (one.subject, *one.data["queues"]) for one in found.values() if one.type == "agent.state_changed"
    }
    assert 1 == len(customers)
    assert "4930" not in repr(found)


@pytest.mark.parametrize(
    ("password", "loaded", "said"),
    [
        ("wrong", True, "does not let us in: check the password"),
        (PASSWORD, False, "(-ERR callcenter_config Command not found!): load mod_callcenter"),
    ],
)
def test_a_switch_that_gives_nothing_is_named(settings: Settings, tmp_path: Path, password: str, loaded: bool, said: str) -> None:  # noqa: FBT001 - a parameter
    """At the start the call is likely to be wrong: one sentence, and the exit code of a part that is not there; never the password."""
    with switch(1) as system:
        system.loaded = loaded
        refused(called(settings, tmp_path, system.address), password, said)


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"220 mail.example ESMTP\r\n\r\n\n\n", "is no event socket of FreeSWITCH: check address"),
        (b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n", "turns us away: check apply-inbound-acl"),
        (None, "cannot be reached"),
    ],
)
def test_what_is_no_switch_of_ours_is_named(settings: Settings, tmp_path: Path, greeting: bytes | None, said: str) -> None:
    """Another server, one that wants no connection of ours, none at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(greeting or b"")
                connection.recv(1)

        port = 1 if greeting is None else server.getsockname()[1]
        Thread(target=greet, daemon=True).start()
        refused(called(settings, tmp_path, f"127.0.0.1:{port}"), PASSWORD, said)


def refused(call: list[str], password: str, said: str) -> None:
    """Whether a call ends at once, with what it says."""
    done = subprocess.run(call, capture_output=True, text=True, env={**os.environ, "ESL_PASSWORD": password}, timeout=PATIENCE, check=False)
    assert 3 == done.returncode, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert password not in done.stderr + done.stdout
