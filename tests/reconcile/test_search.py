"""The definition behind a report is found, whatever it is; what differs is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from stream.config.yaml import parse
from stream.core.centre import Centre
from stream.core.events import Event
from stream.reconcile.definitions import WITH_SHORT, Definition, Group, value
from stream.reconcile.differences import differences, unreported
from stream.reconcile.mapping import read_report_mapping
from stream.reconcile.outcomes import segments
from stream.reconcile.report import Intervals, read_report
from stream.reconcile.search import Answer, Floor, search
from stream.reconcile.wording import doubt, others, sentence
from stream.replay.driver import replay
from stream.replay.report import report
from stream.simulator.day import simulate
from stream.simulator.plan import DEFAULT_CENTRE
from tests.reconcile.vendors import MAPPING, Call, Rows, by_interval, calls, csv, percent


@pytest.fixture(scope="module")
def day() -> list[Event]:
    """A simulated day."""
    return list(simulate(DEFAULT_CENTRE, seed=11).events)


def reconciled(events: list[Event], text: str, figures: str) -> tuple[Floor, tuple[Answer, ...], Intervals]:
    """What the search makes of a report."""
    mapping = read_report_mapping(parse(MAPPING + figures, "report.yaml"))
    columns = read_report(text.encode().splitlines(keepends=True), mapping, "report.csv")
    floor = Floor(segments(events, Centre(), mapping.channels), columns, Intervals(mapping))
    return floor, search(floor, columns, 5_000), Intervals(mapping)


def offered(call: Call) -> int:
    """By the interval of the offer."""
    return call.offered


def left(call: Call) -> int:
    """By the interval in which the call left its queue."""
    return call.left


def ended(call: Call) -> int:
    """By the interval in which the call ended."""
    return call.ended


def in_time(members: list[Call], within: int = 20_000) -> int:
    """Answered within the threshold."""
    return sum(1 for call in members if call.answered and call.wait <= within)


def strict(members: list[Call]) -> str:
    """Of all who were answered or gave up."""
    return percent(in_time(members), len(members))


def without_short(members: list[Call]) -> str:
    """Of all but those who gave up below ten seconds."""
    return percent(in_time(members), sum(1 for call in members if call.answered or call.wait >= 10_000))


def of_answered(members: list[Call]) -> str:
    """Of those who were answered."""
    return percent(in_time(members), sum(1 for call in members if call.answered))


def abandons_in_time_left_out(members: list[Call]) -> str:
    """Of the answered and those who gave up after the threshold."""
    return percent(in_time(members), sum(1 for call in members if call.answered or call.wait > 20_000))


def removed(members: list[Call]) -> str:
    """Whoever was out of the queue in time, of all."""
    return percent(sum(1 for call in members if call.wait <= 20_000), len(members))


LEVEL = "service_level: {column: SL, as: percent, within: 20s}\n"


@pytest.mark.parametrize(
    ("when", "make", "expected"),
    [
        (offered, strict, ("strict", "offered")),
        (left, strict, ("strict", "answered")),
        (ended, strict, ("strict", "ended")),
        (left, of_answered, ("answered", "answered")),
        (offered, abandons_in_time_left_out, ("no_abandon_in_target", "offered")),
        (ended, removed, ("removed", "ended")),
    ],
)
def test_the_hidden_formula_and_attribution_are_named(
    day: list[Event], when: Callable[[Call], int], make: Callable[[list[Call]], str], expected: tuple[str, str]
) -> None:
    """All cells agree, under the definition that made the report, and under no other attribution."""
    text = csv(by_interval(calls(day), when), {"SL": make})
    (answer,) = reconciled(day, text, LEVEL)[1]
    assert (*expected, len(answer.column.cells)) == (answer.best.formula, answer.best.attribution, answer.agree)
    assert {expected[1]} == {tie.attribution for tie in answer.ties}


def test_the_threshold_of_short_abandons_is_found(day: list[Event]) -> None:
    """Those below ten seconds are left out; what the day cannot tell apart from it is said."""
    text = csv(by_interval(calls(day), left), {"SL": without_short})
    _, (answer,), intervals = reconciled(day, text, LEVEL)
    truth = Definition(figure="service_level", formula="no_short", attribution="answered", short=10_000, short_inclusive=False)
    assert (len(answer.column.cells), True) == (answer.agree, truth in answer.ties)
    assert {"no_short", "with_flow_out"} >= {tie.formula for tie in answer.ties}
    # The product's own five seconds are refuted; what is left gives the same ratio in every cell of this day.
    assert ((5_000, True) not in {(tie.short, tie.short_inclusive) for tie in answer.ties}, ()) == (True, answer.apart)
    assert "by the interval in which the contact was answered" in sentence(answer)
    assert len(answer.ties) == 1 or others(answer, intervals)


def clock(milliseconds: float) -> str:
    """hh:mm:ss, cut off."""
    seconds = int(milliseconds // 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def mean_wait(members: list[Call]) -> str:
    """The mean wait of the answered, cut off to the second."""
    waits = [call.wait for call in members if call.answered]
    return clock(sum(waits) / len(waits)) if waits else "-"


def test_each_figure_has_a_definition_of_its_own(day: list[Event]) -> None:
    """Counts by the offer, and a mean that is cut off instead of rounded."""
    columns: dict[str, Callable[[list[Call]], str]] = {
        "In": lambda members: str(len(members)),
        "Out": lambda members: str(sum(1 for call in members if call.answered)),
        "Lost": lambda members: str(sum(1 for call in members if call.abandoned and call.wait > 5_000)),
        "ASA": mean_wait,
    }
    figures = 'offered: {column: In}\nanswered: {column: Out}\nabandoned: {column: Lost}\nwait: {column: ASA, as: "hh:mm:ss"}\n'
    answers = reconciled(day, csv(by_interval(calls(day), offered), columns), figures)[1]
    assert [
        ("all", "offered", "round"),
        ("all", "offered", "round"),
        ("no_short", "offered", "round"),
        ("answered", "offered", "floor"),
    ] == [(answer.best.formula, answer.best.attribution, answer.best.rounding) for answer in answers]
    assert [0, 0, 0, 0] == [len(answer.differing) for answer in answers]


def counts(rows: Rows) -> str:
    """A report of how many were answered."""
    return csv(rows, {"Out": lambda members: str(sum(1 for call in members if call.answered))})


def test_contacts_that_the_events_do_not_have_show_as_their_cells(day: list[Event]) -> None:
    """Two answered calls are taken out of the events: exactly their cells differ, each by one."""
    found = [call for call in calls(day) if call.answered]
    gone = [found[20], found[-20]]
    rest = [event for event in day if event.subject not in {call.id for call in gone}]
    floor, answers, _ = reconciled(rest, counts(by_interval(calls(day), left)), "answered: {column: Out}\n")
    differing = differences(floor, answers, 10_000)
    expected = {(call.queue, call.left // 1_800_000 * 1_800_000) for call in gone}
    assert expected == {(one.cell.queue, one.cell.start) for one in differing}
    assert [1, 1] == [int(one.cell.text) - one.computed[0] for one in differing]


def test_a_contact_near_a_boundary_is_named_first(day: list[Event]) -> None:
    """The report moves one call into the next half-hour: both cells differ, and the call explains either of them."""
    vendor = calls(day)
    moved = min((call for call in vendor if call.answered), key=lambda call: 1_800_000 - call.left % 1_800_000)
    margin = 1_800_000 - moved.left % 1_800_000
    rows = by_interval(vendor, lambda call: call.left + margin if call is moved else call.left)
    floor, answers, _ = reconciled(day, counts(rows), "answered: {column: Out}\n")
    differing = differences(floor, answers, margin)
    assert [(moved.id, True), (moved.id, True)] == [(one.suspects[0].outcome.contact, one.suspects[0].explains) for one in differing]


def test_the_formulas_are_the_core_s(day: list[Event]) -> None:
    """Of a whole day, numerator and denominator under each formula and threshold are those of the replay's report."""
    scopes = report(replay(day, DEFAULT_CENTRE, ()))["scopes"]
    checked = 0
    for entry in scopes:
        if set(entry["scope"]) != {"queue", "channel"}:
            continue
        group = Group(one for one in segments(day, DEFAULT_CENTRE, (entry["scope"]["channel"],)) if one.queue == entry["scope"]["queue"])
        for level in entry["measures"]["service_level"]:
            formula = level["formula"]
            short = DEFAULT_CENTRE.short_abandon if formula in WITH_SHORT["service_level"] else None
            definition = Definition(figure="service_level", formula=formula, short=short)
            found = value(definition, group, int(level["within_seconds"] * 1_000))
            assert (level["numerator"], level["denominator"]) == found, (entry["scope"], level)
            checked += 1
    assert checked > 7 * 3


def test_a_wrong_threshold_in_the_mapping_is_suspected(day: list[Event]) -> None:
    """Where less than half of the cells can be explained, the words say what to look at in the mapping."""
    text = csv(by_interval(calls(day), offered), {"SL": lambda members: percent(in_time(members, 3_000), len(members))})
    (answer,) = reconciled(day, text, LEVEL.replace("20s", "90s"))[1]
    assert 2 * answer.agree < len(answer.column.cells)
    assert ["  less than half: see whether the mapping has the right column, its threshold, time zone, interval and channels"] == doubt(
        answer
    )


def requeued(number: int) -> list[Event]:
    """A call that waits ten seconds in sales, is requeued, and is answered in billing after thirty more."""
    subject, begin = f"r{number}", 1_772_436_600_000 + number * 120_000
    rows: tuple[tuple[int, str, dict[str, str]], ...] = (
        (0, "contact.offered", {"queue": "sales", "channel": "call"}),
        (10_000, "contact.requeued", {"queue": "billing"}),
        (40_000, "contact.answered", {}),
        (90_000, "contact.ended", {}),
    )
    return [Event(begin + after, kind, subject, f"{subject}/{kind}", data) for after, kind, data in rows]


@pytest.mark.parametrize(("offers", "wait", "unit"), [((10, 10), ("-", "30,0"), "segment"), ((10, 0), ("40,0", "-"), "root")])
def test_segments_and_whole_contacts_are_told_apart(offers: tuple[int, int], wait: tuple[str, str], unit: str) -> None:
    """A report that counts a requeued call in both queues, and one that counts it once, with the whole wait, where it came."""
    events = [event for number in range(10) for event in requeued(number)]
    rows = [f"{queue};02.03.2026;08:30;{n};{w}" for queue, n, w in zip(("sales", "billing"), offers, wait, strict=True)]
    text = "\n".join(["Queue;Date;Start;In;ASA", *rows])
    answers = reconciled(events, text, "offered: {column: In}\nwait: {column: ASA}\n")[1]
    assert [(unit, 2), (unit, 2)] == [(answer.best.unit, answer.agree) for answer in answers]


def test_a_report_of_all_queues_together(day: list[Event]) -> None:
    """Without a queue's column the cells are of the whole; who is offered but not in a row of the report is unreported."""
    vendor = by_interval([replace(call, queue="") for call in calls(day)], offered)
    text = csv(vendor, {"In": lambda members: str(len(members))})
    cut = text.splitlines()
    mapping = read_report_mapping(parse(MAPPING.replace("queue: {column: Queue}\n", "") + "offered: {column: In}\n", "report.yaml"))
    columns = read_report([line.encode() for line in (*cut[:5], *cut[6:])], mapping, "report.csv")
    floor = Floor(segments(day, Centre(), mapping.channels), columns, Intervals(mapping))
    (answer,) = search(floor, columns, 5_000)
    assert (len(cut) - 2, "offered") == (answer.agree, answer.best.attribution)
    assert {call.id for call in list(vendor.values())[4]} == {one.contact for one in unreported(floor)}
