"""The short form of the race: ours, the limit and Kafka Streams come to the figures of expected.py. Times are nobody's business here.

The peers in Python (Quix Streams, Bytewax, Faust) are not among them: each is installed into an environment of its own first, which
takes minutes on a new machine and hangs on a package index. `make bench` runs them, and says of each whether its output is equal.
"""

from __future__ import annotations

import asyncio

from benchmarks.engines.engine import Absent, Engine
from benchmarks.engines.limit import Limit
from benchmarks.engines.ours import Ours
from benchmarks.engines.rounds import Plan, run
from benchmarks.engines.streams import KafkaStreams

PLAN = Plan(rounds=1, seconds=0.5, events=8_000, warm_up=1_000)


def there(engine: Engine) -> bool:
    """Whether it can run on this machine."""
    try:
        engine.prepare()
    except Absent:
        return False
    return True


def test_engines_come_to_the_same_figures() -> None:
    """Ours and the limit everywhere; Kafka Streams where a JDK and Maven build it, which the bundled Java alone does not."""
    engines = [Ours(2, "ours"), Limit(), *(found for found in [KafkaStreams("exactly_once_v2", 2)] if there(found))]
    results = asyncio.run(run(engines, PLAN, lambda _: None))
    equal = {found["engine"]: (found["equal"], found["wrong"]) for found in results["runs"]}
    assert {found.name: (None if isinstance(found, Limit) else True, []) for found in engines} == equal
