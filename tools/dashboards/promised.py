"""Colours and lists from deploy/standards.yaml: a threshold is written there and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stream.core.declared import BOUNDS, Standard
from stream.generate.wording import AT_MOST
from tools.dashboards.panels import Step

COLOURS: Final = {"critical": "red", "warning": "orange", "info": "yellow"}


@dataclass(frozen=True, slots=True)
class Promised:
    """The declared standards."""

    standards: Sequence[Standard]

    def at_most(self, measure: str, *, whole: bool = False) -> tuple[Step, ...]:
        """Colours of a figure that should be low: each limit of the levels on it. whole: it is a count, broken from the next one on."""
        found: dict[float, str] = {}
        for standard in self.standards:
            if (standard.form, standard.measure, standard.op[0], standard.bound) == ("level", measure, "<", BOUNDS[0]):
                found.setdefault(standard.limit + (1 if whole and standard.op == "<=" else 0), COLOURS[standard.severity])
        return ((None, "green"), *sorted(found.items())) if found else ((None, "text"),)

    def attained(self, measure: str) -> tuple[Step, ...]:
        """Colours of a share that should be high: red below the lowest objective on the measure, green from the highest on."""
        found = sorted({one.objective for one in self.percentages(at_most=False) if one.measure == measure})
        if not found:
            return ((None, "text"),)
        between: tuple[Step, ...] = ((found[0], "orange"),) if len(found) > 1 else ()
        return ((None, "red"), *between, (found[-1], "green"))

    def missed(self, measure: str) -> tuple[Step, ...]:
        """Colours of a share that should be low: green up to the objective."""
        found = [one for one in self.percentages(at_most=True) if one.measure == measure]
        return ((None, "green"), *sorted({one.objective: COLOURS[one.severity] for one in found}.items())) if found else ((None, "text"),)

    def within(self, measure: str) -> tuple[Step, ...]:
        """Colours of a time: what every contact must keep, where a clock says so."""
        found: dict[float, str] = {}
        for one in self.standards:
            if (one.form, one.measure, one.bound) == ("clock", measure, BOUNDS[0]):
                found.setdefault(one.within / 1000, COLOURS[one.severity])
        return ((None, "green"), *sorted(found.items())) if found else ((None, "text"),)

    def percentages(self, *, at_most: bool) -> list[Standard]:
        """The percentages, which alone have an objective: those that count hits, or those that count what should be rare."""
        return [one for one in self.standards if one.form == "percentage" and (one.measure in AT_MOST) == at_most]

    def names(self, measure: str) -> str:
        """The percentages on a measure, for a matcher."""
        return "|".join(dict.fromkeys(one.name for one in self.standards if (one.form, one.measure) == ("percentage", measure)))

    def on(self, measure: str) -> str:
        """A selector of them; one that nothing fulfils where none is declared."""
        return f'standard=~"{self.names(measure) or "none-is-declared"}"'
