"""Prometheus and Alertmanager beside the demo's workers, as deploy/ has them: who sees which alert, without an integration."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from stream.config.shipped import or_shipped
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.embedded import debian, ports
from stream.errors import PartMissing
from stream.generate import rules, wide
from stream.guard import Guard

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
ROUTES: Final = Path("deploy/alertmanager/alertmanager.yml")

Telling = Callable[[str], None]


@contextmanager
def monitoring(
    workers: Sequence[str], centre: Centre, standards: Sequence[Standard], directory: Path, tell: Telling
) -> Iterator[dict[str, str]]:
    """Run both over the addresses (host:port) of workers; give theirs by name. Raises PartMissing where they cannot be had."""
    programs = {name: debian.find(name, tell) for name in ("prometheus-alertmanager", "prometheus")}
    with ExitStack() as stack:
        alerts, metrics = (f"{ports.HOST}:{port}" for port in ports.free_ports(2))
        command = _alertmanager(programs["prometheus-alertmanager"], alerts, directory)
        stack.enter_context(_running(command, alerts, directory, lambda: tell("Starting Alertmanager")))
        command = _prometheus(programs["prometheus"], metrics, [alerts], workers, (centre, standards), directory)
        stack.enter_context(_running(command, metrics, directory, lambda: tell("Starting Prometheus")))
        yield {"Prometheus": f"http://{metrics}/alerts", "Alerts": f"http://{alerts}/"}


def _alertmanager(program: Path, address: str, directory: Path) -> list[str]:
    """The shipped routes and mutings; the receivers have no integration here."""
    config = yaml.safe_load(or_shipped(ROUTES).read_text(encoding="utf-8"))
    config["receivers"] = [{"name": one["name"]} for one in config["receivers"]]
    path = _written(directory / "alertmanager.yml", config)
    options = {"config.file": path, "storage.path": directory / "alertmanager", "web.listen-address": address, "cluster.listen-address": ""}
    return [str(program), *(f"--{name}={value}" for name, value in options.items())]


def _prometheus(
    program: Path,
    address: str,
    alertmanagers: Sequence[str],
    workers: Sequence[str],
    declared: tuple[Centre, Sequence[Standard]],
    directory: Path,
) -> list[str]:
    """The rules of these standards, evaluated each second."""
    centre, standards = declared
    for name, content in rules.files(standards, centre).items():
        # A played hour takes one of its minutes.
        _written(directory / "rules" / name, {"groups": [group for group in content["groups"] if group["name"] != wide.GROUP]})
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules/*.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(alertmanagers)}]}]},
        "scrape_configs": [{"job_name": "answerable", "static_configs": [{"targets": list(workers)}]}],
    }
    path = _written(directory / "prometheus.yml", config)
    options = {"config.file": path, "storage.tsdb.path": directory / "prometheus", "web.listen-address": address}
    return [str(program), *(f"--{name}={value}" for name, value in options.items())]


def _written(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


@contextmanager
def _running(command: Sequence[str], address: str, directory: Path, starting: Callable[[], None]) -> Iterator[None]:
    """Run a program from its readiness to its end, which it does not outlive us by. `starting`: called until it is ready."""
    log = directory / f"{Path(command[0]).name}.log"
    starting()
    with log.open("wb") as out:
        child = subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    guard = Guard(child.pid)
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(address):
            if child.poll() is not None or time.monotonic() > until:
                said = log.read_text(errors="replace").strip().splitlines()
                raise PartMissing(f"{log.stem} did not start: {said[-1] if said else 'it said nothing'}")
            starting()
            time.sleep(0.1)
        yield
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        guard.release()


def _answers(address: str) -> bool:
    """Whether it says that it is ready."""
    try:
        with urllib.request.urlopen(f"http://{address}/-/ready", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except OSError:
        return False
