"""What is read only where something was counted says the same as if it were always read."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from stream.core.distributions import Bounds
from stream.core.levels import Levels
from stream.core.measures import BY_NAME, MEASURES
from stream.core.measures.entry import Measure, View
from stream.core.measures.reading import FAMILY, Reading, names_of
from stream.core.windows import Cell

SELDOM = [measure for measure in MEASURES if names_of(measure) is not None]
NUMBERS = {name for measure in MEASURES for name in names_of(measure) or ()}


def _view(n: dict[str, int]) -> View:
    """A window with these numbers, in a scope where contacts wait, messages are open and maxima are kept."""
    cell = Cell(0, 1_800_000)
    cell.n.update(n)
    cell.top.update({f"{kind}^": 7_000 for measure in MEASURES for kind, _ in measure.folds})
    clocks = {clock: [1_000] for clock in ("first_response", "response", "resolution", "talk")}
    return View(cell=cell, bounds=Bounds(), within=(20_000,), as_of=900_000, waits=[5_000], staffed=3, open_turns=clocks, levels=Levels())


class _Asked(defaultdict[str, int]):
    """Numbers that all are three, and which of them somebody asked for."""

    def __init__(self) -> None:
        super().__init__(int)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return 3


@pytest.mark.parametrize("measure", SELDOM, ids=lambda measure: measure.name)
def test_a_measure_without_its_numbers_says_the_same_whatever_else_there_is(measure: Measure) -> None:
    """Of all that other measures count, of who waits and of maxima it knows nothing: else it must say so (`beside`)."""
    names = names_of(measure) or frozenset()
    others = {f"{name}x" if name.endswith(FAMILY) else name: 3 for name in NUMBERS - names}
    bounds = Bounds()
    others |= {name: 2 for kind in bounds.by_kind if kind not in names for name in bounds.names(kind)}
    assert measure.read(_view({})) == measure.read(_view(others))


@pytest.mark.parametrize("measure", SELDOM, ids=lambda measure: measure.name)
def test_a_measure_looks_at_no_number_but_those_that_it_folds(measure: Measure) -> None:
    """Whatever it asks for is a count, a sum, or a bucket of one of its kinds."""
    view, names = _view({}), names_of(measure) or frozenset()
    view.cell.n = asked = _Asked()
    measure.read(view)
    bounds = view.bounds
    own = names | {name for kind in bounds.by_kind if kind in names for name in bounds.names(kind)}
    assert asked.names <= own


def test_reading_reads_what_was_counted_and_knows_what_nothing_says() -> None:
    """A window with three answers, and one with none; the members of families count as their family."""
    reading = Reading(MEASURES)
    views = [_view({}), _view({"answered": 3, "answered<5000": 3, "answered+": 9_000}), _view({"tagged/refund": 2, "issue_opened": 4})]
    views += [_view({"tagged/refund": 2}), _view({"clock_begun/parcel": 1})]
    for view in [*views, *views]:
        assert {measure.name: measure.read(view) for measure in MEASURES} == reading.of(view)
    assert {measure.name: measure.kind for measure in MEASURES if measure.kind == "level"} == {
        name: "level" for name, value in reading.of(views[1], closed=True).items() if value is None and BY_NAME[name].kind == "level"
    }


def test_most_measures_are_read_only_where_they_have_something_to_say() -> None:
    """Those that are read at once, or that look at who waits and at agents' times, are not among them."""
    assert {"csat", "fcr", "topic_share", "clocks", "handle_mean_seconds"} <= {measure.name for measure in SELDOM}
    assert not {"service_level", "offered", "waiting", "occupancy", "wait_max_seconds"} & {measure.name for measure in SELDOM}
