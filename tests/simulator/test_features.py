"""Days on which everything happens: a replay finds the simulation's own truth, and each feature is there when it is asked for."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from stream.core.centre import Centre, Queue
from stream.core.events import Event, order
from stream.core.schedule import Schedule
from stream.replay.driver import replay
from stream.replay.figures import Figures
from stream.replay.report import report
from stream.simulator.comparing import found_of, rounded, truth_of
from stream.simulator.day import Simulation, simulate
from stream.simulator.features import ALL, NAMES, NOTHING, named
from stream.wire.codec import to_json_line

WEEKDAYS = Schedule(ZoneInfo("Europe/Berlin"), (((540, 1020),),) * 5 + ((),) * 2, always=False)
CENTRE = Centre(
    zone=ZoneInfo("Europe/Berlin"),
    hours={"office": WEEKDAYS},
    groups=("vip",),
    queues={
        "billing": Queue("billing", ("call", "chat", "email"), "office", team="north", tier="1", skills=("french",)),
        "sales": Queue("sales", ("call", "chat"), "office", team="south", tier="1"),
        "support": Queue("support", ("call", "email", "social"), "office", team="north", tier="2", skills=("french", "fibre")),
    },
)
SCALE = 0.07


def play(seed: int, features: str = "all", scale: float = SCALE, number: int = 2) -> tuple[list[Event], Simulation]:
    """Two days in a row, or more."""
    simulation = simulate(CENTRE, seed=seed, scale=scale, features=named(features), number=number)
    return list(simulation.events), simulation


@pytest.mark.parametrize("seed", range(1, 11))
def test_a_replay_of_all_features_finds_the_truth_in_every_scope(seed: int) -> None:
    """Every measure of every scope, teams, tiers and skills among them, is what the simulation noted in words of its own."""
    events, simulation = play(seed)
    figures = replay(events, CENTRE, [])

    assert truth_of(simulation) == found_of(report(figures), simulation)
    assert_patience(figures, simulation)


def assert_patience(figures: Figures, simulation: Simulation) -> None:
    """For how long customers wait, in every closed day and in the last 28, where one waits to be connected."""
    records = [*figures.of("queue-intervals").values(), *figures.of("queue-readings").values()]
    looked_at = 0
    for record in records:
        scope = record.get("scope")
        if not scope or not record["window"] or record["window"]["name"] not in {"day", "28d"} or not in_person(scope):
            continue
        begin, end = (round(datetime.fromisoformat(record["window"][edge]).timestamp() * 1_000) for edge in ("start", "end"))
        assert rounded(simulation.truth.dropout(scope, begin, end)) == rounded(record["measures"]["dropout_threshold"]), scope
        looked_at += 1
    assert looked_at > 0


def in_person(scope: dict[str, str]) -> bool:
    """Whether who waits in a scope waits to be connected, and the truth knows the scope."""
    return scope.get("channel") in {"call", "chat"} and scope.keys() <= {"queue", "channel"}


def test_who_stays_a_customer_is_counted_by_the_month() -> None:
    """Some come and go at the end of March; a month later it is known who stayed, and a replay says the same."""
    simulation = simulate(CENTRE, day=date(2026, 3, 30), seed=5, scale=0.3, features=named("surveys"), number=2)
    events = list(simulation.events)
    simulation.truth.ended = round(datetime(2026, 5, 2, tzinfo=CENTRE.zone).timestamp() * 1_000)
    found = report(replay(events, CENTRE, [], until=simulation.truth.ended))["scopes"][0]["measures"]["retention"]

    assert simulation.truth.measures({})["retention"] == found
    assert 0 < found["numerator"] < found["denominator"]


def test_customers_come_again_within_a_week_and_after_it() -> None:
    """After eleven days some issues are known to be resolved in the first contact and some not; a replay says the same of all of it."""
    events, simulation = play(3, scale=0.03, number=11)
    fcr = simulation.truth.measures({})["fcr"]

    assert 0 < fcr["numerator"] < fcr["denominator"]
    assert fcr["provisional"] > 0
    assert truth_of(simulation) == found_of(report(replay(events, CENTRE, [])), simulation)


def test_the_same_arguments_give_the_same_bytes() -> None:
    """Twice the same lines, and others for another seed."""
    lines = [[to_json_line(event, "simulator") for event in play(seed)[0]] for seed in (3, 3, 4)]

    assert lines[0] == lines[1]
    assert lines[0] != lines[2]


def test_events_come_in_their_total_order_and_once() -> None:
    """Two days with all features are sorted as the core sorts them, and no id comes twice."""
    events, simulation = play(2)

    assert all(order(left) < order(right) for left, right in pairwise(events))
    assert len({event.id for event in events}) == len(events) == simulation.truth.report()["events"]


WITNESSES = {
    "transfers": "contact.transferred",
    "requeues": "contact.requeued",
    "flow-outs": "contact.flowed_out",
    "callbacks": "contact.callback_requested",
    "outages": "contact.lost",
    "conferences": "contact.joined",
    "no-reply": "contact.no_reply_needed",
    "heartbeats": "agent.heartbeat",
    "surveys": "survey.answered",
    "issues": "issue.opened",
}
"""By feature, an event that no plain day has."""


@pytest.mark.parametrize("feature", WITNESSES)
def test_a_feature_is_there_when_it_is_asked_for_and_only_then(feature: str) -> None:
    """Alone it brings its event, and no other feature's."""
    types = Counter(event.type for event in play(7, feature, 0.3)[0])

    assert {WITNESSES[feature]} == {kind for kind in WITNESSES.values() if types[kind]}


@pytest.mark.parametrize(
    ("feature", "note"),
    [
        ("self-service", "self_served"),
        ("bots", "self_served"),
        ("reopenings", "reopened"),
        ("acknowledgements", "automatic_acknowledgements"),
        ("overnight", "out_of_hours"),
    ],
)
def test_the_truth_has_notes_of_a_feature_only_where_it_is_on(feature: str, note: str) -> None:
    """What only a feature makes is in nobody's notes without it."""
    with_it, without = (getattr(play(7, names, 0.3)[1].truth.sum(channel=_channel(feature)), note) for names in (feature, "none"))

    assert with_it
    assert not without


def _channel(feature: str) -> str:
    return {"self-service": "call", "bots": "chat"}.get(feature, "email")


def test_letters_stay_over_night() -> None:
    """What nobody answered in the evening is answered the next morning, as late as that."""
    _, simulation = play(5, "overnight")
    waits = simulation.truth.sum(channel="email").waits

    assert max(waits) > 10 * 3_600_000
    assert max(play(5, "none")[1].truth.sum(channel="email").waits) < 10 * 3_600_000


def test_important_customers_wait_less() -> None:
    """Where vip goes first, it is answered sooner in the mean."""
    events, _ = play(7, "groups,priorities", 0.5)
    waits: dict[bool, list[int]] = {True: [], False: []}
    for event in events:
        if event.type == "contact.answered" and event.data["channel"] == "call":
            waits["groups" in event.data].append(event.data["wait_ms"])

    assert sum(waits[True]) / len(waits[True]) < sum(waits[False]) / len(waits[False])


def test_a_callback_is_a_new_contact_of_the_first_one() -> None:
    """The centre calls back, outbound, and names the contact in which the customer asked for it."""
    events, _ = play(7, "callbacks", 0.3)
    asked = {event.subject for event in events if event.type == "contact.callback_requested"}
    back = [event.data for event in events if event.type == "contact.begun" and event.data.get("direction") == "outbound"]

    assert back
    assert {data["root_contact_id"] for data in back} <= asked


def test_names_of_features() -> None:
    """All, none, or some by name; a name that is none is told."""
    assert (named("all"), named("none")) == (ALL, NOTHING)
    assert named(",".join(NAMES)) == ALL
    assert named("flow-outs, bots").flow_outs
    with pytest.raises(ValueError, match="holidays"):
        named("bots,holidays")
