"""With live workers, Prometheus and Alertmanager: many queues in breach are one alert, and a queue that nobody shows is muted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.core.events import Event
from stream.core.scopes import key_of, partition_of
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.intake.publish import Sending
from stream.verify.run import Promises, playing
from stream.worker_process import WorkerProcess
from tests.deploy.alerting import Pipeline, fetch, pipeline, prometheus, served, wait_until
from tests.deploy.test_alertmanager_running import shipped

BEGIN: Final = 1_772_445_600_000
SECOND: Final = 1_000
PARTITIONS: Final = 4
STANDARDS: Final = """\
version: 1
standards:
  - name: few-wait
    title: At most three wait
    form: level
    measure: waiting
    at_most: 3
    per: [queue, channel]
    severity: critical
    cadence: page
    hours: always
    grace: 0s
"""
QUEUES: Final = tuple(f"queue-{number}" for number in range(12))
BUSY: Final = tuple(
    next(name for name in QUEUES if partition_of(key_of(name, "call").encode(), PARTITIONS) == number) for number in range(PARTITIONS)
)
"""A queue of each partition: a third of the centre, and two of any two workers."""


def calls(kind: str, at: int, queues: Iterable[str], **data: str) -> Iterator[Event]:
    """The same step of five calls in each queue."""
    for queue in queues:
        for number in range(5):
            contact = f"{queue}-{number}"
            yield Event(at + number, kind, contact, f"proof|{contact}-{kind}", {"contact_id": contact, **data, "queue": queue})


def owned(worker: WorkerProcess) -> list[str]:
    """The busy queues that a worker shows."""
    page = (fetch(f"{worker.address}/metrics") or b"").decode()
    return [queue for queue in BUSY if f'cc_contacts_waiting{{queue="{queue}",channel="call"}}' in page]


def told(heard: Pipeline, status: str) -> set[str]:
    """What was heard of the standard with a status: a queue, or CentreWide."""
    labels = [alert["labels"] for alert in list(heard.alerts) if alert["status"] == status]
    return {one.get("queue", one["alertname"]) for one in labels if "standard" in one}


def blind(heard: Pipeline, status: str) -> set[str]:
    """Of which queues it was heard with a status that they are blind; on a slow machine also of one whose worker was not read in time."""
    labels = [alert["labels"] for alert in list(heard.alerts) if alert["status"] == status]
    return {one["queue"] for one in labels if one["alertname"] == "QueueBlind"}


def muted(address: str) -> dict[str, bool]:
    """Of each queue whose alert fires, whether another alert mutes it."""
    found = json.loads(fetch(f"http://{address}/api/v2/alerts") or b"[]")
    return {one["labels"]["queue"]: bool(one["status"]["inhibitedBy"]) for one in found if one["labels"]["alertname"] == "StandardFewWait"}


@pytest.mark.timeout(300)
def test_many_queues_are_one_alert_and_a_queue_that_nobody_shows_is_muted(
    broker: Broker, prometheus_binary: Path, alertmanager_binary: Path, tmp_path: Path
) -> None:
    """Four of twelve queues break a standard: CentreWide is heard and none of them. When two are left, these are heard.

    Then the worker that shows one of the two is killed: QueueBlind is heard, and mutes that one, until another worker has taken over.
    """
    (tmp_path / "standards.yaml").write_text(STANDARDS)
    declared = "".join(f"  {queue}: {{channels: [call]}}\n" for queue in QUEUES)
    (tmp_path / "centre.yaml").write_text(f"version: 1\nname: Proof\ntime_zone: UTC\nqueues:\n{declared}")
    centre = read_centre(tmp_path / "centre.yaml")
    standards = read_standards(tmp_path / "standards.yaml", centre)
    promises = Promises(
        centre=centre, standards=standards, centre_file=tmp_path / "centre.yaml", standards_file=tmp_path / "standards.yaml"
    )
    settings = Settings(bootstrap_servers=broker.bootstrap, partitions=PARTITIONS)
    ports = free_ports(2)
    with ExitStack() as parts:
        hooks = {name: parts.enter_context(pipeline()) for name in ("pager", "automation")}
        config = shipped()
        for route in (config["route"], *config["route"]["routes"]):
            route["group_wait"] = "5s"
        config["receivers"] = [one for one in config["receivers"] if one["name"] not in hooks]
        config["receivers"] += [{"name": name, "webhook_configs": [{"url": hook.url}]} for name, hook in hooks.items()]
        sender = parts.enter_context(served(alertmanager_binary, config, tmp_path / "alertmanager"))
        # A killed worker is missed for so long that what is muted meanwhile can be looked at.
        play = parts.enter_context(playing(settings, promises, tmp_path, 2, ports=ports, more={"session_timeout": "15s"}))
        targets = [f"127.0.0.1:{port}" for port in ports]
        parts.enter_context(prometheus(prometheus_binary, targets, [sender], standards, tmp_path / "prometheus", centre=centre))
        pager = hooks["pager"]
        sending = Sending(play.settings, "proof")
        parts.callback(sending.close)

        def send(events: Iterable[Event], until: int, *, final: bool = False) -> None:
            for event in events:
                sending.send(event)
            sending.tell(BEGIN + until * SECOND, final=final)

        send(calls("contact.offered", BEGIN, BUSY, channel="call"), 60)
        wait_until("each queue's alert is muted", lambda: dict.fromkeys(BUSY, True) == muted(sender), 60)
        wait_until("the centre's is heard", lambda: all("CentreWide" in told(hook, "firing") for hook in hooks.values()), 60)

        first, second = (owned(worker) for worker in play.workers)
        assert ([2, 2], set(BUSY)) == ([len(first), len(second)], {*first, *second})
        left = (first[0], second[0])
        send(calls("contact.answered", BEGIN + 90 * SECOND, (first[1], second[1]), agent_id="a1"), 120)
        wait_until("those that are left are heard", lambda: all({*left} <= told(hook, "firing") for hook in hooks.values()), 90)
        wait_until("the centre's is over", lambda: all({"CentreWide"} == told(hook, "resolved") for hook in hooks.values()), 60)
        assert [{"CentreWide", *left}] * 2 == [told(hook, "firing") for hook in hooks.values()]

        play.workers[0].kill()
        wait_until("its queue is muted, the other's is not", lambda: {left[0]: True, left[1]: False} == muted(sender), 60)
        wait_until("people hear that it is blind", lambda: left[0] in blind(pager, "firing"), 60)
        wait_until("the other worker has taken over", lambda: dict.fromkeys(left, False) == muted(sender), 90)
        wait_until("it is blind no more", lambda: left[0] in blind(pager, "resolved"), 60)

        send(calls("contact.answered", BEGIN + 150 * SECOND, left, agent_id="a1"), 180, final=True)
        wait_until("both are over", lambda: all({*left} <= told(hook, "resolved") for hook in hooks.values()), 60)
    assert {"CentreWide", *left} == told(hooks["automation"], "firing") == told(hooks["automation"], "resolved")
