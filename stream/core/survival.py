"""How long customers wait before they give up, though most of them are answered first: the estimate of Kaplan and Meier (1958).

Who was answered is censored: of him it is known only that he had not given up by then. Exact on the bounds over which waits are
counted: every wait stands for the bound above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SLACK: Final = 1e-9
"""So that a share that is exactly lost counts as lost, whatever the last bit of a product says."""


def drop_out(abandoned: Sequence[int], answered: Sequence[int], bounds: Sequence[int], lost: float) -> int | None:
    """The first of `bounds` by which the share `lost` would have given up, had nobody been answered; None where it is not reached.

    abandoned, answered: how many by the bound of their wait, the last one above every bound.
    Of those with the same bound, who gave up goes before who was answered.
    """
    waiting = sum(abandoned) + sum(answered)
    staying = 1.0
    for bound, gave_up, connected in zip(bounds, abandoned, answered, strict=False):
        if gave_up > 0:
            staying *= 1 - gave_up / waiting
            if 1 - staying >= lost - SLACK:
                return bound
        waiting -= gave_up + connected
    return None
