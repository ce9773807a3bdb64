"""`answerable standards apply` and `history` with a real Kafka and a running worker of the product."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner

from stream.cli import main
from stream.config.settings import Settings, load
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.intake.publish import Sending
from stream.worker_process import WorkerProcess
from tests.deploy.alerting import fetch, wait_until
from tests.parts.installed import installed

CENTRE = "version: 1\nname: Proof\ntime_zone: UTC\nlateness: 1s\nqueues:\n  billing: {channels: [call]}\n"
STANDARDS = """\
version: 1
standards:
  - {name: few-wait, title: At most three wait, form: level, measure: waiting, at_most: 3, per: [queue, channel], hours: always}
"""


def test_a_running_worker_takes_other_standards(broker: Broker, tmp_path: Path) -> None:
    """A file that is refused changes nothing; one that is applied is in the history and on the worker's page, and survives a restart."""
    given = installed(broker, tmp_path, CENTRE, STANDARDS)
    (tmp_path / "new.yaml").write_text(STANDARDS.replace("at_most: 3", "at_most: 5"))
    (tmp_path / "wrong.yaml").write_text(STANDARDS.replace("at_most: 3", "at_most: many"))
    environment = {f"ANSWERABLE_{key.upper()}": value for key, value in given.items()} | {"ANSWERABLE_CONFIG": ""}

    def run(*words: str) -> str:
        return CliRunner(env=environment).invoke(main, ["standards", *words]).output

    worker = WorkerProcess(1, tmp_path, given)
    try:
        worker.start()
        worker.wait()
        assert "The workers have taken no change of the standards since they began with their file.\n" == run("history")
        assert "wrong.yaml:3: at_most" in run("apply", str(tmp_path / "wrong.yaml"))
        told = run("apply", str(tmp_path / "new.yaml"), "--by", "operations")
        assert told.endswith("1 s after it; then `answerable standards history` tells of it.\n"), told
        wait_until("the history tells of it", lambda: "limit 3 -> 5" in run("history"), 60)
        (line,) = run("history", "--json").splitlines()
        change = json.loads(line)
        assert ("operations", [{"limit": 5}]) == (change["by"], [one["after"] for one in change["changed"]])
        offer(load(None, {}, **given))
        wait_until("its wallboard shows the target", lambda: targets(worker) == [5], 60)
        target = 'cc_standard_target{standard="few-wait",queue="billing",channel="call"} '
        for _ in range(2):
            wait_until("its page shows the target", lambda: f"{target}5" in page(worker), 60)
            worker.kill()
            worker.start()
            worker.wait()
        back = run("apply", str(tmp_path / "standards.yaml"))
        assert f"but the workers go by version {change['version']} since {change['holds_from']}: name the file of that version" in back
    finally:
        worker.kill()


def page(worker: WorkerProcess) -> str:
    """What it shows to Prometheus."""
    return (fetch(f"{worker.address}/metrics") or b"").decode()


def offer(settings: Settings) -> None:
    """A call waits in the queue."""
    now = int(time.time() * 1000)
    with closing(Sending(settings, "test")) as sending:
        sending.send(Event(now, "contact.offered", "c1", "test|c1", {"contact_id": "c1", "queue": "billing", "channel": "call"}))
        sending.flush()


def targets(worker: WorkerProcess) -> list[float]:
    """Of every row of its board, how many may wait."""
    board = json.loads(fetch(f"{worker.address}/api/board") or b"{}")
    return [row["waiting_target"] for row in board.get("rows", {}).values()]
