"""A centre that is made up for the board: records as a worker writes them, fed to the real follower and served by the real pages."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from stream.board.roster import Roster
from stream.board.usual import WEEKS, earlier, halves
from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.core.breach import iso
from stream.core.declared import Standard
from stream.core.scopes import key_by
from stream.live.access import Access
from stream.live.board import Board
from stream.live.board_pages import BoardPages
from stream.live.follower import Follower
from stream.live.roster import RosterReader

NOON: Final = 1_772_449_200_000
"""Monday 2026-03-02 12:00 in Berlin."""
BERLIN: Final = ZoneInfo("Europe/Berlin")
CALLS: Final = {"queue": "billing", "channel": "call"}
MAIL: Final = {"queue": "billing", "channel": "email"}
MINUTE: Final = 60_000


def verdict(name: str, *, breached: bool = False, value: float | None = None, target: float = 1.0, **more: Any) -> dict[str, Any]:
    """One standard of a reading."""
    status = "missed" if breached else "met"
    return {"standard": name, "severity": "critical", "status": status, "value": value, "target": target, "breached": breached, **more}


@dataclass
class Made:
    """The centre as it stands; `now` is its clock."""

    settings: Settings = field(default_factory=Settings)
    clock: str = "wall"
    now: int = NOON

    def __post_init__(self) -> None:
        """An empty centre."""
        self.centre = centre = read_centre(self.settings.centre_file)
        about = {"clock": self.clock, "centre": {"name": "Sample centre", "zone": "Europe/Berlin"}}
        self.follower = Follower(self.settings, about)
        self.standards: Sequence[Standard] = read_standards(self.settings.standards_file, centre)
        self.agents: dict[str, dict[str, int]] = {}
        """Of each queue, by state; nobody is in two."""
        self.waits: dict[str, tuple[int, float | None]] = {}
        """Of each queue's channel how many wait, and the longest wait (s)."""
        self.today: dict[str, dict[str, int]] = {}
        """Of each queue's channel who came, gave up and asked for a callback."""
        self.board = Board(self.follower, lambda: self.standards, centre, "a key of the tests")
        self.settle()

    def settle(self) -> None:
        """All is counted up to now."""
        self.follower.take_reading(b"!watermark/0", orjson.dumps({"settled": self.now}), self.now)

    def read(self, scope: dict[str, str], window: str, measures: dict[str, Any], *standards: dict[str, Any], **more: Any) -> None:
        """A reading of a window."""
        record = {"scope": scope, "window": None, "as_of": self.now, "measures": measures, "standards": list(standards), **more}
        self.follower.take_reading(f"{key_by(scope)}|{window}".encode(), orjson.dumps(record))

    def breach(self, name: str, scope: dict[str, str], since: int, *, status: str = "firing", contact: str = "", **more: Any) -> None:
        """A breach of a standard."""
        identity = f"{name}/{key_by(scope)}/{contact}"
        record: dict[str, Any] = {"id": identity, "status": status, "standard": name, "scope": scope, "severity": "critical"}
        record |= {"title": name, "form": "level", "started_at": iso(since), "ended_at": None, **more}
        if contact:
            record["contact_id"] = contact
        self.follower.take_breach(identity.encode(), orjson.dumps(record))

    def weeks(self, scope: dict[str, str], offered: int, staffed: float) -> None:
        """What was usual in the last weeks: so many contacts in each half-hour, so many agents."""
        for start in halves(self.now, self.board.usual.calendar):
            for week in range(1, WEEKS + 1):
                self.board.usual.take(key_by(scope), earlier(start, week, BERLIN), {"offered": offered, "staffed_hours": staffed / 2})

    def queue(self, scope: dict[str, str], *standards: dict[str, Any], waiting: int = 1, wait: float | None = 20.0, **more: Any) -> None:
        """A queue's channel with what is usual in it; `more` takes its place."""
        agents = more.pop("agents", TEAM)
        spoken = scope["channel"] in ("call", "chat")
        gone, handle, offered = more.pop("abandoned", 4 if spoken else 0), more.pop("handle", 302.0), more.pop("offered", 40)
        came = {"offered": 210, "abandoned": gone, "callback": 2 if spoken else 0}
        served, today = more.pop("served", (24, 25)), more.pop("served_today", (202, 210))
        lately, so_far = ([level("strict", 120, *one), level("no_short", 60, *one)] for one in (served, today))
        self.agents[scope["queue"]], self.waits[key_by(scope)], self.today[key_by(scope)] = agents, (waiting, wait), came
        self.read(scope, "all", {"waiting": waiting, "longest_wait_seconds": wait, "agents_by_state": agents}, *standards, **more)
        self.read(scope, "30m", {"service_level": lately})
        self.read(scope, "60m", {"offered": offered, "answered": 30, "handle_mean_seconds": handle})
        self.read(scope, "day", {**came, "service_level": so_far})
        self.read(scope, "28d", {"handle_mean_seconds": 302.0})

    def whole(self, waiting: int, wait: float | None, agents: dict[str, int] | None) -> None:
        """The centre as a whole."""
        self.read({}, "all", {"waiting": waiting, "longest_wait_seconds": wait, "agents_by_state": agents})
        self.read({}, "day", {name: sum(came[name] for came in self.today.values()) for name in ("offered", "abandoned", "callback")})

    def add_up(self) -> None:
        """The centre as a whole: what its queues are together."""
        waits = [wait for _, wait in self.waits.values() if wait is not None]
        states = {state: sum(agents[state] for agents in self.agents.values()) for state in TEAM}
        self.whole(sum(waiting for waiting, _ in self.waits.values()), max(waits, default=None), states)


def level(formula: str, seconds: int, numerator: int, denominator: int) -> dict[str, Any]:
    """One service level of a reading."""
    return {"formula": formula, "within_seconds": seconds, "numerator": numerator, "denominator": denominator}


TEAM: Final = {"available": 3, "reserved": 0, "on_contact": 7, "wrap_up": 1, "paused": 1}
"""Of a queue on which all is well."""
SHORT: Final = {"available": 0, "reserved": 0, "on_contact": 7, "wrap_up": 1, "paused": 6}
"""Of billing in trouble."""
IN_WRITING: Final[dict[str, Any]] = {"served": (0, 0), "served_today": (0, 0)}
"""No share is promised of what is written."""
QUEUES: Final = ("billing", "cards", "claims", "contracts", "delivery", "feedback", "orders", "sales", "support", "travel")


def calm(made: Made) -> None:
    """A minute in which all is well."""
    for name in QUEUES:
        made.queue({"queue": name, "channel": "call"}, verdict("queue-length"))
        made.queue(
            {"queue": name, "channel": "email"},
            verdict("first-response"),
            served=(0, 0),
            served_today=(0, 0),
            clocks=clocks(0, 3),
            wait=900.0,
        )
    made.add_up()


def clocks(overdue: int, due: int) -> list[dict[str, Any]]:
    """How the promise of a first answer stands."""
    return [{"standard": "first-response", "measure": "first_response", "overdue": overdue, "due_60m": due}]


def waiters(made: Made) -> list[list[Any]]:
    """The sixteen calls that wait in billing, each with since when (ms): the first for 402 s, one every 20 s."""
    return [[f"c{number}", made.now - (402 - 20 * number) * 1000] for number in range(16)]


def who_missed(made: Made, within: int = 120_000) -> list[list[Any]]:
    """The last twenty calls of billing that missed two minutes, the newest first: fifteen of those that wait, and five others."""
    running = [[contact, since + within, None, "", None] for contact, since in waiters(made) if since + within <= made.now]
    gone = (
        (31_000, 64_000, "abandoned"),
        (150_000, 95_000, "abandoned"),
        (290_000, 204_000, "callback"),
        (310_000, 151_000, "answered"),
        (330_000, 190_000, "answered"),
    )
    ended = [[f"d{number}", made.now - ago, took, became, None] for number, (ago, took, became) in enumerate(gone)]
    return sorted([*running, *ended], key=lambda miss: -miss[1])


def in_trouble(made: Made, *shares: dict[str, Any], **also: Any) -> None:
    """Calls of billing: more than usual, people paused, long talks, sixteen waiting; `shares` and `also` stand in the reading beside."""
    red = verdict("queue-length", breached=True, value=16.0, target=15.0)
    more: dict[str, Any] = {
        "waiting": 16,
        "wait": 402.0,
        "agents": SHORT,
        "offered": 84,
        "handle": 430.0,
        "served": (24, 45),
        "served_today": (112, 210),
        "abandoned": 17,
    }
    made.queue(CALLS, red, *shares, longest=waiters(made), **more, **also)
    made.weeks(CALLS, 30, 14)
    told: dict[str, Any] = {"value": 16.0, "target": 15.0, "op": "<=", "unit": "contacts", "title": "At most fifteen wait in a queue"}
    made.breach("queue-length", CALLS, made.now - 210_000, **told)


def busy(made: Made) -> None:
    """A minute in which some queues need help."""
    calm(made)
    in_trouble(made)
    percentage: dict[str, Any] = {"form": "percentage", "value": 24 / 45, "target": 0.9, "op": ">=", "unit": "share"}
    made.breach("calls-answered", CALLS, made.now - 5 * MINUTE, title="Nine calls in ten are answered within two minutes", **percentage)
    made.queue(MAIL, verdict("first-response", breached=True), waiting=23, wait=5_040.0, clocks=clocks(3, 6), agents=SHORT, **IN_WRITING)
    made.weeks(MAIL, 14, 14)
    for number, contact in enumerate(("m1", "m2", "m3")):
        clock: dict[str, Any] = {"form": "clock", "value": 3600.0, "target": 3600.0, "op": "<=", "unit": "seconds", "severity": "warning"}
        since = made.now - (24 - number) * MINUTE
        made.breach("first-response", MAIL, since, contact=contact, title="Every inquiry gets a first answer within an hour", **clock)
    sales = {"queue": "sales", "channel": "call"}
    made.queue(sales, verdict("open-a-new-queue", breached=True, value=5.0), waiting=5, wait=70.0, offered=44)
    made.weeks(sales, 14, 12)
    made.breach("open-a-new-queue", sales, made.now - 90_000, severity="warning", value=5.0, target=3.0, op="<=", unit="contacts")
    made.add_up()


@contextmanager
def served(made: Made) -> Iterator[str]:
    """The real pages on a free port of this machine, on a loop of their own."""
    loop = asyncio.new_event_loop()

    async def start() -> tuple[web.AppRunner, str]:
        application = web.Application()
        access = Access(made.settings)
        roster = RosterReader(made.settings, Roster(made.centre, str)) if access.supervised else None
        BoardPages(made.board, access, lambda: made.now, roster=roster).add_to(application)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/"

    runner, url = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def a_moment() -> None:
    """Long enough for the stream's next event."""
    time.sleep(1.2)
