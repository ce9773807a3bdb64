"""What stands beside what was kept, asked of Prometheus' own tool."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.core.declared import Standard
from stream.generate.budgets import targets
from stream.generate.promised import Promised
from tools.dashboards.standards import board

ANSWERED = Standard(name="answered", title="answered", form="percentage", measure="service_level", objective=0.9)
ABANDONED = Standard(name="abandoned", title="abandoned", form="percentage", measure="abandonment", objective=0.05)
QUESTION = Standard(name="question", title="question", form="ratio", measure="single_question", limit=0.03, unit="share", calendar="day")


@pytest.mark.parametrize(
    ("standards", "lines"),
    [
        ([ANSWERED, ABANDONED, QUESTION], {"answered": 0.9, "abandoned": 0.95}),
        ([ANSWERED], {"answered": 0.9}),
        ([ABANDONED], {"abandoned": 0.95}),
        ([], {}),
    ],
)
def test_the_target_of_what_is_kept_is_a_share_that_keeps(
    promtool: Path, tmp_path: Path, standards: list[Standard], lines: dict[str, float]
) -> None:
    """Of what five in a hundred may do 95 are to be kept; what a report asks for is no share of contacts that keep it."""
    panel = next(one for one in board(Promised(standards)).panels if one.title == "Kept, over 30 minutes")
    query = panel.queries[1][0].replace("$standard", ".*")
    rules: dict[str, Any] = {"groups": [{"name": "targets", "rules": list(targets(standards))}]}
    samples = [{"labels": f'{{standard="{name}"}}', "value": value} for name, value in lines.items()]
    case = {"promql_expr_test": [{"expr": query, "eval_time": "5m", "exp_samples": samples}]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules))
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [{"input_series": [], **case}]}))
    done = subprocess.run([promtool, "test", "rules", tmp_path / "test.yml"], capture_output=True, check=False, timeout=60)
    assert 0 == done.returncode, (done.stdout + done.stderr).decode()
