"""Judges: a form of standard that is judged as time goes on is one class, named here once; reports are judged in `report.py`."""

from __future__ import annotations

from typing import Final

from stream.core.declared import Standard
from stream.core.judges.clock import ClockJudge
from stream.core.judges.closing import ClosingJudge
from stream.core.judges.judge import NEVER, Judge
from stream.core.judges.level import LevelJudge
from stream.core.judges.percentage import PercentageJudge
from stream.core.judges.window import MeanJudge

JUDGES: Final[dict[str, type[Judge]]] = {"level": LevelJudge, "percentage": PercentageJudge, "mean": MeanJudge, "clock": ClockJudge}
OF_MEASURE: Final[dict[str, type[Judge]]] = {"left_at_closing": ClosingJudge}
"""Measures that are judged in a way of their own, whatever the form."""


def judge_of(standard: Standard) -> type[Judge]:
    """The class that judges a standard."""
    return OF_MEASURE.get(standard.measure) or JUDGES[standard.form]


__all__ = ["JUDGES", "NEVER", "ClockJudge", "ClosingJudge", "Judge", "LevelJudge", "MeanJudge", "PercentageJudge", "judge_of"]
