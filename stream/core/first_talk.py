"""The caller who is kept waiting until they talk to a person for the first time: in menus and queues, from the beginning on.

Whom the centre calls (`direction: outbound`) is no such caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.core import facts
from stream.core.carrying import start, stop, suspend

if TYPE_CHECKING:
    from stream.core.life import Life


def keep(life: Life, when: int) -> None:
    """The caller is kept waiting from now on, and has been since they began; nothing where they are already, or talked before."""
    kept = facts.KEEPING in life.wanted and not (life.answered_at or life.leg or life.outbound or life.waits_for_reply)
    if kept and (life.running is None or facts.KEEPING not in life.running):
        start(life, facts.KEEPING, when, when if life.begun_at is None else life.begun_at, life.kept_in)


def called(life: Life, when: int) -> None:
    """The centre calls them, so they wait for nobody; what was taken for a wait until now is judged by nobody."""
    life.outbound = True
    suspend(life, facts.KEEPING, when)


def believed_until(life: Life) -> int | None:
    """Until when (ms) it is believed that a caller is in the menu, where nobody tells of their end; None: for ever."""
    longest = life.patience.longest
    if longest is None or life.begun_at is None or not life.running or facts.KEEPING not in life.running:
        return None
    return life.begun_at + longest


def over(life: Life, when: int, *, for_sure: bool) -> None:
    """They are kept no more. Where it is only not believed any more and they are heard of again, they were kept all the while."""
    if for_sure:
        stop(life, facts.KEEPING, when)
    else:
        life.kept_in = suspend(life, facts.KEEPING, when)


def talk(life: Life, when: int) -> None:
    """A person talks to them. The first time, that is how long they were kept; a leg of another call goes on from a talk."""
    stop(life, facts.KEEPING, when)
    if not (life.answered_at or life.leg or life.outbound) and facts.KEPT_WAITING in life.wanted:
        life.conclude(facts.KEPT_WAITING, when, max(0, when - (life.begun_at or when)))
