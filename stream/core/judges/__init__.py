"""Judges: a form of standard that is judged as time goes on is one class, named here once; reports are judged in `report.py`."""

from __future__ import annotations

from typing import Final

from stream.core.judges.clock import ClockJudge
from stream.core.judges.judge import NEVER, Judge
from stream.core.judges.level import LevelJudge
from stream.core.judges.percentage import PercentageJudge
from stream.core.judges.window import MeanJudge

JUDGES: Final[dict[str, type[Judge]]] = {"level": LevelJudge, "percentage": PercentageJudge, "mean": MeanJudge, "clock": ClockJudge}

__all__ = ["JUDGES", "NEVER", "ClockJudge", "Judge", "LevelJudge", "MeanJudge", "PercentageJudge"]
