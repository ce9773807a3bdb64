"""Another process that folds the scopes changes no figure, and says so where it is ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.ledger import Ledger
from stream.errors import PartMissing
from stream.intake.files import MEMORY_EVENTS
from stream.replay import driver
from stream.replay.beside import Folding, two_at_once
from stream.replay.driver import replay
from stream.simulator.day import simulate
from stream.wire.codec import to_json_line
from tests.intake.listening import PATIENCE, until

DEPLOY = Path(__file__).parents[2] / "deploy"


def gone(process: psutil.Process) -> bool:
    """Whether it has ended, whoever is to take note of that."""
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")


@pytest.mark.parametrize("parting", [0, 3])
def test_every_record_is_that_of_one_process(parting: int) -> None:
    """From the beginning and from the middle on; all topics, keys and records."""
    centre = read_centre(DEPLOY / "centre.yaml")
    standards = read_standards(DEPLOY / "standards.yaml", centre)
    day = list(simulate(centre, scale=0.2).events)
    chunks = [day[start : start + 500] for start in range(0, len(day), 500)]
    found = []
    for with_another in (False, True):
        ledger = Ledger(centre, standards)
        with Folding(ledger.scopes) as scopes:
            for number, chunk in enumerate(chunks):
                if with_another and number == parting:
                    scopes.part()
                scopes.fold(ledger.told(chunk, chunk[-1].time - 1), ledger.offset)
            scopes.fold(ledger.told((), day[-1].time, final=True), ledger.offset)
            found.append(scopes.figures().topics)
    alone, with_two = found

    assert alone == with_two


def test_a_long_replay_takes_two_from_so_many_events_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it can; with the same figures."""
    day = list(simulate(Centre(), scale=0.2).events)
    parted: list[None] = []
    part = Folding.part
    monkeypatch.setattr(Folding, "part", lambda self: parted.append(part(self)))
    found = []
    for can in (False, True):
        monkeypatch.setattr(driver, "two_at_once", lambda can=can: can)
        found.append(replay(day, Centre(), (), chunk_size=500, many=1_000))
        found.append(replay(day, Centre(), (), chunk_size=500, many=len(day)))

    assert [found[0]] * 4 == found
    assert 1 == len(parted)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_replay_that_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    """Neither the other process nor, where it can still be seen to, the directory in which events were sorted."""
    day = tmp_path / "day.jsonl"
    lines = [to_json_line(event, "test") for event in simulate(Centre(), scale=0.5).events]
    day.write_bytes(b"".join(lines))
    (scratch := tmp_path / "scratch").mkdir()
    days = [str(day)] * (1 + MEMORY_EVENTS // len(lines))
    call = [sys.executable, "-m", "stream", "replay", "--source", "events", *days, "--report", "json"]
    with subprocess.Popen(call, env={**os.environ, "TMPDIR": str(scratch)}, stdout=subprocess.PIPE) as process:
        mine = psutil.Process(process.pid)
        until(lambda: bool(mine.children()), "forked")
        (other,) = mine.children()
        assert [] != list(scratch.iterdir())
        process.send_signal(number)
        process.wait(PATIENCE)
        until(lambda: gone(other), "ended")
    if number == signal.SIGTERM:
        assert (128 + number, []) == (process.returncode, list(scratch.iterdir()))


def test_who_is_ended_from_outside_is_missing() -> None:
    """As where the memory is not enough: no figures, and a sentence."""
    others = set(multiprocessing.active_children())
    with Folding(Ledger(Centre(), ()).scopes) as scopes:
        scopes.part()
        scopes.fold([], 1)
        scopes.figures()
        (process,) = set(multiprocessing.active_children()) - others
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(PartMissing, match="was ended from outside"):
            scopes.figures()


def test_an_error_beside_is_an_error_here() -> None:
    """Whatever goes wrong there is not lost."""
    with Folding(Ledger(Centre(), ()).scopes) as scopes:
        scopes.part()
        scopes.fold([{}], 1)
        with pytest.raises(KeyError):
            scopes.figures()


def test_nothing_is_forked_beside_threads() -> None:
    """One of them might hold what the fork waits for."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert not two_at_once()
    finally:
        done.set()
        thread.join()
