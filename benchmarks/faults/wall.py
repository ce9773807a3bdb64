"""Workers on the clock `wall`, all killed for longer than events may be late: the verdicts are those of a replay, to the millisecond.

Events happen now. What waited while nobody was there is judged by when it happened: it is not late, and no breach has another time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.core.events import Event, order
from stream.core.stage import QUEUE_READINGS, STANDARD_BREACHES
from stream.intake.publish import Sending
from stream.replay.driver import replay
from stream.replay.figures import Figures
from stream.verify.play import Play
from stream.verify.run import Promises, playing

LATENESS: Final = 3_000
CALLS: Final = 90
SMALL_CALLS: Final = 40
APART: Final = 300
LONGEST: Final = 7_500
AFTER: Final = 5_000
"""Event time (ms) after the last event up to which both are read: by then everything is settled and nothing changes any more."""

CENTRE: Final = "version: 1\nname: Now\ntime_zone: UTC\nlateness: 3s\nqueues:\n  billing: {channels: [call]}\n  sales: {channels: [call]}\n"
STANDARDS: Final = """\
version: 1
standards:
  - name: few-wait
    title: At most four wait
    form: level
    measure: waiting
    at_most: 4
    hold: 2s
    per: [queue]
    hours: always
    grace: 0s
  - name: nobody-waits
    title: Nobody waits longer than five seconds
    form: clock
    measure: wait
    within: 5s
    hours: always
    grace: 0s
"""
KEPT: Final = ("status", "started_at", "ended_at")
LEVELS: Final = ("offered", "answered", "abandoned", "closed", "waiting", "max_waiting")


def wall_round(
    settings: Settings, place: Path, chance: random.Random, more: dict[str, str], *, small: bool
) -> tuple[int, list[float | None], list[str]]:
    """Play calls as they happen; give how many records were compared, the times of recovery, and what differs.

    more: settings of the workers.
    """
    place.mkdir(exist_ok=True)
    centre_file, standards_file = place / "centre.yaml", place / "standards.yaml"
    centre_file.write_text(CENTRE)
    standards_file.write_text(STANDARDS)
    centre = read_centre(centre_file)
    standards = read_standards(standards_file, centre)
    promises = Promises(centre=centre, standards=standards, centre_file=centre_file, standards_file=standards_file)
    with playing(settings, promises, place, 2, clock="wall", options=("--log-level", "info"), more=more) as play:
        begin = _now() + 500
        events = sorted(calls(begin, SMALL_CALLS if small else CALLS, chance), key=order)
        end = events[-1].time + AFTER
        dark = begin + int(chance.uniform(2_000, 6_000))
        _send(play, events, (dark, dark + LATENESS + int(chance.uniform(2_000, 6_000))))
        play.wait("everything is settled", lambda: play.outputs.passed(end + LATENESS) == play.settings.partitions)
        play.outputs.catch_up()
        replayed = replay(events, centre, standards, until=end)
        live, said = verdicts(play.outputs.figures), verdicts(replayed)
        differ = [key for key in sorted(live.keys() | said.keys()) if live.get(key) != said.get(key)]
        wrong = [f"{key} is {live.get(key)} live and {said.get(key)} in replay" for key in differ]
        return len(said), [fault.recovered for fault in play.faults], wrong


def calls(begin: int, count: int, chance: random.Random) -> Iterator[Event]:
    """Calls that wait for up to LONGEST; every ninth gives up."""
    for number in range(count):
        at = begin + number * APART + chance.randrange(APART)
        over = at + chance.randrange(500, LONGEST)
        contact = f"call-{number}"
        told = {"contact_id": contact}
        queue = chance.choice(("billing", "sales"))
        yield Event(at, "contact.offered", contact, f"now|{contact}-1", {**told, "queue": queue, "channel": "call"})
        if number % 9 == 0:
            yield Event(over, "contact.abandoned", contact, f"now|{contact}-2", told)
        else:
            yield Event(over, "contact.answered", contact, f"now|{contact}-2", {**told, "agent_id": "a1"})
        yield Event(over + 400, "contact.ended", contact, f"now|{contact}-3", {**told, "by": "customer"})


def _now() -> int:
    return time.time_ns() // 1_000_000


def _send(play: Play, events: list[Event], dark: tuple[int, int]) -> None:
    """Send each event when it happens; between the two moments nobody is there."""
    sending = Sending(play.settings, "now")
    lights = [*dark]
    try:
        for event in events:
            _wait(play, event.time, lights)
            sending.send(event)
            sending.flush()
        _wait(play, dark[-1], lights)
    finally:
        sending.close()


def _wait(play: Play, until: int, lights: list[int]) -> None:
    """Let time pass until a moment (ms), and switch the lights when it is time to."""
    while True:
        if lights and _now() >= lights[0]:
            lights.pop(0)
            _switch(play, on=not lights)
        left = until - _now()
        if left <= 0 and not (lights and lights[0] <= until):
            return
        play.let(min(max(left, 0) / 1000, 0.1))


def _switch(play: Play, *, on: bool) -> None:
    for worker in play.workers:
        if on:
            worker.start()
        else:
            worker.kill()
    if not on:
        play.fault("all killed", until=_now())


def verdicts(figures: Figures) -> dict[str, Any]:
    """The breaches that were not withdrawn, each with its times, and the counts of all scopes."""
    breaches = {
        f"{STANDARD_BREACHES} {key}": {name: record.get(name) for name in KEPT} | {"provisional": record["provisional"]}
        for key, record in figures.of(STANDARD_BREACHES).items()
        if record["status"] != "withdrawn"
    }
    readings = {
        f"{QUEUE_READINGS} {key}": {name: record["measures"][name] for name in LEVELS}
        for key, record in figures.of(QUEUE_READINGS).items()
        if key.endswith("|all") and not key.startswith("!")
    }
    return breaches | readings
