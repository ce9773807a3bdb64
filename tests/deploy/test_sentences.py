"""What alerts say of standards that a centre writes itself, with Prometheus' own templates: each the figures of its own target."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.measures import BY_NAME
from stream.generate.rules import files
from stream.generate.telling import REPORTED

DEPLOY = Path(__file__).parents[2] / "deploy"
RESPONSE = """
  - name: first-response
    title: Every inquiry gets a first answer
    form: clock
    measure: first_response
    where: { channel: [email] }
    per: [queue, channel]
    cadence: ticket
    targets:
      - { severity: warning, within: 60m }
      - { severity: critical, within: 4h }
    overrides:
      - { where: { queue: [billing] }, targets: [{ severity: warning, within: 30m }] }
"""
ANSWERED = """
  - name: answered
    title: Nine calls in ten
    form: percentage
    measure: service_level
    where: { channel: [call] }
    per: [queue, channel]
    cadence: page
    targets:
      - { severity: warning, objective: 90%, within: 20s }
      - { severity: critical, objective: 80%, within: 2m }
    unacceptable: 10m
"""
DAY = """
  - name: day
    title: Days are as they should be
    form: ratio
    measure: service_level[no_short,90]
    where: { channel: [call] }
    per: [queue, channel]
    targets:
      - { severity: warning, at_least: 90% }
      - { severity: critical, at_least: 80% }
"""
TREND = """
  - name: trend
    title: Nothing changes
    form: trend
    measure: handle_mean_seconds
    factor: 2
    calendar: half_hour
    usual: weekdays
    per: [queue, channel]
    severity: info
"""
PAUSED = """
  - name: paused
    title: Lunch is an hour of the team's at most
    form: ratio
    measure: paused_seconds.lunch
    at_most: 1h
    calendar: week
    per: [team]
    severity: info
"""
BAND = """
  - name: band
    title: Neither idle nor worn out
    form: band
    measure: offered
    low: 300
    high: 400
    calendar: 28d
    per: []
    severity: info
"""
BEYOND = """
  - name: beyond
    title: Nine calls in ten
    form: percentage
    measure: service_level
    objective: 90%
    within: 2m
    unacceptable: 10m
    where: { channel: [call] }
    per: [queue, channel]
    severity: critical
"""
LATE = BEYOND.replace("unacceptable: 10m", "late: 5m\n    unacceptable: 10m")
OFFERED = """
  - name: load
    title: At least two calls come
    form: ratio
    measure: offered
    at_least: 2
    calendar: day
    where: { channel: [call] }
    per: [queue, channel]
    severity: info
"""
ISSUES = """
  - name: load
    title: One issue is opened
    form: ratio
    measure: issues_opened
    at_least: 1
    calendar: day
    per: [queue]
    severity: info
"""
ASKED = "of calls in sales were answered within 2 minutes; the standard asks for 90 %; unacceptable above 10 minutes."
LEFT = """
  - name: left
    title: Nobody is left
    form: level
    measure: left_at_closing
    at_most: 0
    where: { channel: [call] }
    per: [queue, channel]
    severity: info
"""
ASKED_LATE = ASKED.replace("unacceptable", "late above 5 minutes; unacceptable")
WAITING = """
  - name: waiting
    title: Nobody waits
    form: level
    measure: waiting
    at_most: 0
    per: [queue, channel]
"""
STAFFED = """
  - name: staffed
    title: Two are there
    form: level
    measure: staffed
    at_least: 2
    per: [queue]
"""
CLOCK = {"cc_contacts_overdue": 3, "cc_oldest_overdue_timestamp_seconds": 0}
BOTH = "the standard asks for at least 90 % (warning) and at least 80 % (critical)"
USUAL = "usual is the mean of the same weekday in the last four weeks at the same time"
EITHER_WAY = f"the standard allows a factor of 2 either way; {USUAL}"
OLDEST = "the oldest of them for 1m 0s now"


@pytest.mark.parametrize(
    ("declared", "labels", "figures", "expected"),
    [
        (
            RESPONSE,
            {"severity": "warning", "queue": "sales", "channel": "email"},
            CLOCK,
            f"3 e-mails in sales have waited longer than 1 hour for a first response, {OLDEST}; the standard allows none.",
        ),
        (
            RESPONSE,
            {"severity": "critical", "queue": "sales", "channel": "email"},
            CLOCK,
            "Some e-mails in sales have waited longer than 4 hours for a first response; the standard allows none.",
        ),
        (
            RESPONSE,
            {"severity": "warning", "queue": "billing", "channel": "email"},
            CLOCK,
            f"3 e-mails in billing have waited longer than 30 minutes for a first response, {OLDEST}; the standard allows none.",
        ),
        (
            RESPONSE,
            {"severity": "warning", "queue": "sales", "channel": "email"},
            {"cc_contacts_overdue": 1},
            "1 e-mail in sales has waited longer than 1 hour for a first response; the standard allows none.",
        ),
        (
            WAITING,
            {"severity": "warning", "queue": "sales", "channel": "chat"},
            {"cc_standard_reading": 1},
            "1 chat waits in sales; the standard allows 0.",
        ),
        (
            WAITING,
            {"severity": "warning", "queue": "sales", "channel": "call"},
            {},
            "No data: how many calls wait in sales; the standard allows 0.",
        ),
        (
            STAFFED,
            {"severity": "warning", "queue": "sales"},
            {"cc_standard_reading": 1},
            "1 agent is there in sales; the standard asks for 2.",
        ),
        (
            ANSWERED,
            {"severity": "warning", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.62},
            "62 % of calls in sales were answered within 20 seconds; the standard asks for 90 %.",
        ),
        (
            ANSWERED,
            {"severity": "critical", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.62},
            "Too few calls in sales were answered within 2 minutes; the standard asks for 80 %; unacceptable above 10 minutes.",
        ),
        (
            BEYOND,
            {"severity": "critical", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.95, "cc_standard_target": 0.9, 'cc_contacts_overdue{limit="unacceptable"}': 1},
            f"1 call in sales has waited longer than 10 minutes for an answer, which is unacceptable; 95 % {ASKED}",
        ),
        (
            BEYOND,
            {"severity": "critical", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.8, "cc_standard_target": 0.9, 'cc_contacts_overdue{limit="unacceptable"}': 2},
            f"2 calls in sales have waited longer than 10 minutes for an answer, which is unacceptable; 80 % {ASKED}",
        ),
        (
            BEYOND,
            {"severity": "critical", "queue": "sales", "channel": "call"},
            {"cc_standard_target": 0.9, 'cc_contacts_overdue{limit="unacceptable"}': 1},
            f"1 call in sales has waited longer than 10 minutes for an answer, which is unacceptable; An unknown share {ASKED}",
        ),
        (
            LATE,
            {"severity": "critical", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.96, 'cc_contacts_overdue{limit="late"}': 1, 'cc_contacts_overdue{limit="unacceptable"}': 0},
            f"1 call in sales has waited longer than 5 minutes for an answer, which is late; 96 % {ASKED_LATE}",
        ),
        (
            LATE,
            {"severity": "critical", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.96, 'cc_contacts_overdue{limit="late"}': 3, 'cc_contacts_overdue{limit="unacceptable"}': 1},
            f"1 call in sales has waited longer than 10 minutes for an answer, which is unacceptable; 96 % {ASKED_LATE}",
        ),
        (
            BEYOND,
            {"severity": "critical", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.62, "cc_standard_target": 0.9, 'cc_contacts_overdue{limit="unacceptable"}': 0},
            f"62 % {ASKED}",
        ),
    ],
)
def test_each_target_says_its_own_time_and_figures(
    promtool: Path, tmp_path: Path, declared: str, labels: Mapping[str, str], figures: Mapping[str, float], expected: str
) -> None:
    """A critical alert names the limit of the critical target, and no figure that another one was judged by."""
    says(promtool, tmp_path, declared, labels, figures, expected)


@pytest.mark.parametrize(
    ("declared", "labels", "figures", "expected"),
    [
        (
            DAY,
            {"severity": "warning", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 0.85},
            f"85 % of calls in sales were answered within 1 minute 30 seconds yesterday; {BOTH}.",
        ),
        (
            TREND,
            {"severity": "info", "queue": "sales", "channel": "chat"},
            {"cc_standard_reading": 60, "cc_standard_target": 90},
            f"The mean handle time (chats in sales) was 1m 0s in the last half-hour, usually 3m 0s; {EITHER_WAY}.",
        ),
        (
            TREND,
            {"severity": "info", "queue": "sales", "channel": "chat"},
            {"cc_standard_reading": 400},
            f"The mean handle time (chats in sales) was 6m 40s in the last half-hour; {EITHER_WAY}.",
        ),
        (
            PAUSED,
            {"severity": "info", "team": "north"},
            {"cc_standard_reading": 4000},
            "Time that agents were paused, lunch (of the team north): 1h 6m 40s last week; the standard asks for at most 1 hour.",
        ),
        (
            BAND,
            {"severity": "info"},
            {"cc_standard_reading": 299},
            "299 contacts in the whole centre came in the last 28 days; the standard asks for between 300 and 400.",
        ),
        (
            OFFERED,
            {"severity": "info", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 1},
            "1 call in sales came yesterday; the standard asks for at least 2.",
        ),
        (
            OFFERED.replace("measure: offered", "measure: answered"),
            {"severity": "info", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 1},
            "1 call in sales was answered yesterday; the standard asks for at least 2.",
        ),
        (
            ISSUES,
            {"severity": "info", "queue": "sales"},
            {"cc_standard_reading": 1},
            "Issues that were opened (in sales): 1 issue yesterday; the standard asks for at least 1 issue.",
        ),
        (
            LEFT,
            {"severity": "info", "queue": "sales", "channel": "call"},
            {"cc_standard_reading": 1},
            "1 call in sales still waited at closing; the standard allows 0.",
        ),
    ],
)
def test_reports_say_what_of_whom_and_when(
    promtool: Path, tmp_path: Path, declared: str, labels: Mapping[str, str], figures: Mapping[str, float], expected: str
) -> None:
    """No name of a measure, but its words; of a trend what is usual, on whichever side of it the figure is."""
    says(promtool, tmp_path, declared, labels, figures, expected)


def test_every_measure_that_has_words_is_one() -> None:
    """A name that no measure has would never be looked up."""
    assert set() == REPORTED.keys() - BY_NAME.keys()


def test_what_is_centre_wide_says_the_time_of_each_target(tmp_path: Path) -> None:
    """Two shares alone would not tell which is asked for within which time."""
    (wide,) = [rule["annotations"]["description"] for rule in alerts(ANSWERED, tmp_path) if rule.get("alert") == "CentreWide"]
    asked = "90 % within 20 seconds (warning) and 80 % within 2 minutes (critical); unacceptable above 10 minutes."
    assert wide.endswith(f": Nine calls in ten; the standard asks for {asked}")


def alerts(declared: str, directory: Path) -> list[dict[str, Any]]:
    """The rules of the standards' file of which these are the entries."""
    (directory / "standards.yaml").write_text(f"version: 1\nstandards:\n{declared}")
    standards = read_standards(directory / "standards.yaml", read_centre(DEPLOY / "centre.yaml"))
    return [rule for group in files(standards)["standards.yml"]["groups"] for rule in group["rules"]]


def says(promtool: Path, directory: Path, declared: str, labels: Mapping[str, str], figures: Mapping[str, float], expected: str) -> None:
    """Hold against `expected` what an alert with these labels says after a minute, where a worker shows these figures of its scope."""
    rules = alerts(declared, directory)
    alert = next(rule for rule in rules if "alert" in rule)
    alert["annotations"] = {"description": alert["annotations"]["description"]}
    (directory / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "tried", "rules": rules}]}))
    scope = {"standard": yaml.safe_load(declared)[0]["name"], **{name: value for name, value in labels.items() if name != "severity"}}
    shown = {f"{name}{written(scope)}".replace("}{", ","): value for name, value in figures.items()}
    shown[f"cc_standard_breached{written({**scope, **labels})}"] = 1
    fired = {"exp_labels": {**scope, **labels, "cadence": alert["labels"]["cadence"]}, "exp_annotations": {"description": expected}}
    case = {
        "interval": "15s",
        "input_series": [{"series": name, "values": f"{value}x20"} for name, value in shown.items()],
        "alert_rule_test": [{"eval_time": "1m", "alertname": alert["alert"], "exp_alerts": [fired]}],
    }
    (directory / "said.test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": [case]}))
    done = subprocess.run([promtool, "test", "rules", directory / "said.test.yml"], capture_output=True, check=False, timeout=60)
    assert 0 == done.returncode, (done.stdout + done.stderr).decode()


def written(labels: Mapping[str, str]) -> str:
    """Labels of a series."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
