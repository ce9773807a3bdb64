"""The drop-out threshold: Kaplan and Meier by hand, against a naive estimate of single waits, and over days that come and go."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.centre import Centre, Queue
from stream.core.distributions import FINE
from stream.core.events import Event
from stream.core.stage import QUEUE_READINGS
from stream.core.survival import drop_out
from stream.core.wanted import Kept
from stream.core.windows import Calendar, Cell, merged
from stream.replay.driver import replay
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, events, told

SCOPE = "channel=call,queue=billing"


def test_an_example_by_hand() -> None:
    """Ten wait. One gives up at 10 s (9/10 stay), four are answered at 20 s, one gives up at 30 s (4/5 of them), four are answered later.

    0.9 * 0.8 = 0.72: 10 % are lost at 10 s, 28 % at 30 s, and more never.
    """
    bounds, abandoned, answered = (10, 20, 30, 40), (1, 0, 1, 0, 0), (0, 4, 0, 4, 0)
    assert [10, 30, 30, None] == [drop_out(abandoned, answered, bounds, lost) for lost in (0.1, 0.11, 0.28, 0.29)]


def test_who_gives_up_goes_before_who_is_answered_in_the_same_bucket() -> None:
    """One of four gives up: 25 %, and not one of one."""
    assert [10, None] == [drop_out((1, 0), (3, 0), (10,), lost) for lost in (0.25, 0.26)]


def test_what_is_beyond_the_last_bound_is_no_threshold() -> None:
    """They gave up, but nobody knows when."""
    assert None is drop_out((0, 5), (0, 0), (10,), 0.1)


def naive(abandoned: list[int], answered: list[int], lost: float) -> int | None:
    """Kaplan and Meier over single waits, one after the other, with whole shares of the customers of each moment."""
    staying = 1.0
    for moment in sorted(set(abandoned)):
        at_risk = sum(wait >= moment for wait in abandoned + answered)
        staying *= (at_risk - abandoned.count(moment)) / at_risk
        if 1 - staying >= lost - 1e-9:
            return moment
    return None


WAITS = st.lists(st.integers(0, 3_600_000) | st.integers(0, 130).map(lambda seconds: seconds * 1_000), max_size=60)


@given(WAITS, WAITS, st.floats(0.01, 0.99))
def test_the_threshold_is_that_of_single_waits_rounded_up(abandoned: list[int], answered: list[int], lost: float) -> None:
    """On the bounds it is exact: as if every wait had lasted until the bound above it."""
    rounded = [[FINE[bisect_left(FINE, wait)] for wait in waits] for waits in (abandoned, answered)]
    counts = [[waits.count(bound) for bound in (*FINE, -1)] for waits in rounded]
    assert naive(rounded[0], rounded[1], lost) == drop_out(counts[0], counts[1], FINE, lost)


def days(first: int, last: int, abandons: int, wait: int, name: str = "") -> str:
    """So many abandons a day after so many seconds, and as many answers at once, on days of March."""
    lines = []
    for day in range(first, last + 1):
        for number in range(abandons):
            for who, when, what in (("b", f"09:{wait // 60:02}:{wait % 60:02}", "abandoned"), ("a", "09:00:00", "answered")):
                lines.append(f"2026-03-{day:02}T09:00:00 {name}{who}{day}-{number} offered billing/call")
                lines.append(f"2026-03-{day:02}T{when} {name}{who}{day}-{number} {what}")
    return "\n".join(lines)


def threshold(story: str, until: str, scope: str = SCOPE, centre: Centre | None = None) -> dict[str, float | None] | None:
    """What the reading of 28 closed days says of a scope; None where there is none."""
    figures = replay(sorted(events(story), key=lambda event: event.time), Centre() if centre is None else centre, (), until=at(until))
    found = figures.of(QUEUE_READINGS).get(f"{scope}|28d")
    return None if found is None else found["measures"]["dropout_threshold"]


def test_twenty_eight_closed_days_are_put_together() -> None:
    """On 2 to 4 March 40 a day give up after 45 s; today's do not count yet. Half of all give up, so 10 % are lost at 45 s."""
    story = days(2, 4, 40, 45) + "\n" + days(5, 5, 40, 5)
    assert None is threshold(story, "2026-03-02 23:00:00")
    assert {"threshold_seconds": None, "abandons": 80, "answered": 80, "p90_wait_seconds": None, "ratio": None} == threshold(
        story, "2026-03-04 12:00:00"
    )
    found = {"threshold_seconds": 45.0, "abandons": 120, "answered": 120, "p90_wait_seconds": 45.0, "ratio": 1.0}
    assert found == threshold(story, "2026-03-05 12:00:00")
    assert 45.0 == told(story, SCOPE, "28d", until="2026-03-05 12:00:00")["wait_p90_seconds"]


def test_waits_of_hours_are_worse_than_any_other() -> None:
    """A hundred give up after a minute, a hundred are answered after two hours: 120 times as long, and not unknown."""
    kinds = (("g", "09:01:00", "abandoned"), ("a", "11:00:00", "answered"))
    story = "\n".join(
        f"09:00:00 {who}{number} offered billing/call\n{when} {who}{number} {what}" for who, when, what in kinds for number in range(100)
    )
    found = {"threshold_seconds": 60.0, "abandons": 100, "answered": 100, "p90_wait_seconds": 7200.0, "ratio": 120.0}
    assert found == threshold(story, "2026-03-03 12:00:00")
    assert 7200.0 == told(story, SCOPE, "28d", until="2026-03-03 12:00:00")["wait_p90_seconds"]
    alone = Centre(kept=Kept(measures=("dropout_threshold",)))
    assert found == threshold(story, "2026-03-03 12:00:00", centre=alone)


def test_days_leave_after_twenty_eight() -> None:
    """What was on 2 March is in the days before 30 March, and not in those before 31 March."""
    story = days(2, 2, 100, 45)
    assert [100, None] == [
        found and found["abandons"] for found in (threshold(story, until) for until in ("2026-03-30 12:00:00", "2026-03-31 12:00:00"))
    ]


def test_only_where_customers_wait_to_be_connected() -> None:
    """A queue of calls and mails has a threshold for its calls, one of calls alone has it too, and mail has none."""
    story = days(2, 2, 100, 45) + "\n2026-03-02T10:00:00 m message customer billing/email\n2026-03-02T10:00:30 m message agent"
    mixed = Centre(queues={"billing": Queue("billing", ("call", "email"))})
    calls = Centre(queues={"billing": Queue("billing", ("call", "chat"))})
    found = {
        (name, scope): (threshold(story, "2026-03-03 12:00:00", scope, centre) or {}).get("threshold_seconds")
        for name, centre in (("mixed", mixed), ("calls", calls))
        for scope in (SCOPE, "queue=billing", "channel=email")
    }
    assert {("mixed", SCOPE): 45.0, ("calls", SCOPE): 45.0, ("calls", "queue=billing"): 45.0} == {
        key: value for key, value in found.items() if value is not None
    }


def test_the_share_that_is_lost_is_the_centres() -> None:
    """Of those who were not answered at once half give up at 10 s and the others at 45 s: more than half are lost at 45 s."""
    story = days(2, 2, 100, 10) + "\n" + days(2, 2, 100, 45, "late")
    found = [threshold(story, "2026-03-03 12:00:00", centre=Centre(dropout_share=lost)) for lost in (0.1, 0.5, 0.51)]
    assert [10.0, 10.0, 45.0] == [one and one["threshold_seconds"] for one in found]


def test_who_does_not_keep_the_window_counts_nothing_finely() -> None:
    """What nobody asks for costs nothing: no such bucket is in any day."""
    kept = Centre(kept=Kept(windows=frozenset({"day"})))
    figures = replay(events(days(2, 2, 3, 45)), kept, (), until=at("2026-03-03 12:00:00"))
    assert {"all", "day"} == {key.split("|")[1] for key in figures.of(QUEUE_READINGS) if not key.startswith("!")}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_days_before_are_days_of_the_calendar(zone: str) -> None:
    """Over the change of the clocks, too: each begins at local midnight."""
    calendar = Calendar(ZoneInfo(zone))
    begin = calendar.day(int(datetime(2026, 4, 10, 12, tzinfo=UTC).timestamp() * 1000))[0]
    for days_ago in range(40):
        local = datetime.fromtimestamp(calendar.days_before(begin, days_ago) / 1000, UTC).astimezone(ZoneInfo(zone))
        assert (datetime(2026, 4, 10) - timedelta(days=days_ago)) == local.replace(tzinfo=None)  # noqa: DTZ001 - local days


def test_merged_cells_add_and_keep_the_largest() -> None:
    """Numbers add, maxima do not."""
    one, other = Cell(0, 1), Cell(1, 2)
    one.n |= {"answered": 2}
    other.n |= {"answered": 3, "lost": 1}
    one.top, other.top = {"waiting^": 4}, {"waiting^": 3, "answered^": 9}
    both = merged([one, other], 0, 2, "28d")
    assert ({"answered": 5, "lost": 1}, {"waiting^": 4, "answered^": 9}, 0, 2, "28d") == (
        dict(both.n),
        both.top,
        both.start,
        both.end,
        both.name,
    )


def test_a_late_outcome_is_told_in_the_days_again() -> None:
    """The reading of 28 days comes when a day closes, and again when a closed day changes; not with every reading."""
    pipeline = Pipeline(Centre(), (), played=False)

    def told_at(now: str, *happened: Event) -> list[int]:
        pipeline.topics[QUEUE_READINGS] = {}
        pipeline.events(happened)
        pipeline.drain()
        for name, partition in pipeline.stages:
            pipeline.tick(name, partition, at(now))
        pipeline.drain()
        pipeline.tick("scopes", 0, at(now))
        return [r["measures"]["dropout_threshold"]["answered"] for k, r in pipeline.topics[QUEUE_READINGS].items() if k == f"{SCOPE}|28d"]

    first, second = events("09:00:00 a offered billing/call\n09:00:09 a answered"), events("23:59:00 b offered billing/call")
    answer = events("2026-03-03T00:00:30 b answered\n")
    assert [] == told_at("2026-03-02 12:00:00", *first)
    assert [] == told_at("2026-03-02 23:59:30", *second)
    assert [1] == told_at("2026-03-03 00:00:10", *events("2026-03-03T00:00:05 c begun billing/call"))
    assert [2] == told_at("2026-03-03 00:00:40", *answer)
    assert [] == told_at("2026-03-03 00:10:00", *events("2026-03-03T00:09:00 d begun billing/call"))
