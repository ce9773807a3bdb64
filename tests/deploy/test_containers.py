"""docker-compose.yml and Dockerfile, read as text: no engine runs here, so structure and the rules that matter are checked."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.config.settings import SETTINGS
from stream.embedded.ports import free_ports

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_everything_that_is_published_listens_on_this_machine_only() -> None:
    """A published port without an address would be open to the network."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert [] == [port for port in ports if not str(port).startswith("127.0.0.1:")]
    assert ports


def test_images_are_pinned_and_ours_is_built() -> None:
    """`latest` is another program tomorrow."""
    unpinned = [
        name for name, service in SERVICES.items() if service["image"] != "answerable" and not re.search(r":v?\d+\.\d+", service["image"])
    ]
    assert [] == unpinned


def test_what_a_service_mounts_exists() -> None:
    """A missing file would be made as an empty directory by the engine."""
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())]
    assert [] == [mount for mount in mounts if mount.startswith(".") and not (ROOT / mount).exists()]
    assert {mount for mount in mounts if not mount.startswith(".")} == set(COMPOSE["volumes"])


def test_services_wait_for_services_that_exist() -> None:
    """Worker, canary and simulator wait for topics, topics for a healthy broker."""
    waits = {(name, other) for name, service in SERVICES.items() for other in service.get("depends_on", {})}
    assert {("topics", "kafka"), ("worker", "topics"), ("canary", "topics"), ("simulator", "topics")} == waits


def test_whatever_goes_on_running_says_whether_it_is_healthy() -> None:
    """Not what ends by itself, the making of topics, and not what only sends: whether it comes through is seen where it arrives."""
    assert {"topics", "canary", "simulator"} == {name for name, service in SERVICES.items() if "healthcheck" not in service}


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (None, False)])
def test_the_workers_check_says_whether_it_is_ready(status: int | None, healthy: bool) -> None:  # noqa: FBT001 - pytest passes by name
    """The check as it is written, but for the port: healthy only where /readyz says so, and not where nobody listens."""
    port = free_ports(1)[0]
    how, program, *arguments = SERVICES["worker"]["healthcheck"]["test"]
    assert ("CMD", "python") == (how, program)
    command = [sys.executable, *(part.replace(":6066/", f":{port}/") for part in arguments)]

    class Page(BaseHTTPRequestHandler):
        """Answers /readyz."""

        def do_GET(self) -> None:
            """Say the status."""
            self.send_response((status or 500) if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    if status is None:
        assert healthy == (subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0)
        return
    with HTTPServer(("127.0.0.1", port), Page) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        assert healthy == (subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0)
        thread.join(5)


def test_the_synthetic_centre_comes_only_where_it_is_asked_for() -> None:
    """Whoever sends real events must not find made-up ones among them."""
    assert {"simulator": ["demo"]} == {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}


def test_only_the_worker_knows_the_token_of_the_wallboard() -> None:
    """Whoever makes topics, sends events or stores figures shows no page, and needs no secret."""
    assert ["worker"] == [name for name, service in SERVICES.items() if "ANSWERABLE_BOARD_TOKEN" in service.get("environment", {})]


def test_the_webhook_that_alertmanager_calls_is_there() -> None:
    """The shipped address is that of a service of the same file, at the port that it is told to listen on, and the path that it knows."""
    config = yaml.safe_load((ROOT / "deploy" / "alertmanager" / "alertmanager.yml").read_text())
    (hook,) = [hook for one in config["receivers"] for hook in one.get("webhook_configs", ())]
    incidents = SERVICES["incidents"]
    port = incidents["command"][incidents["command"].index("--port") + 1]
    assert f"http://incidents:{port}/alerts" == hook["url"]
    assert {f"127.0.0.1:{port}:{port}"} == {*incidents["ports"]}
    assert "./deploy/examples/incidents.py:/etc/answerable/incidents.py:ro" in incidents["volumes"]
    assert ["python", "/etc/answerable/incidents.py"] == incidents["entrypoint"]


def test_which_incidents_are_open_outlives_the_container() -> None:
    """Alertmanager calls again while an alert fires: who has forgotten it opens it twice. The image's user owns the place."""
    service = SERVICES["incidents"]
    database = Path(service["command"][service["command"].index("--database") + 1])
    assert f"incidents:{database.parent}" in service["volumes"]
    assert "incidents" in COMPOSE["volumes"]
    assert f"--create-home --home-dir {database.parent} " in DOCKERFILE


def test_the_image_is_built_once() -> None:
    """Several builds of one tag at a time fail; the other services neither build nor look for the image elsewhere."""
    ours = {name: service for name, service in SERVICES.items() if service["image"] == "answerable"}
    assert ["topics"] == [name for name, service in SERVICES.items() if "build" in service]
    assert {*ours} - {"topics"} == {name for name, service in SERVICES.items() if service.get("pull_policy") == "never"}


def test_only_kafka_writes_outside_its_volumes() -> None:
    """All the others have a read-only file system, no capabilities and no way to get more."""
    found = {
        name
        for name, service in SERVICES.items()
        if (service.get("read_only"), service.get("cap_drop"), service.get("security_opt")) != (True, ["ALL"], ["no-new-privileges:true"])
    }
    assert {"kafka"} == found


def test_the_linter_of_dockerfiles_has_nothing_to_say() -> None:
    """Hadolint, shell lines included."""
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_the_workers_settings_are_settings() -> None:
    """A misspelt variable would be ignored, or refused at the start."""
    named = set(SERVICES["worker"]["environment"]) | set(re.findall(r"(ANSWERABLE_\w+)=", DOCKERFILE))
    assert set() == {name.removeprefix("ANSWERABLE_").lower() for name in named} - SETTINGS.keys()


def test_the_worker_has_no_more_rights_than_it_needs() -> None:
    """No root, no capabilities, a read-only file system, and time to leave its group."""
    worker = SERVICES["worker"]
    found = (worker["read_only"], worker["cap_drop"], worker["security_opt"], worker["stop_grace_period"])
    assert (True, ["ALL"], ["no-new-privileges:true"], "30s") == found
    assert "USER 10001:10001" in DOCKERFILE.splitlines()


def test_the_image_starts_the_worker_without_a_shell() -> None:
    """A shell would keep SIGTERM to itself, and the worker would be killed in the middle of a batch."""
    starts = [row for row in DOCKERFILE.splitlines() if row.startswith(("ENTRYPOINT", "CMD"))]
    assert ['ENTRYPOINT ["answerable"]', 'CMD ["worker"]'] == starts


def test_what_the_image_copies_is_there_and_let_through() -> None:
    """Every path that the Dockerfile copies exists and passes .dockerignore."""
    copied = [
        path.removeprefix("./")
        for row in DOCKERFILE.splitlines()
        if row.startswith("COPY") and "--from" not in row
        for path in row.split()[1:-1]
        if not path.startswith("--")
    ]
    allowed = {row[1:] for row in (ROOT / ".dockerignore").read_text().splitlines() if row.startswith("!")}
    assert set(copied) == allowed
    assert [] == [path for path in copied if not (ROOT / path).exists()]


def test_the_image_is_built_from_all_that_the_wheel_takes_in() -> None:
    """What the wheel packs beside the package is copied before it is built."""
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    words = (ROOT / "Dockerfile").read_text().split()
    assert [] == [path for path in packed if path not in words]


def test_grafana_reads_prometheus_and_finds_the_dashboards() -> None:
    """The provisioned address is that of the service, and the folder of the dashboards is where they are mounted."""
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    source = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"][0]
    provider = yaml.safe_load((provisioning / "dashboards" / "answerable.yml").read_text())["providers"][0]
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"])
    port = SERVICES["prometheus"]["ports"][0].rpartition(":")[2]
    assert (f"http://prometheus:{port}", "prometheus", True) == (source["url"], source["type"], source["isDefault"])
    assert provider["options"]["path"] == mounts["./deploy/grafana/dashboards"]
    assert "/etc/grafana/provisioning" == mounts["./deploy/grafana/provisioning"]
    home = Path(SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (provider["options"]["path"], True) == (str(home.parent), (ROOT / "deploy/grafana/dashboards" / home.name).exists())


def test_nobody_can_change_grafana_with_a_password_that_everybody_knows() -> None:
    """There is no administrator, no form to sign in, and who looks is a viewer."""
    settings = SERVICES["grafana"]["environment"]
    found = [
        settings[f"GF_{name}"] for name in ("SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "AUTH_DISABLE_LOGIN_FORM", "AUTH_ANONYMOUS_ORG_ROLE")
    ]
    assert ["true", "true", "Viewer"] == found
