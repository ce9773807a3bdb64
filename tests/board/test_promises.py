"""What the board holds the figures of a queue against."""

from __future__ import annotations

import pytest

from stream.board.promises import Promises
from stream.core.declared import Standard


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_limits_the_first_to_be_broken_is_shown(order: int) -> None:
    """Five wait, which a warning allows three of: beside that the fifteen of the critical one would look as if all were well."""
    limits = {"warning": 3, "critical": 15}
    standards = [
        Standard(name=severity, title=severity, form="level", measure="waiting", limit=limit, severity=severity, grace=0)
        for severity, limit in limits.items()
    ]

    assert 3 == Promises(standards[::order]).of("billing", "call").waiting
    assert Promises([]).of("billing", "call").waiting is None
