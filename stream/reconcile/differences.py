"""The contacts that would explain a cell in which report and events differ: near a boundary, or in only one of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from stream.core import facts
from stream.reconcile.definitions import Definition, Group, Pair, moment, value
from stream.reconcile.outcomes import Outcome
from stream.reconcile.report import Cell, Column
from stream.reconcile.search import Answer, Floor, agrees

LEAVING_OUT: Final = "the report may not have it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A contact, why it is looked at, and whether it alone explains the cell. distance: ms to the boundary, None without one."""

    outcome: Outcome
    why: str
    explains: bool
    distance: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A cell that the best definition does not give; `computed` is what it gives instead."""

    column: Column
    cell: Cell
    computed: Pair
    suspects: tuple[Suspect, ...]


def differences(floor: Floor, answers: tuple[Answer, ...], near: int) -> tuple[Difference, ...]:
    """Every differing cell with its suspects, the likeliest first; `near`: how close (ms) to a boundary is near."""
    return tuple(_difference(floor, answer, cell, near) for answer in answers for cell in answer.differing)


def unreported(floor: Floor) -> tuple[Outcome, ...]:
    """Segments of the report's queues, offered within its span, in intervals of which it has no row."""
    queues = {queue for queue, _ in floor.cells}
    first, last = min(cell.start for cell in floor.cells.values()), max(cell.end for cell in floor.cells.values())
    return tuple(
        one
        for (queue, start), members in sorted(floor.members["segment", "offered"].items())
        if queue in queues and first <= start < last and (queue, start) not in floor.cells
        for one in members
    )


def _difference(floor: Floor, answer: Answer, cell: Cell, near: int) -> Difference:
    definition = answer.best
    whole = value(definition, floor.group(definition, cell), cell.within)
    found: list[Suspect] = []
    for one, without, with_, why, distance in _changes(floor, definition, cell, near):
        if without == with_:
            continue
        changed = (whole[0] - without[0] + with_[0], whole[1] if _is_count(answer) else whole[1] - without[1] + with_[1])
        found.append(Suspect(outcome=one, why=why, explains=agrees(definition, answer.column, cell, changed), distance=distance))
    found = [suspect for suspect in found if suspect.explains or suspect.distance is not None]
    found.sort(key=_likeliness)
    return Difference(column=answer.column, cell=cell, computed=whole, suspects=tuple(_once(found)))


def _is_count(answer: Answer) -> bool:
    return answer.column.figure.form == "count"


def _likeliness(suspect: Suspect) -> tuple[bool, bool, int, int, str]:
    far = suspect.distance is None
    return not suspect.explains, far, suspect.distance or 0, suspect.outcome.offered, suspect.outcome.contact


def _once(found: list[Suspect]) -> Iterator[Suspect]:
    """Each contact's segment by its likeliest reason."""
    seen: set[tuple[str, int]] = set()
    for suspect in found:
        key = (suspect.outcome.contact, suspect.outcome.offered)
        if key not in seen:
            seen.add(key)
            yield suspect


Change = tuple[Outcome, Pair, Pair, str, int | None]
"""A contact, its part of the cell as it is, its part if the report saw it otherwise, the reason, the distance."""
NOTHING: Final = (0, 0)


def _changes(floor: Floor, definition: Definition, cell: Cell, near: int) -> Iterator[Change]:
    members = floor.members[definition.unit, definition.attribution]
    event = {"offered": "offered", "answered": "left the queue", "ended": "ended"}[definition.attribution]
    for one in members.get((cell.queue, cell.start), ()):
        part = _part(definition, one, cell)
        at = moment(one, definition.attribution) or 0
        to_start, to_end = at - cell.start, cell.end - at
        if min(to_start, to_end) <= near:
            edge = (
                f"{event} {_seconds(to_start)} after the interval begins"
                if to_start <= to_end
                else f"{event} {_seconds(to_end)} before it ends"
            )
            yield one, part, NOTHING, edge, min(to_start, to_end)
        for limit, name in _limits(definition, one, cell):
            if abs(one.wait - limit) <= near:
                other = replace(one, wait=limit + 1 if one.wait <= limit else max(0, limit - 1))
                yield (
                    one,
                    part,
                    _part(definition, other, cell),
                    f"waited {_seconds(one.wait)}, {name} {_seconds(limit)}",
                    abs(one.wait - limit),
                )
        yield one, part, NOTHING, LEAVING_OUT, None
    for start, low, high in _beside(floor, cell, near):
        for one in members.get((cell.queue, start), ()):
            at = moment(one, definition.attribution) or 0
            if low <= at < high:
                before = at < cell.start
                distance = cell.start - at if before else at - cell.end
                edge = (
                    f"{event} {_seconds(distance)} before the interval begins" if before else f"{event} {_seconds(distance)} after it ends"
                )
                yield one, NOTHING, _part(definition, one, cell), edge, distance


def _beside(floor: Floor, cell: Cell, near: int) -> tuple[tuple[int, int, int], ...]:
    """The intervals before and after a cell: their start, and from when to when a moment is near the cell."""
    previous, following = floor.intervals.around(cell.start - 1)[0], floor.intervals.around(cell.end)[0]
    return (previous, cell.start - near, cell.start), (following, cell.end, cell.end + near + 1)


def _limits(definition: Definition, one: Outcome, cell: Cell) -> Iterator[tuple[int, str]]:
    if definition.figure == "service_level" and one.kind in {facts.ANSWERED, facts.ABANDONED, facts.CALLBACK}:
        yield cell.within, "the threshold is"
    if definition.short is not None and one.kind == facts.ABANDONED:
        yield definition.short, "short ends at"


def _part(definition: Definition, one: Outcome, cell: Cell) -> Pair:
    """A contact's own part of a cell."""
    number, of = value(definition, Group((one,)), cell.within)
    return number, 0 if definition.figure in {"offered", "answered", "abandoned"} else of


def _seconds(length: int) -> str:
    return f"{length / 1000:g} s"
