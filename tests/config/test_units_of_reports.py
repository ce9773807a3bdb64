"""In what unit a report's limit is written: that of the figure which its measure leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.standards import read_standards
from stream.core.centre import Centre

REPORT = """
version: 1
standards:
  - {{name: x, title: X, form: ratio, measure: "{measure}", at_least: {limit}, calendar: month, per: [channel], severity: info, owner: o}}
"""


@pytest.mark.parametrize(
    ("measure", "limit", "expected"),
    [
        ("accessibility", "95%", ("share", 0.95)),
        ("clocks[parcel]", "90%", ("share", 0.9)),
        ("clocks[parcel].mean_seconds", "2h", ("seconds", 7200.0)),
        ("dropout_threshold", "1.5", ("share", 1.5)),
        ("dropout_threshold.threshold_seconds", "1m", ("seconds", 60.0)),
        ("dropout_threshold.abandons", "100", ("count", 100.0)),
        ("csat.n", "30", ("count", 30.0)),
        ("csat.low", "80%", ("share", 0.8)),
        ("csat.response_rate", "30%", ("share", 0.3)),
        ("nps.response_rate", "30%", ("share", 0.3)),
        ("nps.n", "30", ("count", 30.0)),
        ("nps.score", "0", ("points", 0.0)),
        ("nps.low", "-10", ("points", -10.0)),
        ("ces.n", "30", ("count", 30.0)),
        ("handle_mean_seconds", "5m", ("seconds", 300.0)),
        ("ces.mean", "3", ("grade", 3.0)),
        ("agent_state_seconds.wrap_up", "1h", ("seconds", 3600.0)),
        ("paused_seconds.lunch", "30m", ("seconds", 1800.0)),
    ],
)
def test_a_limit_is_written_in_the_unit_of_its_figure(measure: str, limit: str, expected: tuple[str, float], tmp_path: Path) -> None:
    """A share in percent, a time with its unit, a count as it is; also where a table has several of them."""
    path = tmp_path / "standards.yaml"
    path.write_text(REPORT.format(measure=measure, limit=limit), encoding="utf-8")
    (one,) = read_standards(path, Centre())
    assert expected == (one.unit, one.limit)
