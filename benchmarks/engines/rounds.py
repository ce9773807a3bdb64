"""All engines in turns on one broker: topics filled once, then round after round, each beginning with another engine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.engines.broker import RaceBroker
from benchmarks.engines.engine import Absent, Engine, Job
from benchmarks.engines.race import Result, race
from benchmarks.expected import Figures, expected
from benchmarks.filling import Filled, fill
from benchmarks.generate import events
from stream.config.settings import Settings

WARM_UP: Final = 500_000
PACE: Final = 220_000
"""Events a second for which the topic is to last, so that the fastest engine has enough; others are given a part of it."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is to be run. events: in the topic of the fast engines; warm_up: at most a third of what an engine is given."""

    rounds: int = 5
    seconds: float = 60.0
    events: int = WARM_UP + 60 * PACE
    warm_up: int = WARM_UP
    partitions: int = 4


async def run(engines: Sequence[Engine], plan: Plan, say: Say) -> dict[str, Any]:
    """Run them all; what came of it, as JSON."""
    there, absent, versions = _prepared(engines, say)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as scratch, RaceBroker(Path(scratch) / "broker") as broker:
        filled: dict[int, tuple[Filled, Figures]] = {}
        for engine in there:
            count = max(1, round(plan.events * engine.share))
            if count not in filled:
                filled[count] = await _filled(broker.bootstrap, count, plan.partitions, Path(scratch), say)
        for number in range(1, plan.rounds + 1):
            turn = (number - 1) % max(1, len(there))
            for engine in (*there[turn:], *there[:turn]):
                topic, wanted = filled[max(1, round(plan.events * engine.share))]
                place = Path(tempfile.mkdtemp(dir=scratch))
                job = Job(
                    bootstrap=broker.bootstrap,
                    filled=topic,
                    partitions=plan.partitions,
                    name=f"{engine.name}-{number}-{int(time.time())}",
                    place=place,
                    warm_up=min(plan.warm_up, topic.records // 3),
                    seconds=plan.seconds,
                )
                result = await race(engine, job, wanted, number)
                results.append(result)
                say(_line(engine, result, plan.rounds))
    return {
        "plan": asdict(plan),
        "absent": absent,
        "versions": versions,
        "titles": {engine.name: engine.title for engine in engines},
        "runs": [{**asdict(result), "events_per_second": result.speed, "cpu_us_per_event": result.cost} for result in results],
    }


def _prepared(engines: Sequence[Engine], say: Say) -> tuple[list[Engine], dict[str, str], dict[str, dict[str, str]]]:
    there, absent, versions = [], {}, {}
    for engine in engines:
        say(f"Preparing {engine.title}")
        try:
            versions[engine.name] = engine.prepare()
            there.append(engine)
        except Absent as reason:
            absent[engine.name] = str(reason)
            say(f"  {reason}")
    return there, absent, versions


async def _filled(bootstrap: str, count: int, partitions: int, scratch: Path, say: Say) -> tuple[Filled, Figures]:
    say(f"Filling a topic with {count:,} events")
    settings = Settings(bootstrap_servers=bootstrap, topic_prefix=f"bench{count}-", partitions=partitions)
    topic = await fill(settings, events(count), scratch / f"{count}.jsonl")
    return topic, expected(topic.file)


def _line(engine: Engine, result: Result, rounds: int) -> str:
    head = f"round {result.round}/{rounds}  {engine.title}: "
    if result.equal is False:
        return f"{head}does not count: {'; '.join(result.wrong)}"
    output = "" if result.equal is None else ", output equal"
    return f"{head}{result.speed:,.0f} events/s, {result.cost:.1f} us an event, {result.seconds:.1f} s{output}"
