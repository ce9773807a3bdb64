"""What the resolution of an issue is for the contacts that belong to it: as if somebody had said of each that no reply is needed.

The stage of contacts does not know of resolutions: they come under the key of the issue. So it hands on what a contact was told, and
the stage of issues folds that twice, with the resolutions and without, and sends by what the two differ.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any, Final

from stream.core.centre import Centre
from stream.core.contact import settle, step
from stream.core.facts import EVERYTHING, HANDLED, ISSUE_HANDLED, WRAPPED_UP, Book, conclusions, net
from stream.core.issue import Course
from stream.core.life import Life
from stream.core.parts import LINKED, TOLD, Part
from stream.core.patience import ENDLESS, Patience
from stream.core.scopes import is_for_more
from stream.core.watermark import NOTHING

Told = list[list[Any]]
"""The events of one life in the order of its history: [time (ms), type's number, fields]."""
Settled = tuple[Book, int]
"""What resolutions are for contacts: facts by place, and by how much (ms) the contacts were handled longer."""
HANDLING: Final = frozenset({HANDLED, WRAPPED_UP})
"""What the handle time of an issue is made of. The end of a thread that waits says nothing of it; of one that waits no more it does."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How contacts are folded: as the stage of contacts does, or the difference would be another one."""

    short: int = 0
    linger: int = 0
    wanted: Container[str] = EVERYTHING
    patience: Patience = ENDLESS
    folded: Container[str] = EVERYTHING
    """The kinds of facts that are concluded: those that are wanted, and those that the figures of issues are made of."""

    @classmethod
    def of(cls, centre: Centre, wanted: Container[str]) -> Limits:
        """Those of a centre, where these kinds of facts are wanted."""
        folded = {*wanted, *HANDLING} if isinstance(wanted, frozenset) and ISSUE_HANDLED in wanted else wanted
        return cls(centre.short_abandon, centre.lateness, wanted, Patience.of(centre), folded)


def conclude_contacts(course: Course, limits: Limits) -> Settled:
    """What the resolutions of an issue are for its contacts, as facts by place, and by how much (ms) these were handled longer for it.

    A contact that names the issue later was not there before. What was merged into it is resolved with it from then on; what was
    merged goes on to be resolved elsewhere. What a help desk says of it from the merge on is no resolution, for many close with it.
    """
    book: Book = {}
    handled = 0
    settlements = course.settlements
    own = [time for time, _ in settlements if course.merged is None or time < course.merged]
    for began, contact, part in course.waited if own else ():
        handled += settle_more(book, contact, part, (), _since_there(part, began, own), limits)
    for since, handed in course.handed if course.merged is None else ():
        later = [max(time, since) for time, until in settlements if until is None or until > since]
        for contact, began, part in handed["parts"]:
            # What it was for them before the merge the other issue has sent; that they were handled longer is said where it goes on.
            already = _since_there(part, began, handed.get("resolved", ()))
            handled += settle_more({}, contact, part, (), already, limits)
            handled += settle_more(book, contact, part, already, _since_there(part, began, later), limits)
    return book, handled


def _since_there(part: Part, began: int, moments: Iterable[int]) -> list[int]:
    """Those of the moments (ms) at which the contact was there and known to belong to the issue."""
    there = part.get(LINKED, began)
    return [time for time in moments if time >= there]


def settle_more(book: Book, contact: str, part: Part, already: Iterable[int], moments: Iterable[int], limits: Limits) -> int:
    """Put into `book` what follows for a contact from the resolutions at `moments` (ms) besides those at which it was `already`.

    Gives how much longer (ms) it was handled for it. Nothing of a part that does not say what the contact was told: nothing of it can
    wait for a reply, or an older release wrote it.
    """
    told = part.get(TOLD)
    before, after = sorted(set(already)), sorted({*already, *moments})
    if told is None or before == after:
        return 0
    over = part.get("ended", NOTHING)
    without, having = (conclusions(_folded(contact, told, over, resolved, limits)) for resolved in (before, after))
    handled = 0
    for conclusion, weight, first in net(without, having):
        place, kind, *_, value = conclusion
        if kind in HANDLING and not is_for_more(place):
            handled += weight * value
        if kind in limits.wanted:
            book.setdefault(place, []).append((*conclusion[1:], weight, first))
    return handled


def _folded(contact: str, told: Told, over: int, resolved: list[int], limits: Limits) -> Book:
    """The facts of a life whose issue was resolved at these moments; a reply of the same millisecond goes before."""
    life = Life(contact, limits.short, limits.linger, {}, limits.folded, limits.patience)
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
