"""A metrics page that names people asks for the token; one that names nobody does not."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from stream.embedded.broker import Broker
from stream.worker_process import WorkerProcess
from tests.parts.installed import installed

TOKEN = "a-token-to-read-with"
CENTRE = """\
version: 1
name: Proof
time_zone: UTC
agent_figures: {figures}
agents: {{a1: {{team: one}}}}
queues:
  billing: {{channels: [call]}}
"""


@pytest.mark.parametrize(("figures", "without"), [("id", 401), ("none", 200)])
def test_metrics_with_names_need_the_token(figures: str, without: int, broker: Broker, tmp_path: Path) -> None:
    """With the token both are shown; histograms are by queue where that was asked for."""
    given = installed(broker, tmp_path, CENTRE.format(figures=figures), "version: 1\nstandards: []\n")
    by_queue = figures == "none"
    worker = WorkerProcess(1, tmp_path, {**given, "board_token": TOKEN, "histograms_by_queue": str(by_queue).lower()})
    try:
        worker.start()
        worker.wait()
        assert (without, 200) == (status(worker, {}), status(worker, {"Authorization": f"Bearer {TOKEN}"}))
        labels = '{queue="billing",channel="call"}' if by_queue else '{channel="call"}'
        found = re.findall(r"^cc_answer_wait_seconds_count(.*) 0$", page(worker, TOKEN), re.MULTILINE)
        assert {labels} == {one for one in found if "call" in one}
    finally:
        worker.kill()


def page(worker: WorkerProcess, token: str) -> str:
    """What /metrics shows."""
    asked = urllib.request.Request(f"{worker.address}/metrics", headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - as above
        return str(answer.read().decode())


def status(worker: WorkerProcess, headers: dict[str, str]) -> int:
    """What /metrics answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{worker.address}/metrics", headers=headers)) as answer:  # noqa: S310 - our own
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
