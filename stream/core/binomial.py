"""The exact binomial test: how many misses a percentage may have by chance before it speaks.

No fixed minimum: 3 misses of 5 at 90 % already speak (the chance of 3 or more is below 1 %), 2 of 5 do not.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log

SLACK = 1e-9
"""So that a chance that is exactly the error counts as such, whatever the last bit of a logarithm says."""


@lru_cache(maxsize=65_536)
def critical_misses(contacts: int, miss_share: float, error: float) -> int:
    """The fewest misses of `contacts` whose chance, where each misses with `miss_share`, is at most `error`.

    More than `contacts` where no number of misses can speak (few contacts and a low objective).
    """
    if miss_share <= 0:
        return 1
    if miss_share >= 1:
        return contacts + 1
    tail = 0.0
    for misses in range(contacts, -1, -1):
        chance = (
            lgamma(contacts + 1)
            - lgamma(misses + 1)
            - lgamma(contacts - misses + 1)
            + misses * log(miss_share)
            + (contacts - misses) * log(1 - miss_share)
        )
        tail += exp(chance)
        if tail > error * (1 + SLACK):
            return misses + 1
    return 0


def judge(kept: int, contacts: int, objective: float, error: float) -> str:
    """Say "met", "missed", "too_few" or "no_data" of a share that shall be at least `objective`.

    Met where the share reaches the objective. Missed where it does not and chance alone would show so many misses with a
    probability of at most `error`. Too few in between.
    """
    if contacts <= 0:
        return "no_data"
    if kept >= objective * contacts - 1e-9:
        return "met"
    misses = contacts - kept
    return "missed" if misses >= critical_misses(contacts, 1 - objective, error) else "too_few"
