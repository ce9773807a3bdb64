"""The report standards of a scope: which periods are to be judged, and what was said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stream.core.breach import Record, iso
from stream.core.declared import REPORTS, governing
from stream.core.frame import Epoch, Frame
from stream.core.judges.judge import NEVER
from stream.core.judges.report import Read, ReportJudge, horizon
from stream.core.measures import BY_NAME
from stream.core.measures.entry import Measure
from stream.core.scopes import scope_of
from stream.core.watermark import NOTHING
from stream.core.windows import Cell


def reports_of(scope: str, frame: Frame) -> list[ReportJudge]:
    """The judges of the reports that hold for a scope."""
    return _judges(scope, frame, Epoch(frame.standards, frame.since, NEVER))


def past_reports_of(scope: str, frame: Frame) -> list[ReportJudge]:
    """The judges of the reports that held for it before: what is late for their periods is theirs."""
    return [judge for epoch in frame.past for judge in _judges(scope, frame, epoch)]


def _judges(scope: str, frame: Frame, epoch: Epoch) -> list[ReportJudge]:
    held = governing(epoch.standards, scope_of(scope))
    return [ReportJudge(one, scope, frame.calendar, epoch.since, epoch.until) for one in held if one.form in REPORTS]


def needed(judges: Iterable[ReportJudge], kept: Iterable[Measure]) -> tuple[Measure, ...]:
    """The measures that reports are about, but those that are kept anyway."""
    names = {judge.path.measure for judge in judges} - {measure.name for measure in kept}
    return tuple(BY_NAME[name] for name in sorted(names))


def reach(judges: Iterable[ReportJudge]) -> dict[str, int]:
    """By window, how long (ms) after its beginning it is needed; the windows that no report needs are not there."""
    found: dict[str, int] = {}
    for judge in judges:
        found[judge.cells] = max(found.get(judge.cells, 0), horizon(judge.standard))
    return found


class Reports:
    """The report standards of one scope, and what was said of them."""

    __slots__ = ("_read", "cells", "changed", "closes", "judges", "keep", "past", "said", "touched")

    def __init__(
        self,
        judges: Iterable[ReportJudge],
        cells: Mapping[tuple[str, int], Cell],
        read: Read,
        past: Iterable[ReportJudge] = (),
        *,
        keep: bool = False,
    ) -> None:
        """`cells`: the scope's, of which closed windows are read. past: judges of what was promised before. keep: none is forgotten."""
        self.keep = keep
        self.judges = tuple(judges)
        self.past = tuple(past)
        self.cells = cells
        self._read = read
        self.changed: set[tuple[str, int]] = set()
        """Windows whose numbers changed since they were judged."""
        self.closes = NOTHING if self.judges or self.past else NEVER
        """When (ms) the next period is over."""
        self.said: dict[str, tuple[Record, int]] = {}
        """By breach id the last record, and its revision."""
        self.touched: set[str] = set()
        """Ids of which the changelog does not hold what was said."""

    def asks(self, settled: int) -> bool:
        """Whether there is anything to judge."""
        return bool(self.changed) or self.closes <= settled

    def told(self, settled: int) -> list[Record]:
        """Judge what has closed or changed; the breach records that are new."""
        if not self._all or settled <= NOTHING or not self.asks(settled):
            return []
        out: list[Record] = []
        changed, self.changed = self.changed, set()
        for judge in self._all:
            for begin in judge.asked(changed, settled):
                if not (self.keep or judge.whole(begin, self.cells, settled)):
                    continue  # what was said of the whole period is true, and of a part of it nothing would be
                _, found = judge.judge(begin, self.cells, self._read)
                out += self._publish(judge.identity(begin), found)
        # What goes on is judged when it is over, and what was late for it by then as well.
        self.changed = {(name, start) for name, start in changed if self._goes_on(name, start, settled)}
        self.closes = min((judge.closes(settled) for judge in self.judges), default=NEVER)
        return out

    def _goes_on(self, name: str, start: int, settled: int) -> bool:
        return any(judge.cells == name and judge.closes(start) > settled for judge in self._all)

    def _publish(self, identity: str, found: Record | None) -> list[Record]:
        last, revision = self.said.get(identity, (None, 0))
        if found is None:
            if last is None or last["status"] == "withdrawn":
                return []
            sent = {**last, "status": "withdrawn"}
        else:
            sent = {**found, "provisional": False, "at": found["ended_at"]}
        if sent == last:
            return []
        self.said[identity] = (sent, revision + 1)
        self.touched.add(identity)
        return [{**sent, "revision": revision + 1}]

    def forget(self, settled: int) -> None:
        """Drop what was said of periods that are judged no more."""
        longest = max((horizon(judge.standard) for judge in self._all), default=0)
        for identity, (sent, _) in list(self.said.items()):
            if sent["ended_at"] < iso(settled - longest):
                del self.said[identity]
                self.touched.add(identity)

    @property
    def _all(self) -> tuple[ReportJudge, ...]:
        return self.past + self.judges

    def adopt(self, judges: Iterable[ReportJudge], past: Iterable[ReportJudge]) -> None:
        """Other standards hold; what was said of closed periods stays."""
        self.judges, self.past = tuple(judges), tuple(past)
        self.restored()

    def restored(self) -> None:
        """After the cells were put back all of them are looked at again; nothing is said twice."""
        self.changed = {key for key in self.cells if any(judge.cells == key[0] for judge in self._all)}
        self.closes = NOTHING if self._all else NEVER

    def verdicts(self) -> list[dict[str, Any]]:
        """The last closed period of each, also of before a change that left it as it is."""
        before = {judge.standard.key: judge for judge in self.past if judge.last is not None}
        found = []
        for judge in self.judges:
            old = before.get(judge.standard.key)
            found.append((old if judge.last is None and old is not None and old.standard == judge.standard else judge).verdict())
        return found


def promise_of(verdict: Mapping[str, Any]) -> tuple[str, str, str]:
    """Which promise a verdict or a breach is about: the standard, and which of its targets and limits."""
    return verdict["standard"], verdict["severity"], verdict.get("limit", "")
