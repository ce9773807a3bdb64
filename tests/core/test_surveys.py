"""Surveys and checklists: what was sent and answered goes in, figures worked out by hand come out; and the laws hold for them too."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.centre import Centre, Person
from stream.core.distributions import Bounds
from stream.core.events import SURVEY_EVENTS, Event
from stream.core.measures import BY_NAME
from stream.core.measures.entry import View
from stream.core.measures.surveys import wilson_low
from stream.core.stage import QUEUE_READINGS
from stream.core.surveys import CORRECTED_FOR, REPLIED_WITHIN
from stream.core.wanted import Kept
from stream.core.windows import Cell
from stream.replay.driver import replay
from tests.core.histories import BEGIN, CENTRE, GAPS, LATENESS, MINUTE, QUEUES, STANDARDS, arrivals, copied, end_of, mark
from tests.core.pipeline import Pipeline, comparable
from tests.core.playing import Way, play
from tests.core.test_laws import lawful, partitions, seeds
from tests.core.timelines import intervals, played, reading

ASKED = """
    09:00:00 survey s1 sent csat billing/call
    09:00:00 survey s2 sent csat billing/call
    09:00:00 survey s3 sent csat billing/call
    09:00:00 survey s4 sent csat billing/call
    09:10:00 survey s1 answered csat score=5 billing/call
    09:11:00 survey s2 answered csat score=4 billing/call
    09:12:00 survey s3 answered csat score=3 billing/call
"""


def test_two_of_three_answers_are_good_and_three_of_four_answered() -> None:
    """4 and 5 of 5 are the two best grades; so few answers promise no more than 20.8 %."""
    found = reading(ASKED)["csat"]
    assert isclose(found.pop("low"), 0.2076596008), found
    assert {"numerator": 2, "denominator": 3, "ratio": 2 / 3, "n": 3, "sent": 4, "replied": 3, "response_rate": 0.75} == found


def test_without_answers_there_is_no_data() -> None:
    """Not 0 %, and no rate where nobody was asked."""
    nothing = {"numerator": 0, "denominator": 0, "ratio": None, "low": None, "n": 0, "sent": 0, "replied": 0, "response_rate": None}
    assert nothing == reading("09:00:00 anna begun billing/call")["csat"]
    assert {"sent": 1, "response_rate": 0.0} == {
        name: reading("09:00:00 survey s1 sent csat")["csat"][name] for name in ("sent", "response_rate")
    }


@pytest.mark.parametrize(
    ("answer", "good", "n"),
    [
        ("score=9 scale_max=10", 1, 1),
        ("score=8 scale_max=10", 0, 1),
        ("score=1 scale_max=1", 1, 1),
        ("score=2 scale_max=3", 0, 1),
        ("score=3 scale_max=3", 1, 1),
        ("score=6", 0, 0),
        ("score=11 scale_max=10", 0, 0),
    ],
)
def test_the_two_best_grades_are_those_of_the_scale(answer: str, good: int, n: int) -> None:
    """Of a scale of fewer than four grades only the best one; a grade that the scale does not have is no answer."""
    found = reading(f"09:00:00 anna begun billing/call\n09:00:00 survey s1 answered csat {answer}")["csat"]
    assert (good, n) == (found["numerator"], found["denominator"])


def test_the_net_promoter_score() -> None:
    """Two promoters, one passive, one detractor: +25 of 100. An eleven is no answer, and a scale of five is no such question."""
    scores = (10, 9, 7, 6, 11)
    story = "".join(f"09:00:00 survey s{number} answered nps score={score}\n" for number, score in enumerate(scores))
    found = reading(story + "09:00:00 survey s9 answered nps score=5 scale_max=5\n")["nps"]
    # The mean is (2 + 0.5) / 4 = 0.625; Wilson's lower end for n = 4 is 0.219.
    assert isclose(found.pop("low"), 100 * (2 * wilson_low(0.625, 4) - 1)), found
    assert {"score": 25.0, "promoters": 2, "detractors": 1, "n": 4, "sent": 0, "replied": 0, "response_rate": None} == found


def test_wilsons_lower_end() -> None:
    """8 of 10: 0.490; all of 10: 0.722; none of 10: 0. Published to three places, and never a degenerate interval."""
    assert [0.490, 0.722, 0.0] == [round(wilson_low(share, 10), 3) for share in (0.8, 1.0, 0.0)]
    assert 0.219 == round(wilson_low(0.625, 4), 3)


def test_effort_and_what_went_wrong() -> None:
    """Efforts of 2 and 5 are 3.5; in four answers three things went wrong: 75 in a hundred."""
    efforts = "09:00:00 survey e1 answered ces score=2\n09:00:00 survey e2 answered ces score=5\n"
    wrong = "".join(f"09:00:00 survey w{number} answered things_gone_wrong score={things}\n" for number, things in enumerate((0, 2, 1, 0)))
    found = reading(efforts + wrong)
    assert (3.5, 2) == (found["ces"]["mean"], found["ces"]["n"])
    assert (75.0, 3, 4) == tuple(found["things_gone_wrong"][name] for name in ("per_hundred", "things", "n"))


def test_who_knew_and_who_found_what_they_looked_for() -> None:
    """One of two knew; three of four found it."""
    story = "".join(f"09:00:00 survey a{number} answered awareness score={yes}\n" for number, yes in enumerate((0, 1)))
    story += "".join(f"09:00:00 survey s{number} answered success score={yes}\n" for number, yes in enumerate((1, 1, 0, 1)))
    found = reading(story)
    assert (0.5, 0.75) == (found["awareness"]["ratio"], found["customer_success"]["ratio"])


def rate(story: str, window: str = "all", scope: str = "all") -> tuple[int, int, int, float | None]:
    """Of a story's csat: (answers, sent, replied, response rate)."""
    found = reading(story, scope, window)["csat"]
    return tuple(found[name] for name in ("n", "sent", "replied", "response_rate"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("09:20:00 survey s1 answered csat score=3", (1, 2, 1, 0.5)),
        ("09:20:00 survey s9 answered csat score=3", (2, 2, 1, 0.5)),
        ("2026-03-06T09:00:00 survey s1 answered csat score=3", (2, 2, 1, 0.5)),
        ("2026-03-09T09:00:00 survey s2 answered csat score=3", (2, 2, 2, 1.0)),
        ("2026-03-09T09:00:01 survey s2 answered csat score=3", (2, 2, 1, 0.5)),
        ("09:20:00 survey s2 answered csat score=6", (1, 2, 1, 0.5)),
        ("09:20:00 survey s2 answered ces score=6", (1, 2, 1, 0.5)),
        ("08:59:00 survey s2 answered csat score=3", (2, 2, 1, 0.5)),
    ],
    ids=["again", "never asked", "anew after days", "after a week", "later than that", "no grade", "something else", "before it was asked"],
)
def test_the_response_rate_is_of_who_was_asked(more: str, expected: tuple[int, int, int, float | None]) -> None:
    """Two were asked, one answered; it is never above 1, whatever is answered besides."""
    story = f"""
        09:00:00 survey s1 sent csat
        09:00:00 survey s2 sent csat
        09:10:00 survey s1 answered csat score=5
        {more}
        2026-03-12T09:00:00 anna offered billing/call
    """
    assert expected == rate(story)


def test_an_answer_is_of_the_day_on_which_it_was_asked_for() -> None:
    """One was asked yesterday and answered today: of nobody asked today nobody can have answered."""
    story = """
        09:00:00 survey s1 sent csat
        2026-03-03T09:00:00 survey s1 answered csat score=5
        2026-03-04T09:00:00 anna offered billing/call
    """
    days = {
        key.split("|")[2][:10]: tuple(record["measures"]["csat"][name] for name in ("n", "sent", "response_rate"))
        for key, record in played(story).of("queue-intervals").items()
        if key.startswith("all|day|")
    }
    assert {"2026-03-02": (0, 1, 1.0), "2026-03-03": (1, 0, None)} == days


def test_a_survey_that_asks_two_things_has_an_answer_to_each() -> None:
    """The second answer does not correct the first one, which is of another question."""
    story = """
        09:00:00 survey s1 sent csat
        09:00:00 survey s1 sent nps
        09:10:00 survey s1 answered csat score=5
        09:10:01 survey s1 answered nps score=9
    """
    found = reading(story)
    assert [(1, 1, 1.0), (1, 1, 1.0)] == [tuple(found[name][part] for part in ("n", "sent", "response_rate")) for name in ("csat", "nps")]


@pytest.mark.parametrize(
    ("answers", "mean", "scales"),
    [
        (["score=2", "score=5"], 3.5, [("unsaid", 3.5, 2)]),
        (["score=2 scale_max=7", "score=5 scale_max=7"], 3.5, [("7", 3.5, 2)]),
        (["score=2 scale_max=7", "score=5 scale_max=5"], None, [("5", 5.0, 1), ("7", 2.0, 1)]),
        (["score=2 scale_max=7", "score=5"], 3.5, [("7", 2.0, 1), ("unsaid", 5.0, 1)]),
        (["score=2 scale_max=7", "score=5", "score=1 scale_max=5"], None, [("5", 1.0, 1), ("7", 2.0, 1), ("unsaid", 5.0, 1)]),
        (["score=6 scale_max=5", "score=4 scale_max=5"], 4.0, [("5", 4.0, 1)]),
        ([], None, []),
    ],
)
def test_efforts_of_different_scales_have_no_mean(
    answers: list[str], mean: float | None, scales: list[tuple[int | None, float, int]]
) -> None:
    """Each scale has its own. Who does not say of which scale a grade is means the one that the others say, if that is one."""
    story = "".join(f"09:00:00 survey e{number} answered ces {answer}\n" for number, answer in enumerate(answers))
    found = reading("09:00:00 anna offered billing/call\n" + story)
    assert (mean, scales) == (found["ces"]["mean"], [(row["scale_max"], row["mean"], row["n"]) for row in found["ces_by_scale"]])


CORRECTED = """
    09:00:00 survey s1 sent csat
    09:01:00 survey s1 answered csat score=1
    09:40:00 survey s1 answered csat score=5
    2026-03-05T09:00:00 survey s1 answered csat score=4
    2026-03-08T09:00:01 survey s1 answered csat score=2
"""


def test_the_last_answer_counts_where_it_was_given() -> None:
    """A 1 became a 5 and then a 4, which counts on Thursday; three days and a second later a 2 counts for itself."""
    found = reading(CORRECTED)["csat"]
    assert (1, 2) == (found["numerator"], found["denominator"])
    days = {
        key.split("|")[2][:10]: record["measures"]["csat"]["denominator"]
        for key, record in played(CORRECTED).of("queue-intervals").items()
        if key.startswith("all|day|")
    }
    assert {"2026-03-02": 0, "2026-03-05": 1} == days
    assert CORRECTED_FOR == 3 * 86_400_000


def test_an_answer_counts_in_its_own_half_hour_and_scopes() -> None:
    """Its queue, its channel, and the groups that the centre declares; the survey itself where it was sent."""
    centre = Centre(
        groups=("vip",), people={"ana": Person(name="ana", ids=("7",))}, kept=Kept(dimensions=frozenset({("group",), ("agent",)}))
    )
    story = """
        09:00:00 survey s1 sent csat billing/call
        09:40:00 survey s1 answered csat score=5 billing/call groups=vip,cheap agent_id:=7
    """
    readings = played(story, centre=centre).of(QUEUE_READINGS)
    assert {"agent=ana|all", "group=vip|all"} == {key for key in readings if key.endswith("|all") and not key.startswith("!")}
    assert 1 == readings["group=vip|all"]["measures"]["csat"]["n"]
    assert {"queue=billing", "channel=call"} <= {key.split("|")[0] for key in played(story).of(QUEUE_READINGS)}
    assert set(intervals(story)) <= {"09:00", "09:30"}


def test_checklists_say_by_item_how_often_it_was_met() -> None:
    """Greeted by name in one of two; asked whether all is done in one of one."""
    story = """
        09:00:00 evaluation e1 completed billing/call items=greeted:yes
        09:00:00 evaluation e2 completed billing/call items=greeted:no,closed:yes
    """
    rows = [
        {"item": "closed", "numerator": 1, "denominator": 1, "ratio": 1.0},
        {"item": "greeted", "numerator": 1, "denominator": 2, "ratio": 0.5},
    ]
    found = reading(story, "queue=billing")
    assert (2, rows) == (found["evaluated"], found["checklist"])


def test_a_scope_counts_at_most_two_hundred_items() -> None:
    """A source that makes up a name for each contact fills no memory; what was counted before still is."""
    story = "".join(f"09:00:00 evaluation e{number} completed items=item{number}:yes\n" for number in range(300))
    found = reading(story + "09:10:00 evaluation last completed items=item0:no\n")["checklist"]
    assert (200, {"item": "item0", "numerator": 1, "denominator": 2, "ratio": 0.5}) == (len(found), found[0])


def test_a_centre_that_asks_for_no_survey_runs_no_processor_for_them() -> None:
    """What nobody asks for costs nothing."""
    pipelines = [Pipeline(Centre(kept=Kept(measures=names)), ()) for names in (("offered",), ("offered", "nps"))]
    assert [False, True] == ["surveys" in pipeline.nodes for pipeline in pipelines]


SCORES = {"csat": 7, "nps": 12, "ces": 5, "awareness": 1, "success": 1, "things_gone_wrong": 3}


@st.composite
def surveys(draw: st.DrawFn, number: int) -> list[Event]:
    """One survey's events: sent, answered several times, on ordinary and on senseless scales; or an evaluation."""
    time = BEGIN + draw(st.sampled_from(GAPS))
    kind = draw(st.sampled_from(sorted(SCORES)))
    out = []
    for index in range(draw(st.integers(1, 4))):
        event = draw(st.sampled_from(SURVEY_EVENTS[:3]))
        data: dict[str, Any] = {"queue": draw(st.sampled_from(QUEUES)), "channel": "call"}
        if event == "evaluation.completed":
            data["items"] = draw(st.dictionaries(st.sampled_from(("greeted", "closed")), st.booleans()))
        else:
            data["survey"] = kind
        if event == "survey.answered":
            data["score"] = draw(st.integers(0, SCORES[kind]))
            if draw(st.booleans()):
                data["scale_max"] = draw(st.sampled_from((1, 3, 5, 10)))
        out.append(Event(time, event, f"survey-{number}", f"{draw(st.sampled_from('ab'))}{number}-{index}", data))
        time += draw(st.sampled_from((*GAPS, CORRECTED_FOR, CORRECTED_FOR + 1)))
    return out


@st.composite
def asked(draw: st.DrawFn) -> list[Event]:
    """All surveys of a centre, in order of time, beside a contact, so that a scope is shown."""
    out = [Event(BEGIN, "contact.offered", "c", "c", {"contact_id": "c", "queue": "billing", "channel": "call"})]
    for number in range(draw(st.integers(1, 4))):
        out += draw(surveys(number))
    return sorted(out, key=lambda event: (event.time, event.subject, event.id))


def said(topics: dict[str, Any]) -> dict[str, Any]:
    """What readings and intervals say of surveys."""
    names = (*SCORES, "customer_success", "evaluated", "checklist")
    return {
        f"{topic}/{key}": found
        for topic in ("readings", "intervals")
        for key, record in topics[topic].items()
        if any(found := [record["measures"].get(name) for name in names])
    }


@lawful
@given(asked(), seeds, partitions, st.booleans())
def test_surveys_are_a_function_of_the_set_of_their_events(history: list[Event], seed: int, number: int, played_clock: bool) -> None:  # noqa: FBT001 - drawn
    """Shuffled, doubled, cut into batches, over several partitions that are made anew: the figures of replay."""
    truth = comparable(replay(history, CENTRE, STANDARDS, until=end_of(history)))
    pipeline = play(history, Way(seed, number, played=played_clock, shuffled=True, doubled=0.2, restarts=20))
    assert said(truth) == said(pipeline.figures())


@given(asked(), seeds)
def test_no_figure_of_a_survey_is_negative_at_any_moment(history: Sequence[Event], seed: int) -> None:
    """Whatever was corrected."""
    pipeline = Pipeline(CENTRE, STANDARDS, played=False)
    for arrival in arrivals(history, random.Random(seed), doubled=0.3):
        pipeline.events([copied(arrival.event)])
        pipeline.drain()
        for scope in pipeline.scope_stage(0).scopes.values():
            assert {} == {name: value for cell in scope.cells.values() for name, value in cell.n.items() if value < 0}


def test_what_nothing_can_correct_any_more_is_forgotten() -> None:
    """Three days and the lateness after the last event of a survey its state is gone; of the customer nothing was ever kept."""
    pipeline = Pipeline(CENTRE, STANDARDS)
    answered = Event(0, "survey.answered", "s1", "1", {"survey": "csat", "score": 4, "customer_ref": "c7", "contact_id": "c1"})
    pipeline.events([answered])
    table = pipeline.tables["surveys", 0]
    assert b'[1,[[0,"1","survey.answered",{"survey":"csat","score":4}]]]' == table[b"=s1"]
    pipeline.events([mark(CORRECTED_FOR + LATENESS)])
    assert b"=s1" in table
    pipeline.events([mark(CORRECTED_FOR + LATENESS + 1)])
    assert b"=s1" not in table
    assert MINUTE == LATENESS


def test_who_was_asked_is_known_for_as_long_as_an_answer_counts() -> None:
    """A week and the lateness after it was sent."""
    pipeline = Pipeline(CENTRE, STANDARDS)
    pipeline.events([Event(0, "survey.sent", "s1", "1", {"survey": "csat"})])
    table = pipeline.tables["surveys", 0]
    pipeline.events([mark(REPLIED_WITHIN + LATENESS)])
    assert b"=s1" in table
    pipeline.events([mark(REPLIED_WITHIN + LATENESS + 1)])
    assert b"=s1" not in table


def test_the_mean_effort_of_an_older_release_goes_on() -> None:
    """Its cells have grades without scales: the first new answer, which says its own, ends their mean no more."""
    for told in ({"ces": 100, "ces+": 400}, {"ces": 101, "ces+": 404, "ces/7": 1, "ces/7+": 4}):
        cell = Cell(0, 1)
        cell.n.update(told)
        view = View(cell=cell, bounds=Bounds(), within=(), as_of=0, waits=(), staffed=None)
        assert 4.0 == BY_NAME["ces"].read(view)["mean"]


def test_a_survey_is_sent_before_it_is_answered() -> None:
    """Also in one millisecond, whichever has the lesser id: these go by the lines."""
    sent, answered = "09:00:00 survey s1 sent csat", "09:00:00 survey s1 answered csat score=5"
    later = "2026-03-12T09:00:00 anna offered billing/call"
    assert [(1, 1, 1, 1.0)] * 2 == [rate(f"{one}\n{other}\n{later}") for one, other in ((sent, answered), (answered, sent))]
