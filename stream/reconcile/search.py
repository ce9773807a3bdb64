"""Tries every definition of every figure against the cells of a report, and keeps those that agree with most of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from stream.reconcile.definitions import ATTRIBUTIONS, Definition, Group, Pair, candidates, default, moment, value
from stream.reconcile.outcomes import Outcome, roots
from stream.reconcile.report import Cell, Column, Intervals

Place = tuple[str, int]
"""A queue ("" for all together) and the start of an interval."""
EMPTY: Final = Group(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a figure is. ties: definitions that agree with as many cells, `best` first. apart: cells in which ties differ.

    own: with how many cells the product's own definition agrees. differing: the cells that `best` does not give.
    """

    column: Column
    best: Definition
    agree: int
    ties: tuple[Definition, ...]
    apart: tuple[Cell, ...]
    own: int
    differing: tuple[Cell, ...]


class Floor:
    """The contacts of the events, laid out by unit, attribution, queue and interval of a report."""

    def __init__(self, segments: Sequence[Outcome], columns: Sequence[Column], intervals: Intervals) -> None:
        """Lay them out; only queues and intervals of the report become groups, `members` has all of them."""
        self.intervals = intervals
        self.cells = {(cell.queue, cell.start): cell for column in columns for cell in column.cells}
        self.together = any(not queue for queue, _ in self.cells)
        self.by_unit = {"segment": list(segments), "root": roots(segments)}
        self.moved = len(self.by_unit["root"]) < len(segments)
        self.members: dict[tuple[str, str], dict[Place, list[Outcome]]] = {}
        self._groups: dict[tuple[str, str], dict[Place, Group]] = {}
        for unit, found in self.by_unit.items():
            overdue = self._overdue(found)
            for attribution in ATTRIBUTIONS:
                members = self._laid_out(found, attribution)
                self.members[unit, attribution] = members
                self._groups[unit, attribution] = {place: Group(members.get(place, ()), overdue.get(place, ())) for place in self.cells}

    def group(self, definition: Definition, cell: Cell) -> Group:
        """Who counts in a cell."""
        return self._groups[definition.unit, definition.attribution].get((cell.queue, cell.start), EMPTY)

    def queues(self, one: Outcome) -> tuple[str, ...]:
        """The queues of the report in which a contact counts."""
        return (one.queue, "") if self.together else (one.queue,)

    def _laid_out(self, found: Iterable[Outcome], attribution: str) -> dict[Place, list[Outcome]]:
        members: dict[Place, list[Outcome]] = {}
        for one in found:
            at = moment(one, attribution)
            if at is not None:
                start = self.intervals.around(at)[0]
                for queue in self.queues(one):
                    members.setdefault((queue, start), []).append(one)
        return members

    def _overdue(self, found: Iterable[Outcome]) -> dict[Place, list[int]]:
        """Ages of who still waits at the end of each interval of the report."""
        last = max((cell.end for cell in self.cells.values()), default=0)
        ages: dict[Place, list[int]] = {}
        for one in found:
            start, end = self.intervals.around(one.offered)
            until = last if one.left is None else min(last, one.left)
            while end <= until:
                for queue in self.queues(one):
                    if (queue, start) in self.cells:
                        ages.setdefault((queue, start), []).append(end - one.offered)
                start, end = self.intervals.around(end)
        return ages


def agrees(definition: Definition, column: Column, cell: Cell, pair: Pair) -> bool:
    """Whether a value is what the cell prints, within its decimals. Without any data, systems print nothing, 0 or 100 %."""
    number, of = pair
    shift: int = 10**column.decimals
    scale = column.figure.scale * shift
    if of <= 0:
        return cell.value in {None, 0} or (column.figure.name == "service_level" and cell.value == column.figure.scale)
    if cell.value is None:
        return number == 0 and column.figure.form == "count"
    printed = int(cell.value * shift)
    rest, whole = number * scale.numerator - printed * of * scale.denominator, of * scale.denominator
    return 0 <= rest < whole if definition.rounding == "floor" else 2 * abs(rest) <= whole


def search(floor: Floor, columns: Sequence[Column], short: int) -> tuple[Answer, ...]:
    """The answer for each figure of the report; `short`: the centre's short abandon (ms)."""
    return tuple(_answer(floor, column, short) for column in columns)


def _misses(floor: Floor, column: Column, definition: Definition, limit: int) -> int:
    """With how many cells a definition does not agree; more than `limit` are not counted on."""
    missed = 0
    for cell in column.cells:
        if not agrees(definition, column, cell, value(definition, floor.group(definition, cell), cell.within)):
            missed += 1
            if missed > limit:
                break
    return missed


def _answer(floor: Floor, column: Column, short: int) -> Answer:
    fewest, ties = len(column.cells), list[Definition]()
    for definition in candidates(column.figure.name, short):
        if definition.unit == "root" and not floor.moved:
            continue
        missed = _misses(floor, column, definition, fewest)
        if missed < fewest:
            fewest, ties = missed, []
        if missed == fewest:
            ties.append(definition)
    best = ties[0]
    own = default(column.figure.name, short)
    return Answer(
        column=column,
        best=best,
        agree=len(column.cells) - fewest,
        ties=tuple(ties),
        apart=tuple(cell for cell in column.cells if _differ(floor, ties, cell)),
        own=len(column.cells) - _misses(floor, column, own, len(column.cells)),
        differing=tuple(cell for cell in column.cells if not agrees(best, column, cell, value(best, floor.group(best, cell), cell.within))),
    )


def _differ(floor: Floor, ties: Sequence[Definition], cell: Cell) -> bool:
    """Whether tied definitions give different values in a cell, though they are printed alike or each explains other cells."""
    first, *others = (value(tie, floor.group(tie, cell), cell.within) for tie in ties)
    return any(number * first[1] != first[0] * of or (of > 0) != (first[1] > 0) for number, of in others)
