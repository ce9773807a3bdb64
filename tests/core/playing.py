"""How a history is played through the pipeline: in which batches, over how many partitions, with which accidents."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event
from tests.core.histories import CENTRE, LATENESS, STANDARDS, Arrival, arrivals, copied, end_of, mark
from tests.core.pipeline import Pipeline

Look = Callable[[Pipeline], None]


@dataclass(frozen=True)
class Way:
    """How to play. `restarts`: how often, in a hundred steps, a partition is made anew of its committed table.

    `late`: some events come far beyond the lateness.
    """

    seed: int
    partitions: int = 1
    played: bool = True
    shuffled: bool = False
    doubled: float = 0.0
    restarts: int = 0
    largest: int = 8
    late: bool = False


def play(
    history: Sequence[Event], way: Way, look: Look | None = None, centre: Centre = CENTRE, standards: Sequence[Standard] = STANDARDS
) -> Pipeline:
    """Play a sorted history to its end; `look` is called after every step."""
    return _Player(history, way, look, centre, standards).play()


class _Player:
    def __init__(self, history: Sequence[Event], way: Way, look: Look | None, centre: Centre, standards: Sequence[Standard]) -> None:
        self.way = way
        self.chance = random.Random(way.seed)
        self.pipeline = Pipeline(centre, standards, way.partitions, played=way.played)
        self.look = look
        self.end = end_of(history)
        self.line = arrivals(history, self.chance, shuffled=way.shuffled, doubled=way.doubled, late=way.late)

    def play(self) -> Pipeline:
        while self.line:
            size = self.chance.randint(1, self.way.largest)
            batch, self.line = self.line[:size], self.line[size:]
            self.pipeline.events([copied(arrival.event) for arrival in batch])
            self._pass_time(batch)
            self._accidents()
        self._finish()
        return self.pipeline

    def _pass_time(self, batch: list[Arrival]) -> None:
        if self.way.played:
            self.pipeline.events([mark(min((arrival.event.time for arrival in self.line), default=self.end) - 1)])
            return
        clock = batch[-1].clock
        if self.line and self.chance.random() < 0.3:
            clock += int(self.chance.random() * (self.line[0].clock - clock))
        for name, partition in self.pipeline.stages:
            if self.chance.random() < 0.4:
                self.pipeline.tick(name, partition, clock)
                self._seen()

    def _accidents(self) -> None:
        pipeline, chance = self.pipeline, self.chance
        for name, partition in pipeline.lines:
            for source in pipeline.waiting_lines(name, partition):
                pipeline.move(name, partition, source, chance.choice((0, 1, 2, 100)))
                self._seen()
        for name, partition in pipeline.stages:
            if chance.random() * 100 < self.way.restarts:
                before = shown(pipeline, name, partition)
                pipeline.restart(name, partition)
                assert not self.way.played or before == shown(pipeline, name, partition)
                self._seen()
            elif name == "scopes" and self.way.played and chance.random() < 0.1:
                pipeline.tick(name, partition, self.end)

    def _finish(self) -> None:
        pipeline = self.pipeline
        if self.way.played:
            pipeline.events([mark(self.end, final=True)])
            while self._waiting():
                self._accidents()
            return
        for name in pipeline.nodes[:-1]:
            for partition in range(self.way.partitions):
                pipeline.tick(name, partition, self.end + LATENESS)
            while self._waiting():
                self._accidents()
        for partition in range(self.way.partitions):
            pipeline.tick("scopes", partition, self.end)
            pipeline._commit("scopes", partition, pipeline.scope_stage(partition)._read(self.end, everything=True))

    def _waiting(self) -> bool:
        return any(self.pipeline.waiting_lines(*reader) for reader in self.pipeline.lines)

    def _seen(self) -> None:
        if self.look is not None:
            self.look(self.pipeline)


def shown(pipeline: Pipeline, name: str, partition: int) -> Any:
    """What /metrics shows of a partition; on the played clock nothing of it is lost in a restart."""
    if name != "scopes":
        return None
    found = pipeline.scope_stage(partition).snapshot()
    return found.settled, sorted(found.scopes, key=lambda scope: (scope.queue or "", scope.channel or "", scope.also))
