"""What the resolution of an issue is for the contacts that belong to it: as if somebody had said of each that no reply is needed.

The stage of contacts does not know of resolutions: they come under the key of the issue. So it hands on what a contact was told, and
the stage of issues folds that twice, with the resolutions and without, and sends by what the two differ.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stream.core.centre import Centre
from stream.core.contact import settle, step
from stream.core.facts import EVERYTHING, Book, conclusions, net
from stream.core.life import Life
from stream.core.parts import TOLD
from stream.core.patience import ENDLESS, Patience
from stream.core.watermark import NOTHING

Told = list[list[Any]]
"""The events of one life in the order of its history: [time (ms), type's number, fields]."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How contacts are folded: as the stage of contacts does, or the difference would be another one."""

    short: int = 0
    linger: int = 0
    wanted: Container[str] = EVERYTHING
    patience: Patience = ENDLESS

    @classmethod
    def of(cls, centre: Centre, wanted: Container[str]) -> Limits:
        """Those of a centre, where these kinds of facts are wanted."""
        return cls(centre.short_abandon, centre.lateness, wanted, Patience.of(centre))


def settled(contact: str, part: Mapping[str, Any], already: Iterable[int], moments: Iterable[int], limits: Limits) -> Book:
    """What follows for a contact from the resolutions at `moments` (ms) besides those at which it was resolved `already`.

    Nothing of a part that does not say what the contact was told: nothing of it can wait for a reply, or an older release wrote it.
    """
    told = part.get(TOLD)
    before, after = sorted(set(already)), sorted({*already, *moments})
    if told is None or before == after:
        return {}
    over = part.get("ended", NOTHING)
    out: Book = {}
    without, having = (conclusions(_folded(contact, told, over, resolved, limits)) for resolved in (before, after))
    for conclusion, weight, first in net(without, having):
        out.setdefault(conclusion[0], []).append((*conclusion[1:], weight, first))
    return out


def _folded(contact: str, told: Told, over: int, resolved: list[int], limits: Limits) -> Book:
    """The facts of a life whose issue was resolved at these moments; a reply of the same millisecond goes before."""
    life = Life(contact, limits.short, limits.linger, {}, limits.wanted, limits.patience)
    life.owns_book = True
    due = 0
    for time, code, data in told:
        while due < len(resolved) and resolved[due] < time:
            settle(life, resolved[due])
            due += 1
        step(life, time, code, data)
    for time in resolved[due:]:
        settle(life, time)
    if life.expires_at is not None and life.expires_at <= over:
        life.expire()
    return life.book
