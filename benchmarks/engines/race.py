"""One run of one engine: from a topic that is full to figures that are right, with the clock running after the warm-up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import orjson

from benchmarks.engines.cluster import Cluster
from benchmarks.engines.engine import Child, Engine, Job, Run
from benchmarks.engines.following import Following
from benchmarks.engines.limit import Limit
from benchmarks.expected import Figures, differences
from stream.errors import PartMissing

LOOK_SECONDS: Final = 0.1
STUCK_SECONDS: Final = 90.0
"""How long nothing may move before a run is called a failure."""

SHOWN: Final = 3
MICRO: Final = 1e6


@dataclass(slots=True, kw_only=True)
class Result:
    """One run. equal: whether its figures were those of expected.py; None where it has none.

    wrong: some of those that were not. onlooker_cpu_seconds: what looking on has cost meanwhile, on the same cores.
    """

    engine: str
    round: int
    equal: bool | None
    events: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    onlooker_cpu_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def speed(self) -> float:
        """Events a second."""
        return self.events / self.seconds if self.seconds else 0.0

    @property
    def cost(self) -> float:
        """Microseconds of processor time an event."""
        return self.cpu_seconds / self.events * MICRO if self.events else 0.0


@dataclass(frozen=True, slots=True)
class _Look:
    """A moment of a run: when, how many records are committed, processor time of the engine and of this process so far."""

    at: float
    records: int
    cpu: float
    onlooker: float


async def race(engine: Engine, job: Job, wanted: Figures, number: int) -> Result:
    """Run `engine` once."""
    async with Cluster(job.bootstrap) as cluster:
        await cluster.make(job, engine.exchange)
        try:
            run = engine.start(job)
            try:
                if isinstance(engine, Limit):
                    return await _limit(run, job, number)
                async with Following(job.bootstrap, run, job.partitions) as following:
                    return await _watch(engine.name, run, job, wanted, number, cluster, following)
            except PartMissing as missing:
                return Result(engine=engine.name, round=number, equal=False, wrong=[str(missing)])
            finally:
                run.end()
        finally:
            await cluster.clear(job)


async def _watch(name: str, run: Run, job: Job, wanted: Figures, number: int, cluster: Cluster, following: Following) -> Result:
    """Look on until all input is committed and the figures are right, or until nothing moves any more."""
    begin: _Look | None = None
    moved, seen = time.monotonic(), (0, 0)
    compared = -1
    wrong: list[str] = []
    while time.monotonic() - moved < STUCK_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        run.check()
        following.check()
        look = _Look(time.perf_counter(), await _progress(run, job, cluster), run.cpu_seconds(), time.process_time())
        if (look.records, following.changes) != seen:
            seen, moved = (look.records, following.changes), time.monotonic()
        if begin is None and look.records >= job.warm_up:
            begin = look
        if look.records < job.filled.records or following.changes == compared or begin is None:
            continue
        compared = following.changes
        wrong = list(islice(differences(run.figures(following.outputs), wanted), SHOWN))
        if not wrong:
            share = (look.records - begin.records) / job.filled.records
            return Result(
                engine=name,
                round=number,
                equal=True,
                events=round(share * job.filled.events),
                seconds=look.at - begin.at,
                cpu_seconds=look.cpu - begin.cpu,
                memory_bytes=run.memory(),
                onlooker_cpu_seconds=look.onlooker - begin.onlooker,
            )
    stuck = f"nothing moved for {STUCK_SECONDS:.0f} s at {seen[0]} of {job.filled.records} records and {len(following.outputs)} figures"
    return Result(engine=name, round=number, equal=False, wrong=[*wrong, stuck])


async def _progress(run: Run, job: Job, cluster: Cluster) -> int:
    """How many records of the input are committed."""
    if run.group is None:
        return run.progress()
    offsets = await cluster.committed(run.group)
    return sum(offset for (topic, _), offset in offsets.items() if topic == job.filled.topic)


async def _limit(run: Run, job: Job, number: int) -> Result:
    """Wait for what the reader prints."""
    assert isinstance(run, Child)  # noqa: S101 - the limit is a process of ours
    memory = 0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        memory = max(memory, run.memory())
        try:
            run.check()
        except PartMissing:
            break
    try:
        told: dict[str, Any] = orjson.loads(run.log.read_bytes())
    except orjson.JSONDecodeError:
        raise PartMissing(f"It did not end well: {run.last_words()}") from None
    events = round(told["records"] * job.filled.events / job.filled.records)
    return Result(
        engine=Limit.name,
        round=number,
        equal=None,
        events=events,
        seconds=told["seconds"],
        cpu_seconds=told["cpu_seconds"],
        memory_bytes=memory,
    )
