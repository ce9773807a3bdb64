"""Whether recovery may go on from where a copy of a changelog ended."""

from __future__ import annotations

import pytest

from stream.live.stores.position import DELETE_RETENTION, MARGIN, Position, goes_on

NOW = 1_772_436_590_000
DAY = DELETE_RETENTION


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        (None, False),
        (Position("one", 70, NOW), True),
        (Position("another", 70, NOW), False),
        (Position("one", 19, NOW), False),
        (Position("one", 20, NOW), True),
        (Position("one", 101, NOW), False),
        (Position("one", 99, NOW - DAY + MARGIN), True),
        (Position("one", 99, NOW - DAY + MARGIN - 1), False),
        (Position("one", 99, NOW + MARGIN), True),
        (Position("one", 99, NOW + MARGIN + 1), False),
        (Position("one", 100, NOW - 100 * DAY), True),
    ],
)
def test_a_copy_is_believed_while_it_can_become_the_changelog(position: Position | None, expected: bool) -> None:  # noqa: FBT001 - a table
    """Of the same topic, within its bounds, and not so old that deletions may be gone; at the end nothing can be gone."""
    assert expected == goes_on(position, "one", (20, 100), now=NOW, retention=DAY)


def test_a_short_retention_has_a_short_margin() -> None:
    """A changelog whose deletions stay for a minute can be read on for half of it."""
    assert goes_on(Position("one", 5, NOW - 30_000), "one", (0, 9), now=NOW, retention=60_000)
    assert not goes_on(Position("one", 5, NOW - 30_001), "one", (0, 9), now=NOW, retention=60_000)
