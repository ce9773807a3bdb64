"""Runs the core over sorted events, without a broker, and keeps the last record per topic and key, as a reader of Kafka would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event
from stream.core.ledger import Ledger
from stream.intake.collector import uncollected
from stream.replay.beside import Folding, two_at_once
from stream.replay.figures import Figures

CHUNK: Final = 10_000
"""Each chunk has a price of its own, and ten thousand events are few beside what a fold keeps."""

MANY: Final = 20_000
"""From so many events on another process is worth its beginning and its end."""


def replay(
    events: Iterable[Event],
    centre: Centre,
    standards: Sequence[Standard],
    *,
    until: int | None = None,
    chunk_size: int = CHUNK,
    many: int = MANY,
) -> Figures:
    """Fold events that come in the order of `stream.core.events.order`, as of the last of them, or as of `until` (ms).

    chunk_size: how many events are folded at once; many: after how many another process takes a half of the work, where there is a
    core for it. The figures depend on neither.
    """
    ledger = Ledger(centre, standards)
    as_of, count = None, 0
    source = iter(events)
    with uncollected(), Folding(ledger.scopes) as scopes:
        while chunk := list(islice(source, chunk_size)):
            if until is not None and chunk[-1].time > until:
                chunk = [event for event in chunk if event.time <= until]
                source = iter(())
            if chunk:
                if count >= many and not scopes.parted and two_at_once():
                    scopes.part()
                as_of = chunk[-1].time
                count += len(chunk)
                scopes.fold(ledger.told(chunk, as_of - 1), ledger.offset)
        if until is not None:
            as_of = until
        if as_of is not None:
            scopes.fold(ledger.told((), as_of, final=True), ledger.offset)
        figures = scopes.figures()
    figures.as_of, figures.events = as_of, count
    return figures
