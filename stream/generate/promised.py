"""Colours and lists of the Grafana dashboards, from standards.yaml: a threshold is written there and nowhere else.

The dashboards are made in tools/dashboards; this is here because `answerable standards generate --check` has to know of what limits they
are, without the library that makes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from stream.core.declared import BOUNDS, Standard
from stream.generate.wording import AT_MOST

Step: TypeAlias = tuple[float | None, str]
"""(from this value on, colour); the first has None."""
COLOURS: Final = {"critical": "red", "warning": "orange", "info": "yellow"}
NONE: Final = "none-is-declared"
"""In a matcher of names: nothing fulfils it."""
HAIR: Final = 1e-6
"""Grafana colours from a threshold on, and "at most N" is kept at N: broken it is a hair above. Less than any figure differs by."""


@dataclass(frozen=True, slots=True)
class Promised:
    """The declared standards."""

    standards: Sequence[Standard]

    def at_most(self, measure: str, *, whole: bool = False) -> tuple[Step, ...]:
        """Colours of a figure that should be low: each limit of the levels on it. whole: it is a count, broken from the next one on."""
        return _low(
            (one.limit if one.op == "<" else math.floor(one.limit) + 1 if whole else _above(one.limit), one.severity)
            for one in self.standards
            if (one.form, one.measure, one.op[0], one.bound) == ("level", measure, "<", BOUNDS[0])
        )

    def attained(self, measure: str) -> tuple[Step, ...]:
        """Colours of a share that should be high: red below the lowest objective on the measure, green from the highest on."""
        # A share is 1 less a quotient: what is kept exactly may come out as less by the last digit.
        found = sorted({round(one.objective - HAIR, 9) for one in self.percentages(at_most=False) if one.measure == measure})
        if not found:
            return ((None, "text"),)
        between: tuple[Step, ...] = ((found[0], "orange"),) if len(found) > 1 else ()
        return ((None, "red"), *between, (found[-1], "green"))

    def missed(self, measure: str) -> tuple[Step, ...]:
        """Colours of a share that should be low: green up to the objective."""
        return _low((_above(one.objective), one.severity) for one in self.percentages(at_most=True) if one.measure == measure)

    def within(self, measure: str) -> tuple[Step, ...]:
        """Colours of a time: what every contact must keep, where a clock says so."""
        return _low(
            (_above(one.within / 1000), one.severity)
            for one in self.standards
            if (one.form, one.measure, one.bound) == ("clock", measure, BOUNDS[0])
        )

    def percentages(self, *, at_most: bool) -> list[Standard]:
        """The percentages, which alone have an objective: those that count hits, or those that count what should be rare."""
        return [one for one in self.standards if one.form == "percentage" and (one.measure in AT_MOST) == at_most]

    def shares(self, *, at_most: bool) -> str:
        """The names of these, for a matcher."""
        return "|".join(dict.fromkeys(one.name for one in self.percentages(at_most=at_most)))

    def names(self, measure: str) -> str:
        """The percentages on a measure, for a matcher."""
        return "|".join(dict.fromkeys(one.name for one in self.standards if (one.form, one.measure) == ("percentage", measure)))

    def on(self, measure: str) -> str:
        """A selector of them; one that nothing fulfils where none is declared."""
        return f'standard=~"{self.names(measure) or NONE}"'


def _low(limits: Iterable[tuple[float, str]]) -> tuple[Step, ...]:
    """Green below the limits (from where on, severity); of two alike the graver counts."""
    found: dict[float, str] = {}
    for limit, severity in sorted(limits, key=lambda one: list(COLOURS).index(one[1])):
        found.setdefault(limit, COLOURS[severity])
    return ((None, "green"), *sorted(found.items())) if found else ((None, "text"),)


def _above(limit: float) -> float:
    return round(limit + HAIR, 9)
