"""The results of rounds: a table for people and a JSON for programs."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks.faults.rounds import Case, Result

HEAD = ("fault", "rounds", "equal", "recovered: median", "longest", "records compared")


def table(cases: Sequence[Case], results: Sequence[Result]) -> str:
    """One line a fault, as Markdown."""
    rows = [HEAD, ("---", "---:", "---:", "---:", "---:", "---:")]
    for case in cases:
        mine = [result for result in results if result.name == case.name]
        times = recoveries(mine)
        rows.append(
            (
                case.about,
                str(len(mine)),
                str(sum(result.equal for result in mine)),
                f"{median(times):.1f} s" if times else "",
                f"{max(times):.1f} s" if times else "",
                f"{sum(result.records for result in mine):,}",
            )
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def recoveries(results: Sequence[Result]) -> list[float]:
    """How long each harm took until all that had been sent by then was settled."""
    return [one for result in results for one in result.recovered if one is not None]


def code(results: Sequence[Result]) -> int:
    """The exit code: 0 where live was equal to replay in every round."""
    return 0 if all(result.equal for result in results) else 1


def report(cases: Sequence[Case], results: Sequence[Result]) -> dict[str, Any]:
    """Everything, with what it was made on."""
    return {
        "machine": {"python": platform.python_version(), "system": platform.platform(), "answerable": version("answerable")},
        "faults": {case.name: case.about for case in cases},
        "equal": code(results) == 0,
        "rounds": [result.as_json() for result in results],
    }
