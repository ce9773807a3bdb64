"""Clocks that go with a contact: they run where the contact is, and since when they began wherever that was.

A clock that a scope watches ends where it began, or the scope would watch it for ever. So where a contact moves to another queue,
its running clocks leave the scopes that it left and enter those that it came into; scopes of both see nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stream.core.events import ENTERING, LEAVING
from stream.core.facts import ASKED, ASKED_FIRST, ENTER_KINDS, KEEPING, LEAVE_KINDS, UNSEEN
from stream.core.scopes import moved

if TYPE_CHECKING:
    from stream.core.life import Life

CARRIED: Final = frozenset({ASKED_FIRST, ASKED, UNSEEN, KEEPING})
"""The kinds that begin such a clock."""
_ENDS: Final = {begin: end for begin, name in ENTER_KINDS.items() for end, other in LEAVE_KINDS.items() if name == other}


def start(life: Life, kind: str, when: int, since: int) -> None:
    """Start a clock where the contact is, at `when`; it counts `since` then or earlier (ms). Nothing where nobody asks for it."""
    if kind in life.wanted:
        if life.running is None:
            life.running = {}
        life.running[kind] = since, life.place
        _say(life, life.place, kind, when, since, ENTERING)


def stop(life: Life, kind: str, when: int) -> None:
    """Stop a clock where it runs; nothing where it does not. One that ran for 0 ms has not run at all."""
    if not life.running or kind not in life.running:
        return
    since, place = life.running.pop(kind)
    if when <= since:
        _say(life, place, kind, since, since, ENTERING, -1)
    else:
        _say(life, place, _ENDS[kind], when, since, LEAVING)


def carry(life: Life, when: int) -> None:
    """Let the running clocks be where the contact is by now."""
    for kind, (since, before) in (life.running or {}).items():
        if before == life.place:
            continue
        gone, come = moved(before, life.place), moved(life.place, before)
        if when <= since:
            _say(life, gone, kind, since, since, ENTERING, -1)
        else:
            _say(life, gone, _ENDS[kind], when, since, LEAVING)
        _say(life, come, kind, when, since, ENTERING)
        life.running = {**(life.running or {}), kind: (since, life.place)}


def _say(life: Life, place: tuple[Any, ...], kind: str, when: int, since: int, rank: int, weight: int = 1) -> None:
    life.book.setdefault(place, []).append((kind, when, since, rank, life.contact, since, weight, int(weight > 0)))
