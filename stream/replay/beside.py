"""The scopes of a replay in a process of their own: they are half of its work, and so two cores do it in little more than half the time.

The process is a fork, so it goes on with the scopes as they are. It is told what the other stages say, chunk after chunk and in their
order, and gives what came out when all is folded: no figure depends on where it was folded.
"""

from __future__ import annotations

import marshal
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self

from stream.core.scope_stage import ScopeStage
from stream.errors import PartMissing
from stream.replay.figures import Figures

AHEAD: Final = 2
"""How many chunks may wait for the scopes, so that neither side waits for the other, and memory stays bounded."""


def two_at_once() -> bool:
    """Whether a second process can be had and would have a core: only Linux forks safely, and only before there are threads."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1


class Folding:
    """Folds what the scopes are told, here until `part` was called, and from then on beside; `figures` has what came out."""

    def __init__(self, scopes: ScopeStage) -> None:
        """`scopes` are only to be touched from here."""
        self._scopes = scopes
        self._figures = Figures()
        self._beside: ProcessPoolExecutor | None = None
        self._sent: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        """Begin here."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the other process."""
        if self._beside is not None:
            self._beside.shutdown(cancel_futures=True)

    @property
    def parted(self) -> bool:
        """Whether there is another process."""
        return self._beside is not None

    def part(self) -> None:
        """Go on in another process."""
        forked = multiprocessing.get_context("fork")
        self._beside = ProcessPoolExecutor(1, forked, _begin, (self._scopes, self._figures))

    def fold(self, told: list[Any], offset: int) -> None:
        """Fold records of the number `offset`. Raises PartMissing where the other process was ended."""
        if self._beside is None:
            self._figures.take_all(self._scopes.fold(told, offset))
            return
        with _not_ended():
            while len(self._sent) >= AHEAD:
                self._sent.popleft().result()
            self._sent.append(self._beside.submit(_fold, marshal.dumps(told), offset))

    def figures(self) -> Figures:
        """What came out of all that was folded. Raises as `fold`."""
        if self._beside is None:
            return _with_verdicts(self._scopes, self._figures)
        with _not_ended():
            while self._sent:
                self._sent.popleft().result()
            return self._beside.submit(_all).result()


@contextmanager
def _not_ended() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        problem = "The process that folds the scopes was ended from outside: end what else needs the memory, and run the replay again."
        raise PartMissing(problem) from None


_here: list[tuple[ScopeStage, Figures]] = []
"""In the other process, what it goes on with."""


def _begin(scopes: ScopeStage, figures: Figures) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the replay ends this process, too, and hears of it once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _here.append((scopes, figures))


def _end_with_parent() -> None:
    """Nobody would take what a process folds whose parent was killed, and it would wait for more for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _fold(told: bytes, offset: int) -> None:
    scopes, figures = _here[0]
    figures.take_all(scopes.fold(marshal.loads(told), offset))  # noqa: S302 - of the process that this one is a fork of


def _all() -> Figures:
    return _with_verdicts(*_here[0])


def _with_verdicts(scopes: ScopeStage, figures: Figures) -> Figures:
    figures.spoke = scopes.spoke()
    return figures
