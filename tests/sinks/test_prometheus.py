"""The metrics page: what each series says, and what no page may show."""

from __future__ import annotations

import re
from cProfile import Profile

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream.core.snapshot import Histogram, ScopeSnapshot, Snapshot, StandardSnapshot
from stream.sinks.families import FAMILIES, TOTALS
from stream.sinks.figures import WorkerFigures
from stream.sinks.prometheus import Collector

BOUNDS = (20_000, 120_000)
PERSONAL = re.compile(r"contact_id|customer|agent_id|subject")


def samples(page: bytes) -> dict[str, float]:
    """Read a page back with Prometheus' own client: each sample by its name and labels."""
    return {
        sample.name + ",".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def page_of(*scopes: ScopeSnapshot, worker: WorkerFigures | None = None, by_queue: bool = False) -> bytes:
    """Render one partition with these scopes."""
    snapshot = Snapshot(partition=2, settled=917_848_967_123, scopes=list(scopes))
    return Collector(lambda: [snapshot], worker or WorkerFigures(), by_queue=by_queue).render()


def billing(
    channel: str | None = "call", *, queue: str | None = "billing", histograms: dict[str, Histogram] | None = None
) -> ScopeSnapshot:
    """Make a scope with one figure of each sort."""
    return ScopeSnapshot(
        queue,
        channel,
        totals={"offered": 7, "answered": 5, "abandoned": 1},
        histograms=histograms or {},
        waiting=1,
        oldest=917_848_900_500,
        windows={"30m": {"offered": 4, "answered": 3}},
        standards=[StandardSnapshot("calls-answered", "critical", breached=True, value=0.842, target=0.9, contacts=57, breaches=9)],
    )


def busy_worker() -> WorkerFigures:
    """Make a worker that has owned two partitions and met one bad record."""
    worker = WorkerFigures(rebalances=1, ready=True, assigned={"contact-events": 2}, lag={("contact-events", 0): 3})
    worker.watermarks["contact-events", 0] = 917_848_967_000
    topic = worker.topic("contact-events")
    topic.processed = 10
    topic.late = 1
    topic.duplicate = 2
    topic.unknown_queue = 4
    topic.unknown_agent = 5
    topic.reject("undecodable")
    topic.delay([5, 10, 11, -3])
    return worker


def test_counters_and_gauges_of_a_queue_and_channel_are_shown() -> None:
    """Totals come as counters made at 0, waiting and windows as gauges, the oldest wait as a time in seconds."""
    found = samples(page_of(billing()))
    scope = " channel=call, queue=billing"
    expected = {f"{family.name}{scope}": 0.0 for family in TOTALS.values()} | {
        f"cc_contacts_offered_total{scope}": 7.0,
        f"cc_contacts_answered_total{scope}": 5.0,
        f"cc_contacts_abandoned_total{scope}": 1.0,
        f"cc_contacts_waiting{scope}": 1.0,
        f"cc_oldest_waiting_timestamp_seconds{scope}": 917_848_900.5,
        f"cc_window_contacts{scope.replace(' queue', ' outcome=offered, queue')}, window=30m": 4.0,
        f"cc_window_contacts{scope.replace(' queue', ' outcome=answered, queue')}, window=30m": 3.0,
    }
    assert expected == {name: value for name, value in found.items() if name.startswith(("cc_contacts", "cc_corr", "cc_old", "cc_window"))}


def test_each_scope_with_standards_says_how_far_it_is_judged() -> None:
    """So that what is stuck mutes its own alerts; of teams with their label, and of what nobody judges nothing is said."""
    team = ScopeSnapshot(
        None, None, also=(("team", "north"),), standards=[StandardSnapshot("length", "critical", breached=False, value=None, target=None)]
    )
    found = samples(page_of(billing(), billing("chat"), team, ScopeSnapshot("sales", "call"), ScopeSnapshot("sales", None)))
    name = "cc_scope_settled_timestamp_seconds"
    scopes = (" channel=call, queue=billing", " channel=chat, queue=billing", " team=north")
    assert {f"{name}{scope}": 917_848_967.123 for scope in scopes} == {key: value for key, value in found.items() if key.startswith(name)}


@pytest.mark.parametrize(
    ("expected", "came", "shown"), [(True, None, [0.0]), (True, 60_000, [60.0]), (False, None, []), (False, 60_000, [60.0])]
)
def test_a_synthetic_contact_that_is_expected_is_missed_from_the_start(expected: bool, came: int | None, shown: list[float]) -> None:  # noqa: FBT001 - pytest passes by name
    """Where one is expected the page says 0 until the first came; elsewhere it says nothing before."""
    snapshot = Snapshot(partition=0, settled=None, scopes=[], canary=came)
    page = Collector(lambda: [snapshot], WorkerFigures(canary=expected)).render()
    assert shown == [value for name, value in samples(page).items() if name.startswith("cc_canary")]


def test_each_contact_is_in_exactly_one_series_of_a_metric() -> None:
    """Wider scopes show their standards only, so that a sum over all series of a counter counts no contact twice."""
    found = samples(page_of(billing(), billing(None), billing("call", queue=None), billing(None, queue=None)))
    assert [7.0] == [value for name, value in found.items() if name.startswith("cc_contacts_offered_total")]
    expected = {
        "cc_standard_breached channel=call, queue=billing, severity=critical, standard=calls-answered": 1.0,
        "cc_standard_breached queue=billing, severity=critical, standard=calls-answered": 1.0,
        "cc_standard_breached channel=call, severity=critical, standard=calls-answered": 1.0,
        "cc_standard_breached severity=critical, standard=calls-answered": 1.0,
    }
    assert expected == {name: value for name, value in found.items() if name.startswith("cc_standard_breached")}


def test_a_standard_shows_reading_target_and_counters() -> None:
    """The exact verdict comes as a gauge, its figure and its target beside it, both parts of its ratio as counters."""
    found = samples(page_of(billing()))
    labels = " channel=call, queue=billing, standard=calls-answered"
    expected = {
        f"cc_standard_reading{labels}": 0.842,
        f"cc_standard_target{labels}": 0.9,
        f"cc_standard_contacts_total{labels}": 57.0,
        f"cc_standard_breaches_total{labels}": 9.0,
    }
    names = ("cc_standard_reading", "cc_standard_target", "cc_standard_contacts", "cc_standard_breaches")
    assert expected == {name: value for name, value in found.items() if name.startswith(names)}


def test_a_level_without_data_shows_no_reading_and_no_contact_counters() -> None:
    """A level counts time, not contacts; without data it has no reading, which is not 0."""
    level = StandardSnapshot("queue-length", "warning", breached=False, value=None, target=15.0, judged_ms=90_000, breached_ms=1_500)
    found = samples(page_of(ScopeSnapshot("billing", None, standards=[level])))
    expected = {
        "cc_standard_breached queue=billing, severity=warning, standard=queue-length": 0.0,
        "cc_standard_target queue=billing, standard=queue-length": 15.0,
        "cc_standard_seconds_total queue=billing, standard=queue-length": 90.0,
        "cc_standard_breach_seconds_total queue=billing, standard=queue-length": 1.5,
    }
    assert expected == {name: value for name, value in found.items() if name.startswith("cc_standard")}


def test_histograms_are_cumulated_with_float_bounds_in_seconds() -> None:
    """Bounds are written as floats, buckets are cumulated, the sum is in seconds: by channel, once for all its queues."""
    histograms: dict[str, Histogram] = {"answer_wait": (BOUNDS, [3, 1, 1], 145_500)}
    by_channel = page_of(billing(histograms=histograms), billing(queue=None, histograms=histograms))
    expected = [
        "# HELP cc_answer_wait_seconds Wait of the contacts that were answered.",
        "# TYPE cc_answer_wait_seconds histogram",
        'cc_answer_wait_seconds_bucket{channel="call",le="20.0"} 3',
        'cc_answer_wait_seconds_bucket{channel="call",le="120.0"} 4',
        'cc_answer_wait_seconds_bucket{channel="call",le="+Inf"} 5',
        'cc_answer_wait_seconds_sum{channel="call"} 145.5',
        'cc_answer_wait_seconds_count{channel="call"} 5',
    ]
    assert expected == [row for row in by_channel.decode().splitlines() if "answer_wait" in row]
    by_queue = page_of(billing(histograms=histograms), billing(queue=None, histograms=histograms), by_queue=True)
    assert 'cc_answer_wait_seconds_count{queue="billing",channel="call"} 5' in by_queue.decode().splitlines()
    assert 'cc_answer_wait_seconds_count{channel="call"} 5' not in by_queue.decode().splitlines()


def test_replies_are_counted_and_not_timed() -> None:
    """A snapshot holds thousandths: three contacts with one reply at most, one with more, five replies together."""
    found = samples(page_of(billing(queue=None, histograms={"replies": ((0, 1_000), [1, 2, 1], 5_000)})))
    expected = {"bucket channel=call, le=0.0": 1.0, "bucket channel=call, le=1.0": 3.0, "bucket channel=call, le=+Inf": 4.0}
    expected |= {"sum channel=call": 5.0, "count channel=call": 4.0}
    assert {f"cc_contact_replies_{name}": value for name, value in expected.items()} == {
        name: value for name, value in found.items() if "replies" in name
    }


def test_who_is_beyond_a_limit_is_overdue_under_that_limit() -> None:
    """A share has no contacts that are overdue, its limits have; a clock has its own beside those of its limits."""
    kept = StandardSnapshot("calls", "critical", breached=False, value=0.95, target=0.9, contacts=40, breaches=2)
    clock = StandardSnapshot("mail", "critical", breached=True, value=5, target=1, overdue=5, at_risk=0)
    late, worse = (
        StandardSnapshot(name, "critical", breached=True, value=many, target=1, overdue=many, at_risk=0, overdue_since=many, limit=limit)
        for name, many, limit in (("calls", 3, "late"), ("mail", 1, "unacceptable"))
    )
    found = samples(page_of(ScopeSnapshot("billing", "call", standards=[kept, late, clock, worse])))
    assert {
        "cc_contacts_overdue channel=call, limit=late, queue=billing, standard=calls": 3.0,
        "cc_contacts_overdue channel=call, queue=billing, standard=mail": 5.0,
        "cc_contacts_overdue channel=call, limit=unacceptable, queue=billing, standard=mail": 1.0,
    } == {name: value for name, value in found.items() if name.startswith("cc_contacts_overdue")}
    assert 0.95 == found["cc_standard_reading channel=call, queue=billing, standard=calls"]


def test_clocks_that_run_out_are_shown_by_standard_and_the_threshold_by_queue() -> None:
    """Of a clock, who is at risk and who is overdue, 0 included; of the drop-out threshold nothing where there is none."""
    clock = StandardSnapshot("mail", "warning", breached=True, value=1, target=1, contacts=9, breaches=2, overdue=1, at_risk=0)
    found = samples(page_of(ScopeSnapshot("billing", "call", dropout=45.0, standards=[clock]), billing("chat")))
    assert {
        "cc_contacts_at_risk channel=call, queue=billing, standard=mail": 0.0,
        "cc_contacts_overdue channel=call, queue=billing, standard=mail": 1.0,
        "cc_dropout_threshold_seconds channel=call, queue=billing": 45.0,
    } == {name: value for name, value in found.items() if name.startswith(("cc_contacts_at_risk", "cc_contacts_overdue", "cc_dropout"))}


def test_agents_are_shown_by_state_and_only_where_they_are_known() -> None:
    """Known staffing shows every state, 0 included; unknown staffing shows nothing."""
    known = ScopeSnapshot("billing", None, waiting=4, agents={"available": 1, "on_contact": 1}, staffed=2)
    unknown = ScopeSnapshot("support", None, waiting=4)
    found = samples(page_of(known, unknown))
    expected = {f"cc_agents queue=billing, state={state}": 0.0 for state in ("offline", "reserved", "wrap_up", "paused")} | {
        "cc_agents queue=billing, state=available": 1.0,
        "cc_agents queue=billing, state=on_contact": 1.0,
        "cc_waiting_per_agent queue=billing": 2.0,
    }
    assert expected == {name: value for name, value in found.items() if name.startswith(("cc_agents", "cc_waiting_per"))}


def test_infinity_is_written_as_prometheus_reads_it() -> None:
    """+Inf is the word of the text format."""
    page = page_of(ScopeSnapshot("billing", None, waiting=3, agents={}, staffed=0))
    assert 'cc_waiting_per_agent{queue="billing"} +Inf' in page.decode().splitlines()


def test_the_worker_shows_its_own_figures() -> None:
    """Events: processed, late, duplicate, rejected, of unknown queues and agents; delay, watermarks, lag, partitions, rebalances, ready."""
    found = samples(page_of(worker=busy_worker()))
    reasons = ("unknown_type", "missing_field", "bad_value", "future", "fold_failed")
    expected = {f"cc_events_rejected_total reason={reason}, topic=contact-events": 0.0 for reason in reasons} | {
        "cc_events_rejected_total reason=undecodable, topic=contact-events": 1.0,
        "cc_events_processed_total topic=contact-events": 10.0,
        "cc_events_late_total topic=contact-events": 1.0,
        "cc_events_duplicate_total topic=contact-events": 2.0,
        "cc_events_unknown_queue_total topic=contact-events": 4.0,
        "cc_events_unknown_agent_total topic=contact-events": 5.0,
        "cc_event_time_watermark_timestamp_seconds partition=0, topic=contact-events": 917_848_967.0,
        "cc_event_time_watermark_timestamp_seconds partition=2, topic=scope-facts": 917_848_967.123,
        "cc_consumer_lag_messages partition=0, topic=contact-events": 3.0,
        "cc_partitions_assigned topic=contact-events": 2.0,
        "cc_rebalances_total": 1.0,
        "cc_worker_ready": 1.0,
        "cc_build_info": 1.0,
        "cc_event_delay_seconds_count topic=contact-events": 4.0,
        "cc_event_delay_seconds_sum topic=contact-events": 0.026,
        "cc_event_delay_seconds_bucket le=0.01, topic=contact-events": 3.0,
    }
    found = {name.split(" version")[0]: value for name, value in found.items()}
    assert expected == {name: found.get(name) for name in expected}


def test_a_revoked_partition_takes_its_series_along() -> None:
    """The page is made from what is owned at the scrape: without the partition there is no series, and nothing stale."""
    owned = [Snapshot(0, None, [billing()])]
    collector = Collector(lambda: owned, WorkerFigures())
    assert b"cc_contacts_waiting{" in collector.render()
    owned.clear()
    assert b"cc_contacts_" not in collector.render()


def test_label_values_are_escaped() -> None:
    """A queue's name is its owner's: quotes and backslashes in it must not break the page."""
    name = 'the "old" queue\\new'
    found = list(text_string_to_metric_families(page_of(billing(queue=name)).decode()))
    queues = {sample.labels["queue"] for family in found for sample in family.samples if "queue" in sample.labels}
    assert {name} == queues


def test_no_series_carries_a_contact_or_a_customer() -> None:
    """Label names are a closed list, and none of them names a person or a contact."""
    allowed = {label for family in FAMILIES for label in family.labels} | {"le"}
    page = page_of(billing(), billing(None), worker=busy_worker()).decode()
    found = {label for family in text_string_to_metric_families(page) for sample in family.samples for label in sample.labels}
    assert found <= allowed
    assert [] == [label for label in allowed if PERSONAL.search(label)]


def test_there_are_no_created_series_and_no_timestamps() -> None:
    """Both switch off what Prometheus does by itself: counter resets by value, and staleness."""
    page = page_of(billing(), worker=busy_worker()).decode()
    assert "_created" not in page
    assert {2} == {len(row.rsplit("}", 1)[-1].split()) + (1 if "}" in row else 0) for row in page.splitlines() if not row.startswith("#")}


def test_a_large_page_is_made_in_so_many_steps() -> None:
    """Its work grows with its series, not with their square: twice the queues make at most about twice the calls of functions."""

    def calls(queues: int) -> int:
        # Names of their own, because the texts of labels are remembered.
        names = [f"queue-{queues}-{number}" for number in range(queues)]
        scopes = [billing(channel, queue=name) for name in names for channel in ("call", "chat", "email", "social")]
        collector = Collector(lambda: [Snapshot(0, 0, scopes)], WorkerFigures())
        profile = Profile()
        assert profile.runcall(collector.render).count(b"\n") > 80 * queues
        return sum(entry.callcount for entry in profile.getstats())

    calls(1)
    assert calls(250) < 2.2 * calls(125)
