"""What is said of the rounds."""

from __future__ import annotations

from benchmarks.faults.rounds import CASES, Result
from benchmarks.faults.table import code, report, table

KILL = next(case for case in CASES if case.name == "kill")
EQUAL = Result("kill", 1, "1/kill/1", records=300, recovered=[2.0, 4.0], seconds=31.0)
DIFFERENT = Result("kill", 2, "1/kill/2", records=300, recovered=[9.0, None], differences=["offered is 1 live and 2 in replay"])


def test_a_line_a_fault() -> None:
    """How many rounds, how many were equal, how long recoveries took, and how much was compared."""
    assert f"| {KILL.about} | 2 | 1 | 4.0 s | 9.0 s | 600 |" == table([KILL], [EQUAL, DIFFERENT]).splitlines()[-1]


def test_one_round_that_differs_fails_them_all() -> None:
    """The exit code and the report say so."""
    assert [(0, True), (1, False)] == [(code(results), report([KILL], results)["equal"]) for results in ([EQUAL], [EQUAL, DIFFERENT])]


def test_a_round_can_be_repeated_from_the_report() -> None:
    """Its seed stands there, with what differed."""
    assert {
        "fault": "kill",
        "round": 2,
        "seed": "1/kill/2",
        "equal": False,
        "records": 300,
        "recovered_s": [9.0, None],
        "seconds": 0.0,
        "differences": ["offered is 1 live and 2 in replay"],
    } == report([KILL], [EQUAL, DIFFERENT])["rounds"][1]
