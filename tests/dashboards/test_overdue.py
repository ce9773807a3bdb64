"""Contacts that are overdue on the dashboards, asked of Prometheus' own tool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from stream.generate.promised import Promised
from tools.dashboards import responses, standards, wallboard
from tools.dashboards.panels import Board

SERIES = {
    'cc_contacts_overdue{standard="first-response",queue="billing",channel="email",instance="a"}': 3,
    'cc_contacts_overdue{standard="first-response",queue="billing",channel="email",instance="b"}': 3,
    'cc_contacts_overdue{standard="mail-share",limit="late",queue="billing",channel="email",instance="a"}': 2,
    'cc_contacts_overdue{standard="mail-share",limit="unacceptable",queue="billing",channel="email",instance="a"}': 1,
    'cc_contacts_overdue{standard="first-response",queue="sales",channel="email",instance="a"}': 4,
}


@pytest.mark.parametrize(
    ("board", "title"),
    [
        (wallboard.board(Promised([])), "Contacts overdue"),
        (responses.board(Promised([])), "Overdue"),
        (standards.board(Promised([])), "Contacts overdue"),
    ],
    ids=["wallboard", "responses", "standards"],
)
def test_a_contact_that_is_overdue_under_several_standards_counts_once(promtool: Path, tmp_path: Path, board: Board, title: str) -> None:
    """Three in billing, two of them beyond limits of a share as well, of which two workers tell, and four in sales: seven."""
    query = next(panel for panel in board.panels if panel.title == title).queries[0][0]
    for variable in ("$standard", "$queue", "$channel"):
        query = query.replace(variable, ".*")
    case = {
        "input_series": [{"series": series, "values": f"{value}x20"} for series, value in SERIES.items()],
        "promql_expr_test": [{"expr": query, "eval_time": "5m", "exp_samples": [{"labels": "{}", "value": 7}]}],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": [], "tests": [case]}))
    done = subprocess.run([promtool, "test", "rules", tmp_path / "test.yml"], capture_output=True, check=False, timeout=60)
    assert 0 == done.returncode, (done.stdout + done.stderr).decode()
