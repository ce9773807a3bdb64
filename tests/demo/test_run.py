"""The demo as a user starts it: a process with a broker and workers below it, which all are gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import psutil
import pytest

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.replay.driver import replay
from stream.simulator.day import simulate

ROOT = Path(__file__).parents[2]
SCALE = 0.25
SECONDS = 150


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the demo keeps its data."""
    path = tmp_path / "temporary"
    path.mkdir()
    return path


@pytest.fixture
def started(temporary: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Demos that a test starts by `start`; killed if the test leaves them running."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()


def start(started: list[subprocess.Popen[str]], temporary: Path, *arguments: str, group: bool = False) -> subprocess.Popen[str]:
    """Start a demo on a free port; `group`: as the leader of a process group, as a shell does it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "stream", "demo", "--port", "0", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0 if group else None,
    )
    started.append(process)
    return process


def until_told(process: subprocess.Popen[str], name: str) -> str:
    """Wait for the address of a part."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(name):
            return line.split()[1]
    raise AssertionError(process.stderr.read() if process.stderr else "")


def fetched(url: str) -> str:
    """What the worker answers."""
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - the demo's own address
        return str(answer.read().decode())


def called(process: psutil.Process, word: str) -> bool:
    """Whether a word is in what the process was called by, if it still runs."""
    try:
        return word in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them have ended."""
    _, alive = psutil.wait_procs(processes, timeout=10)
    return not alive


@pytest.mark.timeout(SECONDS)
def test_once_plays_a_day_and_sums_up_what_replay_would_find(started: list[subprocess.Popen[str]], temporary: Path) -> None:
    """The last line is the summary; its breaches, events and service level are those of the day's replay; every breach is a line."""
    process = start(started, temporary, "--once", "--speed", "1800", "--scale", str(SCALE), "--workers", "2")
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    *lines, last = output.splitlines()
    summary = json.loads(last)

    centre = read_centre(ROOT / "deploy" / "centre.yaml")
    simulation = simulate(centre, scale=SCALE)
    expected = replay(simulation.events, centre, read_standards(ROOT / "deploy" / "standards.yaml", centre)).of("standard-breaches")
    counts = dict(Counter(breach["standard"] for breach in expected.values()))
    calls = simulation.truth.sum(channel="call")
    assert {
        "breaches": len(expected),
        "fired": counts,
        "resolved": counts,
        "firing": 0,
        "events": simulation.truth.events,
    } == {name: summary[name] for name in ("breaches", "fired", "resolved", "firing", "events")}
    level = summary["service_level"]["call"]
    assert (level["numerator"], level["denominator"]) == (sum(wait <= 120_000 for wait in calls.waits), calls.offered)
    told = Counter(status for line in lines for status in ("firing", "resolved") if f" {status} " in line)
    assert told == {"firing": len(expected), "resolved": len(expected)}
    assert list(temporary.iterdir()) == []


def test_ending_it_leaves_nothing(started: list[subprocess.Popen[str]], temporary: Path) -> None:
    """SIGTERM ends broker and worker and removes the data; until then the wallboard and the readings are served."""
    process = start(started, temporary, "--scale", str(SCALE), "--no-alerts")
    url = until_told(process, "Wallboard")
    assert "<title>Wallboard" in fetched(url)
    assert json.loads(fetched(f"{url}api/readings"))["clock"] == "played"
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) == 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert gone(children)
    assert list(temporary.iterdir()) == []


@pytest.mark.timeout(SECONDS)
def test_alerts_are_shown_where_prometheus_can_be_had(
    started: list[subprocess.Popen[str]], temporary: Path, prometheus_binary: Path, alertmanager_binary: Path
) -> None:
    """Prometheus and Alertmanager run beside it: a breach of lunch fires in both; Ctrl-C ends them, too."""
    assert prometheus_binary.exists()
    assert alertmanager_binary.exists()
    process = start(started, temporary, "--scale", str(SCALE))
    metrics, alerts = until_told(process, "Prometheus"), until_told(process, "Alerts")
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) == 4
    until = time.monotonic() + 90
    firing: list[str] = []
    while not firing and time.monotonic() < until:
        firing = [one["labels"]["standard"] for one in json.loads(fetched(f"{alerts}api/v2/alerts")) if "standard" in one["labels"]]
        time.sleep(0.5)
    names = {standard.name for standard in read_standards(ROOT / "deploy/standards.yaml", read_centre(ROOT / "deploy/centre.yaml"))}
    assert firing
    assert set(firing) <= names
    # An hour is a minute here: by now they may be over.
    query = urlencode({"query": 'last_over_time(ALERTS{alertstate="firing",standard!=""}[10m])'})
    fired = json.loads(fetched(metrics.replace("/alerts", f"/api/v1/query?{query}")))["data"]["result"]
    assert set(firing) <= {one["metric"]["standard"] for one in fired}
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert gone(children)
    assert list(temporary.iterdir()) == []


def test_a_demo_that_is_killed_leaves_no_process(started: list[subprocess.Popen[str]], temporary: Path) -> None:
    """Even a SIGKILL, after which nobody can tidy up, ends broker and worker."""
    process = start(started, temporary, "--scale", str(SCALE), "--no-alerts")
    until_told(process, "Wallboard")
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=40)
    assert ([], 2) == (alive, len(children))


def test_a_worker_that_dies_ends_the_demo_with_a_sentence(started: list[subprocess.Popen[str]], temporary: Path) -> None:
    """A demo without its worker would show nothing: it says so, exit code 3, and leaves nothing."""
    process = start(started, temporary, "--scale", str(SCALE), "--no-alerts")
    until_told(process, "Wallboard")
    children = psutil.Process(process.pid).children(recursive=True)
    (worker,) = (child for child in children if "worker" in child.cmdline())
    worker.kill()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert errors.splitlines()[-1].startswith("Error: Worker 1 ended by itself (exit code -9)")
    assert gone(children)
    assert list(temporary.iterdir()) == []


def test_ending_it_while_the_parts_start_leaves_nothing(started: list[subprocess.Popen[str]], temporary: Path) -> None:
    """A Ctrl-C that comes while Kafka starts ends what is there already."""
    process = start(started, temporary)
    until = time.monotonic() + 60
    while not (children := psutil.Process(process.pid).children(recursive=True)) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert gone(children)
    assert list(temporary.iterdir()) == []


def test_ctrl_c_while_the_data_are_formatted_is_quiet(started: list[subprocess.Popen[str]], temporary: Path) -> None:
    """A terminal sends it to our whole process group: that the formatting might end by it is no failure to tell."""
    process = start(started, temporary, group=True)
    until = time.monotonic() + 60
    children: list[psutil.Process] = []
    while not any(called(child, "kafka.tools.StorageTool") for child in children) and time.monotonic() < until:
        children = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (130, False) == (process.returncode, "Error" in errors)
    assert gone(children)
    assert list(temporary.iterdir()) == []


def test_wrong_standards_are_told_before_anything_starts(temporary: Path) -> None:
    """One sentence with the file and its line, exit code 2, at once."""
    wrong = temporary.parent / "standards.yaml"
    wrong.write_text("version: 1\nstandrads: []\n")
    call = [sys.executable, "-m", "stream", "demo", "--standards", str(wrong)]
    done = subprocess.run(
        call, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False, env={**os.environ, "TMPDIR": str(temporary)}
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {wrong}:2: ")
    assert "Kafka" not in done.stderr


def test_a_taken_port_is_said_before_anything_starts(temporary: Path) -> None:
    """One sentence, exit code 3, at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        call = [sys.executable, "-m", "stream", "demo", "--port", str(port)]
        done = subprocess.run(
            call, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False, env={**os.environ, "TMPDIR": str(temporary)}
        )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"Error: Port {port} of this machine is taken")
    assert list(temporary.iterdir()) == []
