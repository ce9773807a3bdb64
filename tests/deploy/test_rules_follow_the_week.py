"""Days of a real week at their event times: every generated rule step by step, and exactly the alerts that a replay demands."""

from __future__ import annotations

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.declared import JUDGED, Standard
from stream.core.events import Event, order
from stream.core.ledger import Ledger
from stream.generate.files import generated
from stream.intake.files import read_events
from stream.replay.driver import replay
from stream.replay.report import report
from stream.sinks.figures import WorkerFigures
from stream.sinks.prometheus import Collector
from tests.deploy.alerting import DEPLOY

ROOT: Final = Path(__file__).parents[2]
WEEK: Final = "bank-calls-1999-02-01-to-07.tsv"
MAPPING: Final = ROOT / "tests" / "sources" / "call_log" / "bank-1999.mapping.yaml"
AFTERNOON: Final = "17:00:00"
BEGIN: Final = ("990202", AFTERNOON)
END: Final = ("990203", AFTERNOON)
"""Around the clock: the queues close, a day's report is judged, and the next afternoon the queue PS falls to one in five in time."""
EDGES: Final = [("990201", "00:00:00"), *((f"99020{day}", AFTERNOON) for day in range(1, 8)), ("990208", "00:00:00")]
PARTS: Final = [*pairwise(EDGES)] if os.environ.get("ANSWERABLE_WEEK") == "whole" else [(BEGIN, END)]
"""Each stretch that is evaluated: `make week` takes all of the week, which is no matter of a minute."""
MINUTES: Final = 3
MINUTE: Final = 60_000
STEP: Final = MINUTES * MINUTE
"""The rules are evaluated each so many minutes, and so is the page read."""
QUEUES: Final = ("PS", "PE", "IN", "NW", "NE", "TT")
BUSY: Final = ("PS", "NW", "NE")
"""Of how many queues a month is read at a time: promtool takes no more into one query."""
LONG: Final = ("answerable.attainment", "answerable.budget")
"""Groups that read a day or a month: promtool takes few samples into one query, so they have a test with fewer series."""
CENTRE: Final = """\
version: 1
name: A bank
time_zone: Asia/Jerusalem
hours:
  office: {sun-thu: 06:00-01:00} # over midnight: whoever waits then is judged, too
queues:
  letters: {channels: [chat, email, social], hours: office} # nothing comes here; the shipped standards are about these channels, too
"""
FIVE_MINUTES: Final = 300_000
"""Within which queues must break a standard, to be the centre's trouble. No multiple of STEP: no sample lies at its very edge."""
Labels = tuple[str, str, str, str, str]
"""(alertname, standard, severity, queue, channel)"""
BY: Final = ("alertname", "standard", "severity", "queue", "channel")
SAMPLE: Final = re.compile(r"^(cc_\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A breach of the replay, in ms: it goes on from its begin until before its end."""

    standard: str
    severity: str
    queue: str
    channel: str
    began: float
    ended: float


def the_day(week: Path, directory: Path, begin: tuple[str, str], end: tuple[str, str]) -> list[Event]:
    """Read the calls from `begin` until before `end`."""
    head, *rows = week.read_text().splitlines(keepends=True)
    date, entry = (head.split("\t").index(name) for name in ("date", "vru_entry"))
    part = directory / "day.tsv"
    part.write_text(head + "".join(row for row in rows if begin <= ((cells := row.split("\t"))[date], cells[entry].zfill(8)) < end))
    with read_events("call-log", MAPPING, [part]) as events:
        return sorted(events, key=order)


def pages(events: Sequence[Event], centre: Centre, standards: Sequence[Standard], steps: Sequence[int]) -> Iterator[str]:
    """Give the metrics page of each step, as a worker that is up to date shows it."""
    ledger = Ledger(centre, standards)
    figures = WorkerFigures(assigned={"contact-events": 1}, ready=True)
    collector = Collector(lambda: [ledger.scopes.snapshot()], figures)
    at = 0
    for until in steps:
        begin = at
        while at < len(events) and events[at].time <= until:
            at += 1
        ledger.fold(events[begin:at], until)
        yield collector.render().decode()


def series(shown: Iterator[str]) -> list[dict[str, str]]:
    """Write each series of the pages as promtool reads it, a value a step, with the labels that a scrape adds."""
    found: dict[str, list[str]] = defaultdict(list)
    last = 0
    for step, page in enumerate(shown):
        last = step
        for name, labels, value in SAMPLE.findall(page):
            inner = f"{labels}," if labels else ""
            values = found[f'{name}{{{inner}job="answerable",instance="worker-1:6066"}}']
            values += ["_"] * (step - len(values)) + [value]
    scraped = {"series": 'up{job="answerable", instance="worker-1:6066"}', "values": f"1x{last}"}
    return [scraped, *({"series": name, "values": " ".join(values)} for name, values in found.items())]


def stretches(events: Sequence[Event], centre: Centre, standards: Sequence[Standard], as_of: int) -> list[Stretch]:
    """Replay the events in one go; give the breaches that stand at the end of it.

    What is promised of a day is known when the day is over, and is the last word until the next day is: later than `as_of`.
    """
    of_days = {one.name for one in standards if one.form not in JUDGED}
    found = []
    for record in replay(events, centre, standards, until=as_of).of("standard-breaches").values():
        if record["status"] != "withdrawn":
            name, scope = record["standard"], record["scope"]
            began, ended = moment(record["started_at"]), moment(record["ended_at"])
            if name in of_days:
                began, ended = ended, inf
            found.append(Stretch(name, record["severity"], scope.get("queue", ""), scope.get("channel", ""), began, ended))
    return found


def moment(written: str | None) -> float:
    """Read a moment as ms; what has not ended yet ends later than all."""
    return inf if written is None else round(datetime.fromisoformat(written).timestamp() * 1000)


def demanded(found: Sequence[Stretch], centre: Centre, standards: Sequence[Standard], steps: Sequence[int]) -> list[set[Labels]]:
    """Say for each step which alerts a replay demands: those of its breaches, and the centre's where many queues break one standard."""
    wanted = []
    for at in steps:
        now = [one for one in found if one.began <= at < one.ended]
        alerts: set[Labels] = {("AnswerableWatchdog", "", "none", "", "")}
        alerts |= {(f"Standard{one.standard.title().replace('-', '')}", one.standard, one.severity, one.queue, one.channel) for one in now}
        seen = [past for past in steps if at - FIVE_MINUTES <= past <= at]
        for standard in standards:
            judged = {
                queue.name
                for queue in centre.queues.values()
                if {*queue.channels} & {*(standard.where or {}).get("channel", queue.channels)} and centre.schedule(queue.hours).is_open(at)
            }
            broken = {one.queue for one in found if one.standard == standard.name and any(one.began <= past < one.ended for past in seen)}
            if "queue" in standard.per and standard.form in JUDGED and len(broken & judged) >= max(2, 0.3 * len(judged)):
                alerts.add(("CentreWide", standard.name, standard.severity, "", ""))
        wanted.append(alerts)
    return wanted


def exactly(step: int, alerts: set[Labels]) -> dict[str, Any]:
    """Ask for all the alerts that fire in one step."""
    rows = (", ".join(f'{name}="{value}"' for name, value in zip(BY, one, strict=True) if value) for one in sorted(alerts))
    return {
        "expr": f'count by ({", ".join(BY)}) (ALERTS{{alertstate="firing"}})',
        "eval_time": f"{step * MINUTES}m",
        "exp_samples": [{"labels": f"{{{row}}}", "value": 1} for row in rows],
    }


@dataclass(frozen=True, slots=True)
class Day:
    """The day as the test has it: its events, and what goes into promtool. usual: whether it is the one of BEGIN."""

    usual: bool
    centre: Centre
    standards: list[Standard]
    events: list[Event]
    steps: range
    series: list[dict[str, str]]


@pytest.fixture(scope="module", params=PARTS, ids=lambda part: " ".join(part[0]))
def day(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A stretch of the week, played through the pages once."""
    begin, end = request.param
    return played(begin, end, shared / "data" / WEEK, tmp_path_factory.mktemp("day"))


@pytest.fixture(scope="module")
def usual(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The one day of which a month's figures are looked at."""
    return played(BEGIN, END, shared / "data" / WEEK, tmp_path_factory.mktemp("usual"))


PLAYED: Final[dict[tuple[str, str], Day]] = {}
"""By their beginning: no day is played twice."""


def played(begin: tuple[str, str], end: tuple[str, str], week: Path, directory: Path) -> Day:
    """The pages of a stretch, and what stands on them."""
    if begin in PLAYED:
        return PLAYED[begin]
    (directory / "centre.yaml").write_text(CENTRE + "".join(f"  {name}: {{channels: [call], hours: office}}\n" for name in QUEUES))
    centre = read_centre(directory / "centre.yaml")
    standards = list(read_standards(DEPLOY / "standards.yaml", centre))
    events = the_day(week, directory, begin, end)
    steps = range(events[0].time // STEP * STEP, events[-1].time + 4 * STEP, STEP)
    PLAYED[begin] = Day((begin, end) == (BEGIN, END), centre, standards, events, steps, series(pages(events, centre, standards, steps)))
    return PLAYED[begin]


def tried(promtool: Path, day: Day, directory: Path, without: Sequence[str], given: list[dict[str, str]], asked: list[Any]) -> None:
    """Evaluate all generated rules but those of some groups, in the order of their files, over the given series."""
    names = []
    for path, text in generated(day.standards, day.centre).items():
        if path.parent.name == "rules":
            content = yaml.safe_load(text)
            content["groups"] = [group for group in content["groups"] if group["name"] not in without]
            names += [group["name"] for group in content["groups"]]
            (directory / path.name).write_text(yaml.safe_dump(content))
    case = {"interval": f"{MINUTES}m", "input_series": given, "promql_expr_test": asked}
    rules = sorted(path.name for path in directory.glob("*.yml"))
    content = {"rule_files": rules, "evaluation_interval": f"{MINUTES}m", "group_eval_order": names, "tests": [case]}
    (directory / "day.test.yml").write_text(yaml.dump(content, Dumper=yaml.CSafeDumper))
    done = subprocess.run([promtool, "test", "rules", directory / "day.test.yml"], capture_output=True, check=False, timeout=600)
    assert 0 == done.returncode, (done.stdout + done.stderr).decode()[:4000]


def test_exactly_the_alerts_of_a_real_day(promtool: Path, day: Day, tmp_path: Path) -> None:
    """In each step of the day the alerts are those of the replay: the same standard, severity and scope, from its since to its end."""
    found = stretches(day.events, day.centre, day.standards, day.steps[-1])
    expected = {"calls-answered", "calls-answered-day", "open-a-new-queue", "three-rings", "abandonment"}
    assert expected <= {one.standard for one in found} or not day.usual
    asked = [exactly(step, alerts) for step, alerts in enumerate(demanded(found, day.centre, day.standards, day.steps))]
    assert any("CentreWide" in one["labels"] for step in asked for one in step["exp_samples"]) or not day.usual
    tried(promtool, day, tmp_path, LONG, day.series, asked)


@pytest.mark.parametrize(
    ("standard", "measure", "allowed"), [("calls-answered", "service_level", 0.1), ("abandonment", "abandonment", 0.05)]
)
def test_attainment_and_budget_of_a_real_day_are_those_of_the_replay(
    promtool: Path, usual: Day, tmp_path: Path, standard: str, measure: str, allowed: float
) -> None:
    """What the rules that read a month record of a percentage is what the replay's report says of it: by day, by night, at the end.

    They read a sample each five minutes: by day only each fifth step has one that is new.
    """
    day = usual
    asked = []
    for step in (len(day.steps) // 4 // 5 * 5, len(day.steps) // 2, len(day.steps) - 1):
        shares = missed(day, measure, day.steps[step])
        assert {*BUSY} == shares.keys()
        for name, by in (("attainment", 1.0), ("error_budget_remaining", allowed)):
            wanted = {queue: round(1 - share / by, 4) for queue, share in shares.items()}
            asked.append(recorded_of(standard, f"cc_standard_{name}:ratio_increase30d", step, wanted))
    tried(promtool, day, tmp_path, (), of_busy(day, "contacts_total|breaches_total|target", standard), asked)


def test_the_attainment_of_a_level_is_the_time_that_the_replay_says(promtool: Path, usual: Day, tmp_path: Path) -> None:
    """Of half an hour and of a day: the part of the time under judgement in which it was not broken."""
    day, standard = usual, next(one for one in usual.standards if one.name == "open-a-new-queue")
    found = [one for one in stretches(day.events, day.centre, day.standards, day.steps[-1]) if one.standard == standard.name]
    worst = max((one for one in found if one.queue in BUSY), key=lambda one: one.ended - one.began)
    asked = []
    for window, minutes, step in (("30m", 30, 1 + int(worst.ended - day.steps[0]) // STEP), ("1d", 24 * 60, len(day.steps) - 1)):
        begin, end = day.steps[step] - minutes * MINUTE, day.steps[step]
        spent = judged(day.centre, standard, begin, end)
        wanted = {queue: round(1 - sum(within(one, begin, end) for one in found if one.queue == queue) / spent, 4) for queue in BUSY}
        assert wanted[worst.queue] < 1
        asked.append(recorded_of(standard.name, f"cc_standard_attainment:ratio_increase{window}", step, wanted))
    tried(promtool, day, tmp_path, (), of_busy(day, "seconds_total|breach_seconds_total", standard.name), asked)


def missed(day: Day, measure: str, until: int) -> dict[str, float]:
    """The share of the contacts of each busy queue that broke the promise on a measure, by the replay's report of that moment (ms)."""
    found = {}
    for entry in report(replay(day.events, day.centre, day.standards, until=until))["scopes"]:
        if entry["scope"].keys() == {"queue", "channel"} and entry["scope"]["queue"] in BUSY:
            rows = [row for row in entry["measures"][measure] if row["formula"] == "strict" and row.get("within_seconds", 120) == 120]
            found[entry["scope"]["queue"]] = rows[0]["ratio"] if measure == "abandonment" else 1 - rows[0]["ratio"]
    return found


def recorded_of(standard: str, series: str, step: int, wanted: dict[str, float]) -> dict[str, Any]:
    """Ask for what is recorded of a standard in each queue."""
    labels = {queue: f'{{standard="{standard}", queue="{queue}", channel="call", job="answerable"}}' for queue in wanted}
    return {
        "expr": f"round(standard_queue_channel:{series}, 0.0001)",
        "eval_time": f"{step * MINUTES}m",
        "exp_samples": [{"labels": labels[queue], "value": value} for queue, value in wanted.items()],
    }


def of_busy(day: Day, parts: str, standard: str) -> list[dict[str, str]]:
    """The series of a standard in the busy queues."""
    wanted = re.compile(rf'cc_standard_({parts})\{{.*"{standard}",.*"({"|".join(BUSY)})"')
    return [one for one in day.series if wanted.match(one["series"])]


def within(stretch: Stretch, begin: int, end: int) -> float:
    """How much of a breach lies between two moments (ms)."""
    return max(0.0, min(stretch.ended, end) - max(stretch.began, begin))


def judged(centre: Centre, standard: Standard, begin: int, end: int) -> int:
    """How long a standard is judged between two moments (ms): while it is open, and has been for a while."""
    schedule = centre.schedule("office")
    return sum(MINUTE for at in range(begin, end, MINUTE) if schedule.is_open(at) and schedule.is_open(at - standard.grace))
