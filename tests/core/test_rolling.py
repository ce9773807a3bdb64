"""Rolling windows are the sums of their panes, however they are read."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream.core.rolling import RollingWindows
from stream.core.windows import LONGEST, PANE, PANES, ROLLING, Cell, pane_of

Numbers = dict[str, tuple[int, int, dict[str, int], dict[str, int]]]


def summed(cells: dict[tuple[str, int], Cell], as_of: int) -> Numbers:
    """The windows that end around `as_of`, by adding up all of their panes."""
    end = pane_of(as_of) + PANE
    out: Numbers = {}
    for name, size in ROLLING.items():
        inside = [cell for (_, start), cell in cells.items() if end - size <= start < end]
        n = {key: sum(cell.n.get(key, 0) for cell in inside) for key in {key for cell in inside for key in cell.n}}
        top = {key: max(cell.top.get(key, -1) for cell in inside) for key in {key for cell in inside for key in cell.top}}
        out[name] = end - size, end, {key: amount for key, amount in n.items() if amount}, top
    return out


def read(found: dict[str, Cell]) -> Numbers:
    """What was read, in the same shape."""
    return {name: (cell.start, cell.end, dict(cell.n), dict(cell.top)) for name, cell in found.items()}


steps = st.lists(
    st.tuples(
        st.sampled_from(["count", "count", "count", "raise", "read", "forget", "renew"]),
        st.integers(0, 90),
        st.integers(-2, 3),
        st.sampled_from(["offered", "answered"]),
    ),
    max_size=40,
)


LATE_COUNT = [("count", 0, 1, "offered"), ("read", 58, 0, "offered"), ("forget", 62, 0, "offered"), ("count", 0, 1, "answered")]
LATE_RAISE = [("raise", 0, 3, "offered"), ("read", 58, 0, "offered"), ("forget", 62, 0, "offered"), ("raise", 0, 1, "offered")]
"""A pane that a window holds goes, and one with other numbers comes in its place before the window is read again."""


@example(LATE_COUNT, 6 * PANE)
@example(LATE_RAISE, 6 * PANE)
@settings(max_examples=300)
@given(steps, st.sampled_from([PANE, 6 * PANE, 61 * PANE]))
def test_windows_are_the_sums_of_their_panes(story: list[tuple[str, int, int, str]], pace: int) -> None:
    """Facts come late and early, are taken back, time moves on by any step, and back, and panes that are too old go."""
    cells: dict[tuple[str, int], Cell] = {}
    windows = RollingWindows(cells, tuple(ROLLING))
    settled = 0
    for act, where, amount, name in story:
        at = where * pace
        start = pane_of(at)
        if act in ("count", "raise"):
            cell = cells.setdefault((PANES, start), Cell(start, start + PANE, PANES))
            if act == "count":
                cell.n[name] += amount
            else:
                cell.raise_to(name + "^", abs(amount))
            windows.unread.add(start)
        elif act == "read":
            assert summed(cells, max(at, settled)) == read(windows.at(max(at, settled)))
        elif act == "renew":
            windows.renew()
        else:
            settled = max(settled, at)
            for key in [key for key in cells if key[1] < settled - LONGEST - 2 * PANE]:
                del cells[key]
                windows.forget(key[1])
    assert summed(cells, settled) == read(windows.at(settled))


def test_what_metrics_read_never_goes_back() -> None:
    """A scrape as of what is settled follows a reading as of now."""
    windows = RollingWindows({}, ("5m",))
    end = windows.at(100 * PANE)["5m"].end
    assert end == windows.latest(90 * PANE)["5m"].end
    assert end + 5 * PANE == windows.latest(105 * PANE)["5m"].end
