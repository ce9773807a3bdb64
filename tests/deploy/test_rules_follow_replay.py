"""A day in event time: the metrics page of each minute goes through the shipped rules, and exactly the alerts of the replay appear."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.ledger import Ledger
from stream.simulator.day import simulate
from stream.sinks.figures import WorkerFigures
from stream.sinks.prometheus import Collector
from tests.deploy.alerting import DEPLOY

MINUTE: Final = 60_000
BREACHED: Final = "cc_standard_breached"
Scope = tuple[str, ...]
BY: Final = ("standard", "severity", "queue", "channel")


def played(directory: Path) -> tuple[dict[str, list[str]], dict[Scope, set[int]]]:
    """The verdicts that the page shows at each minute of a simulated day, and the minutes in which the replay's breaches go on."""
    centre = read_centre(DEPLOY / "centre.yaml")
    standards = read_standards(DEPLOY / "standards.yaml", centre)
    ledger, events = Ledger(centre, standards), sorted(simulate(centre, scale=0.25).events, key=lambda event: event.time)
    begin = events[0].time // MINUTE * MINUTE
    minutes = (events[-1].time - begin) // MINUTE + 1
    collector = Collector(lambda: [ledger.scopes.snapshot()], WorkerFigures())
    series: dict[str, list[str]] = defaultdict(list)
    records: dict[str, dict[str, Any]] = {}
    at = 0
    for minute in range(minutes):
        until = begin + minute * MINUTE
        part = []
        while at < len(events) and events[at].time <= until:
            part.append(events[at])
            at += 1
        for topic, _, record in ledger.fold(part, until):
            if topic == "standard-breaches":
                records[record["id"]] = record
        for line in collector.render().decode().splitlines():
            if line.startswith(BREACHED):
                name, _, value = line.rpartition(" ")
                series[name] += ["_"] * (minute - len(series[name])) + [value]
    found: dict[Scope, set[int]] = defaultdict(set)
    for record in records.values():
        began, ended = (
            None if record[name] is None else (round(datetime.fromisoformat(record[name]).timestamp() * 1000) - begin)
            for name in ("started_at", "ended_at")
        )
        scope = (record["standard"], record["severity"], record["scope"].get("queue", ""), record["scope"].get("channel", ""))
        assert began is not None
        found[scope] |= {one for one in range(minutes) if began <= one * MINUTE and (ended is None or one * MINUTE < ended)}
    return series, {scope: found[scope] for scope in found if found[scope]}


def labels(scope: Scope) -> str:
    """A scope as promtool writes it."""
    return "{" + ", ".join(f'{name}="{value}"' for name, value in zip(BY, scope, strict=True) if value) + "}"


def test_exactly_the_alerts_that_the_replay_demands(promtool: Path, tmp_path: Path) -> None:
    """Each alert fires in as many minutes as the stream's breaches of its scope go on, and no other alert fires at all."""
    series, demanded = played(tmp_path)
    assert len({standard for standard, *_ in demanded}) >= 3
    last = max(len(values) for values in series.values()) - 1
    case = {
        "interval": "1m",
        "input_series": [{"series": name, "values": " ".join(values)} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'sum by ({", ".join(BY)}) (count_over_time(ALERTS{{alertname=~"Standard.*", alertstate="firing"}}[2d]))',
                "eval_time": f"{last}m",
                "exp_samples": [{"labels": labels(scope), "value": len(minutes)} for scope, minutes in demanded.items()],
            }
        ],
    }
    rules = DEPLOY / "prometheus" / "rules" / "standards.yml"
    (tmp_path / "day.test.yml").write_text(yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [case]}))
    done = subprocess.run([promtool, "test", "rules", tmp_path / "day.test.yml"], capture_output=True, check=False, timeout=180)
    assert 0 == done.returncode, (done.stdout + done.stderr).decode()
