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
    done = subprocess.run([*map(str, command)], input=stdin, capture_output=True, check=False, timeout=180)
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
    """No alert that is shipped goes untested: each fires in one of the tests."""
    rules = [
        rule
        for path in sorted((PROMETHEUS / "rules").glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]
    tests = [yaml.safe_load(path.read_text()) for path in sorted((PROMETHEUS / "tests").glob("*.yml"))]
    cases = [case for file in tests for test in file["tests"] for case in test.get("alert_rule_test", ())]
    fired = {case["alertname"] for case in cases if case["exp_alerts"]}
    silent = {case["alertname"] for case in cases if not case["exp_alerts"]}
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    assert (set(), {"AnswerableWatchdog"}) == (alerts - fired, alerts - silent)


def test_the_scrape_job_has_the_name_that_the_rules_ask_for() -> None:
    """Rules on `up` name the job; another name there would mean that nobody is watched."""
    jobs = {job["job_name"] for job in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]}
    assert {"answerable", "answerable-sources"} <= jobs


def test_where_links_lead_is_set_where_prometheus_runs() -> None:
    """Both bases are external labels, and no alert carries them on: they would be labels of every group and silence."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    assert {"dashboards", "runbooks"} == config["global"]["external_labels"].keys()
    assert [{"action": "labeldrop", "regex": "dashboards|runbooks"}] == config["alerting"]["alert_relabel_configs"]


def test_promtool_has_nothing_to_say_about_the_metrics_page(promtool: Path) -> None:
    """Names, types, units and help texts satisfy Prometheus' own checker."""
    worker: WorkerFigures = busy_worker()
    histograms: dict[str, Histogram] = {"answer_wait": ((20_000, 120_000), [3, 1, 1], 145_500)}
    scopes = [billing(), billing(None), billing(queue=None, histograms=histograms)]
    page = Collector(lambda: [Snapshot(0, 917_848_967_123, scopes)], worker).render()
    assert (0, "") == run(promtool, "check", "metrics", stdin=page)
