"""One round: a broker of its own, live workers, a simulated day that is played while a harm is done, and the comparison."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from benchmarks.faults import harms
from benchmarks.faults.poison import poison
from benchmarks.faults.wall import wall_round
from benchmarks.installation import declared
from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.core.centre import REAL_TIME, Centre
from stream.core.declared import Standard
from stream.core.events import Event, order
from stream.embedded.broker import Broker
from stream.errors import AnswerableError
from stream.intake.deliveries import Disorder
from stream.replay.driver import replay
from stream.replay.figures import Figures
from stream.simulator.day import MONDAY, simulate
from stream.verify.compare import compared, differences
from stream.verify.run import Promises, playing

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
STANDARDS: Final = DEPLOY / "standards.yaml"
PLAYED_SECONDS: Final = 15.0
SMALL_SECONDS: Final = 8.0
"""How long the day takes on this machine's clock: the faults have to fall into it."""

SCALE: Final = 0.12
SMALL_SCALE: Final = 0.05
SEED: Final = 7
SHUFFLE_MS: Final = 30_000
DUPLICATE_EVERY: Final = 10
UNHEARD_EVERY: Final = 25
"""Of one in so many calls and chats nothing is heard after the offer: it waits until it counts as lost."""
MAX_WAIT: Final = "30m"
"""After which that is."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault: what is done, to how many workers, with which settings of theirs, and how large the day is (small: in the tests).

    harm: None where the round is one of its own, on the wall clock.
    """

    name: str
    about: str
    harm: harms.Harm | None
    workers: int
    settings: dict[str, str] = field(default_factory=dict)
    partitions: int = 4
    scale: float = SCALE
    small_scale: float = SMALL_SCALE
    seconds: float = PLAYED_SECONDS


CASES: Final = (
    Case("kill", "kill -9 at random moments: 3 workers, 5 kills", harms.kill, 3),
    Case("pause", "SIGSTOP past the session time-out, then SIGCONT", harms.pause, 2),
    Case("broker", "the broker killed and started again on the same data", harms.broker, 2),
    Case("scale", "from 1 worker to 4 and back", harms.scale, 1),
    Case("roll", "SIGTERM, rolling restart of all", harms.roll, 3),
    Case(
        "disk",
        "the disk below RocksDB is full, then has room again",
        harms.disk,
        2,
        {"store": "rocksdb"},
        partitions=2,
        scale=1.0,
        small_scale=0.4,
        seconds=30.0,
    ),
    Case("wall", "all killed for longer than events may be late, on the wall clock", None, 2),
    Case("poison", "records that nobody can read in the middle of a batch", poison, 2),
)


@dataclass(frozen=True, slots=True)
class Day:
    """The events of a simulated day, the centre and its file, the standards, what a replay says, and how long (s) it is played."""

    events: list[Event]
    centre: Centre
    declared: str
    standards: tuple[Standard, ...]
    replayed: Figures
    seconds: float

    @contextmanager
    def promises(self) -> Iterator[Promises]:
        """What workers are promised, in files that are there while they play the day."""
        with declared(self.declared) as centre_file:
            yield Promises(centre=self.centre, standards=self.standards, centre_file=centre_file, standards_file=STANDARDS)

    @property
    def end(self) -> int:
        """The time (ms) of the last event."""
        return self.events[-1].time

    @property
    def speed(self) -> float:
        """How many times as fast as it happened it is played."""
        return (self.end - self.events[0].time) / 1000 / self.seconds


@dataclass(slots=True)
class Result:
    """What came of one round. records: compared. recovered: seconds per harm, None where it never did."""

    name: str
    number: int
    seed: str
    records: int = 0
    recovered: list[float | None] = field(default_factory=list)
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)
    kept: str = ""

    @property
    def equal(self) -> bool:
        """Whether live was equal to replay, and everything else as it should be."""
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        return {
            "fault": self.name,
            "round": self.number,
            "seed": self.seed,
            "equal": self.equal,
            "records": self.records,
            "recovered_s": [None if one is None else round(one, 2) for one in self.recovered],
            "seconds": round(self.seconds, 1),
            "differences": self.differences,
        }


@lru_cache(maxsize=4)
def day(*, seed: int, scale: float, seconds: float) -> Day:
    """Simulate a day of the shipped centre, in which some are lost, and replay it."""
    shipped = (DEPLOY / "centre.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^max_wait: \S+", f"max_wait: {MAX_WAIT}", shipped, count=1, flags=re.MULTILINE)
    with declared(text) as centre_file:
        centre = read_centre(centre_file)
    standards = tuple(read_standards(STANDARDS, centre))
    events = list(left_unheard(sorted(simulate(centre, day=MONDAY, seed=seed, scale=scale).events, key=order)))
    return Day(events, centre, text, standards, replay(events, centre, standards), seconds)


def left_unheard(events: Iterable[Event]) -> Iterator[Event]:
    """The events without what some calls and chats said after they were offered."""
    silent: set[str] = set()
    for event in events:
        if event.subject in silent:
            continue
        if event.type == "contact.offered" and event.data["channel"] in REAL_TIME and crc32(event.subject.encode()) % UNHEARD_EVERY == 0:
            silent.add(event.subject)
        yield event


def day_of(case: Case, *, small: bool) -> Day:
    """The day that is played in the rounds of a case."""
    if small:
        return day(seed=SEED, scale=case.small_scale, seconds=SMALL_SECONDS)
    return day(seed=SEED, scale=case.scale, seconds=case.seconds)


def run(case: Case, number: int, seed: str, played: Day, *, small: bool = False, broker: Broker | None = None) -> Result:
    """Run one round. What it left is kept where it was not equal.

    broker: one that runs, for harms that leave it alone; None starts one for the round.
    """
    began = time.monotonic()
    result = Result(case.name, number, seed)
    place = Path(tempfile.mkdtemp(prefix=f"answerable-{case.name}-"))
    try:
        _round(case, result, played, place, broker, small=small)
    except AnswerableError as failed:
        result.differences.append(str(failed))
    finally:
        result.seconds = time.monotonic() - began
        if result.equal:
            shutil.rmtree(place, ignore_errors=True)
        else:
            result.kept = str(place)
    return result


def _round(case: Case, result: Result, played: Day, place: Path, broker: Broker | None, *, small: bool) -> None:
    chance = random.Random(result.seed)  # noqa: S311 - moments of a round, not secrets
    with ExitStack() as stack:
        broker = broker or stack.enter_context(Broker(place / "broker"))
        settings = Settings(bootstrap_servers=broker.bootstrap, partitions=case.partitions)
        if case.harm is None:
            result.records, result.recovered, wrong = wall_round(settings, place, chance, case.settings, small=small)
            result.differences += wrong
            return
        options = ("--log-level", "info")
        promises = stack.enter_context(played.promises())
        play = stack.enter_context(playing(settings, promises, place, case.workers, options=options, more=case.settings))
        disorder = Disorder(shuffle=SHUFFLE_MS, duplicate_every=DUPLICATE_EVERY, seed=chance.getrandbits(32))
        play.begin(played.events, disorder, speed=played.speed)
        scene = harms.Scene(play, broker, chance, played.end, small=small)
        case.harm(scene)
        live = play.finish(scene.end)
        result.recovered = [fault.recovered for fault in play.faults]
        result.records = compared(played.replayed)
        result.differences += differences(live, played.replayed) + scene.wrong


def chosen(names: Sequence[str]) -> tuple[Case, ...]:
    """The cases of these names, all without any."""
    return tuple(case for case in CASES if not names or case.name in names)
