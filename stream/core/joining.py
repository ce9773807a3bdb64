"""A contact turns out to be in a group: the group gets what was concluded of it before, as if it had been known all along.

What counted in a window counts in the same window of the group. Whatever depends on order (levels, maxima, verdicts) the group
has from the moment at which it became known, because before that nobody could judge it, and figures must not depend on batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from stream.core.events import LEAVING
from stream.core.facts import CLOCK_KINDS, ENTER_KINDS, LEAVE_KINDS, Fact
from stream.core.life import Life
from stream.core.scopes import is_for_more, is_moved, is_shared, with_extras


def join(life: Life, groups: Iterable[str], when: int) -> None:
    """Be in these groups as well, from `when` on; give them what the life has concluded so far. Its book must be its own."""
    before = life.groups
    # Where a clock came back to, it came in as well, for scopes that it had not been in: that row is its beginning.
    counted = [(place, rows) for place, rows in concluded(life) if (not is_for_more(place) or is_moved(place)) and not is_shared(place)]
    earlier = [(place, row) for place, rows in counted for row in rows]
    life.belong(groups)
    running = set(_running(earlier))
    for place, row in earlier:
        kind, _, at, rank, subject, value, weight, first = row
        later = (*with_extras(place, life.groups), with_extras(place, before)[2:])
        if kind not in CLOCK_KINDS:
            life.book.setdefault(later, []).append((kind, when, at, rank, subject, value, weight, first))
        elif (place[:2], kind, subject, value) in running:
            running.discard((place[:2], kind, subject, value))
            # Before whoever leaves in the same millisecond, so that the one who does is no ghost.
            life.book.setdefault(later, []).append((kind, when, at, LEAVING, subject, value, 1, 1))


def concluded(life: Life) -> Iterator[tuple[tuple[Any, ...], list[Fact]]]:
    """What this life has concluded, by place; of a contact that lived before, without what it had concluded then."""
    if life.owns_book:
        for place, rows in life.book.items():
            own = rows[life.began.get(place, 0) :]
            if own:
                yield place, own


def _running(rows: Iterable[tuple[tuple[Any, ...], Fact]]) -> Iterator[tuple[tuple[Any, ...], str, str, int]]:
    """The clocks that have begun and not ended, each as (queue and channel, kind of its beginning, subject, since when)."""
    counts: dict[tuple[tuple[Any, ...], str, str, int], int] = {}
    begins = {clock: kind for kind, clock in ENTER_KINDS.items()}
    for place, (kind, _, _, _, subject, value, weight, _) in rows:
        if kind in CLOCK_KINDS:
            clock = ENTER_KINDS.get(kind) or LEAVE_KINDS[kind]
            begun = (place[:2], begins[clock], subject, value)
            counts[begun] = counts.get(begun, 0) + (weight if kind in ENTER_KINDS else -weight)
    return (begun for begun, count in counts.items() if count > 0)


def looking_back(life: Life, groups: Sequence[str]) -> Sequence[str]:
    """The groups that look back at what was concluded; where nothing was they are the life's at once, and there are none."""
    if life.is_in(groups):
        return ()
    if any(concluded(life)):
        return groups
    life.belong(groups)
    return ()
