"""With Debian's Prometheus: series survive workers that are killed, restarted and rebalanced, and an alert that fires goes on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from benchmarks.faults.rounds import day
from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.intake.deliveries import Disorder
from stream.intake.publish import Sending
from stream.verify.compare import differences
from stream.verify.play import Play
from stream.verify.run import Promises, playing
from stream.worker_process import WorkerProcess
from tests.deploy.alerting import alertmanager, fetch, pipeline, prometheus, wait_for, wait_until
from tests.deploy.survival import GAUGES, NAMES, Series, ask, corrected, increases, raw, summed, together, truth, turns

PLAYED_SECONDS = 30.0
BEGIN = 1_772_445_600_000
SECOND = 1_000
FEW_WAIT = """\
version: 1
standards:
  - name: few-wait
    title: At most three wait
    form: level
    measure: waiting
    at_most: 3
    per: [queue]
    severity: critical
    cadence: page
    hours: always
    grace: 0s
"""


def harm(play: Play) -> None:
    """Kill both workers, one after the other, start them and a third one, stop one for longer than its session, end one."""
    first, second = play.workers
    for victim in (first, second):
        play.let(3)
        victim.kill()
        play.let(2)
        victim.start()
        play.ready()
    play.add()
    play.ready()
    play.let(2)
    first.pause()
    play.let(8)
    first.resume()
    play.let(2)
    play.end(second)


@pytest.mark.timeout(600)
def test_counters_and_gauges_neither_lose_nor_count_twice(broker: Broker, prometheus_binary: Path, tmp_path: Path) -> None:
    """The raw samples of each counter, summed over its workers with resets corrected, are the truth; increase() is it to 1 %.

    Each gauge, summed over the workers, is the truth at the end, and at no scrape two workers show it.
    """
    played = day(seed=3, scale=0.05, seconds=PLAYED_SECONDS)
    true = truth(played.events, played.centre, played.standards)
    standing = truth(played.events, played.centre, played.standards, GAUGES)
    assert {"cc_contacts_waiting", "cc_contacts_open", "cc_agents", "cc_standard_breached"} <= {name for name, _ in standing}
    ports = free_ports(3)
    settings = Settings(bootstrap_servers=broker.bootstrap)
    targets = [f"127.0.0.1:{port}" for port in ports]
    with ExitStack() as parts:
        promises = parts.enter_context(played.promises())
        play = parts.enter_context(playing(settings, promises, tmp_path, 2, ports=ports))
        at = parts.enter_context(prometheus(prometheus_binary, targets, (), played.standards, tmp_path / "prometheus"))
        wait_for("every counter stands at 0", lambda: latest(at), dict.fromkeys(true, 0.0), 60)
        wait_until("and is recorded", lambda: all(ask(at, series) for series in NAMES.values()), 30)
        play.begin(played.events, Disorder(), speed=played.speed)
        harm(play)
        assert [] == differences(play.finish(played.end), played.replayed)
        wait_for("Prometheus has the last figures", lambda: latest(at), true, 60)
        wait_until("and has recorded them", lambda: all(increases(at, name) for name in NAMES) and settled(at, true), 30)
        wait_for("and the last gauges, once each", lambda: summed(at, GAUGES), standing, 30)
        shown = {series: samples for name in GAUGES for series, samples in raw(at, name).items()}
        assert [] == [three for samples in shown.values() for three in together(samples, 2.5)]
        assert 3 == len({instance for samples in shown.values() for _, _, instance in samples})
        found = {series: samples for name in NAMES for series, samples in raw(at, name).items()}
        assert whole(true) == whole({series: corrected(samples) for series, samples in found.items()})
        assert [] == [four for samples in found.values() for four in turns(samples, 4.0)]
        assert 3 == len({instance for samples in found.values() for _, _, instance in samples})
        increased = {series: value for name in NAMES for series, value in increases(at, name).items()}
        assert increased.keys() == true.keys()
        assert {} == {
            series: (increased[series], value)
            for series, value in true.items()
            if not math.isclose(value, increased[series], rel_tol=0.01, abs_tol=1e-9)
        }


def latest(at: str) -> dict[Series, float]:
    """What Prometheus has as the newest value of each counter, whoever shows it."""
    found = {}
    for name in NAMES:
        for one in ask(at, f"max without (instance) ({name})"):
            labels = {label: value for label, value in one["metric"].items() if label not in {"__name__", "job"}}
            found[name, tuple(sorted(labels.items()))] = float(one["value"][1])
    return found


def settled(at: str, true: dict[Series, float]) -> bool:
    """Whether the newest recorded values are the true ones."""
    recorded = {
        (name, tuple(sorted((label, value) for label, value in one["metric"].items() if label not in {"__name__", "job"}))): float(
            one["value"][1]
        )
        for name, series in NAMES.items()
        for one in ask(at, series)
    }
    return recorded == true


def whole(values: dict[Series, float]) -> dict[Series, int]:
    """In thousandths, so that sums of fractions of seconds can be compared exactly."""
    return {series: round(value * 1000) for series, value in values.items()}


def calls(kind: str, at: int, **data: str) -> Iterator[Event]:
    """The same step of five calls."""
    for number in range(5):
        contact = f"call-{number}"
        yield Event(at + number, kind, contact, f"proof|{contact}-{kind}", {"contact_id": contact, **data})


def showing(workers: list[WorkerProcess]) -> WorkerProcess | None:
    """The worker whose page says that the standard is in breach."""
    wanted = 'cc_standard_breached{standard="few-wait",severity="critical",queue="billing"} 1'
    for worker in workers:
        page = fetch(f"{worker.address}/metrics") if worker.pid else None
        if page is not None and wanted in page.decode().splitlines():
            return worker
    return None


def evaluations(at: str) -> str:
    """When Prometheus last evaluated the rules of the standards."""
    answer = fetch(f"http://{at}/api/v1/rules")
    assert answer is not None
    found: str = next(group["lastEvaluation"] for group in json.loads(answer)["data"]["groups"] if group["name"] == "answerable.standards")
    return found


def evaluated_since(at: str, before: str) -> bool:
    """Whether they were evaluated again."""
    return evaluations(at) != before


@pytest.mark.timeout(600)
def test_an_alert_that_fires_goes_on_while_its_owner_dies(
    broker: Broker, prometheus_binary: Path, alertmanager_binary: Path, tmp_path: Path
) -> None:
    """The pipeline hears firing once and resolved once, though the worker that showed the breach was killed and another took over."""
    (tmp_path / "standards.yaml").write_text(FEW_WAIT)
    (tmp_path / "centre.yaml").write_text("version: 1\nname: Proof\ntime_zone: UTC\nqueues:\n  billing: {channels: [call]}\n")
    centre = read_centre(tmp_path / "centre.yaml")
    standards = read_standards(tmp_path / "standards.yaml", centre)
    promises = Promises(
        centre=centre, standards=standards, centre_file=tmp_path / "centre.yaml", standards_file=tmp_path / "standards.yaml"
    )
    ports = free_ports(2)
    with ExitStack() as parts:
        heard = parts.enter_context(pipeline())
        play = parts.enter_context(playing(Settings(bootstrap_servers=broker.bootstrap), promises, tmp_path, 2, ports=ports))
        sender = parts.enter_context(alertmanager(alertmanager_binary, heard.url, tmp_path / "alertmanager"))
        targets = [f"127.0.0.1:{port}" for port in ports]
        at = parts.enter_context(prometheus(prometheus_binary, targets, [sender], standards, tmp_path / "prometheus"))
        sending = Sending(play.settings, "proof")
        parts.callback(sending.close)
        for event in calls("contact.offered", BEGIN, queue="billing", channel="call"):
            sending.send(event)
        sending.tell(BEGIN + 60 * SECOND)
        wait_until("the alert fires", lambda: ("few-wait", "billing", "") in heard.heard("firing"), 60)
        for _ in range(2):
            owner = showing(play.workers)
            assert owner is not None
            owner.kill()
            wait_until("another worker shows the breach", lambda: showing(play.workers) is not None, 60)
            owner.start()
            play.ready()
            wait_until("the breach is shown after the rebalance", lambda: showing(play.workers) is not None, 60)
        for _ in range(3):
            wait_until("the rules were evaluated", partial(evaluated_since, at, evaluations(at)), 30)
        assert ["firing"] == heard.course("few-wait", "billing")
        for event in calls("contact.answered", BEGIN + 90 * SECOND, agent_id="a1"):
            sending.send(event)
        sending.tell(BEGIN + 120 * SECOND, final=True)
        wait_until("the alert is resolved", lambda: ("few-wait", "billing", "") in heard.heard("resolved"), 60)
        assert ["firing", "resolved"] == heard.course("few-wait", "billing")
        shown = raw(at, "cc_standard_breached")
        assert set(targets) == {instance for samples in shown.values() for _, value, instance in samples if value == 1}
