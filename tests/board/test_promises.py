"""What the board holds the figures of a queue against."""

from __future__ import annotations

import pytest

from stream.board.promises import Promises
from stream.core.declared import Standard


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_limits_the_one_that_is_broken_is_shown(order: int) -> None:
    """Five wait, of whom a warning allows three: the fifteen of the critical one would look as if all were well. Of sixteen it counts."""
    limits = {"warning": 3, "critical": 15}
    standards = [
        Standard(name=severity, title=severity, form="level", measure="waiting", limit=limit, severity=severity, grace=0)
        for severity, limit in limits.items()
    ]

    targets = Promises(standards[::order]).of("billing", "call")

    assert [3, 3, 3, 15] == [targets.waiting(now) for now in (None, 2, 5, 16)]
    assert Promises([]).of("billing", "call").waiting(5) is None
