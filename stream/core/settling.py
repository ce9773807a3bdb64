"""What the resolution of an issue is for the contacts that belong to it: as if somebody had said of each that no reply is needed.

The stage of contacts does not know of resolutions: they come under the key of the issue. So it hands on what a contact was told, and
the stage of issues folds that with the resolutions and without, and sends by what the two differ.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stream.core.centre import Centre
from stream.core.contact import REAL_TIME_TRANSITIONS, step
from stream.core.facts import EVERYTHING, HANDLED, ISSUE_HANDLED, WRAPPED_UP, Book, conclusions, net
from stream.core.issue import Course
from stream.core.life import WAITING, Life
from stream.core.parts import LINKED, TOLD, Part
from stream.core.patience import ENDLESS, Patience
from stream.core.schedule import NEVER
from stream.core.scopes import is_for_more
from stream.core.watermark import NOTHING

Told = list[list[Any]]
"""The events of one life in the order of its history: [time (ms), type's number, fields]."""
Settled = tuple[Book, int]
"""What resolutions are for contacts: facts by place, and by how much (ms) the contacts were handled longer."""
Known = dict[tuple[str, str, int, bool], tuple[tuple[int, ...], tuple[int, ...], Settled]]
"""What was found of single contacts: by (from which issue, contact, when it began, whether something had resolved it already) when that
was (ms), when it was besides, and what follows."""
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


def conclude_contacts(course: Course, limits: Limits, known: Known | None = None) -> Settled:
    """What the resolutions of an issue are for its contacts, as facts by place, and by how much (ms) these were handled longer for it.

    A contact that names the issue later was not there before. What was merged into it is resolved with it from then on; what was
    merged goes on to be resolved elsewhere. What a help desk says of it from the merge on is no resolution, for many close with it.
    known: what was found before of contacts that were told nothing since; what is found is put into it.
    """
    known = {} if known is None else known
    book: Book = {}
    handled = 0
    settlements = course.settlements
    own = [time for time, _ in settlements if course.merged is None or time < course.merged]
    for began, contact, part in course.waited if own else ():
        handled += _add(book, _known("", contact, began, part, (), own, limits, known))
    for origin, since, handed in course.handed if course.merged is None else ():
        later = [max(time, since) for time, until in settlements if until is None or until > since]
        before = handed.get("resolved", ())
        for contact, began, part in handed["parts"]:
            # What it was for them before the merge the other issue has sent; that they were handled longer is said where it goes on.
            handled += _known(origin, contact, began, part, (), before, limits, known)[1] if before else 0
            handled += _add(book, _known(origin, contact, began, part, before, later, limits, known)) if later else 0
    return book, handled


def _add(book: Book, found: Settled) -> int:
    for place, rows in found[0].items():
        book.setdefault(place, []).extend(rows)
    return found[1]


def _known(
    origin: str, contact: str, began: int, part: Part, already: Sequence[int], moments: Sequence[int], limits: Limits, known: Known
) -> Settled:
    """What `settle_more` gives of the moments (ms) at which the contact was there and known to belong to the issue."""
    if TOLD not in part:
        return {}, 0
    there = part.get(LINKED, began)
    before, at = (tuple(time for time in times if time >= there) for times in (already, moments))
    key = (origin, contact, began, bool(already))
    found = known.get(key)
    if found is None or found[:2] != (before, at):
        found = known[key] = before, at, settle_more(contact, part, before, at, limits)
    return found[2]


def forget_known(known: Known, origin: str, contact: str | None = None, began: int = 0) -> None:
    """Know no more what was found of a contact, or of all that an issue handed on."""
    if contact is not None:
        known.pop((origin, contact, began, False), None)
        return
    for key in [key for key in known if key[0] == origin]:
        del known[key]


def settle_more(contact: str, part: Part, already: Iterable[int], moments: Iterable[int], limits: Limits) -> Settled:
    """What follows for a contact from the resolutions at `moments` (ms) besides those at which it was resolved `already`.

    Nothing of a part that does not say what the contact was told: nothing of it can wait for a reply, or an older release wrote it.
    """
    told, before = part.get(TOLD), frozenset(already)
    if told is None or before.issuperset(moments):
        return {}, 0
    begun = Life(contact, limits.short, limits.linger, {}, limits.folded, limits.patience)
    ways = _two_ways(begun, told, before, sorted({*before, *moments}))
    if ways is None:
        return {}, 0
    for life in ways:
        if life.expires_at is not None and life.expires_at <= part.get("ended", NOTHING):
            life.expire()
    book: Book = {}
    handled = 0
    for conclusion, weight, first in net(*(conclusions(life.book) for life in ways)):
        place, kind, *_, value = conclusion
        if kind in HANDLING and not is_for_more(place):
            handled += weight * value
        if kind in limits.wanted:
            book.setdefault(place, []).append((*conclusion[1:], weight, first))
    return book, handled


def _two_ways(life: Life, told: Told, known: frozenset[int], resolved: list[int]) -> tuple[Life, Life] | None:
    """How the life goes with the resolutions that are known, and with all of them (ms), up to where both go on alike.

    A thread may be long, and most of it is before the first resolution that stops anything, or after whatever it stopped has been
    answered. So there is one life until then; None where nothing waited at any of them. A reply of the same millisecond goes before.
    """
    life.owns_book = True
    other: Life | None = None
    due = 0
    # A group that is named late is given what was concluded before, in which the two differ.
    grouped = max((number for number, row in enumerate(told) if "groups" in row[2]), default=-1)
    for number, (time, code, data) in enumerate((*told, _END)):
        while due < len(resolved) and resolved[due] < time:
            moment = resolved[due]
            due += 1
            if other is None and moment not in known and _waits(life, moment):
                other = _twin(life)
            if other is not None:
                _settle(other, moment)
            if moment in known:
                _settle(life, moment)
        if due == len(resolved) and (other is None or (number > grouped and _alike(life, other))):
            break
        if code != _NO_EVENT:
            step(life, time, code, data)
            if other is not None:
                step(other, time, code, data)
    return None if other is None else (life, other)


_NO_EVENT: Final = -1
_END: Final[list[Any]] = [NEVER, _NO_EVENT, {}]
"""After all that a contact was told, and after every resolution."""
_NO_REPLY_NEEDED: Final = {state: act for (state, kind), act in REAL_TIME_TRANSITIONS.items() if kind == "contact.no_reply_needed"}
"""What it does, by the state of the contact; nothing where it is over, or counts as lost."""


def _waits(life: Life, time: int) -> bool:
    """Whether a reply is waited for that a resolution can make needless."""
    if life.state not in _NO_REPLY_NEEDED or (life.state == WAITING and life.expires_at is not None and time > life.expires_at):
        return False
    return life.turn_since is not None or (life.waits_for_reply and life.state == WAITING)


def _settle(life: Life, time: int) -> None:
    """Its issue is resolved: no reply is needed any more."""
    if _waits(life, time):
        _NO_REPLY_NEEDED[life.state](life, time, {})


_OWN: Final = frozenset({"book", "began", "history"})
"""Of a life what says nothing of where it stands."""
_STANDS: Final = tuple(name for name in Life.__slots__ if name not in _OWN)


def _twin(life: Life) -> Life:
    """Another life that has gone the same way so far."""
    twin = Life(life.contact, life.short, life.linger, {place: list(rows) for place, rows in life.book.items()}, life.wanted, life.patience)
    for name in _STANDS:
        setattr(twin, name, getattr(life, name))
    twin.began = dict(life.began)
    twin.running = None if life.running is None else dict(life.running)
    twin.hands = None if life.hands is None else dict(life.hands)
    return twin


def _alike(life: Life, other: Life) -> bool:
    """Whether the two conclude the same from now on."""
    return all(getattr(life, name) == getattr(other, name) for name in _STANDS)
