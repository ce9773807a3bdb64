"""Colours and lists of the Grafana dashboards, from standards.yaml: a threshold is written there and nowhere else.

The dashboards are made in tools/dashboards; this is here because `answerable standards generate --check` has to know of what limits they
are, without the library that makes them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from stream.core.declared import BOUNDS, Standard, governing
from stream.core.events import CHANNELS
from stream.generate.wording import AT_MOST

Step: TypeAlias = tuple[float | None, str]
"""(from this value on, colour); the first has None."""
Own: TypeAlias = tuple[str, tuple[Step, ...]]
"""(regular expression, as Grafana writes it, of the names of series; their steps); of several that match the last holds."""
Colours: TypeAlias = tuple[tuple[Step, ...], tuple[Own, ...]]
"""(steps of all series; of those that have their own)."""
OTHERS: Final = "\0"
"""A queue, or a channel, that no standard names."""
COLOURS: Final = {"critical": "red", "warning": "orange", "info": "yellow"}
NONE: Final = "none-is-declared"
"""In a matcher of names: nothing fulfils it."""
HAIR: Final = 1e-6
"""Grafana colours from a threshold on, and "at most N" is kept at N: broken it is a hair above. Less than any figure differs by."""


@dataclass(frozen=True, slots=True)
class Promised:
    """The declared standards."""

    standards: Sequence[Standard]

    def of_queues(self, measure: str, *, whole: bool = False, channels: bool = True) -> Colours:
        """Colours of a figure of queues that should be low: each queue's by the levels that hold for it.

        whole: it is a count, broken from the next one on. channels: a series is one of a queue's channels, called "queue channel";
        else it is a queue, and coloured by what holds for any of its channels.
        """

        def limit(one: Standard) -> float | None:
            if (one.form, one.measure, one.op[0], one.bound) != ("level", measure, "<", BOUNDS[0]):
                return None
            return one.limit if one.op == "<" else math.floor(one.limit) + 1 if whole else _above(one.limit)

        return self._of_queues(limit, channels=channels)

    def missed_by_queues(self, measure: str) -> Colours:
        """Colours of a share of each queue's channel that should be low: green up to the objective that holds for it."""
        return self._of_queues(
            lambda one: _above(one.objective) if one in self.percentages(at_most=True) and one.measure == measure else None
        )

    def _of_queues(self, limit: Callable[[Standard], float | None], *, channels: bool = True) -> Colours:
        """Colours by what holds where; `limit`: from where on a standard colours, None where it is about something else."""
        about = [one for one in self.standards if limit(one) is not None]
        queues, known = (sorted({name for one in about for name in (one.where or {}).get(kind, ())}) for kind in ("queue", "channel"))

        def steps(queue: str, *named: str) -> tuple[Step, ...]:
            held = [one for channel in named for one in governing(about, {"queue": queue, "channel": channel})]
            held += [] if channels else governing(about, {"queue": queue})
            return _low((at, one.severity) for one in held if (at := limit(one)) is not None)

        if not channels:
            usual = steps(OTHERS, OTHERS, *known)
            return usual, tuple((f"/^{re.escape(queue)}$/", own) for queue in queues if (own := steps(queue, OTHERS, *known)) != usual)
        usual = steps(OTHERS, OTHERS)
        found = [(f"/^.* {channel}$/", steps(OTHERS, channel)) for channel in known]
        for queue in queues:
            found += [(f"/^{re.escape(queue)} ({'|'.join(CHANNELS)})$/", steps(queue, OTHERS))]  # "sales" is not "sales vip"
            found += [(f"/^{re.escape(queue)} {channel}$/", steps(queue, channel)) for channel in known]
        return usual, tuple(found) if any(one != usual for _, one in found) else ()

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
