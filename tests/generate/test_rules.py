"""Rules made from standards: one judge, names that exist, and nothing stale."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from stream.core.centre import Centre, Queue
from stream.core.declared import MEASURES, Standard
from stream.core.measures import BY_NAME
from stream.core.measures.entry import Measure
from stream.core.measures.paths import Path as Named
from stream.core.measures.saying import says
from stream.generate.__main__ import main
from stream.generate.budgets import targets
from stream.generate.files import HEAD, frames, generated, stale, write
from stream.generate.rules import files, standard_alert
from stream.generate.telling import description, spell
from stream.generate.wording import alert_name, asks
from stream.sinks.families import FAMILIES
from stream.sinks.source_page import FAMILIES as SOURCE_FAMILIES

DEPLOY = Path(__file__).parents[2] / "deploy"
ELSEWHERE = "{{ with $externalLabels.runbooks }}{{ . }}{{ else }}"
CALLS = Standard(
    name="calls-answered",
    title="Nine calls in ten are answered within two minutes",
    form="percentage",
    measure="service_level",
    severity="critical",
    cadence="page",
    objective=0.9,
    within=120_000,
    where={"channel": ("call",)},
    owner="operations",
)
LENGTH = Standard(name="queue-length", title="At most fifteen wait", form="level", measure="waiting", limit=15.0, per=("queue",))
CENTRE = Centre(queues={"billing": Queue("billing", ("call", "chat")), "sales": Queue("sales", ("call",))})


def test_a_standards_alert_is_the_streams_own_verdict() -> None:
    """No threshold stands in PromQL: the alert is the gauge, bridged where its partition moves, with plain words beside it."""
    expected = {
        "alert": "StandardCallsAnswered",
        "expr": 'last_over_time(standard_severity_queue_channel:cc_standard_breached:max{standard="calls-answered"}[10m]) == 1',
        "labels": {"cadence": "page"},
        "annotations": {
            "summary": "Nine calls in ten are answered within two minutes: the standard is broken.",
            "description": (
                "{{ with printf `floor(1000 * max(cc_standard_reading{standard=%q,queue=%q,channel=%q}) + 1e-6) / 10` "
                "$labels.standard $labels.queue $labels.channel | query }}"
                '{{ . | first | value | printf "%v %%" }}{{ else }}An unknown share{{ end }} of calls in {{ $labels.queue }} '
                "were answered within 2 minutes; the standard asks for 90 %."
            ),
            "runbook_url": "{{ with $externalLabels.runbooks }}{{ . }}{{ else }}deploy/runbooks{{ end }}/standardcallsanswered.md",
            "dashboard_url": (
                "{{ with $externalLabels.dashboards }}{{ . }}{{ else }}http://127.0.0.1:3000{{ end }}/d/answerable-standards"
                "?var-standard=calls-answered&var-queue={{ $labels.queue | urlquery }}&var-channel={{ $labels.channel | urlquery }}"
            ),
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
        (Standard(name="s", title="S", form="level", measure="staffed", op=">=", limit=1.0), "at least 1 agent staffed"),
        (Standard(name="m", title="M", form="mean", measure="first_response", limit=900.0), "at most 15 min"),
        (Standard(name="c", title="C", form="clock", measure="response", within=14_400_000), "every contact within 4 h"),
    ],
)
def test_what_a_standard_asks_for_is_said_in_words(standard: Standard, expected: str) -> None:
    """Each form has its sentence."""
    assert expected == asks(standard)


def test_every_metric_that_a_rule_reads_exists() -> None:
    """A rule on a misspelt metric matches nothing and says nothing: all names stand in the table of families."""
    known = {family.name for family in (*FAMILIES, *SOURCE_FAMILIES)}
    known |= {f"{family.name}_{part}" for family in FAMILIES if family.kind == "histogram" for part in ("bucket", "sum", "count")}
    rules = [rule for content in files([CALLS, LENGTH], CENTRE).values() for group in content["groups"] for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    read = {name for rule in rules for name in re.findall(r"(?:\w+:)?cc_[a-z_]+(?::\w+)?", rule["expr"])}
    assert set() == read - known - recorded


def test_every_alert_says_what_to_do_and_how_grave_it_is() -> None:
    """A summary, a description and a runbook that exists; a severity of its own, or the standard's."""
    for name in ("standards.yml", "pipeline.yml"):
        content = yaml.safe_load((DEPLOY / "prometheus" / "rules" / name).read_text())
        for rule in (rule for group in content["groups"] for rule in group["rules"] if "alert" in rule):
            assert {"summary", "description", "runbook_url", "dashboard_url"} <= rule["annotations"].keys()
            place = rule["annotations"]["runbook_url"].replace(ELSEWHERE, "").replace("{{ end }}", "")
            assert (DEPLOY.parent / place).exists() or place.startswith("http")
            assert rule["labels"].get("severity", "series") in {"critical", "warning", "info", "none", "series"}


def test_names_of_alerts_are_unique() -> None:
    """Two alerts of one name would be grouped and inhibited as one; CentreWide has the standard as a label of its own."""
    names = [
        (rule["alert"], rule["labels"].get("standard", ""))
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
    assert [*generated([LENGTH]), *frames([LENGTH])] == write([LENGTH], tmp_path)
    assert "**At most fifteen wait**: the standard asks for at most 15 contacts waiting" in (tmp_path / runbook).read_text()
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


def test_a_queue_is_expected_where_the_centre_declares_it() -> None:
    """Each queue and channel has a constant series that QueueBlind holds against what workers show; an open centre expects nobody."""
    groups = {group["name"]: group["rules"] for group in files([LENGTH], CENTRE)["recording.yml"]["groups"]}
    expected = [{"queue": "billing", "channel": "call"}, {"queue": "billing", "channel": "chat"}, {"queue": "sales", "channel": "call"}]
    assert expected == [rule["labels"] for rule in groups["answerable.declared"]]
    alerts = [rule.get("alert") for group in files([LENGTH], Centre())["standards.yml"]["groups"] for rule in group["rules"]]
    assert "QueueBlind" not in alerts


def test_only_standards_of_queues_can_be_broken_centre_wide() -> None:
    """What is judged for a channel or a team says nothing of many queues, and what is judged while they are closed nothing of open ones."""
    channel = Standard(name="social", title="S", form="mean", measure="first_response", limit=900.0, per=("channel",))
    left = Standard(name="left", title="L", form="level", measure="left_at_closing", limit=0.0, per=("queue",))
    rules = [rule for group in files([LENGTH, channel, left])["standards.yml"]["groups"] for rule in group["rules"]]
    assert ["queue-length"] == [rule["labels"]["standard"] for rule in rules if rule.get("alert") == "CentreWide"]


def test_overrides_have_targets_of_their_own() -> None:
    """The line in a graph is that of the queue; several severities are several lines; bands and limits of contacts have none."""
    vip = replace(CALLS, objective=0.95, specific=1, where={"queue": ("vip", "gold")})
    late = replace(CALLS, form="clock", measure="wait", bound="late", within=600_000)
    found = [(rule["record"], rule["expr"], rule["labels"]) for rule in targets([CALLS, vip, late, LENGTH])]
    base = {"standard": "calls-answered", "severity": "critical"}
    expected = [
        ("standard:cc_target:ratio", "vector(0.9)", base),
        ("standard:cc_target:ratio", "vector(0.95)", {**base, "queue": "vip"}),
        ("standard:cc_target:ratio", "vector(0.95)", {**base, "queue": "gold"}),
        ("standard:cc_limit:count", "vector(15)", {"standard": "queue-length", "severity": "warning"}),
    ]
    assert expected == found


@pytest.mark.parametrize(
    ("milliseconds", "expected"), [(60_000, "1 minute"), (5_400_000, "1 hour 30 minutes"), (7_000, "7 seconds"), (86_400_000, "1 day")]
)
def test_times_are_written_in_full_words(milliseconds: int, expected: str) -> None:
    """An annotation is read aloud by phones: no abbreviations."""
    assert expected == spell(milliseconds)


def test_a_standard_of_teams_reads_the_figure_of_its_own_team() -> None:
    """Without the team among the labels the figure of another team could be said."""
    standard = Standard(name="team-wait", title="T", form="mean", measure="answer_wait", limit=60.0, per=("team",))
    said = description([standard])
    assert "cc_standard_reading{standard=%q,queue=%q,channel=%q,team=%q}" in said
    assert said.endswith(" of the team {{ $labels.team }}) is " + said.partition(" is ")[2])


def test_several_targets_limits_and_overrides_are_all_said() -> None:
    """What is asked for is complete, whichever of them was broken."""
    first = replace(CALLS, objective=0.8, severity="critical", target="critical")
    second = replace(CALLS, objective=0.9, severity="warning", target="warning")
    late = replace(CALLS, form="clock", measure="wait", bound="late", within=600_000, several=True)
    vip = replace(CALLS, objective=0.95, specific=1, where={"queue": ("vip",)})
    said = description([first, second, late, vip]).rpartition("within 2 minutes; ")[2]
    assert "the standard asks for 80 % (critical) and 90 % (warning); late above 10 minutes; for queue vip 95 %." == said


@pytest.mark.parametrize(("form", "measure"), [(form, measure) for form, known in MEASURES.items() for measure in known])
def test_whatever_a_standard_can_be_about_an_alert_has_a_sentence_for_it(form: str, measure: str) -> None:
    """Rules that cannot be made would leave all standards of the file without alerts; a clock that is not declared is not called one."""
    said = description([Standard(name="n", title="T", form=form, measure=measure, within=18_000, objective=0.9, limit=1.0)])
    assert "; the standard " in said
    assert "the clock" not in said


OF_PERIODS = [measure for measure in BY_NAME.values() if measure.kind != "level"]


@pytest.mark.parametrize("measure", OF_PERIODS, ids=lambda measure: measure.name)
def test_whatever_a_report_can_be_about_an_alert_has_words_for_it(measure: Measure) -> None:
    """In words that stand by themselves, and no name of the code: where the beginning of its help has none, the measure `says` them."""
    words = says(Named(measure.name))
    assert re.fullmatch(r"[A-Z][^`_/;:]{9,139}[^`_/;:.,]", words)
    assert not words.startswith(("The same", "Of these", "How ", "They ", "By "))
    said = description([Standard(name="n", title="T", form="ratio", measure=measure.name, limit=1.0, unit=measure.unit, calendar="day")])
    assert measure.name not in re.sub(r"{{.*?}}", "", said) or "_" not in measure.name
    assert "yesterday; the standard asks for " in said
    assert "$labels" in said
