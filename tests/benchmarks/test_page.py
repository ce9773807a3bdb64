"""The page of results: computed, honest about what was not reached or not measured."""

from __future__ import annotations

from typing import Any

from benchmarks.page import page

BEGAN = {"command": "python -m benchmarks", "at": "2026-03-02T00:00:00+00:00", "commit": "abc", "load_before": 0.1}
PLAN = {"rounds": 2, "seconds": 60.0, "events": 100, "warm_up": 10, "partitions": 4}


def run(engine: str, number: int, speed: float, *, equal: bool | None = True) -> dict[str, Any]:
    """A run as results.json holds it."""
    return {
        "engine": engine,
        "round": number,
        "equal": equal,
        "wrong": [] if equal is not False else ["window q1: 1, expected 2"],
        "events_per_second": speed,
        "cpu_us_per_event": 10.0,
        "memory_bytes": 2**20,
        "seconds": 1.0,
        "onlooker_cpu_seconds": 0.1,
    }


def results(*runs: dict[str, Any], absent: dict[str, str] | None = None) -> dict[str, Any]:
    """Results with these runs of ours and of Kafka Streams."""
    titles = {"ours": "Ours", "streams-exactly-once": "Kafka Streams"}
    engines = {**BEGAN, "plan": PLAN, "absent": absent or {}, "versions": {}, "titles": titles, "runs": list(runs)}
    return {"machine": {"cores": 2}, "engines": engines}


def lines(found: dict[str, Any], begin: str) -> list[str]:
    """The lines of the page that begin so."""
    return [text for text in page(found).splitlines() if text.startswith(begin)]


GOAL = "| whole job, as many workers as cores / Kafka Streams `exactly_once_v2` | at least 1.5 |"


def test_a_goal_is_judged_by_the_ratio_of_medians_and_shown_round_by_round() -> None:
    """Medians 300 and 100; the rounds have 2 and 4."""
    runs = [run("ours", 1, 200), run("ours", 2, 400), run("streams-exactly-once", 1, 100), run("streams-exactly-once", 2, 100)]
    assert [f"{GOAL} 3 | 3 | reached |"] == lines(results(*runs), GOAL)


def test_what_was_not_reached_is_said() -> None:
    """It stands in bold."""
    assert [f"{GOAL} 0.5 | 0.5 | **not reached** |"] == lines(results(run("ours", 1, 50), run("streams-exactly-once", 1, 100)), GOAL)


def test_the_speed_of_a_wrong_output_does_not_count() -> None:
    """One wrong run takes the engine out, and its row says what was wrong."""
    found = results(run("ours", 1, 900, equal=False), run("streams-exactly-once", 1, 100))
    assert [f"{GOAL} not measured | | not measured |"] == lines(found, GOAL)
    assert ["| Ours | does not count | | | | | | wrong in 1 of 1: window q1: 1, expected 2 |"] == lines(found, "| Ours")


def test_an_engine_that_is_not_there_says_why() -> None:
    """The row is there all the same."""
    found = results(run("ours", 1, 900), absent={"streams-exactly-once": "no javac"})
    assert ["| Kafka Streams | | | | | | | not run: no javac |"] == lines(found, "| Kafka Streams")


def test_a_run_that_was_over_at_once_has_no_speed() -> None:
    """Nothing is divided by it."""
    assert [f"{GOAL} not measured | | not measured |"] == lines(results(run("ours", 1, 50), run("streams-exactly-once", 1, 0)), GOAL)


def test_the_short_form_reaches_nothing() -> None:
    """Its figures are shown, and judged by nobody."""
    found = results(run("ours", 1, 200), run("streams-exactly-once", 1, 100))
    found["engines"]["short"] = True
    assert [f"{GOAL} 2 | 2 | short form: does not count |"] == lines(found, GOAL)
