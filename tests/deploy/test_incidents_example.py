"""deploy/examples/incidents.py as a pipeline runs it: one incident for one occurrence, however often Alertmanager calls."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stream.embedded.ports import free_ports
from tests.deploy.alerting import DEPLOY, alertmanager, fetch, running, wait_until
from tests.deploy.test_alertmanager_running import breach, send

EXAMPLE = DEPLOY / "examples" / "incidents.py"


@contextmanager
def example(directory: Path, port: int = 0, *more: str) -> Iterator[str]:
    """Run it with its database in a directory; give its address."""
    port = port or free_ports(1)[0]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    command: list[str | Path] = [sys.executable, EXAMPLE, *where, "--database", directory / "incidents.sqlite", *more]
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
    return post(url, json.dumps({"version": "4", "alerts": alerts}).encode())


def post(url: str, body: bytes, kind: str = "application/json") -> int:
    """Post any bytes."""
    request = urllib.request.Request(f"{url}/alerts", data=body, headers={"Content-Type": kind})  # noqa: S310 - ours
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


def test_an_end_that_comes_before_its_beginning_leaves_nothing_open(tmp_path: Path) -> None:
    """Two Alertmanagers call, or a call is tried again late: the beginning is old news by then, and opens no ticket."""
    with example(tmp_path) as url:
        assert {200} == {call(url, alert("resolved")), call(url, alert("firing"))}
        assert [("f1", "2026-03-02T09:00:00Z", True)] == incidents(url)
        assert not [line for line in (tmp_path / "incidents.log").read_text().splitlines() if " f1 " in line]


def test_what_is_no_call_is_refused_and_what_fails_is_tried_again(tmp_path: Path) -> None:
    """400 for nonsense, which Alertmanager does not repeat; 500 where the database cannot be written, which it does."""
    with example(tmp_path) as url:
        assert 400 == call(url, {"nonsense": 1}, alert("firing", fingerprint="beside"))
        # A page in somebody's browser may post a text to any address without asking; Alertmanager posts JSON.
        assert 415 == post(url, json.dumps({"alerts": [alert("firing", fingerprint="forged")]}).encode(), "text/plain")
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


def example_module() -> ModuleType:
    """The example as a module, to compare with lists that no real Alertmanager would give in time."""
    spec = importlib.util.spec_from_file_location("incidents_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_alertmanager_lists_no_more_is_closed_once_it_is_sure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing twice in a row in lists that can be believed; the same occurrence in other digits is no other one, a later one is."""
    watchdog = {"labels": {"alertname": "AnswerableWatchdog"}, "fingerprint": "w", "startsAt": "2026-03-01T00:00:00.000Z"}
    here = {**alert("firing"), "startsAt": "2026-03-02T09:00:00.000Z"}
    later = {**alert("firing"), "startsAt": "2026-03-02T09:20:00.000Z"}
    now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    cases: list[tuple[list[list[dict[str, Any]]], bool]] = [
        ([[watchdog], [watchdog]], True),
        ([[watchdog]], False),
        ([[], []], False),
        ([[watchdog], [], [watchdog]], True),
        ([[watchdog], [watchdog, here], [watchdog]], False),
        ([[watchdog, later], [watchdog, later]], True),
    ]
    for number, (lists, over) in enumerate(cases):
        known = example_module().Incidents(tmp_path / f"{number}.sqlite")
        known.take(alert("firing"))
        for listed in lists:
            known.compare(listed, now)
        assert [now.isoformat() if over else None] == [one["ended"] for one in known.listed()], lists
        assert over == ("closed f1" in capsys.readouterr().out)


def test_what_ends_while_it_is_muted_is_closed_all_the_same(alertmanager_binary: Path, tmp_path: Path) -> None:
    """A real Alertmanager tells the webhook nothing of that end; its list does."""
    labels = breach("calls-answered", "critical", queue="billing", channel="call")
    blind = {"alertname": "QueueBlind", "severity": "critical", "queue": "billing", "channel": "call"}
    loud = [{"alertname": "AnswerableWatchdog", "severity": "none"}, blind]
    with ExitStack() as parts:
        port = free_ports(1)[0]
        address = parts.enter_context(alertmanager(alertmanager_binary, f"http://127.0.0.1:{port}/alerts", tmp_path / "am"))
        url = parts.enter_context(example(tmp_path, port, "--alertmanager", f"http://{address}", "--every", "0.5"))
        send(address, [labels])
        wait_until("an incident", lambda: [False] == [over for *_, over in incidents(url)], 20)
        send(address, [labels, *loud])
        muted = f"http://{address}/api/v2/alerts?inhibited=true&active=false"
        wait_until("it is muted", lambda: [labels] == [one["labels"] for one in json.loads(fetch(muted) or b"[]")], 20)
        send(address, [labels], over=True)
        wait_until("it is closed", lambda: [True] == [over for *_, over in incidents(url)], 30)


@pytest.mark.parametrize("word", ["fingerprint", "startsAt"])
def test_the_page_for_pipelines_names_the_identity(word: str) -> None:
    """Who writes a webhook of their own learns there what tells repetitions apart."""
    assert word in (DEPLOY.parent / "docs" / "pipelines.md").read_text()
