"""deploy/examples/incidents.py as a pipeline runs it: one incident for one occurrence, however often Alertmanager calls."""

from __future__ import annotations

import json
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stream.embedded.ports import free_ports
from tests.deploy.alerting import DEPLOY, alertmanager, fetch, running, wait_until
from tests.deploy.test_alertmanager_running import breach, send

EXAMPLE = DEPLOY / "examples" / "incidents.py"


@contextmanager
def example(directory: Path) -> Iterator[str]:
    """Run it with its database in a directory; give its address."""
    port = free_ports(1)[0]
    command: list[str | Path] = [sys.executable, EXAMPLE, "--port", str(port), "--database", directory / "incidents.sqlite"]
    with running(command, directory / "incidents.log") as child:
        wait_until("it listens", lambda: fetch(f"http://127.0.0.1:{port}/incidents") is not None, 20, child)
        yield f"http://127.0.0.1:{port}"


def alert(status: str, started: str = "2026-03-02T09:00:00Z", fingerprint: str = "f1") -> dict[str, Any]:
    """One alert of a call."""
    ended = "2026-03-02T09:30:00Z" if status == "resolved" else "0001-01-01T00:00:00Z"
    notes = {"description": "62 % of calls in billing were answered within 2 minutes."}
    return {
        "status": status,
        "labels": {"alertname": "StandardCallsAnswered"},
        "annotations": notes,
        "startsAt": started,
        "endsAt": ended,
        "fingerprint": fingerprint,
    }


def call(url: str, *alerts: dict[str, Any]) -> int:
    """Call it as Alertmanager does."""
    request = urllib.request.Request(f"{url}/alerts", data=json.dumps({"version": "4", "alerts": alerts}).encode())  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def incidents(url: str) -> list[tuple[str, str, bool]]:
    """Fingerprint, start and whether it is over of all of them."""
    found = json.loads(fetch(f"{url}/incidents") or b"[]")
    return [(one["fingerprint"], one["started"], one["ended"] is not None) for one in found]


def test_an_incident_is_opened_once_and_closed_once(tmp_path: Path) -> None:
    """Twenty calls at once, a repetition after a restart, and another occurrence later, which is another incident."""
    with example(tmp_path) as url:
        with ThreadPoolExecutor(10) as pool:
            assert {200} == set(pool.map(lambda _: call(url, alert("firing")), range(20)))
        assert [("f1", "2026-03-02T09:00:00Z", False)] == incidents(url)
    with example(tmp_path) as url:
        call(url, alert("firing"))
        call(url, alert("resolved"))
        call(url, alert("resolved"), alert("firing"))  # a late repetition of what is over opens nothing again
        call(url, alert("firing", "2026-03-02T11:00:00Z"), alert("firing", fingerprint="f2"))
        expected = [("f1", "2026-03-02T09:00:00Z", True), ("f2", "2026-03-02T09:00:00Z", False), ("f1", "2026-03-02T11:00:00Z", False)]
        assert sorted(expected) == sorted(incidents(url))
        said = (tmp_path / "incidents.log").read_text().splitlines()
        assert 1 == sum(line.startswith("closed f1") for line in said)


def test_what_is_no_call_is_refused_and_what_fails_is_tried_again(tmp_path: Path) -> None:
    """400 for nonsense, which Alertmanager does not repeat; 500 where the database cannot be written, which it does."""
    with example(tmp_path) as url:
        assert 400 == call(url, {"nonsense": 1}, alert("firing", fingerprint="beside"))
        assert ["beside"] == [fingerprint for fingerprint, *_ in incidents(url)]  # what is right in the call is taken
        database = sqlite3.connect(tmp_path / "incidents.sqlite")
        database.execute("DROP TABLE incidents")
        database.commit()
        database.close()
        assert 500 == call(url, alert("firing"))


def test_it_understands_a_real_alertmanager(alertmanager_binary: Path, tmp_path: Path) -> None:
    """The shipped routing calls it for a breach again and again, and one incident is open."""
    with example(tmp_path) as url, alertmanager(alertmanager_binary, f"{url}/alerts", tmp_path / "am") as address:
        labels = breach("calls-answered", "critical", queue="billing", channel="call")
        for _ in range(3):
            send(address, [labels])
        wait_until("an incident", lambda: len(incidents(url)) == 1, 10)
        send(address, [labels, breach("calls-answered", "critical", queue="sales", channel="call")])
        wait_until("two incidents", lambda: len(incidents(url)) == 2, 10)
        assert [False, False] == [over for *_, over in incidents(url)]


@pytest.mark.parametrize("word", ["fingerprint", "startsAt"])
def test_the_page_for_pipelines_names_the_identity(word: str) -> None:
    """Who writes a webhook of their own learns there what tells repetitions apart."""
    assert word in (DEPLOY.parent / "docs" / "pipelines.md").read_text()
