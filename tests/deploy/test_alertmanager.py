"""deploy/alertmanager: who hears of what."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

CONFIG = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.yml"


def test_the_configuration_is_valid(amtool: Path) -> None:
    """Alertmanager takes the file."""
    done = subprocess.run([str(amtool), "check-config", str(CONFIG)], capture_output=True, check=False, timeout=60)
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        (("alertname=StandardCallsAnswered", "standard=calls-answered", "severity=critical", "cadence=page"), "automation,pager"),
        (("alertname=StandardAbandonment", "standard=abandonment", "severity=warning", "cadence=ticket"), "automation,tickets"),
        (("alertname=StandardChatFirstResponse", "standard=chat-first-response", "severity=info", "cadence=report"), "automation,nobody"),
        (("alertname=AnswerableWatchdog", "severity=none"), "watchdog"),
        (("alertname=AnswerableNoWorker", "severity=critical"), "pager"),
        (("alertname=AnswerableEventsRejected", "severity=warning"), "tickets"),
        (("alertname=SomebodyElses",), "tickets"),
    ],
)
def test_alerts_are_routed_by_their_cadence(amtool: Path, labels: tuple[str, ...], receivers: str) -> None:
    """Automation hears of every standard; people hear now, next day, or not at all, as the cadence says."""
    command = [str(amtool), "config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receivers}", *labels]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert 0 == done.returncode, done.stdout + done.stderr


def test_automation_hears_of_the_end_too() -> None:
    """A pipeline that acted on a breach must learn that it is over."""
    receivers = {one["name"]: one for one in yaml.safe_load(CONFIG.read_text())["receivers"]}
    assert [True] == [hook["send_resolved"] for hook in receivers["automation"]["webhook_configs"]]


def test_reports_never_notify_anybody() -> None:
    """The receiver of reports has no integration."""
    receivers = {one["name"]: one for one in yaml.safe_load(CONFIG.read_text())["receivers"]}
    assert {"name": "nobody"} == receivers["nobody"]
