"""What a change of the standards would need that running workers do not count: that begins with a restart, and not in the midst."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stream.core.centre import Centre
from stream.core.declared import REPORTS, Standard
from stream.core.facts import ASKED_FOR
from stream.core.judges.report import path_of
from stream.core.ledger import wanted_of
from stream.core.measures import USUAL
from stream.core.periods import CELLS
from stream.core.scope_stage import thresholds_of


def lacking(centre: Centre, running: Sequence[Standard], new: Sequence[Standard]) -> list[str]:
    """In words, what workers that began with `running` do not count and `new` asks for; empty where the change can be taken."""
    return list(_lacking(centre, running, new))


def _lacking(centre: Centre, running: Sequence[Standard], new: Sequence[Standard]) -> Iterator[str]:
    there, asked = wanted_of(centre, running), wanted_of(centre, new)
    for dimensions in sorted(asked.dimensions - there.dimensions):
        yield f"figures per {' and '.join(dimensions) or 'the whole centre'}"
    kept = centre.kept
    before = [one for one in running if one.form in REPORTS]
    after = [one for one in new if one.form in REPORTS]
    for threshold in sorted({*thresholds_of(after)} - {*thresholds_of(running)}):
        yield f"the threshold {threshold / 1000:g} s"
    for window in sorted({CELLS[one.calendar] for one in after} - {CELLS[one.calendar] for one in before} - kept.windows):
        yield f"the window {window}"
    measures = {path_of(one).measure for one in after} - {path_of(one).measure for one in before}
    counted = {*(USUAL if kept.measures is None else kept.measures), *kept.also}
    yield from (f"the measure {measure}" for measure in sorted(measures - counted))
    kinds = ASKED_FOR if kept.measures is None else _kinds(centre, new)
    yield from (f"the fact {kind}" for kind in sorted(kind for kind in kinds if kind in asked.kinds and kind not in there.kinds))


def _kinds(centre: Centre, standards: Sequence[Standard]) -> set[str]:
    kinds = wanted_of(centre, standards).kinds
    return set(kinds) if isinstance(kinds, frozenset) else set()
