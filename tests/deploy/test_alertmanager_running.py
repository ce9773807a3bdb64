"""A running Alertmanager with the shipped configuration: what it mutes, what it keeps for the day, and its dead man's switch."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.alerting import DEPLOY, fetch, pipeline, served, wait_until

Labels = Mapping[str, str]


def shipped() -> dict[str, Any]:
    """The configuration as it is in deploy/, with waits that fit a test: all else is untouched."""
    config: dict[str, Any] = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text())
    for route in (config["route"], *config["route"]["routes"]):
        route |= {"group_wait": "0s", "group_interval": "1s"}
    return config


def send(address: str, alerts: Sequence[Labels], *, over: bool = False) -> None:
    """Post alerts as Prometheus does; `over`: with their end."""
    end = {"endsAt": datetime.now(UTC).isoformat()} if over else {}
    body = json.dumps([{"labels": dict(labels), "annotations": {"summary": "Test."}, **end} for labels in alerts]).encode()
    request = urllib.request.Request(f"http://{address}/api/v2/alerts", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
        assert 200 == answer.status


def breach(name: str, severity: str, **scope: str) -> dict[str, str]:
    """The labels of an alert of a standard."""
    return {"alertname": f"Standard{name}", "standard": name, "severity": severity, "cadence": "page", **scope}


def overdue(severity: str, contact: str, **scope: str) -> dict[str, str]:
    """The labels of the bridge's alert of one contact."""
    return breach("o", severity, **scope) | {"alertname": "ContactOverdue", "contact": contact}


@pytest.fixture(scope="module")
def alertmanager_address(alertmanager_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Alertmanager for all tests of what mutes what: each test has queues of its own."""
    with served(alertmanager_binary, shipped(), tmp_path_factory.mktemp("am") / "running") as address:
        yield address


CALL = {"channel": "call"}
CASES = {
    "critical mutes warning of the same standard and queue only": (
        [breach("a", "critical", queue="k1", **CALL)],
        [breach("a", "warning", queue="k1", **CALL)],
        [breach("a", "warning", queue="k2", **CALL), breach("b", "warning", queue="k1", **CALL)],
    ),
    "a critical breach of one team leaves the other team's": (
        [breach("t", "critical", team="north")],
        [breach("t", "warning", team="north")],
        [breach("t", "warning", team="south")],
    ),
    "a contact that is over its time mutes itself, and neither the next contact nor the alert of its queue": (
        [overdue("critical", "one", queue="o1", **CALL), overdue("warning", "two", queue="o2", **CALL)],
        [overdue("warning", "one", queue="o1", **CALL), overdue("info", "two", queue="o2", **CALL)],
        [
            overdue("warning", "three", queue="o1", **CALL),
            overdue("info", "four", queue="o2", **CALL),
            breach("o", "warning", queue="o1", **CALL),
            breach("o", "info", queue="o2", **CALL),
        ],
    ),
    "how many more contacts there are mutes nothing of the centre": (
        [breach("m", "critical") | {"alertname": "ContactsOverdueMore"}, breach("n", "warning") | {"alertname": "ContactsOverdueMore"}],
        [],
        [breach("m", "warning"), breach("m", "warning") | {"alertname": "CentreWide"}, breach("n", "info")],
    ),
    "a blind queue mutes its own standards, and those of the whole queue": (
        [{"alertname": "QueueBlind", "severity": "critical", "queue": "b1", **CALL}],
        [breach("a", "critical", queue="b1", **CALL), breach("s", "critical", queue="b1")],
        [breach("a", "critical", queue="b1", channel="chat"), breach("a", "critical", queue="b2", **CALL), breach("b-all", "critical")],
    ),
    "what is centre-wide mutes the queues' alerts of that standard, and no other": (
        [{"alertname": "CentreWide", "standard": "c", "severity": "critical", "cadence": "page"}],
        [breach("c", "critical", queue="c1", **CALL), breach("c", "warning", queue="c2", **CALL)],
        [breach("d", "critical", queue="c1", **CALL)],
    ),
    "a stuck partition mutes what is judged in it, and nothing else": (
        [
            {"alertname": "AnswerablePartitionStalled", "severity": "critical", "partition": "1"},
            {"alertname": "AnswerableScopeStalled", "severity": "none", "queue": "s1", **CALL},
            {"alertname": "AnswerableScopeStalled", "severity": "none", "team": "stuck"},
            {"alertname": "AnswerableScopeStalled", "severity": "none"},
        ],
        [breach("p", "critical", queue="s1", **CALL), breach("p", "critical", team="stuck"), breach("p-all", "critical")],
        [
            breach("p", "critical", queue="s1", channel="chat"),
            breach("p", "critical", queue="s1"),
            breach("p", "critical", queue="s2", **CALL),
            breach("p", "critical", team="moving"),
            {"alertname": "CentreWide", "standard": "of-the-stuck", "severity": "critical", "cadence": "page"},
        ],
    ),
    "a centre-wide warning leaves what is critical": (
        [{"alertname": "CentreWide", "standard": "w", "severity": "warning", "cadence": "page"}],
        [breach("w", "warning", queue="w1", **CALL)],
        [breach("w", "critical", queue="w2", **CALL)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_alertmanager_mutes_what_says_the_same_again(alertmanager_address: str, case: str) -> None:
    """One alert where one is enough, and never one too few."""
    sources, muted, heard = CASES[case]
    send(alertmanager_address, [*sources, *muted, *heard])

    def states() -> dict[str, bool]:
        body = fetch(f"http://{alertmanager_address}/api/v2/alerts") or b"[]"
        return {json.dumps(one["labels"], sort_keys=True): bool(one["status"]["inhibitedBy"]) for one in json.loads(body)}

    expected = {json.dumps(labels, sort_keys=True): labels in muted for labels in [*sources, *muted, *heard]}
    wait_until(case, lambda: expected.items() <= states().items(), 10)


def test_without_workers_nothing_old_is_said(alertmanager_binary: Path, tmp_path: Path) -> None:
    """A dead pipeline is one page, not one for each standard and queue."""
    loud = {"alertname": "AnswerableNoWorker", "severity": "critical"}
    muted = [
        breach("a", "critical", queue="q1", **CALL),
        {"alertname": "QueueBlind", "severity": "critical", "queue": "q1", **CALL},
        {"alertname": "AnswerableWorkerDown", "severity": "warning", "instance": "w1"},
        {"alertname": "AnswerableWorkerGone", "severity": "warning"},
        {"alertname": "AnswerableCanaryLate", "severity": "critical"},
    ]
    with served(alertmanager_binary, shipped(), tmp_path / "am") as address:
        send(address, [loud, *muted])
        url = f"http://{address}/api/v2/alerts?inhibited=false"
        wait_until("one page", lambda: [loud] == [one["labels"] for one in json.loads(fetch(url) or b"[]")], 10)


def test_where_all_partitions_are_stuck_one_page_says_it(alertmanager_binary: Path, tmp_path: Path) -> None:
    """Not one for each partition, nor what was said of the centre last."""
    loud = {"alertname": "AnswerableEventTimeStalled", "severity": "critical"}
    muted = [
        {"alertname": "AnswerablePartitionStalled", "severity": "critical", "partition": "0"},
        {"alertname": "AnswerablePartitionStalled", "severity": "critical", "partition": "1"},
        {"alertname": "CentreWide", "standard": "a", "severity": "critical", "cadence": "page"},
        breach("a", "critical", queue="q1", **CALL),
    ]
    with served(alertmanager_binary, shipped(), tmp_path / "am") as address:
        send(address, [loud, *muted])
        url = f"http://{address}/api/v2/alerts?inhibited=false"
        wait_until("one page", lambda: [loud] == [one["labels"] for one in json.loads(fetch(url) or b"[]")], 10)


def interval(begin: datetime, end: datetime) -> dict[str, Any]:
    """A time of the day in UTC, as Alertmanager writes it."""
    return {
        "times": [{"start_time": f"{begin:%H:%M}", "end_time": f"{end:%H:%M}" if end.date() == begin.date() else "24:00"}],
        "location": "UTC",
    }


def test_reports_wait_for_the_day_and_the_watchdog_never_stops(alertmanager_binary: Path, tmp_path: Path) -> None:
    """At night a report is not sent, by day it is; the dead man's switch is heard again and again, whatever the hour."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    far = midnight + timedelta(hours=(now.hour + 12) % 24)
    report = breach("r", "info", queue="q1", **CALL) | {"cadence": "report"}
    with ExitStack() as parts:
        heard = {}
        for name, open_now in (("by-day", True), ("by-night", False)):
            hooks = {receiver: parts.enter_context(pipeline()) for receiver in ("reports", "watchdog", "automation")}
            config = shipped()
            config["time_intervals"][0]["time_intervals"] = [
                interval(midnight, midnight + timedelta(days=1)) if open_now else interval(far, far + timedelta(minutes=30))
            ]
            next(route for route in config["route"]["routes"] if route["receiver"] == "watchdog")["repeat_interval"] = "1s"
            config["receivers"] = [one for one in config["receivers"] if one["name"] not in hooks] + [
                {"name": receiver, "webhook_configs": [{"url": hook.url}]} for receiver, hook in hooks.items()
            ]
            address = parts.enter_context(served(alertmanager_binary, config, tmp_path / name))
            send(address, [report, {"alertname": "AnswerableWatchdog", "severity": "none", "standard": ""}])
            heard[name] = hooks
        for hooks in heard.values():
            wait_until("the pipeline hears of the report at any hour", lambda hooks=hooks: bool(hooks["automation"].alerts), 10)  # type: ignore[misc]
            wait_until("the watchdog repeats", lambda hooks=hooks: len(hooks["watchdog"].alerts) >= 3, 15)  # type: ignore[misc]
        wait_until("the report is sent by day", lambda: bool(heard["by-day"]["reports"].alerts), 10)
        time.sleep(1)
        assert [] == heard["by-night"]["reports"].alerts
