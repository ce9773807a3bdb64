"""The [scopes] stage: facts in; readings, closed intervals and breaches of standards out.

Its time is the least of all partitions that send it facts. Its state, by changelog key:

    !sources                     how far each partition that sends facts has come
    !canary                      when the newest synthetic contact was answered
    !standards                   changes of the standards that were taken, and those to come
    <scope> 0 h                  the scope's head: judges, counters, verdicts
    <scope> 0 c <window>:<start> a cell
    <scope> 0 b <id>             a breach that was sent out and goes on
    <scope> 0 r <id>             a breach of a closed period, which later numbers can correct
    <scope> 0 m                  the last contacts that missed a share
    <scope> 0 l <clock>:<id>     a running clock, or an agent's state
    <scope> 0 s                  up to when agents' times are in the cells
    <scope> 0 p <number>         facts that are not settled yet, as they arrived
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import Any, Final

import orjson

from stream.core.breach import iso
from stream.core.centre import Centre
from stream.core.changes import Change, Changes, audit, plain, standard_of, version_of
from stream.core.declared import REPORTS, Standard
from stream.core.distributions import SECOND, Bounds
from stream.core.fact_stage import SENDERS_KEY, Senders
from stream.core.facts import Fact
from stream.core.frame import Epoch, Frame
from stream.core.judges.report import path_of
from stream.core.measures import chosen
from stream.core.measures.entry import DEFAULTS
from stream.core.measures.paths import thresholds
from stream.core.measures.reading import Reading
from stream.core.measures.rings import ring_bounds
from stream.core.scope import Scope
from stream.core.scopes import CANARY_SCOPE, Scoping, partition_of, scopes_at
from stream.core.show import show
from stream.core.snapshot import Snapshot
from stream.core.staff import stored_known
from stream.core.stage import MARK, QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES, VERSION, Committed, Output, unpacked
from stream.core.topology import SCOPE_FACTS, senders
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import NOTHING
from stream.core.windows import Calendar, Cell

REPORTED: Final = (20 * SECOND, 60 * SECOND, 120 * SECOND)
"""Thresholds of the service levels in readings and reports."""
BEHIND: Final = 5_000
"""How far (ms) the sources' time may lie behind the clock before nobody is judged up to the clock: they have a backlog."""
READ_EVERY: Final = 1_000
"""How often (ms of the clock) readings are sent; what breaches a standard is told at every tick."""
READINGS_A_MS: Final = 1
"""Where very many have something new to say they are sent less often: so many for each millisecond (of the clock) until the next."""
RARER: Final = 5
"""While the sources have a backlog, readings are sent so many times less often: the time goes into working it off."""
STANDARDS_KEY: Final = b"!standards"
CANARY_KEY: Final = b"!canary"
LONGEST_PAST: Final = 90 * 86_400_000
"""How long (ms) reports that are promised no more are remembered for what comes late: longer than any window is kept for them."""
CHANGED: Final = "!standards/"
"""Before the version and the moment, the key in queue-readings under which a change of the standards is told."""


WAITED: Final = ("answered", "abandoned", "flowed_out", "callback", "answered@left", "abandoned@left", "callback@left", "answered@ended")
"""Kinds of facts whose value is a wait in a queue."""


def bounds_of(standards: Sequence[Standard], within: Iterable[int] = (), centre: Centre = DEFAULTS) -> Bounds:
    """The usual bounds, those that reports show, and the thresholds of all standards, so that every verdict has its bound."""
    limits = {*REPORTED, *within, centre.instant}
    waits = limits | {standard.within for standard in standards if standard.measure in ("service_level", "wait") and standard.within}
    extra: dict[str, Iterable[int]] = dict.fromkeys(WAITED, waits)
    extra |= ring_bounds(centre.ring_cadence)
    for measure in ("first_response", "response"):
        extra[measure] = {standard.within for standard in standards if standard.measure == measure and standard.within}
    return Bounds(extra)


def thresholds_of(standards: Iterable[Standard]) -> tuple[int, ...]:
    """The thresholds (ms) of the service levels in readings: the usual ones, those of standards, and those that reports name."""
    promised = list(standards)
    named = thresholds(path_of(one) for one in promised if one.form in REPORTS)
    return tuple(sorted({*REPORTED, *(one.within for one in promised if one.measure == "service_level" and one.within), *named}))


def limits_of(standards: Iterable[Standard]) -> dict[str, tuple[int, ...]]:
    """The thresholds (ms) of response times that standards declare, by the clock."""
    clocks = ("first_response", "response")
    return {clock: tuple(sorted({one.within for one in standards if one.measure == clock and one.within})) for clock in clocks}


class ScopeStage:
    """One partition of scope-facts."""

    def __init__(
        self,
        centre: Centre,
        standards: Sequence[Standard],
        partition: int,
        targets: int,
        *,
        played: bool,
        keep: bool = False,
        wanted: Wanted = ALL_WANTED,
    ) -> None:
        """`targets`: how many partitions each topic of events and facts has; `keep`: drop no window (replay)."""
        self.centre = centre
        self.wanted = wanted
        self.partition = partition
        self.targets = targets
        self.played = played
        self.keep = keep
        within = thresholds_of(standards)
        self.bounds = bounds_of(standards, within, centre)
        calendar = Calendar(centre.zone)
        reading, limits = Reading(chosen(centre.kept.measures, centre.kept.also)), limits_of(standards)
        self.frame = Frame(centre, tuple(standards), self.bounds, within, limits, calendar, keep, reading, played=played)
        self._begun_with = version_of(standards)
        self.promised = Changes()
        self.scopes: dict[str, Scope] = {}
        self.senders = Senders(senders(SCOPE_FACTS, wanted.nodes), targets)
        self.settled = NOTHING
        self.final = False
        self.canary: int | None = None
        """When (ms) the newest synthetic contact was answered."""
        self._pending: list[tuple[int, int, str]] = []
        """The entries of facts that are not settled yet, as a heap: the time (ms) of the newest fact, their number, their scope."""
        self._number = 0
        self._staff: dict[str, list[int]] = {}
        """What is stored of each scope's staff."""
        self._entries: dict[bytes, bytes | None] = {}
        self._told = NOTHING
        self._read_at = self._read_next = NOTHING
        self._finished = NOTHING
        self._named = frozenset(self._declared())
        self._begin()

    def _begin(self) -> None:
        """Make the scopes that exist from the beginning."""
        self.scopes.clear()
        for scope in sorted(self._named):
            self._scope(scope)

    def _declared(self) -> Iterable[str]:
        """The scopes that the centre declares and that this partition owns: their series exist, at 0, from the beginning."""
        scopes: set[str] = set()
        scoping = Scoping(self.centre.of_queues(), self.wanted.dimensions)
        for queue in self.centre.queues.values():
            for channel in queue.channels:
                scopes.update(scoping.of((queue.name, channel)))
        for person in self.centre.people.values():
            also = {"team": [person.team] if person.team else [], "skill": person.skills, "tier": [person.tier] if person.tier else []}
            scopes.update(scopes_at(also, [kind for kind in self.wanted.dimensions if kind]))
        scopes.update(scopes_at({"group": self.centre.groups}, self.wanted.dimensions & {("group",)}))
        return (
            sorted(scope for scope in scopes if partition_of(scope.encode(), self.targets) == self.partition) if self.centre.queues else ()
        )

    def _scope(self, key: str) -> Scope:
        scope = self.scopes.get(key)
        if scope is None:
            scope = Scope(key, self.frame)
            scope.timeline.position = self.settled
            self.scopes[key] = scope
        return scope

    # -- in -----------------------------------------------------------------------------------------------------------

    def fold(self, batch: Sequence[Any], offset: int) -> list[Output]:
        """Fold decoded records of scope-facts.

        {"s", "o", "i", "k", "f"} has groups of facts, {"s", "w", "x"} a source's time, {"s", "c"} a change of the standards.
        """
        for record in batch:
            if "c" in record:
                self._expect(Change.decode(record["c"]))
            elif self.senders.take(record):
                self._take(record["k"], record["f"])
        return self._move()

    def _take(self, key: str, groups: list[list[Any]]) -> None:
        if key == CANARY_SCOPE:
            self._hear_canary(groups)
            return
        scope = self._scope(key)
        scope.take(groups)
        if self.keep or not scope.ordered:
            return
        position, ordered = scope.timeline.position, scope.ordered
        waiting = [fact for group in groups for fact in group if fact[1] > position and fact[0] in ordered and fact[6]]
        if waiting:
            self._number += 1
            heappush(self._pending, (max(fact[1] for fact in waiting), self._number, key))
            self._entries[_key(key, "p", str(self._number))] = orjson.dumps([VERSION, waiting])

    def _hear_canary(self, groups: list[list[Any]]) -> None:
        """Note when the newest synthetic contact was answered; nothing of it is counted, judged or told.

        All its events are of one moment, so any fact says it: which facts there are depends on what the centre keeps.
        """
        newest = max((fact[1] for group in groups for fact in group), default=NOTHING)
        if newest > (self.canary or NOTHING):
            self.canary = newest
            self._entries[CANARY_KEY] = orjson.dumps([VERSION, self.canary])

    def _move(self) -> list[Output]:
        """Settle what all sources have passed."""
        self.senders.move()
        settled, self.final = self.senders.settled, self.senders.final
        if settled <= NOTHING:
            return []
        out: list[Output] = []
        if settled > self.settled:
            while (change := self.promised.next(settled)) is not None:
                out += self._adopt(change)
            self.settled = settled
            for scope in self.scopes.values():
                scope.advance(settled)
            self._drop_settled()
        if self.played:
            out += self._conclude(None)
        if self.final and self.settled > self._finished:
            self._finished = self.settled
            out += self._read(self.settled, everything=True)
            out.append(self._time())
        return out

    def _expect(self, change: Change) -> None:
        """Hear of a change; every source tells of it, and it is one."""
        if self.promised.expect(change):
            self.frame = replace(self.frame, coming=self.promised.coming)
            for scope in self.scopes.values():
                scope.expect(self.frame)
            self._save_changes()

    def _adopt(self, change: Change) -> list[Output]:
        """Judge by other standards from their moment on, or from now on where it is settled already; tell what changes."""
        at = max(change.holds_from, self.settled + 1)
        for scope in self.scopes.values():
            scope.advance(at - 1)
        told = audit(self.frame.standards, change, at)
        self._hold(change, at)
        for scope in self.scopes.values():
            scope.adopt(self.frame)
        self._save_changes()
        return [(QUEUE_READINGS, f"{CHANGED}{change.version}/{at}".encode(), told)] if self.partition == 0 else []

    def _hold(self, change: Change, at: int) -> None:
        reports = tuple(one for one in self.frame.standards if one.form in REPORTS)
        past = (*self.frame.past, Epoch(reports, self.frame.since, at)) if reports else self.frame.past
        past = tuple(epoch for epoch in past if self.keep or epoch.until > at - LONGEST_PAST)
        self.frame = replace(self.frame, standards=change.standards, since=at, past=past, coming=self.promised.coming)

    def _save_changes(self) -> None:
        epochs = [[[plain(one) for one in epoch.standards], epoch.since, epoch.until] for epoch in self.frame.past]
        self._entries[STANDARDS_KEY] = orjson.dumps([VERSION, [self._begun_with, self.promised.encode(), self.frame.since, epochs]])

    def _restore_changes(self, stored: Any) -> None:
        """Take back what was changed, unless the file that the worker began with has become another one since."""
        begun_with, changes, began, epochs = stored
        self.promised = Changes.decode(changes)
        held = self.promised.held
        if held is not None and self._begun_with in {begun_with, held.version}:
            self._begun_with = begun_with
            past = tuple(Epoch(tuple(standard_of(one) for one in standards), *span) for standards, *span in epochs)
            self.frame = replace(self.frame, standards=held.standards, since=began, past=past)
        self.frame = replace(self.frame, coming=self.promised.coming)
        self._begin()

    def _drop_settled(self) -> None:
        while self._pending and self._pending[0][0] <= self.settled:
            _, number, key = heappop(self._pending)
            self._entries[_key(key, "p", str(number))] = None

    def erase(self, asked: Sequence[tuple[str, int]]) -> None:
        """A scope knows of no customer."""

    # -- out ----------------------------------------------------------------------------------------------------------

    def tick(self, now: int) -> list[Output]:
        """On the wall clock judge provisionally up to `now`; once a second send the readings that changed."""
        out = [] if self.played else self._conclude(self._known_until(now))
        as_of = self.settled if self.played else now
        if as_of > NOTHING and not self._read_at <= now < self._next_reading(now):
            found = self._read(as_of, everything=False)
            self._read_at, self._read_next = now, now + max(READ_EVERY, len(found) // READINGS_A_MS)
            out += found
        if self.settled > self._told:
            self._told = self.settled
            out.append(self._time())
        return out

    def _next_reading(self, now: int) -> int:
        """When readings are due (ms): soon after those before, later where `now` the sources are behind."""
        if self.played or self._known_until(now) == now:
            return self._read_next
        return self._read_at + RARER * (self._read_next - self._read_at)

    def _known_until(self, now: int) -> int:
        """Until when enough is known for a provisional verdict: now, but not while a source works off its backlog."""
        known = self.settled + self.centre.lateness
        return now if now - known <= BEHIND else known

    def _conclude(self, ahead: int | None) -> list[Output]:
        """Breach records and closed intervals."""
        out: list[Output] = []
        for scope in self.scopes.values():
            if scope.asks(self.settled, ahead):
                out += [(STANDARD_BREACHES, record["id"].encode(), record) for record in scope.breaches(ahead)]
                for name, interval in scope.intervals(self.settled):
                    key = f"{scope.key}|{name}|{interval['window']['start']}"
                    out.append((QUEUE_INTERVALS, key.encode(), interval))
            scope.forget(self.settled)
        return out

    def _read(self, as_of: int, *, everything: bool) -> list[Output]:
        out: list[Output] = []
        for scope in self.scopes.values():
            if scope.unheard_of and scope.key not in self._named:
                continue
            if everything or scope.to_read(as_of):
                out.extend(
                    (QUEUE_READINGS, f"{scope.key}|{name}".encode(), reading)
                    for name, reading in scope.readings(as_of, everything=everything)
                )
        return out

    def _time(self) -> Output:
        told = {"partition": self.partition, "settled": self.settled, "settled_at": iso(self.settled), "final": self.final}
        return QUEUE_READINGS, f"!watermark/{self.partition}".encode(), told

    def snapshot(self, *, by_queue: bool = True) -> Snapshot:
        """The figures for /metrics, as they are now; without `by_queue` the histograms of channels alone."""
        agents = max(1, self.centre.agent_series // self.targets)
        shown = show(self.partition, self.settled, self.scopes.values(), self.bounds, self.centre, agents, by_queue=by_queue)
        shown.canary = self.canary
        return shown

    def spoke(self) -> frozenset[str]:
        """The keys of the standards that had a verdict in any scope since it began."""
        found = {judge.standard.key for scope in self.scopes.values() for judge in scope.timeline.judges if judge.spoke}
        return frozenset(found | {judge.standard.key for scope in self.scopes.values() for judge in scope.reports.judges if judge.spoke})

    # -- state --------------------------------------------------------------------------------------------------------

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """See the module for the keys."""
        for scope in self.scopes.values():
            if not scope.dirty:
                continue
            scope.dirty = False
            self._save(scope)
        self._entries[SENDERS_KEY] = orjson.dumps([VERSION, self.senders.of], option=orjson.OPT_SORT_KEYS)
        out = list(self._entries.items())
        self._entries = {}
        return out

    def _save(self, scope: Scope) -> None:
        entries, name = self._entries, scope.key
        entries[_key(name, "h", "")] = orjson.dumps([VERSION, scope.head()])
        staff = stored_known(scope.timeline.staff)
        if staff is not None and staff != self._staff.get(name):
            self._staff[name] = staff
            entries[_key(name, "s", "")] = orjson.dumps([VERSION, staff])
        misses = scope.misses()
        if misses is not None:
            entries[_key(name, "m", "")] = orjson.dumps([VERSION, misses]) if misses else None
        levels = scope.timeline.levels
        for clock, subject in levels.touched or ():
            value = levels.value(clock, subject)
            entries[_key(name, "l", f"{clock}:{subject}")] = None if value is None else orjson.dumps([VERSION, value])
        if levels.touched is not None:
            levels.touched.clear()
        for window, start in scope.unsaved:
            entries[_key(name, "c", f"{window}:{start}")] = orjson.dumps([VERSION, scope.cells[window, start].encode()])
        scope.unsaved.clear()
        for identity in scope.told:
            told = scope.published.get(identity)
            entries[_key(name, "b", identity)] = None if told is None else orjson.dumps([VERSION, told])
        scope.told.clear()
        for identity in scope.reports.touched:
            said = scope.reports.said.get(identity)
            entries[_key(name, "r", identity)] = None if said is None else orjson.dumps([VERSION, said])
        scope.reports.touched.clear()
        for window, start in scope.gone_cells:
            entries[_key(name, "c", f"{window}:{start}")] = None
        scope.gone_cells.clear()

    def restore(self, committed: Committed) -> None:
        """Put every entry back in its place."""
        changed = committed.get(STANDARDS_KEY)
        if changed is not None:
            self._restore_changes(unpacked(changed))
        pending: dict[str, dict[int, list[Fact]]] = {}
        for key, value in committed.items():
            if key in {MARK, STANDARDS_KEY}:
                continue
            stored = unpacked(value)
            if key == CANARY_KEY:
                self.canary = stored
                continue
            if key == SENDERS_KEY:
                self.senders.restore(stored)
                continue
            name, part, sub = key.decode().split("\0", 2)
            scope = self._scope(name)
            if part == "p":
                pending.setdefault(name, {})[int(sub)] = stored
            else:
                _put_back(scope, part, sub, stored)
        if self.senders.settled > NOTHING:
            self.settled, self.final = self.senders.settled, self.senders.final
            self._finished = self.settled if self.final else NOTHING
        for name, scope in self.scopes.items():
            logs = pending.get(name, {})
            scope.timeline.position = max(scope.timeline.position, self.settled)
            scope.restored(fact for number in sorted(logs) for fact in logs[number])
            self._pending.extend((max(fact[1] for fact in found), number, name) for number, found in logs.items())
            self._number = max([self._number, *logs])
        heapify(self._pending)


def _put_back(scope: Scope, part: str, sub: str, stored: Any) -> None:
    """Put one entry of a scope back; see the module for the parts."""
    if part == "h":
        scope.put_head_back(stored)
    elif part == "c":
        window, _, start = sub.rpartition(":")
        scope.put_cell_back(window, int(start), Cell.decode(stored, window))
    elif part == "s":
        if scope.timeline.staff is not None:
            scope.timeline.staff.decode(stored)
    elif part == "m":
        scope.put_misses_back(stored)
    elif part == "b":
        scope.put_breach_back(sub, stored)
    elif part == "r":
        scope.put_report_back(sub, stored)
    else:
        clock, _, subject = sub.partition(":")
        scope.timeline.levels.put_back(clock, subject, stored)


def _key(scope: str, part: str, sub: str) -> bytes:
    return f"{scope}\0{part}\0{sub}".encode()


__all__ = ["REPORTED", "ScopeStage", "bounds_of"]
