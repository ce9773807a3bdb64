"""What standards would have said of past events: breaches, pages per shift and role, and whether people can bear them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from stream.core.breach import iso, moment
from stream.core.declared import REPORTS, Standard, governing
from stream.core.periods import Periods
from stream.core.scopes import shown
from stream.core.stage import STANDARD_BREACHES
from stream.core.windows import DAYS_28, Calendar
from stream.replay.driver import replay
from stream.replay.figures import Figures

if TYPE_CHECKING:
    from stream.config.shifts import Shift
    from stream.config.standards import StandardsFile
    from stream.core.centre import Centre
    from stream.core.events import Event

PAGE: Final = "page"
NOBODY: Final = "nobody in particular"
"""The role of standards without an owner."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach. begin, end: ms; end is the last event's time where it goes on. scope: as a person writes it."""

    key: str
    standard: str
    scope: str
    cadence: str
    role: str
    begin: int
    end: int
    alert: tuple[str, str, str, str]
    """What Prometheus and Alertmanager tell apart: standard, severity, queue and channel."""


@dataclass(slots=True)
class Trial:
    """What a file would have said. names: its standards by key, in the order of the file; unjudged: those of which there was no verdict.

    reports: those of closed periods, by key.
    """

    names: list[str]
    breaches: list[Breach]
    unjudged: frozenset[str] = frozenset()
    reports: dict[str, Standard] = field(default_factory=dict)
    pages: dict[tuple[date, str, str], int] = field(default_factory=dict)
    """By the day on which a shift begins, the shift and the role: how often people were paged."""
    paging: list[Breach] = field(default_factory=list)
    """The breaches that paged somebody: each the first of those that were one alert."""

    def by_standard(self) -> dict[str, list[Breach]]:
        """The breaches of each standard, also of those that had none."""
        found: dict[str, list[Breach]] = {name: [] for name in self.names}
        for breach in self.breaches:
            found[breach.key].append(breach)
        return found

    def noisiest(self) -> tuple[str, str, int] | None:
        """The standard and scope that page people the most, or else have the most breaches; None without any."""
        counts = Counter((breach.key, breach.scope) for breach in self.paging or self.breaches)
        if not counts:
            return None
        (key, scope), count = min(counts.items(), key=lambda one: (-one[1], one[0]))
        return key, scope, count


def tried(file: StandardsFile, events: Iterable[Event], centre: Centre) -> Trial:
    """Replay the events under the standards of a file."""
    return judged(file.standards, file.shifts, replay(events, centre, file.standards), centre.zone)


def judged(standards: Sequence[Standard], shifts: Sequence[Shift], figures: Figures, zone: tzinfo) -> Trial:
    """Count what the breaches of a replay mean to people."""
    end = figures.as_of or 0
    breaches = sorted(_breaches(figures, standards, end), key=lambda one: (one.begin, one.key, one.scope))
    names = list(dict.fromkeys(one.key for one in standards))
    trial = Trial(names, breaches, frozenset(names) - figures.spoke - {breach.key for breach in breaches})
    trial.reports = {one.key: one for one in standards if one.form in REPORTS}
    trial.paging = list(_paging(breaches))
    pages = Counter((*_on_duty(breach.begin, shifts, zone), breach.role) for breach in trial.paging)
    trial.pages = dict(sorted(pages.items()))
    return trial


def _breaches(figures: Figures, standards: Sequence[Standard], end: int) -> Iterator[Breach]:
    for identity, record in figures.of(STANDARD_BREACHES).items():
        if record["status"] == "withdrawn":
            continue
        scope: dict[str, str] = record["scope"]
        key = identity.split("/", 1)[0]
        standard = next(one for one in governing(standards, scope) if one.key == key)
        began = moment(record["started_at"])
        ended = end if record["ended_at"] is None else moment(record["ended_at"])
        alert = (standard.name, standard.severity, scope.get("queue", ""), scope.get("channel", ""))
        yield Breach(key, standard.name, named(scope), standard.cadence, standard.owner or NOBODY, began, max(began, ended), alert)


def _paging(breaches: Iterable[Breach]) -> Iterator[Breach]:
    """The breaches, in the order of their begin, at which somebody is paged: while an alert fires, another breach of it pages nobody.

    Many contacts may break a promise at once, and several limits of one promise: that is one alert.
    """
    until: dict[tuple[str, ...], int] = {}
    for breach in breaches:
        if breach.cadence != PAGE:
            continue
        known = until.get(breach.alert)
        if known is None or breach.begin > known:
            yield breach
        until[breach.alert] = breach.end if known is None else max(known, breach.end)


def named(scope: Mapping[str, str]) -> str:
    """A scope as people write it: "channel=call, queue=billing"; "all" for the whole."""
    return shown(scope, ", ")


def _on_duty(at: int, shifts: Sequence[Shift], zone: tzinfo) -> tuple[date, str]:
    """Whose shift a moment falls into: the day on which it began, and its name."""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone)
    minute = local.hour * 60 + local.minute
    shift = next(one for one in shifts if one.holds(minute))
    over_midnight = shift.begin >= shift.end and minute < shift.begin
    return local.date() - timedelta(days=int(over_midnight)), shift.name


def compared(new: Trial, old: Trial | None, file: StandardsFile, span: tuple[int, int], zone: tzinfo) -> dict[str, Any]:
    """Both trials side by side, as plain data. `span`: the events' first and last time (ms)."""
    duty = _duties(span, file.shifts, zone)
    return {
        "from": iso(span[0]),
        "to": iso(span[1]),
        "alert_budget": file.alert_budget,
        "standards": _standards(new, old, span, zone),
        "shifts": _shifts(new, old, duty),
        "over_budget": [
            {"date": day.isoformat(), "shift": shift, "role": role, "pages": pages}
            for (day, shift, role), pages in new.pages.items()
            if pages > file.alert_budget
        ],
        "noisiest": _noisiest(new),
    }


def _duties(span: tuple[int, int], shifts: Sequence[Shift], zone: tzinfo) -> Counter[str]:
    """How many of each shift the events span, in the order of the file."""
    seen = set()
    at = span[0]
    while at <= span[1]:
        seen.add(_on_duty(at, shifts, zone))
        at += 60_000 * 15
    seen.add(_on_duty(span[1], shifts, zone))
    counts = Counter(shift for _, shift in seen)
    return Counter({shift.name: counts[shift.name] for shift in shifts})


def _noisiest(trial: Trial) -> dict[str, Any] | None:
    found = trial.noisiest()
    if found is None:
        return None
    key, scope, _ = found
    breaches, pages = (sum((one.key, one.scope) == (key, scope) for one in some) for some in (trial.breaches, trial.paging))
    return {"standard": key, "scope": scope, "breaches": breaches, "pages": pages}


def _standards(new: Trial, old: Trial | None, span: tuple[int, int], zone: tzinfo) -> list[dict[str, Any]]:
    ours, theirs = ({} if trial is None else _by_standard(trial, span, zone) for trial in (new, old))
    return [{"standard": key, "tried": ours.get(key), "current": theirs.get(key)} for key in dict.fromkeys([*ours, *theirs])]


def _by_standard(trial: Trial, span: tuple[int, int], zone: tzinfo) -> dict[str, dict[str, Any]]:
    pages = Counter(breach.key for breach in trial.paging)
    why = {key: _why(trial.reports.get(key), span, zone) for key in trial.unjudged}
    return {key: _counted(breaches, pages[key], why.get(key)) for key, breaches in trial.by_standard().items()}


def _why(report: Standard | None, span: tuple[int, int], zone: tzinfo) -> str:
    """Why there was no verdict. report: the standard, where it is one of closed periods."""
    if report is None:
        return "nothing was there to judge, or only while it was closed"
    period = "day" if report.calendar == DAYS_28 else report.calendar.replace("_", "-")
    if Periods(report.calendar, Calendar(zone)).around(span[0])[1] > span[1]:
        return f"a {period} is judged when it is over, and none was when the events ended"
    if report.form == "trend":
        return f"no {period} that was over had a figure, and enough earlier ones to say what is usual"
    return f"no {period} that was over had a figure"


def _counted(breaches: Sequence[Breach], pages: int, why: str | None) -> dict[str, Any]:
    """Whether there was any verdict, or why not; how often it was broken, in how many scopes, for how long, and how many paged somebody."""
    return {
        "judged": why is None,
        **({} if why is None else {"why": why}),
        "breaches": len(breaches),
        "scopes": len({breach.scope for breach in breaches}),
        "seconds": round(sum(breach.end - breach.begin for breach in breaches) / 1000),
        "pages": pages,
    }


def _shifts(new: Trial, old: Trial | None, duty: Counter[str]) -> list[dict[str, Any]]:
    """Pages by shift and role: the mean of all such shifts in the events, and the most in one."""
    ours, theirs = _by_shift(new), {} if old is None else _by_shift(old)
    order = {shift: at for at, shift in enumerate(duty)}
    return [
        {
            "shift": shift,
            "role": role,
            "shifts": duty[shift],
            "tried": _paged(ours.get((shift, role), []), duty[shift]),
            "current": None if old is None else _paged(theirs.get((shift, role), []), duty[shift]),
        }
        for shift, role in sorted({*ours, *theirs}, key=lambda one: (one[1], order.get(one[0], len(order))))
    ]


def _by_shift(trial: Trial) -> dict[tuple[str, str], list[int]]:
    ordered = sorted(trial.pages.items(), key=lambda one: (one[0][1], one[0][2]))
    return {place: [pages for _, pages in rows] for place, rows in groupby(ordered, key=lambda one: (one[0][1], one[0][2]))}


def _paged(pages: Sequence[int], shifts: int) -> dict[str, Any]:
    return {"pages": sum(pages), "a_shift": round(sum(pages) / max(1, shifts), 2), "most": max(pages, default=0)}
