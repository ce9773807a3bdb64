"""A clock that breaks while no worker runs is reported once, with the time at which it broke, when a worker is there again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.core.breach import iso
from stream.core.events import Event
from stream.core.stage import QUEUE_READINGS, STANDARD_BREACHES
from stream.embedded.broker import Broker
from stream.intake.publish import Sending
from stream.verify.play import Play
from stream.verify.run import Promises, playing

SECOND = 1_000
WITHIN = 12 * SECOND
BEGIN = 1_772_445_600_000
CENTRE = "version: 1\nname: Proof\ntime_zone: UTC\nlateness: 1s\nqueues:\n  billing: {channels: [call]}\n"
STANDARDS = """\
version: 1
standards:
  - name: nobody-waits
    title: Nobody waits longer than twelve seconds
    form: clock
    measure: wait
    within: 12s
    hours: always
    grace: 0s
"""


@contextmanager
def here(broker: Broker, place: Path, clock: str) -> Iterator[tuple[Play, Sending, list[dict[str, Any]]]]:
    """One worker, somebody who sends, and every breach record that the worker commits, in order."""
    centre_file, standards_file = place / "centre.yaml", place / "standards.yaml"
    centre_file.write_text(CENTRE)
    standards_file.write_text(STANDARDS)
    centre = read_centre(centre_file)
    standards = read_standards(standards_file, centre)
    promises = Promises(centre=centre, standards=standards, centre_file=centre_file, standards_file=standards_file)
    told: list[dict[str, Any]] = []

    def seen(topic: str, _: str, record: Any) -> None:
        if topic == STANDARD_BREACHES:
            told.append(record)

    with playing(Settings(bootstrap_servers=broker.bootstrap), promises, place, 1, clock=clock, seen=seen) as play:
        sending = Sending(play.settings, "proof")
        try:
            yield play, sending, told
        finally:
            sending.close()


def offered(at: int) -> Event:
    """A call begins to wait."""
    return Event(at, "contact.offered", "call-1", "proof|1", {"contact_id": "call-1", "queue": "billing", "channel": "call"})


def waits(play: Play) -> bool:
    """Whether the readings know the waiting call."""
    reading = play.outputs.figures.of(QUEUE_READINGS).get("queue=billing|all")
    return reading is not None and reading["measures"]["offered"] == 1


def facts(told: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """What is said of each breach: when it began, its state, and whose it is; each once."""
    return sorted({(record["started_at"], record["status"], record["contact_id"]) for record in told})


def restart(play: Play) -> None:
    """Kill the worker, start it again, and wait until it processes."""
    (worker,) = play.workers
    worker.kill()
    worker.start()
    play.ready()


@pytest.mark.timeout(180)
def test_on_the_played_clock(broker: Broker, tmp_path: Path) -> None:
    """The mark that passes the deadline comes while no worker runs: the next one says so, and the one after it says nothing more."""
    with here(broker, tmp_path, "played") as (play, sending, told):
        (worker,) = play.workers
        sending.send(offered(BEGIN))
        sending.tell(BEGIN + WITHIN - SECOND)
        play.wait("the call is known", lambda: waits(play) and play.outputs.passed(BEGIN + WITHIN - SECOND) == play.settings.partitions)
        assert [] == told
        worker.kill()
        sending.tell(BEGIN + 5 * WITHIN)
        worker.start()
        play.ready()
        play.wait("time has passed the deadline", lambda: play.outputs.passed(BEGIN + 5 * WITHIN) == play.settings.partitions)
        assert [(iso(BEGIN + WITHIN), "firing", "call-1")] == facts(told)
        restart(play)
        sending.tell(BEGIN + 6 * WITHIN, final=True)
        play.finish(BEGIN + 6 * WITHIN)
        assert [(iso(BEGIN + WITHIN), "firing", "call-1")] == facts(told)
        assert [False] == [record["provisional"] for record in told]


@pytest.mark.timeout(180)
def test_on_the_wall_clock(broker: Broker, tmp_path: Path) -> None:
    """The deadline passes on this machine's clock while no worker runs; it is reported with its own time, not with that of the start."""
    with here(broker, tmp_path, "wall") as (play, sending, told):
        (worker,) = play.workers
        begin = time.time_ns() // 1_000_000
        due = begin + WITHIN
        sending.send(offered(begin))
        sending.flush()
        play.wait("the call is known", lambda: waits(play))
        worker.kill()
        play.outputs.drain()
        assert [] == told
        play.wait("the deadline is long over", lambda: time.time_ns() // 1_000_000 > due + 3 * SECOND)
        worker.start()
        play.ready()
        play.wait("the breach is final", lambda: any(not record["provisional"] for record in told))
        assert [(iso(due), "firing", "call-1")] == facts(told)
        count = len(told)
        restart(play)
        now = time.time_ns() // 1_000_000
        play.wait("time has moved on after another restart", lambda: play.outputs.passed(now) == play.settings.partitions)
        assert [(iso(due), "firing", "call-1")] == facts(told)
        assert count == len(told)
        assert 1 == len({record["id"] for record in told})
