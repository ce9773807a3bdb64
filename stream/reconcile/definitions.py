"""What can be meant by a figure of a report: every definition that is tried, and the value that it gives.

All values are pairs of numerator and denominator that add over contacts, so that one contact's part is known by itself.
The service level's formulas are those of `stream.core.measures.service_level`, with the switches that other systems have.
Lost contacts are in the denominator of removed alone there; here with_flow_out counts them with those that flowed out, too, because
a report by what left the queue has them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from stream.core import facts
from stream.core.declared import FORMULAS
from stream.reconcile.outcomes import Outcome

ATTRIBUTIONS: Final = ("offered", "answered", "ended")
"""In which interval a contact counts: where it was offered, where it left the queue (answered or not), where it ended."""
UNITS: Final = ("segment", "root")
ROUNDINGS: Final = ("round", "floor")
LONGEST_SHORT: Final = 30
"""Abandons up to so many seconds may be called short."""

FORMULAS_OF: Final = {
    "offered": ("all", "no_short", "no_flow_out", "no_short_no_flow_out"),
    "answered": ("all",),
    "abandoned": ("all", "no_short", "with_flow_out"),
    "service_level": ("strict", *(name for name in FORMULAS if name != "strict")),
    "wait": ("answered", "answered_and_abandoned", "all_left"),
    "handle": ("with_wrap_up", "without_wrap_up", "talk"),
}
"""By figure, the simplest and the product's own first."""
WITH_SHORT: Final = {
    "offered": frozenset({"no_short", "no_short_no_flow_out"}),
    "abandoned": frozenset({"no_short"}),
    "service_level": frozenset({"no_short", "with_flow_out", "live"}),
}

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One meaning of one figure.

    inclusive: a wait of exactly the threshold is in time. short: abandons up to this wait (ms) are left out; short_inclusive: of
    exactly this wait, too. Both None and True where the formula knows no short abandons.
    """

    figure: str
    formula: str
    attribution: str = "offered"
    unit: str = "segment"
    inclusive: bool = True
    short: int | None = None
    short_inclusive: bool = True
    rounding: str = "round"


def default(figure: str, short: int) -> Definition:
    """The product's own definition of a figure, for a centre with this short abandon (ms)."""
    formula = FORMULAS_OF[figure][0]
    return Definition(figure=figure, formula=formula, short=short if formula in WITH_SHORT.get(figure, ()) else None)


def candidates(figure: str, short: int) -> list[Definition]:
    """Every definition of a figure, the simplest and nearest to the product's own first; `short`: the centre's (ms)."""
    found = [
        definition
        for formula, attribution, unit, rounding in product(FORMULAS_OF[figure], ATTRIBUTIONS, UNITS, ROUNDINGS)
        if rounding == "round" or figure in {"service_level", "wait", "handle"}
        for base in (Definition(figure=figure, formula=formula, attribution=attribution, unit=unit, rounding=rounding),)
        for definition in _switched(base)
    ]
    return sorted(found, key=lambda definition: simplicity(definition, short))


def _switched(base: Definition) -> Iterator[Definition]:
    for inclusive in (True, False) if base.figure == "service_level" else (True,):
        one = replace(base, inclusive=inclusive)
        if base.formula not in WITH_SHORT.get(base.figure, ()):
            yield one
            continue
        for seconds in range(LONGEST_SHORT + 1):
            yield replace(one, short=seconds * 1_000)
            if seconds:
                yield replace(one, short=seconds * 1_000, short_inclusive=False)


def simplicity(definition: Definition, short: int) -> tuple[int, ...]:
    """How far from the product's own: how many switches differ, then which; usual numbers of seconds before odd ones."""
    formula = FORMULAS_OF[definition.figure].index(definition.formula)
    attribution = ATTRIBUTIONS.index(definition.attribution)
    odd = definition.short is not None and (definition.short != short or not definition.short_inclusive)
    unit, floor = UNITS.index(definition.unit), ROUNDINGS.index(definition.rounding)
    differ = sum(map(bool, (formula, attribution, unit, floor, odd, not definition.inclusive)))
    length = definition.short or 0
    usual = 0 if length % 5_000 == 0 else 1
    tail = (usual * odd, int(not definition.short_inclusive), abs(length - short) * odd)
    return (differ, unit, formula, attribution, int(not definition.inclusive), floor, *tail)


def moment(one: Outcome, attribution: str) -> int | None:
    """When a contact counts under an attribution, ms; None: not yet."""
    return one.at if attribution == "offered" else one.left if attribution == "answered" else one.ended


class Group:
    """The contacts that count in one queue and interval, as sorted waits and sums. overdue: ages (ms) of who waits at its end."""

    __slots__ = (
        "abandoned",
        "answered",
        "callback",
        "handled",
        "handles",
        "lost_or_out",
        "offered",
        "others",
        "overdue",
        "talked",
        "wrapped",
    )

    def __init__(self, members: Iterable[Outcome], overdue: Iterable[int] = ()) -> None:
        """Count the members once."""
        waits: dict[str, list[int]] = {}
        self.offered = self.handles = self.handled = self.talked = self.wrapped = 0
        for one in members:
            self.offered += 1
            if one.kind:
                waits.setdefault(one.kind, []).append(one.wait)
            if one.handled is not None:
                self.handles += 1
                self.handled += one.handled
                self.talked += one.talked
                self.wrapped += one.wrapped_up
        self.answered = sorted(waits.get(facts.ANSWERED, ()))
        self.abandoned = sorted(waits.get(facts.ABANDONED, ()))
        self.callback = sorted(waits.get(facts.CALLBACK, ()))
        self.lost_or_out = len(waits.get(facts.FLOWED_OUT, ())) + len(waits.get(facts.LOST, ()))
        self.others = sum(waits.get(facts.FLOWED_OUT, ())) + sum(waits.get(facts.LOST, ())) + sum(self.callback)
        self.overdue = sorted(overdue)


def _within(waits: list[int], limit: int, *, inclusive: bool) -> int:
    return bisect_right(waits, limit) if inclusive else bisect_left(waits, limit)


def value(definition: Definition, group: Group, within: int) -> Pair:
    """Numerator and denominator of a figure; counts over 1, means in ms."""
    short = 0 if definition.short is None else _within(group.abandoned, definition.short, inclusive=definition.short_inclusive)
    answered, abandoned = len(group.answered), len(group.abandoned)
    figure, formula = definition.figure, definition.formula
    if figure == "service_level":
        return _service_level(definition, group, within, short)
    if figure == "offered":
        return (answered + abandoned if "no_flow_out" in formula else group.offered) - short, 1
    if figure == "answered":
        return answered, 1
    if figure == "abandoned":
        return abandoned - short + (group.lost_or_out if formula == "with_flow_out" else 0), 1
    if figure == "handle":
        time = group.talked if formula == "talk" else group.handled + (group.wrapped if formula == "with_wrap_up" else 0)
        return time, group.handles
    total, number = sum(group.answered), answered
    if formula != "answered":
        total, number = total + sum(group.abandoned), number + abandoned
    if formula == "all_left":
        total, number = total + group.others, number + group.lost_or_out + len(group.callback)
    return total, number


def _service_level(definition: Definition, group: Group, within: int, short: int) -> Pair:
    inclusive, formula = definition.inclusive, definition.formula
    answered, in_time = len(group.answered), _within(group.answered, within, inclusive=inclusive)
    both = answered + len(group.abandoned)
    if formula in {"no_abandon_in_target", "removed"}:
        abandoned_in_time = _within(group.abandoned, within, inclusive=inclusive)
        if formula == "no_abandon_in_target":
            return in_time, both - abandoned_in_time
        gone = abandoned_in_time + _within(group.callback, within, inclusive=inclusive)
        return in_time + gone, both + group.lost_or_out + len(group.callback)
    if formula == "answered":
        return in_time, answered
    also = 0
    if formula == "with_flow_out":
        also = group.lost_or_out
    elif formula == "live":
        also = len(group.overdue) - bisect_right(group.overdue, within)
    return in_time, both - short + also
