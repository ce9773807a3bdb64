"""The rule for a quiet queue on the page about silence, with Prometheus' own tool."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PAGE = Path(__file__).parents[2] / "docs" / "sources" / "README.md"
WEEK = 7 * 24 * 60
SERIES = '{queue="billing", channel="call"}'


def values(each_hour: int, last: int, is_open: int) -> dict[str, str]:
    """Two weeks and two hours, a sample a minute: so many calls in each hour, and in the last two hours so many."""
    before, after = each_hour / 60, last / 60
    count = f"0+{before}x{2 * WEEK} {before * 2 * WEEK}+{after}x120"
    return {"queue_channel:cc_contacts_offered_total:max": count, "queue_channel:cc_queue_open:max": f"{is_open}x{2 * WEEK + 120}"}


@pytest.mark.parametrize(
    ("each_hour", "last", "is_open", "fires"), [(60, 0, 1, True), (60, 6, 1, False), (20, 0, 1, False), (60, 0, 0, False)]
)
def test_the_rule_on_the_page_fires_for_a_busy_queue_that_dries_up(
    promtool: Path, tmp_path: Path, *, each_hour: int, last: int, is_open: int, fires: bool
) -> None:
    """Not for a small one, not while anything comes, and not while it is closed."""
    found = re.search(r"```yaml\n(- alert: QueueQuiet\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    groups: list[dict[str, Any]] = [{"name": "quiet", "rules": yaml.safe_load(found.group(1))}]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": groups}))
    alerts = [{"exp_labels": {"queue": "billing", "channel": "call"}}] if fires else []
    case = {
        "interval": "1m",
        "input_series": [{"series": name + SERIES, "values": said} for name, said in values(each_hour, last, is_open).items()],
        "alert_rule_test": [{"eval_time": f"{2 * WEEK + 100}m", "alertname": "QueueQuiet", "exp_alerts": alerts}],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [case]}))
    done = subprocess.run([promtool, "test", "rules", tmp_path / "test.yml"], capture_output=True, check=False, timeout=60)
    assert 0 == done.returncode, (done.stdout + done.stderr).decode()
