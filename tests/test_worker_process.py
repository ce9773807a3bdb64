"""A worker as a child process, from its start to its end."""

from __future__ import annotations

from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest

from stream.config.settings import load
from stream.config.shipped import or_shipped
from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.intake.kafka import apply_topics
from stream.worker_process import WorkerProcess

DECLARED = {name: str(or_shipped(Path("deploy") / f"{name.removesuffix('_file')}.yaml")) for name in ("centre_file", "standards_file")}


@pytest.fixture
def named(broker: Broker) -> dict[str, str]:
    """The settings of an installation with its topics, that nobody else uses."""
    name = f"t{uuid4().hex[:8]}"
    apply_topics(load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix=f"{name}-"))
    return {
        **DECLARED,
        "bootstrap_servers": broker.bootstrap,
        "topic_prefix": f"{name}-",
        "application_id": name,
        "session_timeout": "6s",
    }


def answers(worker: WorkerProcess) -> bool:
    """Whether the worker says that it processes."""
    with urlopen(f"{worker.address}/readyz", timeout=10) as answer:  # noqa: S310 - our own address
        return bool(answer.status == 200)


@pytest.mark.timeout(240)
def test_a_killed_worker_can_be_started_again(named: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each life is waited for anew, no setting of our own environment reaches it, and its end is no failure."""
    monkeypatch.setenv("ANSWERABLE_TOPIC_PREFIX", "nobody-made-")
    worker = WorkerProcess(1, tmp_path, named)
    try:
        for _ in range(2):
            worker.start()
            worker.wait()
            assert answers(worker)
            worker.kill()
            worker.check()
    finally:
        worker.end()
    assert 2 == worker.log.read_text().count('{"ready":true')


def test_a_worker_that_ends_by_itself_is_quoted(named: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has its number, its exit code and what it said last; here it looks for topics that our environment names."""
    monkeypatch.setenv("ANSWERABLE_TOPIC_PREFIX", "nobody-made-")
    del named["topic_prefix"]
    worker = WorkerProcess(2, tmp_path, named, inherit=True)
    worker.start()
    with pytest.raises(PartMissing, match=r"^Worker 2 ended by itself \(exit code 3\): .*nobody-made-.*answerable topics apply"):
        worker.wait()
    worker.end()
