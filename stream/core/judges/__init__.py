"""Judges: a form of standard is one class, named here once."""

from __future__ import annotations

from typing import Final

from stream.core.judges.clock import ClockJudge
from stream.core.judges.judge import NEVER, Judge
from stream.core.judges.level import LevelJudge
from stream.core.judges.percentage import PercentageJudge
from stream.core.judges.window import MeanJudge

JUDGES: Final[dict[str, type[Judge]]] = {"level": LevelJudge, "percentage": PercentageJudge, "mean": MeanJudge, "clock": ClockJudge}

__all__ = ["JUDGES", "NEVER", "ClockJudge", "Judge", "LevelJudge", "MeanJudge", "PercentageJudge"]
