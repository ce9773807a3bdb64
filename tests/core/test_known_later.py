"""What becomes known only later of a contact or an issue, and what nobody remembers any more: worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stream.core.centre import Centre, Retention
from stream.core.events import order
from tests.core.histories import mark
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, events, reading

CENTRE = Centre(groups=("vip",))
DAY = 86_400_000


def figures(story: str, *names: str, **options: Any) -> dict[str, Any]:
    """Some of the figures of everything."""
    found = reading(story, centre=options.pop("centre", CENTRE), **options)
    return {name: found[name] for name in names}


@pytest.mark.parametrize("when", ["answered agent_id=p1", "ended by=agent", "wrapped_up acw_ms=60000"])
def test_a_caller_who_is_named_by_any_later_event_called_twice(when: str) -> None:
    """Who calls on Monday and again on Wednesday is known only later: one of two calls resolved it, and neither is anonymous."""
    calls = "\n".join(
        f"2026-03-{day}T09:00:00 {contact} offered billing/call tags=invoice\n"
        f"2026-03-{day}T09:01:00 {contact} answered agent_id=p1\n"
        f"2026-03-{day}T09:04:00 {contact} ended by=agent\n"
        f"2026-03-{day}T09:05:00 {contact} wrapped_up acw_ms=60000"
        for day, contact in (("02", "a"), ("04", "b"))
    )
    story = calls.replace(when, f"{when} customer_ref=c1")
    assert {"fcr": {"numerator": 1, "denominator": 2, "ratio": 0.5, "provisional": 0, "anonymous": 0}} == figures(
        story, "fcr", until="2026-03-12 00:00:00"
    )


def test_a_group_that_is_named_at_the_wrap_up_doubles_no_minutes() -> None:
    """One minute of talk, one and a half after a transfer, one of wrap-up: 3.5 minutes of one issue, and the group has the same."""
    story = """
        09:00:00 a offered billing/call
        09:01:00 a answered agent_id=p1
        09:02:00 a transferred kind=blind to_agent=p2
        09:02:30 a answered agent_id=p2
        09:04:00 a ended by=agent
        09:05:00 a wrapped_up acw_ms=60000 {}
    """
    names = ("minutes_per_issue", "resolution_first_mean_seconds", "issues_resolved", "issues_reopened")
    expected = figures(story.format(""), *names)
    assert {"minutes_per_issue": 3.5, "resolution_first_mean_seconds": 240.0, "issues_resolved": 1, "issues_reopened": 0} == expected
    assert expected == figures(story.format("groups=vip"), *names)
    assert expected == figures(story.format("groups=vip"), *names, scope="group=vip")


def test_a_contact_that_is_over_at_once_is_resolved() -> None:
    """A log that knows seconds says that a call came, was answered and ended in the same one: that is an issue, and it was resolved."""
    story = "09:00:00 a offered billing/call\n09:00:00 a answered agent_id=p1\n09:00:00 a ended by=agent"
    assert {"issues_opened": 1, "issues_resolved": 1, "issues_reopened": 0} == figures(
        story, "issues_opened", "issues_resolved", "issues_reopened"
    )


def test_what_is_merged_into_a_forgotten_issue_goes_on_as_a_new_one() -> None:
    """The first issue is resolved in March and forgotten ten days later. In April another one is merged into it.

    Nobody knows any more what the first one was: it stays counted as it was. The contact of the other one goes on under its id as a
    matter of its own, which is resolved with it: two issues, as if the merge had been into one that nobody had ever heard of.
    """
    story = """
        2026-03-02T09:00:00 issue i1 opened service/email
        2026-03-02T10:00:00 issue i1 resolved
        2026-04-02T09:00:00 a offered service/call issue_id=i2
        2026-04-02T09:00:30 a answered agent_id=p1
        2026-04-02T09:05:00 a ended by=agent
        2026-04-02T09:00:00 issue i2 opened service/call
        2026-04-02T09:10:00 issue i2 merged into=i1
    """
    names = ("issues_opened", "issues_resolved", "issues_merged", "minutes_per_issue")
    remembered = {"issues_opened": 1, "issues_resolved": 1, "issues_merged": 1, "minutes_per_issue": 4.5}
    assert remembered == figures(story, *names, until="2026-04-03 00:00:00")

    pipeline = Pipeline(replace(CENTRE, retention=Retention(issues=10 * DAY)), ())
    for event in sorted(events(story), key=order):
        pipeline.events([mark(event.time - 1), event])
        pipeline.drain()
    pipeline.events([mark(at("2026-04-03 00:00:00"), final=True)])
    pipeline.drain()
    found = pipeline.figures()["readings"]["all|all"]["measures"]
    assert {**remembered, "issues_opened": 2, "issues_resolved": 2, "minutes_per_issue": 4.5 / 2} == {name: found[name] for name in names}
