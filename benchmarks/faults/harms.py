"""What is done to a running installation. A harm draws its moments from the round's own chance, so that a round can be repeated."""

from __future__ import annotations

import random
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.error import HTTPError
from urllib.request import urlopen

from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.verify.play import Play
from stream.worker_process import WorkerProcess

SESSION_SECONDS: Final = 6.0
"""The session time-out of the workers of a round."""

SCALE: Final = 4
NOT_ITS_OWN: Final = (
    "cc_contacts_",
    "cc_standard_",
    "cc_answer_",
    "cc_agents",
    "cc_window_",
    "cc_event_time_watermark_",
    "cc_consumer_lag_",
)
"""How the lines begin that a worker without a session must not show: another one shows them."""

ROOM: Final = 64 * 1024
"""Bytes of a file on a full disk: less than a database needs that has something to write, more than a worker has to say."""


@dataclass(slots=True)
class Scene:
    """What a harm works on.

    small: do it once, for a short test. end: of the input, as event time (ms). wrong: what was not as it should be, a line each.
    """

    play: Play
    broker: Broker
    chance: random.Random
    end: int
    small: bool = False
    wrong: list[str] = field(default_factory=list)

    def moment(self, least: float, most: float) -> None:
        """Let a random time pass (s)."""
        self.play.let(self.chance.uniform(least, most))


Harm = Callable[[Scene], None]


def kill(scene: Scene) -> None:
    """`kill -9` at random moments, also of workers that have not recovered yet; each starts again a moment later."""
    play = scene.play
    for _ in range(2 if scene.small else 5):
        scene.moment(0.5, 4.0)
        worker = scene.chance.choice(play.workers)
        worker.kill()
        play.fault("kill")
        scene.moment(0.1, 1.5)
        worker.start()


def pause(scene: Scene) -> None:
    """SIGSTOP for longer than the session time-out, then SIGCONT: the one that wakes shows nothing of what is no longer its own."""
    play = scene.play
    for _ in range(1 if scene.small else 2):
        scene.moment(1.0, 3.0)
        worker = scene.chance.choice(play.workers)
        play.wait(f"worker {worker.number} is ready", worker.ready)
        worker.pause()
        play.fault("pause")
        with ThreadPoolExecutor(1) as asking:
            scene.moment(SESSION_SECONDS + 2.0, SESSION_SECONDS + 5.0)
            asked = asking.submit(_page, worker.address)
            play.let(0.3)
            worker.resume()
            page = asked.result()
        shown = [line for line in page.splitlines() if line.startswith(NOT_ITS_OWN)]
        if shown:
            scene.wrong.append(f"Worker {worker.number} woke up without a session and showed {len(shown)} series: {shown[0]}")


def _page(address: str) -> str:
    try:
        with urlopen(f"{address}/metrics", timeout=60) as answer:  # noqa: S310 - a worker of ours
            text: str = answer.read().decode()
            return text
    except HTTPError as refused:
        with refused:
            return refused.read().decode()


def broker(scene: Scene) -> None:
    """The broker killed (-9) in the middle of transactions, and started again on the same data."""
    for _ in range(1 if scene.small else 2):
        scene.moment(1.0, 4.0)
        scene.broker.kill()
        scene.play.fault("broker")
        scene.moment(0.0, 6.0)
        scene.broker.start()
        scene.play.wait("all was settled that had been sent before the broker was killed", lambda: _recovered(scene.play))


def _recovered(play: Play) -> bool:
    return play.faults[-1].recovered is not None


def scale(scene: Scene) -> None:
    """From one worker to four and back to one, one at a time, ready or not."""
    play = scene.play
    while len(play.workers) < SCALE:
        scene.moment(0.5, 3.0)
        play.add()
        play.fault("worker more")
    play.ready()
    while len(play.workers) > 1:
        scene.moment(0.5, 3.0)
        play.end(scene.chance.choice(play.workers))
        play.fault("worker less")


def roll(scene: Scene) -> None:
    """A rolling restart: each worker ends on SIGTERM, with exit code 0, and starts again; the next follows when it is ready."""
    play = scene.play
    for worker in play.workers[: 2 if scene.small else None]:
        scene.moment(0.5, 2.0)
        play.end(worker)
        play.fault("restart")
        scene.moment(0.0, 1.0)
        play.workers.append(worker)
        worker.start()
        worker.wait(lambda: play.let(0.1))


def _gone(worker: WorkerProcess) -> bool:
    return worker.pid is None


def disk(scene: Scene) -> None:
    """The disk below the state is full: the worker says so and ends, the other goes on, and with room it comes back.

    No byte may be written to a file of that worker behind ROOM, as if its file system had no block left.
    """
    play = scene.play
    for _ in range(1 if scene.small else 2):
        scene.moment(0.5, 3.0)
        worker = scene.chance.choice(play.workers)
        play.wait(f"worker {worker.number} is ready", worker.ready)
        pid = worker.pid
        if pid is None:
            continue
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (ROOM, ROOM))
        play.workers.remove(worker)
        play.wait(f"worker {worker.number} found its disk full", partial(_gone, worker))
        play.fault("disk")
        code, said = worker.end(), worker.last_words()
        if code != PartMissing.exit_code or "make room" not in said:
            scene.wrong.append(f"Worker {worker.number} ended with {code} when its disk was full, and said: {said}")
        scene.moment(0.0, 2.0)
        play.workers.append(worker)
        worker.start()
