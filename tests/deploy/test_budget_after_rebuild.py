"""What a rebuild does to the error budget in Prometheus, and the way out that docs/state.md tells, with a real Prometheus."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
import yaml

from stream.embedded.ports import free_ports
from tests.deploy.alerting import DEPLOY, fetch, running, wait_until
from tests.deploy.survival import ask

ROOT: Final = DEPLOY.parent
HOUR: Final = 3_600
BEFORE: Final = 20 * 24
"""Hours that were counted before the rebuild, the newer fourteen days of them with misses."""
HELD: Final = 14 * 24
"""Hours that the topics hold, and a rebuild counts again within one."""
SINCE: Final = 2 * 24
MATCHED: Final = re.search(r"^ +--data-urlencode 'match\[\]=(.*)'", (ROOT / "docs" / "state.md").read_text(), re.MULTILINE)
"""What the page tells to delete."""
SERIES: Final = 'standard_queue_channel:cc_standard_{}_total:max{{standard="calls-answered",queue="billing",channel="call"}}'


def counted(begun: int) -> str:
    """Ten contacts an hour, two of them missed in the last weeks: before the rebuild, again by it, and since, as openmetrics."""
    contacts = [(hour, 10 * hour) for hour in range(BEFORE + 1)]
    misses = [(hour, 2 * max(0, hour - (BEFORE - HELD))) for hour in range(BEFORE + 1)]
    contacts += [(BEFORE + 1, 0), *((BEFORE + 2 + hour, 10 * (HELD + hour)) for hour in range(SINCE + 1))]
    misses += [(BEFORE + 1, 0), *((BEFORE + 2 + hour, 2 * (HELD + hour)) for hour in range(SINCE + 1))]
    lines = []
    for name, samples in (("contacts", contacts), ("breaches", misses)):
        series = SERIES.format(name)
        lines += [f"# TYPE {series.partition('{')[0]} unknown"]
        lines += [f"{series} {value} {begun + hour * HOUR}" for hour, value in samples]
    return "\n".join([*lines, "# EOF", ""])


def rule(name: str) -> str:
    """The expression of a shipped recording rule; with a sample an hour instead of one each five minutes."""
    groups = yaml.safe_load((DEPLOY / "prometheus" / "rules" / "recording.yml").read_text())["groups"]
    expr: str = next(one["expr"] for group in groups for one in group["rules"] if one.get("record") == name)
    return expr.replace(":5m]", "]")


@pytest.mark.timeout(180)
def test_a_rebuild_counts_twice_until_what_was_counted_before_is_deleted(prometheus_binary: Path, promtool: Path, tmp_path: Path) -> None:
    """The share that was missed is wrong for a month; deleted as told it is that of the fourteen days and of the time since."""
    assert MATCHED is not None
    now = int(time.time()) // HOUR * HOUR
    begun = now - (BEFORE + 2 + SINCE) * HOUR
    (tmp_path / "counted.om").write_text(counted(begun))
    blocks: list[str | Path] = [promtool, "tsdb", "create-blocks-from", "openmetrics", tmp_path / "counted.om", tmp_path / "data"]
    subprocess.run(blocks, check=True, capture_output=True, timeout=60)
    (tmp_path / "prometheus.yml").write_text("{}")
    at = f"127.0.0.1:{free_ports(1)[0]}"
    command: list[str | Path] = [
        prometheus_binary,
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={at}",
        "--storage.tsdb.retention.time=60d",
        "--web.enable-admin-api",
    ]
    missed = rule("standard_queue_channel:cc_standard_breaches_per_contact:ratio_increase30d")

    def share() -> list[float]:
        return [round(float(one["value"][1]), 3) for one in ask(at, missed, now)]

    with ExitStack() as parts:
        child = parts.enter_context(running(command, tmp_path / "log"))
        wait_until("Prometheus is ready", lambda: fetch(f"http://{at}/-/ready") is not None, 30, child)
        everything, again, since = 10 * BEFORE, 10 * HELD, 10 * SINCE
        assert [round(0.2 * (2 * again + since) / (everything + again + since), 3)] == share()
        form = urllib.parse.urlencode({"match[]": MATCHED[1], "end": begun + BEFORE * HOUR + 60}).encode()
        asked = urllib.request.Request(f"http://{at}/api/v1/admin/tsdb/delete_series", data=form)
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own on 127.0.0.1
            assert 204 == answer.status
        assert [0.2] == share()
