"""The real parts around a worker: Prometheus, Alertmanager, and the webhook of an automated pipeline, each on a free port."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.embedded.ports import free_ports
from stream.generate import wide
from stream.generate.files import generated

DEPLOY = Path(__file__).parents[2] / "deploy"


def fetch(url: str, timeout: float = 5.0) -> bytes | None:
    """Get a page, None where there is none yet."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310 - our own parts on 127.0.0.1
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def wait_until(what: str, holds: Callable[[], bool], seconds: float, child: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for something to hold; fail with its name when it does not in time, or when `child` has ended."""
    until = time.monotonic() + seconds
    while not holds():
        if child is not None and child.poll() is not None:
            raise AssertionError(f"ended with {child.returncode} before this: {what}; its log says why")
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)


def wait_for(what: str, found: Callable[[], dict[Any, Any]], wanted: dict[Any, Any], seconds: float) -> None:
    """Wait until exactly this is found; fail with what differs when it is not in time."""
    until = time.monotonic() + seconds
    while (now := found()) != wanted:
        if time.monotonic() > until:
            differ = {key: (now.get(key), wanted.get(key)) for key in now.keys() | wanted.keys() if now.get(key) != wanted.get(key)}
            raise AssertionError(f"not within {seconds:.0f} s: {what}; found and wanted: {differ}")
        time.sleep(0.2)


@contextmanager
def running(command: Sequence[str | Path], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a part as a child process with its output in `log`, and end it at the end."""
    with log.open("wb") as out:
        child = subprocess.Popen([*map(str, command)], stdout=out, stderr=subprocess.STDOUT, **options)
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(5)


@dataclass(slots=True)
class Pipeline:
    """A webhook that remembers every alert that Alertmanager sends, in order."""

    url: str
    alerts: list[dict[str, Any]] = field(default_factory=list)

    def heard(self, status: str) -> set[tuple[str, str, str]]:
        """Give standard, queue and channel of the alerts heard with this status."""
        return {
            (labels["standard"], labels.get("queue", ""), labels.get("channel", ""))
            for alert in list(self.alerts)
            if alert["status"] == status
            for labels in [alert["labels"]]
        }

    def course(self, standard: str, queue: str) -> list[str]:
        """Give what was heard of one standard in one queue, without repetitions."""
        found = [
            alert["status"] for alert in list(self.alerts) if (alert["labels"]["standard"], alert["labels"]["queue"]) == (standard, queue)
        ]
        return [status for at, status in enumerate(found) if at == 0 or found[at - 1] != status]


@contextmanager
def pipeline() -> Iterator[Pipeline]:
    """Serve the webhook."""
    heard = Pipeline("")

    class Hook(BaseHTTPRequestHandler):
        """Takes Alertmanager's POST."""

        def do_POST(self) -> None:
            """Remember the alerts."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.alerts.extend(body["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    heard.url = f"http://127.0.0.1:{server.server_address[1]}/alerts"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def alertmanager(binary: Path, hook: str, directory: Path) -> Iterator[str]:
    """Run Alertmanager with the shipped routing, its webhook at `hook`, and waits that fit a test; give its address."""
    config = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text())
    automation = next(route for route in config["route"]["routes"] if route["receiver"] == "automation")
    automation |= {"group_wait": "0s", "group_interval": "1s"}
    next(one for one in config["receivers"] if one["name"] == "automation")["webhook_configs"][0]["url"] = hook
    with served(binary, config, directory) as address:
        yield address


@contextmanager
def served(binary: Path, config: Mapping[str, Any], directory: Path) -> Iterator[str]:
    """Run Alertmanager with this configuration; give its address."""
    directory.mkdir(exist_ok=True)
    (directory / "alertmanager.yml").write_text(yaml.safe_dump(dict(config)))
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command: list[str | Path] = [
        binary,
        f"--config.file={directory / 'alertmanager.yml'}",
        f"--storage.path={directory / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with _ready("Alertmanager", command, address, directory):
        yield address


@contextmanager
def _ready(name: str, command: Sequence[str | Path], address: str, directory: Path) -> Iterator[None]:
    """Run a server, from the moment when it says that it is ready."""
    with running(command, directory / "log") as child:
        wait_until(f"{name} is ready", lambda: fetch(f"http://{address}/-/ready") is not None, 20, child)
        yield


def _in_seconds(group: dict[str, Any]) -> dict[str, Any]:
    """The rules of the centre with their minutes as pairs of seconds."""
    if group["name"] != wide.GROUP:
        return group
    text = yaml.safe_dump(group).replace(f"[{wide.SPAN}]", "[6s]").replace(f"for: {wide.BLIND_FOR}", "for: 1s")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@contextmanager
def prometheus(
    binary: Path,
    workers: Sequence[str],
    alertmanagers: Sequence[str],
    standards: Sequence[Standard],
    directory: Path,
    *,
    hasty: bool = False,
    centre: Centre | None = None,
) -> Iterator[str]:
    """Run Prometheus with the rules generated from `standards`, scraping the workers each second; give its address.

    hasty: what is recorded each minute or less often is so each second, and of the last days every second of the last five minutes is
    read: nothing is older. centre: its queues are expected to be there, and what is about many of them is told, with waits of seconds
    in the place of minutes; without it there are no such rules: their minutes are those of the clock on the wall, in which hours of
    event time pass here.
    """
    directory.mkdir(exist_ok=True)
    for path, text in generated(standards, centre).items():
        (directory / path.name).write_text(text)
    rules = yaml.safe_load((directory / "standards.yml").read_text())
    rules["groups"] = [_in_seconds(group) for group in rules["groups"] if centre is not None or group["name"] != wide.GROUP]
    (directory / "standards.yml").write_text(yaml.safe_dump(rules))
    if hasty or centre is not None:
        recording = (directory / "recording.yml").read_text()
        (directory / "recording.yml").write_text(
            re.sub(r"interval: \w+", "interval: 1s", re.sub(r"\[(1d:1m|30d:5m)\]", "[5m:1s]", recording))
        )
    shipped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    job = next(one for one in shipped["scrape_configs"] if one["job_name"] == "answerable")
    job = {"job_name": job["job_name"], "static_configs": [{"targets": list(workers)}]}
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["*.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(alertmanagers)}]}]},
        "scrape_configs": [job],
    }
    (directory / "prometheus.yaml").write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command: list[str | Path] = [
        binary,
        f"--config.file={directory / 'prometheus.yaml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
    ]
    with _ready("Prometheus", command, address, directory):
        yield address
