"""The broker of the race: the embedded one, with the wait for first members that Kafka has by default."""

from __future__ import annotations

from typing import Final

from stream.embedded.broker import Broker

JOIN_MS: Final = 3_000
"""Tests turn the wait off to be quick. Here all processes of an engine are to share the partitions before the first event is read:
Faust counts events again, or leaves some out, when a worker joins later."""


class RaceBroker(Broker):
    """As in production, where it comes to groups."""

    def _configure(self) -> None:
        super()._configure()
        with (self.directory / "server.properties").open("a") as file:
            file.write(f"group.initial.rebalance.delay.ms={JOIN_MS}\n")
