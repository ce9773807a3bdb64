"""One verification: replay, then the same events through Kafka and live workers, then the comparison."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.intake.deliveries import Disorder
from stream.intake.kafka import apply_topics
from stream.replay.driver import replay
from stream.verify.compare import compared, differences
from stream.verify.outputs import Seen
from stream.verify.play import Play
from stream.worker_process import WorkerProcess

DEFAULT_STANDARDS: Final = Path(__file__).with_name("standards.yaml")
SECURITY: Final = (
    "security_protocol",
    "sasl_mechanism",
    "sasl_username",
    "sasl_password_file",
    "tls_ca_file",
    "tls_cert_file",
    "tls_key_file",
    "tls_check_hostname",
)
"""How to reach a secured cluster, passwords left out: those a worker inherits, and they stand in no settings file."""

Say = Callable[[str], None]
Progress = Callable[[str, int], None]
"""Told now and then: what is being done, and up to when (ms) of the events' time it has come."""
OFTEN: Final = 2_000
"""After so many events of a replay it is told again how far it is."""
REPLAYING: Final = "Replaying"
PLAYING: Final = "Playing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to play: workers, kills at random moments, disorder (ms), every so-manieth event twice, and the seed of it all."""

    workers: int = 2
    kills: int = 0
    shuffle_ms: int = 0
    duplicate_every: int = 0
    seed: int = 0


@dataclass(slots=True)
class Outcome:
    """What came of it. differences: a line each, empty when live equals replay."""

    events: int
    sent: int
    kills: int
    seconds: float
    records: int
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """The centre and its standards, and the files in which workers find the same; without a centre file it is an open centre."""

    centre: Centre
    standards: Sequence[Standard]
    centre_file: Path | None
    standards_file: Path


def verify(
    events: Iterable[Event], promises: Promises, settings: Settings | None, plan: Plan, say: Say, progress: Progress | None = None
) -> Outcome:
    """Play `events`, which are sorted and read more than once, as `plan` says and compare.

    settings: of a cluster to use; None starts an embedded broker of its own. progress: of the two long parts, REPLAYING and PLAYING;
    of the second, up to when every partition is settled. Raises PartMissing when a part does not come up or gets stuck.
    """
    began = time.monotonic()
    replayed = replay(_told(events, progress), promises.centre, promises.standards)
    if replayed.as_of is None:
        return Outcome(0, 0, 0, time.monotonic() - began, 0)
    with ExitStack() as stack:
        inherit = settings is not None
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerable-verify-")))
        if settings is None:
            say("Starting a broker")
            broker = stack.enter_context(Broker(place / "broker"))
            settings = Settings(bootstrap_servers=broker.bootstrap)
        say(f"Starting {plan.workers} workers")
        play = stack.enter_context(playing(settings, promises, place, plan.workers, inherit=inherit))
        play.begin(events, Disorder(shuffle=plan.shuffle_ms, duplicate_every=plan.duplicate_every, seed=plan.seed))
        _harm(play, plan)
        live = play.finish(replayed.as_of, None if progress is None else lambda at: progress(PLAYING, at))
        sent = 0 if play.sent is None else play.sent.count
    return Outcome(replayed.events, sent, len(play.faults), time.monotonic() - began, compared(replayed), differences(live, replayed))


def _told(events: Iterable[Event], progress: Progress | None) -> Iterator[Event]:
    """The events as they are, with word of how far they are."""
    for number, event in enumerate(events):
        if progress is not None and number % OFTEN == 0:
            progress(REPLAYING, event.time)
        yield event


@contextmanager
def playing(
    settings: Settings,
    promises: Promises,
    place: Path,
    count: int,
    *,
    inherit: bool = False,
    options: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
    ports: Sequence[int] = (),
    clock: str = "played",
    seen: Seen | None = None,
) -> Iterator[Play]:
    """Topics of its own on a cluster, and so many workers that are ready.

    inherit: whether workers take settings from our own environment. options: of the worker's command. more: settings of workers.
    ports: of the pages of the first workers, in the order of their numbers; the others take free ones. seen: called for every record
    that the workers commit.
    """
    name = f"verify-{uuid4().hex[:8]}"
    settings = replace(settings, application_id=name, topic_prefix=f"{name}-", clock=clock)
    apply_topics(settings)
    named = _named(settings, promises, place) | dict(more or {})

    def make(number: int) -> WorkerProcess:
        port = ports[number - 1] if number <= len(ports) else 0
        return WorkerProcess(number, place, named, inherit=inherit, options=options, port=port)

    with Play(settings, make, seen) as play:
        for _ in range(count):
            play.add()
        play.ready()
        yield play


def _harm(play: Play, plan: Plan) -> None:
    """Kill and restart workers at moments that the seed chooses."""
    chance = random.Random(plan.seed)  # noqa: S311 - moments of a test, not secrets
    for _ in range(plan.kills):
        play.let(chance.uniform(0.3, 2.0))
        worker = chance.choice(play.workers)
        worker.kill()
        play.fault("kill")
        play.let(chance.uniform(0.1, 1.0))
        worker.start()


def _named(settings: Settings, promises: Promises, place: Path) -> dict[str, str]:
    """The settings that a worker must know, by their names. Secrets it inherits."""
    centre_file = promises.centre_file
    if centre_file is None:
        centre_file = place / "centre.yaml"
        lateness = promises.centre.lateness // 1000
        centre_file.write_text(f"version: 1\ntime_zone: {promises.centre.zone}\nlateness: {lateness}s\n", encoding="utf-8")
    secured = {name: getattr(settings, name) for name in SECURITY}
    return {
        **{
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in secured.items()
            if value not in ("", None)
        },
        "centre_file": str(centre_file.resolve()),
        "standards_file": str(promises.standards_file.resolve()),
        "bootstrap_servers": settings.bootstrap_servers,
        "application_id": settings.application_id,
        "topic_prefix": settings.topic_prefix,
        "clock": settings.clock,
        "session_timeout": "6s",
    }
