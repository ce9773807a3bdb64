"""What all scopes of a partition share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.distributions import Bounds
from stream.core.measures.reading import Reading
from stream.core.watermark import NOTHING
from stream.core.windows import Calendar


@dataclass(frozen=True, slots=True)
class Epoch:
    """Reports that were promised after `since` and up to `until` (ms)."""

    standards: tuple[Standard, ...]
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Frame:
    """within: thresholds (ms) of reports; limits: of response times; keep: closed windows are never dropped (replay).

    reading: reads the measures that the centre keeps.
    since: from when on (ms) these standards hold. past: the reports that were promised before: a period is judged by what held at its end.
    coming: standards that will hold: what they need in order is kept in order before their time comes.
    played: readings are as of what is settled, not as of now.
    """

    centre: Centre
    standards: tuple[Standard, ...]
    bounds: Bounds
    within: tuple[int, ...]
    limits: Mapping[str, Sequence[int]]
    calendar: Calendar
    keep: bool
    reading: Reading
    since: int = NOTHING
    past: tuple[Epoch, ...] = ()
    coming: tuple[Standard, ...] = ()
    played: bool = False

    @property
    def windows(self) -> frozenset[str]:
        """The windows that are kept."""
        return self.centre.kept.windows
