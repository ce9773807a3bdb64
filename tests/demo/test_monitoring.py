"""Prometheus and Alertmanager beside the demo."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from stream.core.centre import Centre
from stream.demo.monitoring import monitoring


def test_each_part_is_said_to_start_once_and_by_one_name(prometheus_binary: Path, alertmanager_binary: Path, tmp_path: Path) -> None:
    """Not once by its own name and once by that of its package."""
    assert prometheus_binary.exists()
    assert alertmanager_binary.exists()
    told: list[str] = []
    with monitoring([], Centre(), (), tmp_path, told.append) as found:
        assert ["Prometheus", "Alerts"] == list(found)
    assert ["Starting Alertmanager", "Starting Prometheus"] == [matter for matter, _ in groupby(told)]
