"""The processes of docker-compose.yml without an engine: the same commands, environments, files and health checks on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
import yaml

from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from tests.deploy.alerting import fetch, running, served, wait_until
from tests.deploy.survival import ask

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final[dict[str, dict[str, Any]]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
HOUR: Final = 11
"""What the clocks of the centre say while the test runs, for its queues to be open and busy."""


def open_centre(place: Path) -> Path:
    """The shipped centre, moved to where it is eleven now and open every day: only so does the test not depend on when it runs."""
    declared = yaml.safe_load((ROOT / "deploy" / "centre.yaml").read_text())
    west = (datetime.now(UTC).hour - HOUR + 12) % 24 - 12
    declared["time_zone"] = f"Etc/GMT{west:+d}" if west else "UTC"
    declared["hours"] = {name: {"daily": "08:00-20:00"} for name in declared["hours"]}
    (place / "centre.yaml").write_text(yaml.safe_dump(declared))
    return place / "centre.yaml"


def files(centre: Path) -> dict[str, str]:
    """Where a file of the containers is on this machine: what the services mount, and what the image has of its own."""
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service.get("volumes", ()) if mount.startswith(".")]
    return {inside: str(ROOT / outside) for outside, inside, *_ in mounts} | {"/etc/answerable/centre.yaml": str(centre)}


def environment(service: str, broker: str, port: int, prefix: str, centre: Path, home: Path) -> dict[str, str]:
    """What the file and the image set, with hosts and places of this machine."""
    image = {name: value for name, value in _of_image().items() if name != "PATH"}
    moved = files(centre)
    given = image | {name: str(value) for name, value in SERVICES[service]["environment"].items()}
    pages: dict[str, Mapping[str | None, str]] = {
        "ANSWERABLE_WEB_HOST": {"0.0.0.0": "127.0.0.1"},  # noqa: S104 - what the containers listen at
        "ANSWERABLE_WEB_PORT": {"6066": str(port)},
        "ANSWERABLE_BOARD_TOKEN": {given.get("ANSWERABLE_BOARD_TOKEN"): "a-token-of-these-tests"},
    }
    changed = {name: moves[given[name]] for name, moves in pages.items() if name in given} | {
        "ANSWERABLE_BOOTSTRAP_SERVERS": {"kafka:19092": broker}[given["ANSWERABLE_BOOTSTRAP_SERVERS"]],
        "ANSWERABLE_TOPIC_PREFIX": prefix,
        "ANSWERABLE_CENTRE_FILE": moved[given["ANSWERABLE_CENTRE_FILE"]],
        "ANSWERABLE_STANDARDS_FILE": moved[given["ANSWERABLE_STANDARDS_FILE"]],
        "ANSWERABLE_DATA_DIR": str(home),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANSWERABLE_") or "CACHE" in name}
    return inherited | given | changed


def _of_image() -> Mapping[str, str]:
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    last = next(line for line in reversed(lines) if line.startswith("ENV "))
    return dict(pair.split("=", 1) for pair in last.split()[1:])


def healthy(service: str, port: int) -> bool:
    """Whether the service's own check says so."""
    _, _, *words = SERVICES[service]["healthcheck"]["test"]
    command = [sys.executable, *(word.replace(":6066/", f":{port}/") for word in words)]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


def answerable(service: str) -> list[str]:
    """The command of a service, after the image's entry point."""
    return [sys.executable, "-m", "stream", *SERVICES[service]["command"]]


def prometheus_configuration(port: int, own: int, sender: str) -> dict[str, Any]:
    """The shipped configuration with the services' names as addresses of this machine, read each second."""
    shipped: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    shipped["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    shipped["rule_files"] = [str(ROOT / "deploy" / "prometheus" / pattern) for pattern in shipped["rule_files"]]
    jobs = {job["job_name"]: job for job in shipped["scrape_configs"]}
    (found,) = jobs["answerable"].pop("dns_sd_configs")
    assert (["worker"], int(SERVICES["worker"]["environment"]["ANSWERABLE_WEB_PORT"])) == (found["names"], found["port"])
    jobs["answerable"]["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    jobs["prometheus"]["static_configs"] = [{"targets": [f"127.0.0.1:{own}"]}]
    named = f"alertmanager:{SERVICES['alertmanager']['ports'][0].rpartition(':')[2]}"
    assert [{"static_configs": [{"targets": [named]}]}] == shipped["alerting"]["alertmanagers"]
    shipped["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [sender]}]}]
    return shipped


@pytest.mark.timeout(240)
def test_the_synthetic_centre_is_seen_in_prometheus(
    broker: Broker, prometheus_binary: Path, alertmanager_binary: Path, tmp_path: Path
) -> None:
    """The worker's check says healthy, contacts, agents and the canary's are scraped, and Prometheus knows its Alertmanager.

    Each works in an empty folder, as in the image: what it writes there or in its data directory a tmpfs must take.
    """
    port, own = free_ports(2)
    centre, prefix = open_centre(tmp_path), f"compose-{uuid4().hex[:8]}-"
    homes = {service: tmp_path / service for service in ("topics", "worker", "canary", "simulator")}

    def options(service: str) -> dict[str, Any]:
        homes[service].mkdir()
        return {"env": environment(service, broker.bootstrap, port, prefix, centre, homes[service]), "cwd": homes[service]}

    done = subprocess.run(answerable("topics"), capture_output=True, check=False, timeout=120, **options("topics"))
    assert 0 == done.returncode, done.stderr.decode()
    configuration = tmp_path / "prometheus.yml"
    routes = yaml.safe_load((ROOT / "deploy" / "alertmanager" / "alertmanager.yml").read_text())
    command: list[str | Path] = [prometheus_binary, f"--config.file={configuration}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    with ExitStack() as parts:
        sender = parts.enter_context(served(alertmanager_binary, routes, tmp_path / "alertmanager"))
        configuration.write_text(yaml.safe_dump(prometheus_configuration(port, own, sender)))
        worker = parts.enter_context(running(answerable("worker"), tmp_path / "worker.log", **options("worker")))
        wait_until("the worker is healthy", lambda: healthy("worker", port), 90, worker)
        assert b"\ncc_canary_timestamp_seconds 0.0\n" in (fetch(f"http://127.0.0.1:{port}/metrics") or b""), "a canary is expected"
        children = [
            parts.enter_context(running(answerable(service), tmp_path / f"{service}.log", **options(service)))
            for service in ("canary", "simulator")
        ]
        parts.enter_context(running([*command, f"--web.listen-address=127.0.0.1:{own}"], tmp_path / "prometheus.log"))
        at = f"127.0.0.1:{own}"
        wait_until("Prometheus is ready", lambda: _ready(at), 60)
        for query in ("sum(cc_contacts_offered_total) > 0", "sum(cc_agents) > 0", "cc_canary_timestamp_seconds > 0"):
            wait_until(f"{query} is seen", lambda query=query: bool(ask(at, query)), 90, children[1])  # type: ignore[misc]
        wait_until("Prometheus knows Alertmanager", lambda: sender in _known(at), 60)
        assert [None, None, None] == [child.poll() for child in (worker, *children)]
    assert [] == [path for service in ("topics", "canary", "simulator") for path in homes[service].rglob("*")]


def test_what_the_image_writes_to_is_memory() -> None:
    """The file system is read-only: the data directory, which is also the working directory, and /tmp are tmpfs of the image's user."""
    image = _of_image()
    assert f"WORKDIR {image['ANSWERABLE_DATA_DIR']}" in (ROOT / "Dockerfile").read_text().splitlines()
    ours = {name: service["tmpfs"] for name, service in SERVICES.items() if service["image"] == "answerable" and name != "incidents"}
    assert {"topics", "worker", "canary", "simulator"} == ours.keys()
    assert [["/tmp", f"{image['ANSWERABLE_DATA_DIR']}:uid=10001,gid=10001"]] * len(ours) == list(ours.values())  # noqa: S108 - theirs


def _known(at: str) -> str:
    return str(json.loads(fetch(f"http://{at}/api/v1/alertmanagers") or b"{}").get("data", {}).get("activeAlertmanagers"))


def _ready(at: str) -> bool:
    try:
        return bool(ask(at, "vector(1)"))
    except AssertionError:
        return False
