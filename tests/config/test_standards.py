"""The standards' file: each promise is read as it is meant, or refused with the line and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.config.standards import examine, read_standards
from stream.core.centre import Centre, Queue
from stream.core.declared import MEASURES, Standard
from stream.core.schedule import Schedule
from stream.errors import DeclarationError

ROOT = Path(__file__).parents[2]
CENTRE = Centre(
    queues={"billing": Queue("billing", ("call", "chat"), "office"), "mail": Queue("mail", ("email",))},
    groups=("vip", "partner"),
    hours={"office": Schedule(Centre().zone, (((480, 1080),),) * 5 + ((), ()), always=False)},
)
PERCENTAGE = "form: percentage, measure: service_level, objective: 90%, within: 2m"
LEVEL = "form: level, measure: waiting, at_most: 15"
MEAN = "form: mean, measure: answer_wait, at_most: 40s"
CLOCK = "form: clock, measure: wait, within: 5m"


def written(folder: Path, *entries: str) -> Path:
    """A file with these entries, each in one line from line 3 on; `name` and `title` are added where they are not there."""
    lines = [f"- {{{entry if 'name:' in entry else f'name: s{at}, {entry}'}, title: T}}" for at, entry in enumerate(entries)]
    path = folder / "s.yaml"
    path.write_text("version: 1\nstandards:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def refusal(folder: Path, *entries: str, centre: Centre = CENTRE) -> str:
    """What is said about the last of the entries, without the folder."""
    with pytest.raises(DeclarationError) as refused:
        read_standards(written(folder, *entries), centre)
    return str(refused.value).removeprefix(f"{folder}/")


def test_every_form_is_read(tmp_path: Path) -> None:
    """What is written is in the record; what is not has the declared defaults; times are milliseconds, limits of times seconds."""
    path = written(
        tmp_path,
        f"{PERCENTAGE}, formula: no_short, window: 60m, confidence: 99%, where: {{channel: call}}, severity: critical, cadence: page",
        f"{LEVEL}, clear: 12, hold: 30s, clear_hold: 1m, per: [], hours: office, grace: 0s, owner: ops, runbook: http://wiki/r",
        "form: level, measure: staffed, at_least: 1, per: queue, where: {queue: [billing]}",
        "form: level, measure: longest_wait, below: 10m",
        f"{MEAN}, clear: 30s, per: [channel, queue]",
        f"{CLOCK}, hours: always",
        "form: percentage, measure: abandonment, objective: 5%",
    )
    expected = (
        Standard(
            name="s0",
            form="percentage",
            measure="service_level",
            op=">=",
            formula="no_short",
            objective=0.9,
            within=120_000,
            window=3_600_000,
            confidence=0.01,
            where={"channel": ("call",)},
            severity="critical",
            cadence="page",
            title="T",
        ),
        Standard(
            name="s1",
            form="level",
            measure="waiting",
            limit=15.0,
            clear=12.0,
            hold=30_000,
            clear_hold=60_000,
            per=(),
            hours="office",
            grace=0,
            owner="ops",
            runbook="http://wiki/r",
            title="T",
        ),
        Standard(name="s2", form="level", measure="staffed", op=">=", limit=1.0, per=("queue",), where={"queue": ("billing",)}, title="T"),
        Standard(name="s3", form="level", measure="longest_wait", op="<", limit=600.0, title="T"),
        Standard(name="s4", form="mean", measure="answer_wait", limit=40.0, clear=30.0, title="T"),
        Standard(name="s5", form="clock", measure="wait", within=300_000, hours="always", title="T"),
        Standard(name="s6", form="percentage", measure="abandonment", objective=0.05, title="T"),
    )
    assert expected == read_standards(path, CENTRE)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("form: percentge", "form cannot be percentge: did you mean percentage?"),
        (f"{LEVEL}, treshold: 3", "a standard of form level has no key treshold: write one of name, title, form"),
        (f"{PERCENTAGE}, objektive: 1", "a standard of form percentage has no key objektive: did you mean objective?"),
        (f"{CLOCK}, window: 30m", "a standard of form clock has no key window: leave it out"),
        (f"{LEVEL}, objective: 90%", "a standard of form level has no key objective: leave it out"),
        ("form: level, measure: waitng, at_most: 1", "measure cannot be waitng: did you mean waiting?"),
        (
            "form: level, measure: handle, at_most: 1",
            "measure cannot be handle: write one of waiting, waiting_per_agent, longest_wait, staffed",
        ),
        ("form: percentage, measure: service_level, within: 2m", "an entry of standards needs objective: add it"),
        ("form: percentage, measure: service_level, objective: 90%", "an entry of standards needs within: add it"),
        (PERCENTAGE.replace("90%", "90"), "objective cannot be 90: write 90% where you mean percent, or a share between 0 and 1"),
        (PERCENTAGE.replace("90%", "120%"), "objective cannot be 120%: a share is at most 100%"),
        (PERCENTAGE.replace("90%", "-5%"), "objective cannot be -5%: write a share such as 90% or 0.9"),
        (PERCENTAGE.replace("2m", "0s"), "within cannot be 0s: no contact is that fast, write the time that is promised"),
        (PERCENTAGE.replace("2m", "120"), "within cannot be 120: write it with its unit, for example 120s or 120m"),
        (f"{PERCENTAGE}, formula: strickt", "formula cannot be strickt: did you mean strict?"),
        (
            "form: percentage, measure: response, objective: 90%, within: 1m, formula: strict",
            "response has no formula: leave it out, or write measure: service_level",
        ),
        ("form: percentage, measure: abandonment, objective: 5%, within: 1m", "abandonment has no within: leave it out"),
        (f"{PERCENTAGE}, window: 45s", "window cannot be 45s: write a multiple of 10s, at most 24h, for example 30m"),
        (f"{PERCENTAGE}, window: 0s", "window cannot be 0s: write a multiple of 10s, at most 24h, for example 30m"),
        (f"{PERCENTAGE}, window: 2d", "window cannot be 2d: write a multiple of 10s, at most 24h, for example 30m"),
        (f"{PERCENTAGE}, confidence: 100%", "confidence cannot be 100%: write a share from 50% to below 100%"),
        (f"{LEVEL}, hold: -30s", "hold cannot be -30s: a length of time is never negative"),
        (f"{LEVEL}, below: 3", "s0 has at_most and below: write only one of at_most, below, at_least, above"),
        ("form: level, measure: waiting", "s0 needs a limit: write one of at_most, below, at_least, above"),
        ("form: level, measure: waiting, at_least: 3", "waiting is to be kept low: write at_most or below instead of at_least"),
        ("form: level, measure: waiting, at_most: 1.5", "at_most cannot be 1.5: waiting is counted in whole numbers"),
        ("form: level, measure: waiting, at_most: -1", "at_most cannot be -1: write a number such as 15 or 2.5, never a negative one"),
        ("form: level, measure: longest_wait, at_most: 15", "at_most cannot be 15: write it with its unit, for example 15s or 15m"),
        (f"{LEVEL}, clear: 16", "clear cannot be 16: a breach would never end, write at most 15"),
        (
            "form: level, measure: staffed, at_least: 2, clear: 1",
            "clear cannot be 1: a breach would never end, write at least 2",
        ),
        (f"{LEVEL}, severity: crit", "severity cannot be crit: write one of critical, warning, info"),
        (f"{LEVEL}, cadence: daily", "cadence cannot be daily: write one of page, ticket, report"),
        (f"{LEVEL}, per: [shift]", "per cannot hold shift: write one of queue, channel, team, tier, skill, group, kind, agent"),
        (f"{LEVEL}, where: {{queue: [biling]}}", "the centre has no queue biling: did you mean billing?"),
        (f"{LEVEL}, where: {{channel: [fax]}}", "the centre has no channel fax: write one of call, chat, email, social"),
        (f"{LEVEL}, where: {{shift: [a]}}", "where has no key shift: write one of queue, channel, team, tier, skill, group, kind, agent"),
        (f"{LEVEL}, where: {{queue: []}}", "where names no queue: name one, or leave queue out"),
        (f"{LEVEL}, hours: ofice", "hours cannot be ofice: did you mean office?"),
        (f"name: Calls Answered, {LEVEL}", "name cannot be Calls Answered: write calls-answered"),
        (f"name: '%', {LEVEL}", "name cannot be %: write a word such as calls-answered"),
    ],
)
def test_nonsense_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    """Each refusal says what to write instead."""
    said = refusal(tmp_path, entry)
    assert said.startswith(f"s.yaml:3: {problem}"), said


def test_hours_of_a_centre_need_the_centre(tmp_path: Path) -> None:
    """Who replays without a centre is told that it is missing, and not that its hours are a slip of the pen."""
    path = written(tmp_path, f"{LEVEL}, hours: office")
    with pytest.raises(DeclarationError) as refused:
        read_standards(path, Centre())
    wanted = "hours cannot be office without a centre: add --centre with the file that declares them, or write queue or always"
    assert f"{path}:3: {wanted}" == str(refused.value)


def test_a_missing_title_is_refused(tmp_path: Path) -> None:
    """The title is what people read at night."""
    path = tmp_path / "s.yaml"
    path.write_text(f"version: 1\nstandards:\n- {{name: a, {LEVEL}}}\n", encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        read_standards(path, CENTRE)
    assert f"{path}:3: an entry of standards needs title: add it" == str(refused.value)


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    """Two standards of one name would be one in metrics and breaches."""
    said = refusal(tmp_path, f"name: a, {LEVEL}", f"name: a, {MEAN}")
    assert "s.yaml:4: the name a is taken in line 3: choose another one, breaches carry it" == said


def test_a_name_is_taken_by_an_entry_that_is_refused_too(tmp_path: Path) -> None:
    """Whoever mends the first would hear of the second only then; and what else is wrong with the second is said as well."""
    path = tmp_path / "s.yaml"
    entries = (f"name: a, {LEVEL}, severity: loud", f"name: a, {MEAN}, severity: louder", f"name: a, {MEAN}")
    path.write_text("version: 1\nstandards:\n" + "".join(f"- {{title: T, {entry}}}\n" for entry in entries), encoding="utf-8")
    standards, refusals = examine(path, CENTRE)
    taken = "the name a is taken in line 3: choose another one, breaches carry it"
    assert ((), [3, 4, 4, 5]) == (standards, [one.line for one in refusals])
    assert ([taken, taken], True) == ([refusals[1].problem, refusals[3].problem], "louder" in refusals[2].problem)


def test_a_promise_is_made_once(tmp_path: Path) -> None:
    """The same promise under two names would speak up twice."""
    said = refusal(tmp_path, f"name: a, {LEVEL}", f"name: b, {LEVEL}, severity: critical")
    assert "s.yaml:4: b promises the same as a: leave one of them out" == said


def test_all_refusals_of_a_file_are_found_at_once(tmp_path: Path) -> None:
    """Who writes a file is not sent back for each mistake; what is right is returned beside the refusals."""
    path = written(tmp_path, f"{LEVEL}, hold: soon", LEVEL, f"{MEAN}, clear: 50s")
    found, refusals = examine(path, CENTRE)
    expected = [
        f"{path}:3: hold cannot be soon: write a length of time such as 90s, 2m or 1h 30m",
        f"{path}:5: clear cannot be 50s: a breach would never end, write at most 40s",
    ]
    assert (["s1"], expected) == ([one.name for one in found], [str(one) for one in refusals])


def test_a_centre_may_measure_without_a_promise(tmp_path: Path) -> None:
    """Whoever writes an empty list means it."""
    path = tmp_path / "standards.yaml"
    path.write_text("version: 1\nstandards: []\n")
    assert () == read_standards(path, Centre())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("standards: []\n", "1: the file needs version: add it"),
        ("version: 1\n", "1: the file needs standards: add it"),
        ("version: 1\nstandards:\n", "2: standards takes a list: begin each entry with a dash"),
        ("version: 1\nstandards: {a: 1}\n", "2: standards takes a list: begin each entry with a dash"),
        ("version: 1\nstandard: []\n", "2: the file has no key standard: did you mean standards?"),
    ],
)
def test_a_file_without_standards_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """An empty or misspelt list is not taken for no promises."""
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    found, refusals = examine(path, CENTRE)
    assert ((), [f"{path}:{problem}"]) == (found, [str(one) for one in refusals])


def test_the_standards_that_are_shipped_can_be_used() -> None:
    """deploy/standards.yaml is right for deploy/centre.yaml and has every form that is judged at once, and rows 1, 2, 4, 6, 7 and 24."""
    read = read_standards(ROOT / "deploy/standards.yaml", read_centre(ROOT / "deploy/centre.yaml"))
    found = {one.name: one for one in read if one.bound == "within"}
    rows = {
        "waiting-per-agent": ("level", 2.0),
        "queue-length": ("level", 15.0),
        "open-a-new-queue": ("level", 3.0),
        "nobody-staffed": ("level", 1.0),
        "calls-answered": ("percentage", 0.9),
        "first-response": ("clock", 3_600_000),
        "social-at-once": ("mean", 900.0),
        "chat-response": ("percentage", 0.9),
        "abandonment": ("percentage", 0.05),
    }
    numbers = {name: (one.form, {"percentage": one.objective, "clock": one.within}.get(one.form, one.limit)) for name, one in found.items()}
    assert (set(MEASURES), rows) == ({one.form for one in found.values()} & set(MEASURES), {name: numbers[name] for name in rows})
