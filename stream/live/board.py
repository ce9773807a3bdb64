"""The board of this worker: kept up to date while somebody looks, and made once for all who do.

What nobody looks at is not made: readings stay bytes in the follower, and only those that changed are decoded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import orjson

from stream.board.age import age
from stream.board.hours import Hours
from stream.board.missed import missed
from stream.board.model import Row, head, rows
from stream.board.promises import Promises
from stream.board.seats import Seats
from stream.board.slices import WINDOWS, Slice
from stream.board.table import shown_at
from stream.board.usual import Usual
from stream.board.words import CHANNELS, broken
from stream.core.breach import moment
from stream.core.reports import promise_of
from stream.core.scopes import key_by, scope_of
from stream.live.access import SUPERVISOR, shown_contact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stream.core.centre import Centre
    from stream.core.declared import Standard
    from stream.live.follower import Follower

FRESH: Final = 500
"""A board that is younger (ms) is handed out again."""
CONTACTS: Final = 50
"""How many contacts of a standard are listed at most; how many there are is said."""


class Board:
    """The rows and the head, as of the last look."""

    def __init__(self, follower: Follower, standards: Callable[[], Sequence[Standard]], centre: Centre, pseudonym_key: str = "") -> None:
        """`standards`: those that hold now. `pseudonym_key`: of contacts' pseudonyms; without one they are this process's own."""
        self.follower = follower
        self._standards = standards
        self._promises = Promises(standards())
        self.usual = Usual(centre.zone)
        self._key = pseudonym_key.encode() or os.urandom(32)
        self.played = follower.about.get("clock") == "played"
        """Whether the clock is one of marks: then there is no "last week" to compare with."""
        self._hours = Hours(centre)
        self._seats = Seats()
        self._slices: dict[str, Slice] = {}
        self._made_at: int | None = None
        self._made: dict[str, Any] = {}
        self._fires: list[dict[str, Any]] = []
        self.rows: list[Row] = []

    def look(self, now: int) -> dict[str, Any]:
        """The board at `now` (ms of the worker's clock)."""
        if self._made_at is not None and self._made_at <= now < self._made_at + FRESH:
            return self._made
        self._take_changes()
        held = self._standards()
        if tuple(held) != self._promises.standards:
            self._promises = Promises(held)
        newest = max((found.as_of for found in self._slices.values()), default=0)
        old = age(played=self.played, settled=self.follower.settled, moved=self.follower.moved, newest=newest, now=now)
        if self.played:
            for found in self._slices.values():
                found.at = old["shown"]
        self._fires = self._firing(newest)
        self.rows = rows(self._slices, self._fires, self._promises, self.usual, self._hours.closed)
        wall = self._seats.arrange([row["key"] for row in self.rows if row["broken"]], now)
        self._made_at = now
        self._made = {
            **self.follower.about,
            "at": now,
            "age": old,
            "head": head(self._slices, self.rows),
            "wall": wall,
            "order": [row["key"] for row in self.rows],
            "rows": {row["key"]: row for row in self.rows},
        }
        return self._made

    def _firing(self, newest: int) -> list[dict[str, Any]]:
        """What is broken, as far as the figures have come.

        A breach is told before the readings of its moment. On a played clock these lie minutes of the day back, so that it would begin
        later than they are; they follow within a second. newest: the time of the newest reading (ms).
        """
        fires = self.follower.fires.values()
        if not self.played:
            return list(fires)
        return [breach for breach in fires if moment(breach["started_at"]) <= self._known_until(key_by(breach["scope"]), newest)]

    def _known_until(self, key: str, newest: int) -> int:
        found = self._slices.get(key)
        return found.as_of if found is not None and found.as_of else newest

    def _take_changes(self) -> None:
        follower = self.follower
        changed, follower.changed = follower.changed, set()
        for key in changed:
            name, _, window = key.decode().rpartition("|")
            if window not in WINDOWS:
                continue
            reading = follower.reading(key)
            if reading is None:
                self._slices.pop(name, None) if window == "all" else self._slices.get(name, Slice({})).by_window.pop(window, None)
                continue
            found = self._slices.get(name)
            if found is None:
                found = self._slices[name] = Slice(scope_of(name))
            found.take(window, orjson.loads(reading))

    def detail(self, key: str, now: int, role: str) -> dict[str, Any] | None:
        """One row and the contacts behind what is red there.

        For each clock those over their time, for each share the last that missed it, and those that wait longest now.

        A supervisor sees contacts by their ids, everybody else by pseudonyms. nobody: why none is listed, where something is red.
        None where there is no such row.
        """
        board = self.look(now)
        row = board["rows"].get(key)
        if row is None:
            return None
        own = [breach for breach in self._fires if breach["scope"] == scope_of(key)]
        clocks: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for breach in own:
            if "contact_id" in breach:
                clocks.setdefault(promise_of(breach), []).append(breach)
        groups = []
        for late in clocks.values():
            late.sort(key=lambda breach: (breach["started_at"], breach["contact_id"]))
            listed = [self._contact(one["contact_id"], moment(one["started_at"]), role) for one in late[:CONTACTS]]
            says = broken(late[0], None, len(late), issues=self._promises.of_issues(late[0]))
            groups.append({"title": late[0]["title"], "says": says, "since": "over time since", "contacts": listed})
        found = self._slices.get(key)
        if found is not None:
            groups += missed(found, self._standards(), lambda contact: self._named(contact, role), agents=role == SUPERVISOR)
        if found is not None and found.longest:
            many = CHANNELS.get(row["channel"], ("contacts",))[0]
            waits = [self._contact(contact, found.counted_back(since), role) for contact, since in found.longest]
            says = f"{len(waits)} of {row['waiting']}" if (row["waiting"] or 0) > len(waits) else str(len(waits))
            groups.append({"title": f"Waiting longest: {says} {many}", "says": "", "since": "waiting since", "contacts": waits})
        nobody = "" if groups else _nobody(row, [] if found is None else found.standards)
        return {"at": shown_at(board), "row": row, "groups": groups, "nobody": nobody, "named": role == SUPERVISOR}

    def _contact(self, contact: str, since: int, role: str) -> dict[str, Any]:
        return {"contact": self._named(contact, role), "since": since}

    def _named(self, contact: str, role: str) -> str:
        return contact if role == SUPERVISOR else shown_contact(self._key, contact)


BEFORE: Final = "Who missed the share did so before such contacts were kept, with the last update: whoever misses it from now on is listed."
LASTS: Final = "Nobody whom the share counts now has missed it: it stays in breach until enough contacts have kept it."


def _nobody(row: Row, verdicts: Iterable[dict[str, Any]]) -> str:
    """Why no contact is listed, where something is red; empty where nothing is."""
    if not (row["broken"] or row["missed_30m"] or row["missed_day"]):
        return ""
    shares = [one for one in verdicts if "denominator" in one and (one["breached"] or one["status"] == "missed")]
    if shares:
        missed_by_somebody = any(share["numerator"] < share["denominator"] for share in shares)
        return BEFORE if missed_by_somebody else LASTS
    if not (row["queue"] and row["channel"]):
        return "Who waits is listed in the rows of single queues."
    if row["waiting"] is None:
        return "Who waits here is not known."
    if row["waiting"]:
        return "Who waits here is listed with the next figures."
    return "Nobody waits here now, and what is red is no share that a standard judges: who was behind it is not kept."
