"""A contact turns out to be none: what it concluded is taken back."""

from __future__ import annotations

from stream.core import facts
from stream.core.carrying import stop
from stream.core.life import EXCLUDED, WAITING, WRAP_UP_LINGER, Life


def exclude(life: Life, time: int) -> None:
    """From now on it counts as a record and as excluded, and nowhere else.

    Sums are taken back; what was judged or was a maximum before was so, or figures would depend on batches. The book must be
    the life's own.
    """
    if life.state == WAITING:
        life.stop_waiting(time)
    life.stop_asking(time)
    stop(life, facts.KEEPING, time)
    life.let_go(time)
    for place, rows in life.book.items():
        for kind, _, at, rank, contact, value, weight, _ in rows[life.began.get(place, 0) :]:
            if kind == facts.RECORDED:
                if facts.EXCLUDED in life.wanted:
                    rows.append((facts.EXCLUDED, time, at, rank, contact, value, weight, 1))
            elif kind not in facts.CLOCK_KINDS:
                rows.append((kind, time, at, rank, contact, value, -weight, 1 if weight < 0 else 0))
    life.state = EXCLUDED
    life.forget_at = time + life.linger + WRAP_UP_LINGER
