"""Rules made from standards: one judge, names that exist, and nothing stale."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from stream.core.declared import Standard
from stream.generate.__main__ import main
from stream.generate.files import HEAD, generated, stale, write
from stream.generate.rules import files, standard_alert
from stream.generate.wording import alert_name, asks
from stream.sinks.families import FAMILIES

DEPLOY = Path(__file__).parents[2] / "deploy"
CALLS = Standard(
    name="calls-answered",
    title="Nine calls in ten are answered within two minutes",
    form="percentage",
    measure="service_level",
    severity="critical",
    cadence="page",
    objective=0.9,
    within=120_000,
    owner="operations",
)
LENGTH = Standard(name="queue-length", title="At most fifteen wait", form="level", measure="waiting", limit=15.0, per=("queue",))


def test_a_standards_alert_is_the_streams_own_verdict() -> None:
    """No threshold stands in PromQL: the alert is the gauge, bridged where its partition moves, with plain words beside it."""
    expected = {
        "alert": "StandardCallsAnswered",
        "expr": 'last_over_time(standard_severity_queue_channel:cc_standard_breached:max{standard="calls-answered"}[10m]) == 1',
        "labels": {"cadence": "page"},
        "annotations": {
            "summary": "Nine calls in ten are answered within two minutes: the standard is broken.",
            "description": (
                "{{ if $labels.queue }}{{ $labels.queue }}{{ if $labels.channel }}/{{ $labels.channel }}{{ end }}"
                "{{ else if $labels.channel }}{{ $labels.channel }}{{ else }}the whole centre{{ end }}: "
                "Nine calls in ten are answered within two minutes, now "
                "{{ with printf `max(cc_standard_reading{standard=%q,queue=%q,channel=%q})` "
                "$labels.standard $labels.queue $labels.channel | query }}"
                "{{ . | first | value | humanizePercentage }}{{ else }}no data{{ end }}; "
                "the standard asks for at least 90 % within 2 min."
            ),
            "runbook_url": "deploy/runbooks/standardcallsanswered.md",
            "owner": "operations",
        },
    }
    assert expected == standard_alert(CALLS)
    first, *alerts = files([CALLS])["standards.yml"]["groups"][0]["rules"]
    assert {
        "record": "standard_severity_queue_channel:cc_standard_breached:max",
        "expr": "max without (instance, pod) (cc_standard_breached)",
    } == first
    assert [expected] == alerts


@pytest.mark.parametrize(
    ("standard", "expected"),
    [
        (CALLS, "at least 90 % within 2 min"),
        (Standard(name="a", title="A", form="percentage", measure="abandonment", objective=0.05), "at most 5 %"),
        (LENGTH, "at most 15 contacts waiting"),
        (Standard(name="s", title="S", form="level", measure="staffed", op=">=", limit=1.0), "at least 1 agents staffed"),
        (Standard(name="m", title="M", form="mean", measure="first_response", limit=900.0), "at most 15 min"),
        (Standard(name="c", title="C", form="clock", measure="response", within=14_400_000), "every contact within 4 h"),
    ],
)
def test_what_a_standard_asks_for_is_said_in_words(standard: Standard, expected: str) -> None:
    """Each form has its sentence."""
    assert expected == asks(standard)


def test_every_metric_that_a_rule_reads_exists() -> None:
    """A rule on a misspelt metric matches nothing and says nothing: all names stand in the table of families."""
    known = {family.name for family in FAMILIES}
    known |= {f"{family.name}_{part}" for family in FAMILIES if family.kind == "histogram" for part in ("bucket", "sum", "count")}
    rules = [rule for content in files([CALLS, LENGTH]).values() for group in content["groups"] for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    read = {name for rule in rules for name in re.findall(r"(?:\w+:)?cc_[a-z_]+(?::\w+)?", rule["expr"])}
    assert set() == read - known - recorded


def test_every_alert_says_what_to_do_and_how_grave_it_is() -> None:
    """A summary, a description and a runbook that exists; a severity of its own, or the standard's."""
    for name in ("standards.yml", "pipeline.yml"):
        content = yaml.safe_load((DEPLOY / "prometheus" / "rules" / name).read_text())
        for rule in (rule for rule in content["groups"][0]["rules"] if "alert" in rule):
            assert {"summary", "description", "runbook_url"} <= rule["annotations"].keys()
            assert (DEPLOY.parent / rule["annotations"]["runbook_url"]).exists() or rule["annotations"]["runbook_url"].startswith("http")
            assert rule["labels"].get("severity", "series") in {"critical", "warning", "info", "none", "series"}


def test_names_of_alerts_are_unique() -> None:
    """Two alerts of one name would be grouped and inhibited as one."""
    names = [
        rule["alert"]
        for content in files([CALLS, LENGTH]).values()
        for group in content["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert sorted(set(names)) == sorted(names)


def test_committed_files_are_what_the_declarations_say() -> None:
    """deploy/ is not stale; where it is, `make generate` makes it anew."""
    result = CliRunner().invoke(main, ["--check", "--deploy", str(DEPLOY)])
    assert (0, "") == (result.exit_code, result.output)


def test_writing_is_done_once_and_spares_runbooks(tmp_path: Path) -> None:
    """What is fresh is not written again, and a runbook belongs to its people once it is there."""
    runbook = Path("runbooks") / f"{alert_name(LENGTH).lower()}.md"
    assert [*generated([LENGTH]), runbook] == write([LENGTH], tmp_path)
    assert [] == write([LENGTH], tmp_path)
    (tmp_path / runbook).write_text("Call Ada.")
    (tmp_path / "prometheus/rules/standards.yml").write_text("edited by hand")
    assert [Path("prometheus/rules/standards.yml")] == stale([LENGTH], tmp_path)
    write([LENGTH], tmp_path)
    assert "Call Ada." == (tmp_path / runbook).read_text()
    assert (tmp_path / "prometheus/rules/standards.yml").read_text().startswith(HEAD)


def test_a_wrong_declaration_is_refused_with_its_line(tmp_path: Path) -> None:
    """The error is the declaration's own sentence, and the exit code that of wrong use."""
    (tmp_path / "centre.yaml").write_text("version: 1\nnane: Typo\n")
    result = CliRunner().invoke(main, ["--deploy", str(tmp_path)])
    assert 2 == result.exit_code
    assert f"{tmp_path / 'centre.yaml'}:2" in result.output
