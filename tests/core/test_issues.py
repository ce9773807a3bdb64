"""Issues and customers: what happened goes in as a timeline, and figures worked out by hand come out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.config.centre import read_centre
from stream.core.centre import Centre, Person, Queue
from stream.core.events import Event, order
from stream.core.schedule import Schedule
from stream.core.scopes import EVERY_KIND
from stream.core.stage import QUEUE_READINGS, STATE
from stream.core.wanted import Kept
from stream.replay.driver import replay
from stream.simulator.day import simulate
from tests.core.histories import mark
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, events, reading

TWO_CALLS = """
    09:00:00 anna offered billing/call issue_id=i1 customer_ref=c1
    09:00:30 anna answered agent_id=a1
    09:05:30 anna ended by=agent
    09:00:00 issue i1 opened billing/call tags=invoice question=due customer_ref=c1
    09:00:40 issue i1 assigned agent_id=a1
    09:06:00 issue i1 status_changed pending
    09:36:00 issue i1 status_changed open
    09:40:00 issue i1 assigned agent_id=a2
    10:00:00 bert offered billing/call issue_id=i1 customer_ref=c1
    10:00:10 bert answered agent_id=a2
    10:03:10 bert ended by=agent
    10:04:00 issue i1 resolved
"""


def figures(text: str, *names: str, scope: str = "all", **options: Any) -> dict[str, Any]:
    """These measures of the last reading of a scope."""
    found = reading(text, scope, **options)
    return {name: found[name] for name in names}


def test_an_issue_over_two_calls() -> None:
    """5 and 3 minutes of talk; open from 9:00 to 10:04, half an hour of which the customer was asked: 34 minutes = 2040 s."""
    expected = {
        "issues_opened": 1,
        "issues_resolved": 1,
        "issues_reopened": 0,
        "resolution_first_mean_seconds": 2040.0,
        "resolution_total_mean_seconds": 2040.0,
        "minutes_per_issue": 8.0,
        "people_per_issue": 2.0,
        "owner_changes_per_issue": 1.0,
        "escalations_per_issue": 0.0,
        "responses_per_issue": 0.0,
        "resolution_rate": {"numerator": 1, "denominator": 1, "ratio": 1.0},
        "resolved_without_handover": {"numerator": 0, "denominator": 1, "ratio": 0.0},
        "single_question": {"question": "due", "numerator": 1, "denominator": 1, "ratio": 1.0},
        "topic_share": [{"topic": "invoice", "numerator": 1, "denominator": 1, "ratio": 1.0}],
        "open_issues": 0,
        "oldest_issue_seconds": None,
    }
    assert expected == figures(TWO_CALLS, *expected)
    assert expected == figures(TWO_CALLS, *expected, scope="channel=call,queue=billing")


def test_the_time_to_resolve_is_open_time_of_the_queue() -> None:
    """Of 9:00 to 10:04 the queue is open from 9:30 on, and until 9:36 the customer is asked: 28 minutes."""
    zone = ZoneInfo("UTC")
    late = Schedule(zone, (((9 * 60 + 30, 17 * 60),),) * 7, always=False)
    centre = Centre(queues={"billing": Queue("billing", ("call",), "late")}, hours={"late": late})
    assert reading(TWO_CALLS, centre=centre)["resolution_first_mean_seconds"] == 28 * 60


def test_a_person_whom_two_systems_name_is_one_person() -> None:
    """a1 of the telephone and a2 of the help desk are one, so nothing was handed over."""
    centre = Centre(people={"p1": Person(name="p1", ids=("a1", "a2"))})
    found = figures(TWO_CALLS, "people_per_issue", "owner_changes_per_issue", centre=centre)
    assert {"people_per_issue": 1.0, "owner_changes_per_issue": 0.0} == found


def test_a_reopened_issue_has_a_first_and_a_total_resolution() -> None:
    """Resolved after 10 minutes, taken up again, and resolved for good after 40."""
    text = """
        09:00:00 issue i1 opened billing/email
        09:10:00 issue i1 resolved
        09:20:00 issue i1 reopened
        09:40:00 issue i1 status_changed closed
    """
    names = ("issues_resolved", "issues_reopened", "resolution_first_mean_seconds", "resolution_total_mean_seconds")
    assert dict(zip(names, (1, 1, 600.0, 2400.0), strict=True)) == figures(text, *names)


def test_an_issue_that_is_reopened_is_not_resolved() -> None:
    """It counts as opened and as open, since it was reopened; the first resolution stays."""
    text = """
        09:00:00 issue i1 opened billing/email
        09:10:00 issue i1 resolved
        09:20:00 issue i1 reopened
        09:30:00 issue i2 opened billing/email
        09:40:00 issue i2 resolved
    """
    expected = {
        "resolution_rate": {"numerator": 1, "denominator": 2, "ratio": 0.5},
        "resolution_total_mean_seconds": 600.0,
        "open_issues": 1,
        "oldest_issue_seconds": 20 * 60.0,
    }
    assert expected == figures(text, *expected)


def test_a_merged_issue_counts_as_merged_only() -> None:
    """i2 goes on in i1: one issue was opened, and one is resolved."""
    text = """
        09:00:00 issue i1 opened billing/email
        09:01:00 issue i2 opened billing/email
        09:02:00 issue i2 merged into=i1
        09:10:00 issue i1 resolved
    """
    expected = {"issues_opened": 1, "issues_resolved": 1, "issues_merged": 1, "open_issues": 0}
    assert expected == figures(text, *expected)


MERGED = """
    09:00:00 issue i1 opened billing/email
    09:01:00 issue i2 opened billing/call
    09:01:00 anna offered billing/call issue_id=i2
    09:01:20 anna answered agent_id=a1
    09:03:20 anna ended by=agent
    09:04:00 issue i2 assigned agent_id=a2
    09:05:00 issue i2 escalated to_tier=2
    09:06:00 bert message customer issue_id=i1 channel=email queue=billing
    09:08:00 bert message agent agent_id=a3
    09:10:00 issue i1 resolved
"""


def test_what_happened_in_a_merged_issue_counts_where_it_goes_on() -> None:
    """Of i2 two minutes of anna's, a1 and a2, and an escalation count in i1, beside its own reply of a3."""
    expected = {
        "issues_opened": 1,
        "issues_merged": 1,
        "issues_resolved": 1,
        "minutes_per_issue": 2.0,
        "people_per_issue": 3.0,
        "responses_per_issue": 1.0,
        "escalations_per_issue": 1.0,
        "owner_changes_per_issue": 0.0,
        "resolution_total_mean_seconds": 600.0,
    }
    assert expected == figures(f"{MERGED} 09:07:00 issue i2 merged into=i1", *expected)
    apart = {"issues_opened": 2, "minutes_per_issue": None, "people_per_issue": 1.0, "escalations_per_issue": 0.0}
    assert apart == figures(MERGED, *apart)


def test_a_chain_of_merges_ends_in_the_last_issue() -> None:
    """i2 goes on in i3, and that in i1, in whichever order it is told; what came of i2 and of i3 counts in i1."""
    chain = "09:07:00 issue i2 merged into=i3\n09:08:00 issue i3 merged into=i1"
    expected = {"issues_opened": 1, "issues_merged": 2, "minutes_per_issue": 2.0, "people_per_issue": 3.0}
    assert expected == figures(f"{MERGED} {chain}", *expected)


def test_the_last_merge_of_a_circle_says_nothing() -> None:
    """i2 goes on in i1; that i1 goes on in i2 is told later, and cannot be."""
    circle = "09:07:00 issue i2 merged into=i1\n09:08:00 issue i1 merged into=i2"
    expected = {"issues_opened": 1, "issues_merged": 1, "issues_resolved": 1, "minutes_per_issue": 2.0}
    assert expected == figures(f"{MERGED} {circle}", *expected)


def test_a_contact_moves_to_an_issue_of_which_nothing_else_is_known() -> None:
    """i9 was opened before anybody listened: it begins with anna, in her queue, and is resolved when she has been helped."""
    text = f"{MERGED} 09:07:00 issue i2 merged into=i9"
    found = reading(text, "channel=call")
    expected = {"issues_opened": 1, "issues_resolved": 1, "minutes_per_issue": 2.0, "issues_merged": 1}
    assert expected == {name: found[name] for name in expected}


def test_whose_an_issue_is_it_says_itself() -> None:
    """A contact of somebody else that is moved into it does not make it theirs; it is a further contact, so i1 took two."""
    text = """
        09:00:00 anna offered billing/call issue_id=i1 customer_ref=c1
        09:00:30 anna answered agent_id=a1
        09:01:00 anna ended by=agent
        09:02:00 bert offered billing/call issue_id=i2 customer_ref=c2
        09:02:30 bert answered agent_id=a1
        09:03:00 bert ended by=agent
        09:04:00 issue i2 merged into=i1
    """
    over = "2026-03-10_09:00:00"
    expected = {"numerator": 0, "denominator": 1, "ratio": 0.0, "provisional": 0, "anonymous": 0}
    assert {"fcr": expected} == figures(text, "fcr", until=over)
    apart = {"numerator": 2, "denominator": 2, "ratio": 1.0, "provisional": 0, "anonymous": 0}
    assert {"fcr": apart} == figures(text.replace("issue i2 merged into=i1", "issue i3 opened"), "fcr", until=over)


def test_without_a_help_desk_a_contact_is_its_own_issue() -> None:
    """What anna wanted is resolved at the end, after 5:30 minutes; bert gave up, so his was opened and is neither resolved nor open."""
    text = """
        09:00:00 anna offered billing/call
        09:00:30 anna answered agent_id=a1
        09:05:30 anna ended by=agent
        09:10:00 bert offered billing/call
        09:11:00 bert abandoned
    """
    expected = {"issues_opened": 2, "issues_resolved": 1, "resolution_first_mean_seconds": 330.0, "open_issues": 0}
    assert expected == figures(text, *expected)


def test_a_transferred_contact_with_an_id_of_its_own_belongs_to_the_first_one() -> None:
    """Two contacts of one chain are one issue, with two people."""
    text = """
        09:00:00 anna offered billing/call
        09:00:30 anna answered agent_id=a1
        09:05:30 anna transferred to_agent=a2
        09:05:30 anna2 answered sales/call agent_id=a2 root_contact_id=anna
        09:09:30 anna2 ended by=agent
        09:09:30 anna ended by=system
    """
    expected = {"issues_opened": 1, "issues_resolved": 1, "people_per_issue": 2.0}
    assert expected == figures(text, *expected)


def test_one_message_and_one_reply() -> None:
    """One of two took one message and one reply, the other two: one of the two that were written; automatic receipts are no replies."""
    text = """
        09:00:00 anna message customer billing/email
        09:00:01 anna message agent billing/email automatic
        09:10:00 anna message agent billing/email agent_id=a1
        09:11:00 anna ended by=agent
        09:00:00 bert message customer billing/email
        09:10:00 bert message agent billing/email agent_id=a1
        09:20:00 bert message customer billing/email
        09:30:00 bert message agent billing/email agent_id=a1
        09:31:00 bert ended by=agent
    """
    expected = {"one_reply_rate": {"numerator": 1, "denominator": 2, "ratio": 0.5}, "responses_per_issue": 1.5}
    assert expected == figures(text, *expected)


def test_complaints_are_a_scope() -> None:
    """Issues of a kind have figures of their own."""
    text = """
        09:00:00 issue i1 opened billing/email kind=complaint
        09:00:00 issue i2 opened billing/email kind=question
        09:10:00 issue i2 resolved
        09:20:00 issue i3 opened billing/email kind=complaint
        09:30:00 issue i3 resolved
    """
    centre = Centre(kept=Kept(dimensions=EVERY_KIND | {("kind",)}))
    rate = {"numerator": 1, "denominator": 2, "ratio": 0.5}
    assert {"resolution_rate": rate} == figures(text, "resolution_rate", scope="kind=complaint", centre=centre)


def test_undeclared_topics_are_one() -> None:
    """A centre that declares its topics counts all others under `other`."""
    text = """
        09:00:00 issue i1 opened billing/email tags=invoice,other-thing
        09:00:00 issue i2 opened billing/email tags=strange
    """
    expected = [
        {"topic": "other", "numerator": 2, "denominator": 2, "ratio": 1.0},
        {"topic": "invoice", "numerator": 1, "denominator": 2, "ratio": 0.5},
    ]
    assert expected == reading(text, centre=Centre(topics=("invoice",)))["topic_share"]


def test_an_issue_id_that_is_said_late_moves_the_contact() -> None:
    """Until the wrap-up anna's contact is its own issue; then it is a part of i1, and nothing of its own is left."""
    text = """
        09:00:00 issue i1 opened billing/call
        09:00:00 anna offered billing/call
        09:00:30 anna answered agent_id=a1
        09:05:30 anna ended by=agent
        09:06:00 anna wrapped_up issue_id=i1
        09:10:00 issue i1 resolved
    """
    expected = {"issues_opened": 1, "issues_resolved": 1, "minutes_per_issue": 5.5}
    assert {**expected, "minutes_per_issue": 5.5} == figures(text, *expected)


CALL = """
    {day}_09:00:00 {contact} offered billing/call customer_ref={customer} tags={topic}
    {day}_09:00:30 {contact} answered agent_id=a1
    {day}_09:05:30 {contact} ended by=agent
"""


def call(contact: str, day: str, customer: str = "c1", topic: str = "invoice") -> str:
    """A call of five minutes at nine o'clock."""
    return CALL.format(contact=contact, day=f"2026-03-{day}", customer=customer, topic=topic)


@pytest.mark.parametrize(
    ("text", "until", "expected"),
    [
        (call("anna", "02"), "2026-03-09 09:05:29", (0, 0, 1)),
        (call("anna", "02"), "2026-03-09 09:05:30", (1, 1, 0)),
        (call("anna", "02") + call("again", "05"), "2026-03-20 09:00:00", (1, 2, 0)),
        (call("anna", "02") + call("again", "12"), "2026-03-30 09:00:00", (2, 2, 0)),
        (call("anna", "02") + call("other", "05", topic="parcel"), "2026-03-20 09:00:00", (2, 2, 0)),
        (call("anna", "02") + call("bert", "05", customer="c2"), "2026-03-20 09:00:00", (2, 2, 0)),
    ],
    ids=["before seven days are over", "after them", "another call within", "another call later", "another topic", "another customer"],
)
def test_resolved_in_the_first_contact(text: str, until: str, expected: tuple[int, int, int]) -> None:
    """Of issues whose seven days are over, those with one contact, and no further one of the customer on the topic."""
    found = reading(text, until=until)["fcr"]
    assert expected == (found["numerator"], found["denominator"], found["provisional"])


def test_who_is_not_known_is_left_out_and_counted() -> None:
    """Nobody can say whether an anonymous customer called again."""
    text = call("anna", "02").replace("customer_ref=c1", "")
    expected = {"numerator": 0, "denominator": 0, "ratio": None, "provisional": 0, "anonymous": 1}
    assert expected == reading(text, until="2026-03-20 09:00:00")["fcr"]


def test_net_leaves_out_what_the_first_contact_could_not_resolve() -> None:
    """The same call with a help desk that says that its first tier could not have resolved it."""
    text = call("anna", "02").replace("tags=invoice", "issue_id=i1") + (
        "2026-03-02_09:00:01 issue i1 opened billing/call resolvable=false\n2026-03-02_09:06:00 issue i1 resolved"
    )
    found = figures(text, "fcr", "fcr_net", until="2026-03-20 09:00:00")
    assert [(1, 1), (0, 0)] == [(one["numerator"], one["denominator"]) for one in found.values()]


def test_customers_who_stay_a_month() -> None:
    """Of two customers at the start of April one leaves in it; a third one comes in April and is none of its start."""
    text = """
        2026-03-02_09:00:00 customer c1 active
        2026-03-03_09:00:00 customer c2 active
        2026-04-10_09:00:00 customer c2 inactive
        2026-04-11_09:00:00 customer c3 active
    """
    nothing = {"numerator": 0, "denominator": 0, "ratio": None}
    assert nothing == reading(f"09:00:00 anna begun billing/call\n{text}", until="2026-04-30 23:59:00")["retention"]
    assert {"numerator": 1, "denominator": 2, "ratio": 0.5} == reading(text, until="2026-05-01 00:00:00")["retention"]
    assert {"numerator": 3, "denominator": 4, "ratio": 0.75} == reading(text, until="2026-06-01 00:00:00")["retention"]


def test_a_declared_window_holds() -> None:
    """With two days instead of seven a call after three is another matter."""
    text = call("anna", "02") + call("again", "05")
    found = reading(text, centre=replace(Centre(), fcr_window=2 * 86_400_000), until="2026-03-20 09:00:00")["fcr"]
    assert (2, 2) == (found["numerator"], found["denominator"])


def test_a_contact_that_is_its_own_issue_is_kept_for_days_only() -> None:
    """Two hundred calls of one day are gone from the state of issues four days later; a help desk's issue stays to be reopened."""
    pipeline = Pipeline(Centre(), ())
    calls = "\n".join(call(f"n{number}", "02", customer=f"c{number}") for number in range(200))
    happened = sorted(events(calls + "\n2026-03-02_09:00:00 issue i1 opened\n2026-03-02_09:01:00 issue i1 resolved"), key=order)
    pipeline.events(happened)
    pipeline.events([mark(at("2026-03-02 12:00:00"))])
    pipeline.drain()
    assert 201 == issues_kept(pipeline)
    pipeline.events([mark(at("2026-03-06 12:00:00"))])
    pipeline.drain()
    assert 1 == issues_kept(pipeline)
    largest = max(len(value) for key, value in pipeline.tables["customers", 0].items() if key.startswith(STATE))
    assert largest < 400, largest


def issues_kept(pipeline: Pipeline) -> int:
    """How many issues are in the committed state."""
    return sum(key.startswith(STATE) for key in pipeline.tables["issues", 0])


def test_a_customer_who_is_to_be_forgotten_is_in_no_state_any_more() -> None:
    """Neither in a contact's history nor in an issue nor in the customer's own; what was counted stays counted."""
    pipeline = Pipeline(Centre(), (), 2)
    pipeline.events(sorted(events(call("anna", "02", customer="secret-one") + call("bert", "02", customer="other-one")), key=order))
    pipeline.drain()
    assert any(b"secret-one" in key + value for table in pipeline.tables.values() for key, value in table.items())
    pipeline.events([Event(at("2026-03-02 09:06:00"), "erasure.requested", "secret-one", "e1", {"customer_ref": "secret-one"})])
    pipeline.events([mark(at("2026-03-02 09:06:00"))])
    pipeline.drain()
    assert not any(b"secret-one" in key + value for table in pipeline.tables.values() for key, value in table.items())
    assert any(b"other-one" in key + value for table in pipeline.tables.values() for key, value in table.items())


def test_a_simulated_day_has_an_issue_for_every_chain_of_contacts() -> None:
    """With all measures kept: as many were opened as contacts are known that were offered or began, and nothing is left open."""
    centre = read_centre(Path("deploy/centre.yaml"))
    happened = sorted(simulate(centre, scale=0.05).events, key=order)
    found = replay(happened, centre, ()).of(QUEUE_READINGS)["all|all"]["measures"]
    chains = {event.data.get("root_contact_id", event.subject) for event in happened if event.type.startswith(("contact.", "message."))}
    assert len(chains) == found["issues_opened"]
    assert found["issues_resolved"] <= found["issues_opened"]
    assert found["fcr"]["provisional"] + found["fcr"]["anonymous"] <= found["issues_resolved"]
    assert 0.9 < found["resolution_rate"]["ratio"] <= 1


@pytest.mark.parametrize("number", [1, 3])
def test_retention_survives_restarts_at_any_moment(number: int) -> None:
    """Customers come and go for three months, in partitions that are made anew after every day."""
    text = """
        2026-03-02_08:00:00 anna begun billing/call
        2026-03-02_09:00:00 customer c1 active
        2026-03-03_09:00:00 customer c2 active
        2026-04-10_09:00:00 customer c2 inactive
        2026-04-11_09:00:00 customer c3 active
    """
    happened = sorted(events(text), key=order)
    pipeline = Pipeline(Centre(), (), number)
    for time in range(at("2026-03-02 00:00:00"), at("2026-06-02 00:00:00"), 86_400_000):
        pipeline.events([event for event in happened if time <= event.time < time + 86_400_000])
        pipeline.events([mark(time + 86_399_999)])
        pipeline.drain()
        pipeline.restart_all()
    pipeline.events([mark(at("2026-06-02 00:00:00"), final=True)])
    pipeline.drain()
    found = pipeline.topics[QUEUE_READINGS]["all|all"]["measures"]["retention"]
    assert {"numerator": 3, "denominator": 4, "ratio": 0.75} == found
