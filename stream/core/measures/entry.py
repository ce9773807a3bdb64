"""What a measure is: one entry. The numbers that it folds and how it is read from them stand in the same place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, KeysView, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from stream.core.centre import Centre
from stream.core.distributions import Bounds
from stream.core.levels import Levels
from stream.core.measures.places import places_of
from stream.core.staff import Staff
from stream.core.watermark import NOTHING
from stream.core.windows import Cell

COUNT: Final = "count"
SUM: Final = "sum"
SPREAD: Final = "spread"
MAX: Final = "max"
TIME: Final = "time"
LEVEL: Final = "level"
FINELY: Final = "finely"
"""How a fact is folded: counted, its value added, counted over bounds, or its maximum kept; or it moves a level, which no cell holds; or
it is counted over fine bounds, in days only and where the 28 days are kept; or it changes how agents spend their
time."""

DEFAULTS: Final = Centre()


@dataclass(slots=True)
class View:
    """What a measure reads from: the numbers of a window, and the levels as they are now.

    within: thresholds (ms) of the service levels that a report shows.
    waits: since when (ms) each waiting contact waits, sorted: a backlog is long, and a reading asks for many windows and thresholds.
    staffed: None where nobody reports presence.
    open_turns: since when (ms) each unanswered customer message waits, sorted, by its clock: first_response, response.
    limits: thresholds (ms) that standards declare, by the same clocks. centre: what the centre declares.
    levels: what else is so now; None in a closed window. staff: agents' times, which go up to `settled`; None where nobody asks.
    with_families: False where it is known that no member of any family of facts was counted.
    """

    cell: Cell
    bounds: Bounds
    within: tuple[int, ...]
    as_of: int
    waits: Sequence[int]
    staffed: int | None
    open_turns: Mapping[str, Sequence[int]] = field(default_factory=dict)
    limits: Mapping[str, Sequence[int]] = field(default_factory=dict)
    centre: Centre = DEFAULTS
    levels: Levels | None = None
    staff: Staff | None = None
    settled: int = NOTHING
    with_families: bool = True
    _upto: dict[str, list[int]] = field(default_factory=dict)
    _families: dict[str, list[tuple[str, int]]] | None = None

    @property
    def families(self) -> KeysView[str]:
        """The families of facts of which any member was counted."""
        return self._by_family().keys()

    def members(self, family: str) -> list[tuple[str, int]]:
        """The members of a family of facts, as tagged/, that were counted, and how often."""
        return self._by_family().get(family, [])

    def _by_family(self) -> dict[str, list[tuple[str, int]]]:
        """One pass for all families, and none where there are none."""
        if self._families is None:
            self._families = {}
            for kind, n in self.cell.n.items() if self.with_families else ():
                if "/" in kind and n > 0:
                    name, slash, member = kind.partition("/")
                    self._families.setdefault(name + slash, []).append((member, n))
        return self._families

    def upto(self, kind: str) -> list[int]:
        """How many of `kind` were at most each of its bounds, the last one above all of them. Asked for again and again: kept."""
        found = self._upto.get(kind)
        if found is None:
            found = self._upto[kind] = list(accumulate(self.bounds.counts(self.cell.n, kind)))
        return found

    def n_within(self, kind: str, limit: int) -> int:
        """How many of `kind` took at most `limit` ms, which must be a bound."""
        return self.upto(kind)[self.bounds.index(kind, limit)]

    def spent(self, name: str) -> int:
        """How long (ms) agents were in what `name` says (see `stream.core.staff`), added up over them."""
        return 0 if self.staff is None else self.staff.spent(self.cell, name, self.settled)

    @property
    def waiting(self) -> int:
        """Contacts waiting now."""
        return len(self.waits)

    @property
    def oldest(self) -> int | None:
        """Since when (ms) the longest wait lasts, None where nobody waits."""
        return self.waits[0] if self.waits else None

    def overdue(self, limit: int) -> int:
        """Contacts offered in this window that still wait, longer than `limit` ms."""
        waits = self.waits
        if not waits:
            return 0
        return max(0, bisect_left(waits, min(self.cell.end, self.as_of - limit)) - bisect_left(waits, self.cell.start))

    def overdue_now(self, limit: int) -> int:
        """Contacts that still wait, longer than `limit` ms, whenever they were offered; none in a window that is over."""
        if not self.waits or not self.cell.start <= self.as_of < self.cell.end:
            return 0
        return bisect_left(self.waits, self.as_of - limit)

    def n(self, name: str) -> int:
        """A count."""
        return self.cell.n.get(name, 0)

    def share(self, numerator: int, denominator: int) -> dict[str, Any]:
        """A share with its parts, because a ratio alone hides what was asked; null where there is nothing to share."""
        return {"numerator": numerator, "denominator": denominator, "ratio": numerator / denominator if denominator > 0 else None}

    def mean_seconds(self, kind: str, *also: str) -> float | None:
        """Mean seconds per fact of `kind`; the sums of `also` are added to the numerator. None where there is none."""
        count = self.n(kind)
        if count <= 0:
            return None
        return (self.n(f"{kind}+") + sum(self.n(f"{other}+") for other in also)) / count / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure of a scope and window.

    folds: (fact kind, how) pairs that its numbers need; the registry folds each pair once, whoever asks for it.
    read: gives the JSON value; None is "no data".
    kind: count, mean, max, level, ratio or table. source: where the formula comes from.
    levels say what is now, not what was in a window.
    places: the dimensions of the scopes in which it can have a value; None: wherever one of its facts is told, see `scopes`.
    numbers: of a table that says nothing without data, the names of its numbers, which all are in its unit; () where the centre names
    them, None for all other measures.
    beside: it says more than the numbers that it folds do: of who waits now, or of agents' times.
    says: what it is in a few words, for alerts, where the beginning of its help does not say it by itself (`stream.core.measures.saying`).
    asked: it is kept only where the centre or a standard names it; all others are kept unless the centre names those that are.
    """

    name: str
    help: str
    unit: str
    kind: str
    source: str
    folds: tuple[tuple[str, str], ...]
    read: Callable[[View], Any]
    asked: bool = False
    beside: bool = False
    says: str = ""
    places: frozenset[str] | None = None
    numbers: tuple[str, ...] | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """The dimensions of the scopes in which it can have a value, besides the whole."""
        if self.places is not None:
            return self.places
        return frozenset().union(*(places_of(kind) for kind, _ in self.folds))


def averaged(name: str, kind: str, help_text: str, *also: str, source: str, spread: bool = False) -> Measure:
    """The mean in seconds of the facts of one kind; what is summed of `also` is added. spread: they are kept by buckets, too."""

    def read(view: View) -> float | None:
        return view.mean_seconds(kind, *also)

    own = ((kind, COUNT), (kind, SUM), *(((kind, SPREAD),) if spread else ()))
    folds = (*own, *((other, SUM) for other in also))
    return Measure(name=name, help=help_text, unit="seconds", kind="mean", source=source, folds=folds, read=read)


def counted(name: str, kind: str, help_text: str, *, unit: str, source: str) -> Measure:
    """The measure that counts the facts of one kind."""

    def read(view: View) -> int:
        return view.n(kind)

    return Measure(name=name, help=help_text, unit=unit, kind="count", source=source, folds=((kind, COUNT),), read=read)
