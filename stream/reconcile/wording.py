"""The answers of a reconciliation in plain words, as a table, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, Final

from stream.reconcile.definitions import Definition, Pair
from stream.reconcile.differences import Difference, Suspect
from stream.reconcile.outcomes import Outcome
from stream.reconcile.report import Cell, Column, Intervals
from stream.reconcile.search import Answer

TITLES: Final = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "service_level": "service level",
    "wait": "average wait",
    "handle": "handle time",
}
MEANT: Final = {
    ("offered", "all"): "all contacts offered",
    ("offered", "no_short"): "contacts offered without short abandons",
    ("offered", "no_flow_out"): "answered and abandoned contacts, without those that flowed out",
    ("offered", "no_short_no_flow_out"): "answered and abandoned contacts, without short abandons and those that flowed out",
    ("answered", "all"): "all contacts answered",
    ("abandoned", "all"): "all contacts abandoned in the queue",
    ("abandoned", "no_short"): "abandoned contacts without short abandons",
    ("abandoned", "with_flow_out"): "abandoned contacts together with those that flowed out or were lost",
    ("wait", "answered"): "the mean wait of answered contacts",
    ("wait", "answered_and_abandoned"): "the mean wait of answered and abandoned contacts",
    ("wait", "all_left"): "the mean wait of all who left the queue, however",
    ("handle", "with_wrap_up"): "mean talk, hold and wrap-up",
    ("handle", "without_wrap_up"): "mean talk and hold, without wrap-up",
    ("handle", "talk"): "mean talk, without hold and wrap-up",
}
COUNTED_IN: Final = {
    "offered": "was offered",
    "answered": "left the queue",
    "ended": "ended",
}
WAS_ANSWERED: Final = "was answered"
"""Instead of "left the queue" where only answered contacts count."""
SHOWN: Final = 5


def sentence(answer: Answer) -> str:
    """The answer for one figure, in words."""
    cells = len(answer.column.cells)
    title = TITLES[answer.best.figure]
    return f"Its {title} is {meaning(answer.best, answer.column)}: {answer.agree} of {cells} cells agree."


def doubt(answer: Answer) -> list[str]:
    """A warning where the answer explains less than half of the cells: then the mapping is likelier wrong than the report."""
    if 2 * answer.agree >= len(answer.column.cells):
        return []
    threshold = ", its threshold" if answer.best.figure == "service_level" else ""
    return [f"  less than half: see whether the mapping has the right column{threshold}, time zone, interval and channels"]


def meaning(definition: Definition, column: Column) -> str:
    """A definition in words."""
    if definition.figure == "service_level":
        thresholds = sorted({cell.within for cell in column.cells})
        told = f"{thresholds[0] / 1000:g} s" if len(thresholds) == 1 else "each row's threshold"
        parts = [f"{definition.formula} {'within' if definition.inclusive else 'in less than'} {told}"]
    else:
        parts = [MEANT[definition.figure, definition.formula]]
    if definition.short is not None:
        parts[0] += f" (abandons {_short(definition)} left out)"
    parts.append(f"by the interval in which the contact {_counted_in(definition)}")
    if definition.unit == "root":
        parts.append("each contact once however often it was requeued or transferred")
    if definition.rounding == "floor":
        parts.append("cut off instead of rounded")
    return ", ".join(parts)


def _counted_in(definition: Definition) -> str:
    only_answered = definition.figure == "answered" or (definition.figure in {"wait", "service_level"} and definition.formula == "answered")
    if definition.attribution == "answered" and definition.figure == "service_level" and not only_answered:
        return "was answered or gave up"
    return WAS_ANSWERED if only_answered and definition.attribution == "answered" else COUNTED_IN[definition.attribution]


def _short(definition: Definition) -> str:
    return f"{'up to' if definition.short_inclusive else 'below'} {(definition.short or 0) / 1000:g} s"


def others(answer: Answer, intervals: Intervals) -> list[str]:
    """What else agrees with as many cells, and which cells would tell them apart."""
    if len(answer.ties) == 1:
        return []
    lines = []
    families: dict[str, list[Definition]] = {}
    for tie in answer.ties:
        families.setdefault(meaning(replace(tie, short=None, short_inclusive=True), answer.column), []).append(tie)
    shown = list(families.items())[: SHOWN + 1]
    for family, members in shown:
        shorts = [_short(tie) for tie in sorted(members, key=lambda tie: (tie.short or 0, tie.short_inclusive)) if tie.short is not None]
        if members == [answer.best]:
            continue
        told = f" (abandons {shorts[0]}" + (f" ... {shorts[-1]}" if len(shorts) > 1 else "") + " left out)" if shorts else ""
        lines.append(f"  as well: {family}{told}")
    if len(families) > len(shown):
        lines.append(f"  and {len(families) - len(shown)} more (--json names all)")
    if answer.apart:
        places = ", ".join(place(cell, intervals) for cell in answer.apart[:SHOWN])
        more = f" and {len(answer.apart) - SHOWN} more" if len(answer.apart) > SHOWN else ""
        lines.append(f"  they differ only in: {places}{more}")
    else:
        lines.append("  no cell of this report tells them apart: they give the same in all of them")
    return lines


def place(cell: Cell, intervals: Intervals) -> str:
    """Where a cell is: its queue and the start of its interval."""
    return f"{cell.queue or 'all queues'} {intervals.iso(cell.start)[:16]}"


def printed_as(column: Column, pair: Pair) -> str:
    """A value of ours in the report's unit, with one decimal more than it prints."""
    number, of = pair
    if of <= 0:
        return "-"
    if column.figure.form == "count":
        return str(number)
    return f"{float(column.figure.scale) * number / of:.{column.decimals + 1}f}"


def row(suspect: Suspect, intervals: Intervals) -> list[str]:
    """A suspect as a row of a table."""
    one = suspect.outcome
    times = [intervals.iso(at)[11:19] if at is not None else "-" for at in (one.offered, one.left, one.ended)]
    return [one.contact, *times, f"{one.wait / 1000:g}", one.kind or "waiting", "yes" if suspect.explains else "no", suspect.why]


HEADER: Final = ["contact", "offered", "left", "ended", "wait s", "outcome", "explains", "why"]


def as_json(answers: Iterable[Answer], found: Iterable[Difference], unreported: Iterable[Outcome], intervals: Intervals) -> dict[str, Any]:
    """All of it as one object; times in the report's zone, lengths in ms."""
    return {
        "figures": [
            {
                "figure": answer.best.figure,
                "definition": _definition(answer.best),
                "sentence": sentence(answer),
                "agree": answer.agree,
                "cells": len(answer.column.cells),
                "own_agree": answer.own,
                "equally_well": [_definition(tie) for tie in answer.ties[1:]],
                "told_apart_by": [_place(cell, intervals) for cell in answer.apart],
            }
            for answer in answers
        ],
        "differences": [
            {
                "figure": one.column.figure.name,
                **_place(one.cell, intervals),
                "line": one.cell.line,
                "report": one.cell.text,
                "events": {
                    "numerator": one.computed[0],
                    "denominator": one.computed[1],
                    "as_printed": printed_as(one.column, one.computed),
                },
                "contacts": [{**_contact(s.outcome, intervals), "why": s.why, "explains": s.explains} for s in one.suspects],
            }
            for one in found
        ],
        "without_a_row": [_contact(one, intervals) for one in unreported],
    }


def _definition(definition: Definition) -> dict[str, Any]:
    written = asdict(definition)
    written["short_ms"] = written.pop("short")
    return written


def _place(cell: Cell, intervals: Intervals) -> dict[str, Any]:
    return {"queue": cell.queue or None, "start": intervals.iso(cell.start)}


def _contact(one: Outcome, intervals: Intervals) -> dict[str, Any]:
    moments = {"offered": one.offered, "left": one.left, "ended": one.ended}
    return {
        "contact": one.contact,
        "queue": one.queue,
        "outcome": one.kind or None,
        "wait_ms": one.wait,
        **{f"{name}_at": None if at is None else intervals.iso(at) for name, at in moments.items()},
    }
