"""deploy/prometheus, checked by Prometheus' own tool: rules, configuration, unit tests, and the metrics page."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from stream.core.snapshot import Histogram, Snapshot
from stream.sinks.figures import WorkerFigures
from stream.sinks.prometheus import Collector
from tests.sinks.test_prometheus import billing, busy_worker

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"


def run(*command: str | Path, stdin: bytes = b"") -> tuple[int, str]:
    """Run a checker and give its exit code and all that it said."""
    done = subprocess.run([*map(str, command)], input=stdin, capture_output=True, check=False, timeout=60)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_rules_pass_every_lint(promtool: Path) -> None:
    """All rule files are valid, without duplicates."""
    code, said = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *sorted((PROMETHEUS / "rules").glob("*.yml")))
    assert 0 == code, said


def test_the_configuration_is_valid(promtool: Path) -> None:
    """Prometheus takes the file with its rules."""
    code, said = run(promtool, "check", "config", PROMETHEUS / "prometheus.yml")
    assert 0 == code, said


def test_alerts_fire_when_they_should_and_not_before(promtool: Path) -> None:
    """Prometheus' unit tests of the rules, those for silence included."""
    code, said = run(promtool, "test", "rules", *sorted((PROMETHEUS / "tests").glob("*.yml")))
    assert 0 == code, said


def test_every_alert_has_a_unit_test() -> None:
    """No alert of the pipeline, and no form of standards alert, goes untested."""
    rules = yaml.safe_load((PROMETHEUS / "rules" / "pipeline.yml").read_text())["groups"][0]["rules"]
    tests = [yaml.safe_load(path.read_text()) for path in sorted((PROMETHEUS / "tests").glob("*.yml"))]
    tested = {case["alertname"] for file in tests for test in file["tests"] for case in test.get("alert_rule_test", ())}
    assert set() == {rule["alert"] for rule in rules} - tested
    assert any(name.startswith("Standard") for name in tested)


def test_the_scrape_job_has_the_name_that_the_rules_ask_for() -> None:
    """Rules on `up` name the job; another name there would mean that nobody is watched."""
    jobs = {job["job_name"] for job in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]}
    assert "answerable" in jobs


def test_promtool_has_nothing_to_say_about_the_metrics_page(promtool: Path) -> None:
    """Names, types, units and help texts satisfy Prometheus' own checker."""
    worker: WorkerFigures = busy_worker()
    histograms: dict[str, Histogram] = {"answer_wait": ((20_000, 120_000), [3, 1, 1], 145_500)}
    scopes = [billing(), billing(None), billing(queue=None, histograms=histograms)]
    page = Collector(lambda: [Snapshot(0, 917_848_967_123, scopes)], worker).render()
    assert (0, "") == run(promtool, "check", "metrics", stdin=page)
