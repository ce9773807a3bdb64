"""deploy/alertmanager: who hears of what."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from stream.config.centre import read_centre

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
        (("alertname=StandardChatFirstResponse", "standard=chat-first-response", "severity=info", "cadence=report"), "automation,reports"),
        (("alertname=CentreWide", "standard=queue-length", "severity=critical", "cadence=page"), "automation,pager"),
        (("alertname=CentreWide", "standard=abandonment", "severity=warning", "cadence=ticket"), "automation,tickets"),
        (("alertname=QueueBlind", "severity=critical", "queue=billing", "channel=call"), "pager"),
        (("alertname=AnswerableCanaryLate", "severity=critical"), "pager"),
        (("alertname=AnswerableCanaryNeverCame", "severity=critical"), "pager"),
        (("alertname=AnswerablePartitionStalled", "severity=critical", "partition=1"), "pager"),
        (("alertname=AnswerableScopeStalled", "severity=none", "queue=billing", "channel=call"), "nobody"),
        (("alertname=AnswerableSourceSilent", "severity=warning"), "tickets"),
        (("alertname=AnswerableWatchdog", "severity=none"), "watchdog"),
        (("alertname=AnswerableNoWorker", "severity=critical"), "pager"),
        (("alertname=AnswerableEventsRejected", "severity=warning"), "tickets"),
        (("alertname=SomebodyElses",), "tickets"),
    ],
)
def test_alerts_are_routed_by_their_cadence(amtool: Path, labels: tuple[str, ...], receivers: str) -> None:
    """Automation hears of every standard; people hear now, next day, or in a digest, as the cadence says."""
    command = [str(amtool), "config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receivers}", *labels]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert 0 == done.returncode, done.stdout + done.stderr


def test_automation_hears_of_the_end_too() -> None:
    """A pipeline that acted on a breach must learn that it is over."""
    receivers = {one["name"]: one for one in yaml.safe_load(CONFIG.read_text())["receivers"]}
    assert [True] == [hook["send_resolved"] for hook in receivers["automation"]["webhook_configs"]]


def test_reports_never_come_at_night() -> None:
    """Their route, and no other, is open by day only, in the centre's own time zone."""
    config = yaml.safe_load(CONFIG.read_text())
    limited = {route["receiver"]: route["active_time_intervals"] for route in config["route"]["routes"] if "active_time_intervals" in route}
    assert {"reports": ["by-day"]} == limited
    (named,) = config["time_intervals"]
    (span,) = named["time_intervals"]
    assert str(read_centre(CONFIG.parents[1] / "centre.yaml").zone) == span["location"]
    assert [{"start_time": "07:00", "end_time": "20:00"}] == span["times"]
