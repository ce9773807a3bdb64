"""Clocks that go with a contact: they run where the contact is, and since when they began wherever that was.

A clock that a scope watches ends where it began, or the scope would watch it for ever. So where a contact moves to another queue,
its running clocks leave the scopes that it left and enter those that it came into; scopes of both see nothing of it.

A scope judges a clock once. Whoever judges cannot remember each clock that was there, as nobody says whether it will come back; so the
facts tell, in `at`, which levels have no other use for. Of a beginning: until when (ms) the clock had been there before, or since when
it runs where it had not. Of an end: when it was carried away, or since when it had run where it is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stream.core.events import ENTERING, LEAVING
from stream.core.facts import ASKED, ASKED_FIRST, ENTER_KINDS, KEEPING, LEAVE_KINDS, UNSEEN, Fact
from stream.core.scopes import moved, shared

if TYPE_CHECKING:
    from stream.core.life import Life

Place = tuple[Any, ...]
Stays = tuple[tuple[Place, int], ...]
"""Where a clock was, each with until when (ms), the latest first."""
Run = tuple[int, Place, int, Stays]
"""A clock that runs: since when (ms), in which place, since when there, and where it was before."""

BEGINS: Final = frozenset({ASKED_FIRST, ASKED, UNSEEN, KEEPING})
"""The kinds that begin such a clock."""
_END_OF: Final = {begin: end for begin, name in ENTER_KINDS.items() for end, other in LEAVE_KINDS.items() if name == other}
ENDS: Final = frozenset(_END_OF[kind] for kind in BEGINS)
"""The kinds that end one."""


def was_here_until(fact: Fact) -> int | None:
    """Of the beginning of a clock: until when (ms) it had been in this scope before; None where it had not."""
    kind, _, at, _, _, since, _, _ = fact
    return at if kind in BEGINS and at > since else None


def is_carried_away(fact: Fact) -> bool:
    """Whether the end of a clock is none: it goes on elsewhere."""
    kind, _, at, _, _, since, _, _ = fact
    return kind in ENDS and at > since


def start(life: Life, kind: str, when: int, since: int, been: Stays = ()) -> None:
    """Start a clock where the contact is, at `when`; it counts `since` then or earlier (ms). Nothing where nobody asks for it.

    been: where the same clock was before it was `suspend`ed.
    """
    if kind in life.wanted:
        if life.running is None:
            life.running = {}
        life.running[kind] = since, life.place, when, been
        _come_in(life, kind, when, since, been)


def stop(life: Life, kind: str, when: int) -> None:
    """Stop a clock where it runs; nothing where it does not. One that ran for 0 ms has not run at all."""
    if not life.running or kind not in life.running:
        return
    since, place, _, _ = life.running.pop(kind)
    if when <= since:
        _say(life, place, kind, since, since, ENTERING, -1)
    else:
        _say(life, place, _END_OF[kind], when, since, LEAVING)


def suspend(life: Life, kind: str, when: int) -> Stays:
    """Stop a clock of which it is only not known whether it goes on; gives where it was, should it start again."""
    if not life.running or kind not in life.running:
        return ()
    since, place, entered, been = life.running.pop(kind)
    when = max(when, entered)  # who was lost, turned up, and is still not believed to wait
    if when <= since:
        _say(life, place, kind, since, since, ENTERING, -1)
    else:
        _say(life, place, _END_OF[kind], when, since, LEAVING, at=when)
    return _stays(place, entered, when, been)


def carry(life: Life, when: int) -> None:
    """Let the running clocks be where the contact is by now."""
    for kind, (since, before, entered, been) in (life.running or {}).items():
        if before == life.place:
            continue
        gone = moved(before, life.place)
        if when <= since:
            _say(life, gone, kind, since, since, ENTERING, -1)
        else:
            _say(life, gone, _END_OF[kind], when, since, LEAVING, at=when)
        _come_in(life, kind, when, since, been, before)
        life.running = {**(life.running or {}), kind: (since, life.place, when, _stays(before, entered, when, been))}


def _stays(place: Place, entered: int, left: int, been: Stays) -> Stays:
    """Where a clock was, with its last stay; nobody judges who was there for 0 ms."""
    return ((place, left), *(stay for stay in been if stay[0] != place)) if left > entered else been


def _come_in(life: Life, kind: str, when: int, since: int, been: Stays, *known: Place) -> None:
    """Begin a clock in all scopes of where the contact is but the `known`; where it had been already, with when it left there."""
    for place, left in been:
        if place not in known:
            _say(life, shared(life.place, place, *known), kind, when, since, ENTERING, at=left)
            known = (*known, place)
    _say(life, moved(life.place, *known) if known else life.place, kind, when, since, ENTERING)


def _say(life: Life, place: Place, kind: str, when: int, since: int, rank: int, weight: int = 1, at: int | None = None) -> None:
    row = (kind, when, since if at is None else at, rank, life.contact, since, weight, int(weight > 0))
    life.book.setdefault(place, []).append(row)
