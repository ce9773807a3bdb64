"""What is known of a day weeks later: live workers keep the day for it, as replay does."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import order
from stream.core.stage import STANDARD_BREACHES
from stream.core.wanted import Kept
from stream.replay.driver import replay
from tests.core.histories import mark
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, events

DAYS_ONLY = Centre(kept=Kept(windows=frozenset({"day"})))
"""A centre that does not put the last 28 days together, so it needs no day for that."""
OF_ALL = ("staffed", "records", "offered", "max_waiting", "closed")
FEW_MEASURES = Centre(kept=Kept(measures=("fcr", *OF_ALL), windows=frozenset({"day"})))
FIRST_CONTACT = Standard(
    name="first-contact", title="", form="ratio", measure="fcr", per=(), op=">=", limit=0.9, calendar="day", unit="share", cadence="report"
)


def solved_after(days: int) -> str:
    """A matter of one contact, which is resolved after so many days, and what is known a week later."""
    return f"""
        09:00:00 issue i1 opened billing/email customer_ref=c1
        09:00:00 k1 message customer billing/email issue_id=i1 customer_ref=c1
        09:30:00 k1 message agent
        2026-03-{2 + days:02}T08:00:00 issue i1 resolved
    """


def live(story: str, centre: Centre, until: str, standards: tuple[Standard, ...] = ()) -> dict[str, Any]:
    """What a worker says to whom the time comes day by day."""
    pipeline = Pipeline(centre, standards)
    waiting = sorted(events(story), key=order)
    for time in range(at("10:00:00"), at(until) + 1, 3_600_000 * 6):
        pipeline.events([*(one for one in waiting if one.time <= time), mark(time, final=time + 3_600_000 * 6 > at(until))])
        waiting = [one for one in waiting if one.time > time]
        pipeline.drain()
    return pipeline.figures()


def monday(intervals: dict[str, Any]) -> Any:
    """First contact resolution of the issues that were opened on Monday."""
    (found,) = [record["measures"]["fcr"] for key, record in intervals.items() if key.startswith("all|day|2026-03-02")]
    return found


@pytest.mark.parametrize("days", [1, 8, 20])
@pytest.mark.parametrize("centre", [DAYS_ONLY, FEW_MEASURES], ids=["all", "fcr"])
def test_first_contacts_of_a_day_are_known_however_long_solving_took(days: int, centre: Centre) -> None:
    """A week after the resolution, in the day on which the issue was opened."""
    until = "2026-04-10 10:00:00"
    expected = replay(sorted(events(solved_after(days)), key=order), centre, (), until=at(until)).of("queue-intervals")
    assert {"numerator": 1, "denominator": 1, "ratio": 1.0, "provisional": 0, "anonymous": 0} == monday(expected)
    assert monday(expected) == monday(live(solved_after(days), centre, until)["intervals"])


def test_a_day_is_judged_again_when_its_first_contacts_are_known() -> None:
    """Resolved twelve days after they were opened, after a second contact each: another week later Monday's promise is broken."""
    story = solved_after(12) + solved_after(12).replace("k1", "k2").replace("i1", "i2").replace("c1", "c2")
    for number in "12":
        story += f"        2026-03-04T09:00:00 n{number} offered billing/email issue_id=i{number} customer_ref=c{number}\n"
    until = "2026-03-25 10:00:00"
    expected = replay(sorted(events(story), key=order), DAYS_ONLY, (FIRST_CONTACT,), until=at(until)).of(STANDARD_BREACHES)
    (broken,) = expected.values()
    assert (0.0, "2026-03-02T00:00:00.000Z") == (broken["value"], broken["started_at"])
    assert expected.keys() == live(story, DAYS_ONLY, until, (FIRST_CONTACT,))["breaches"].keys()
