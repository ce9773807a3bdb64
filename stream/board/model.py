"""The board: a row for each queue's channel and for each wider scope in breach, and the head above them.

Everything that the page and the terminal show is here, as plain values: times in ms, durations in seconds, shares 0 to 1.
None is "not known". What counts on by itself (how long somebody has waited) is given as the moment since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from stream.board.promises import SEVERITIES, Promises, is_missed, known_level
from stream.board.slices import Slice
from stream.board.usual import Usual
from stream.board.words import CHANNELS, Circumstances, broken, cause
from stream.core.breach import moment
from stream.core.centre import REAL_TIME
from stream.core.reports import promise_of
from stream.core.scopes import key_by

Row = dict[str, Any]
Breach = Mapping[str, Any]
Closed = Callable[[str, int], bool]
"""Whether a scope (its key) is closed at a moment (ms)."""

MESSAGES: Final = ("first_response", "response")
"""The clocks of messages that wait for a reply."""
CALLBACK: Final = "clock:callback"
"""The declared clock, if there is one, that says when customers are called back."""
NAMES: Final = {"call": "Calls", "chat": "Chat", "email": "Email", "social": "Social"}


def rows(slices: Mapping[str, Slice], firing: Iterable[Breach], promises: Promises, usual: Usual | None, closed: Closed) -> list[Row]:
    """All rows, those in breach first, worst first; the others by name. Scopes of single agents are in none."""
    by_scope: dict[str, list[Breach]] = {}
    for breach in firing:
        if "agent" not in breach["scope"]:
            by_scope.setdefault(key_by(breach["scope"]), []).append(breach)
    shown = {key for key, found in slices.items() if set(found.scope) == {"queue", "channel"}} | by_scope.keys()
    made = (_row(key, slices.get(key), by_scope.get(key, []), promises, usual, closed) for key in shown)
    return sorted(made, key=_worst_first)


def _worst_first(row: Row) -> tuple[Any, ...]:
    """The gravest standard, how many are broken so, how many wait or are overdue, since when it is so; those that are fine by name."""
    told = row["broken"]
    if not told:
        return (len(SEVERITIES), 0, 0, 0, row["name"], row["channel"])
    gravest = told[0]["severity"]
    alike = sum(one["severity"] == gravest for one in told)
    needing = (row["waiting"] or 0) + (row["overdue"] or 0)
    return (SEVERITIES.index(gravest), -alike, -needing, row["since"], row["name"], row["channel"])


def _row(key: str, found: Slice | None, breaches: list[Breach], promises: Promises, usual: Usual | None, closed: Closed) -> Row:
    scope = dict(found.scope if found is not None else breaches[0]["scope"])
    found = found or Slice(scope)
    queue, channel = scope.get("queue", ""), scope.get("channel", "")
    targets = promises.of(queue, channel)
    told = _told(found, breaches, promises)
    began = [one["since"] for one in told]
    day = None if targets.level is None else found.level("day", *targets.level[:2])
    lately = known_level(found, targets)
    level = targets.level and {"formula": targets.level[0], "within": targets.level[1], "target": targets.level[2], "error": targets.error}
    return {
        "key": key,
        "queue": queue,
        "channel": channel,
        "name": queue or _name(scope),
        "kind": NAMES.get(channel, channel),
        "waiting": found.get("all", "waiting"),
        "waiting_target": targets.waiting(found.get("all", "waiting")),
        "oldest_since": found.oldest_since,
        "wait_target": targets.wait_seconds,
        "wait_share": targets.wait_share,
        "agents": found.get("all", "agents_by_state"),
        "level": level,
        "level_30m": lately,
        "level_day": day,
        "missed_30m": is_missed(lately, level),
        "missed_day": is_missed(day, level),
        "offered": found.get("day", "offered"),
        "abandoned": found.get("day", "abandoned"),
        "callbacks": found.get("day", "callback"),
        "overdue": _owed(found, MESSAGES, "overdue"),
        "due_60m": _owed(found, MESSAGES, "due_60m"),
        "broken": told,
        "since": began[0] if told else None,
        "first_since": min(began) if told and min(began) < began[0] else None,
        "cause": cause(_circumstances(key, channel, found, usual)) if told else "",
        "closed": not told and closed(key, found.as_of),
    }


def _owed(found: Slice, measures: Iterable[str], name: str) -> int | None:
    """How many are overdue, or due: of several targets on one clock each has the same contacts, so the one that has most says it."""
    most: dict[str, int] = {}
    for clock in found.clocks:
        if clock["measure"] in measures and clock.get("limit", "within") == "within":
            most[clock["measure"]] = max(most.get(clock["measure"], 0), clock[name])
    return sum(most.values()) if most else None


def _told(found: Slice, breaches: list[Breach], promises: Promises) -> list[dict[str, Any]]:
    """What is broken, the gravest first: of a clock all contacts together, since the first of them.

    Each target of a standard stands for itself: the quieter one is broken first, and the louder one must not hide behind it.
    """
    # A verdict that knows of no breach is of before it: its value would look kept.
    values = {promise_of(verdict): verdict["value"] for verdict in found.standards if verdict["breached"]}
    together: dict[tuple[str, str, str], list[Breach]] = {}
    for breach in breaches:
        together.setdefault(promise_of(breach), []).append(breach)
    out = []
    for promise, same in together.items():
        standard = promise[0]
        first = min(same, key=lambda breach: str(breach["started_at"]))
        begun = moment(first["started_at"])
        value = first.get("value")
        if found.as_of >= begun:  # what was read before it broke says another value
            value = values.get(promise, value)
        out.append(
            {
                "standard": standard,
                "title": first.get("title") or standard,
                "severity": first.get("severity", "warning"),
                "since": begun,
                "says": broken(first, value, len(same), promises.clear_of(first), issues=promises.of_issues(first)),
                "runbook": first.get("runbook"),
            }
        )
    return sorted(out, key=lambda one: (SEVERITIES.index(one["severity"]), one["since"], one["standard"]))


def _circumstances(key: str, channel: str, found: Slice, usual: Usual | None) -> Circumstances:
    now = found.as_of
    return Circumstances(
        channel=channel,
        offered=found.get("60m", "offered"),
        usual_offered=None if usual is None or not now else usual.offered(key, now),
        agents=found.get("all", "agents_by_state"),
        usual_staffed=None if usual is None or not now else usual.staffed(key, now),
        handle=found.get("60m", "handle_mean_seconds"),
        handled=found.get("60m", "answered") or 0,
        usual_handle=found.get("28d", "handle_mean_seconds"),
        waiting=found.get("all", "waiting"),
    )


def _name(scope: Mapping[str, str]) -> str:
    """A scope without a queue, in words."""
    if set(scope) == {"channel"}:
        return f"All {CHANNELS.get(scope['channel'], (scope['channel'],))[0]}"
    return " · ".join(f"{name} {value}" for name, value in scope.items() if name != "channel") or "Whole centre"


def head(slices: Mapping[str, Slice], made: list[Row]) -> dict[str, Any]:
    """The centre as a whole. Levels are added up over queues before they are divided.

    wider: how many of the rows in breach are of no single queue: beside those all queues may be fine.
    spoken: whether those who wait are those in calls and chats alone; where there are none, everybody who waits is.
    """
    whole = slices.get("all") or Slice({})
    lines = [row for row in made if row["queue"] and row["channel"]]
    kind = "call" if any(row["channel"] == "call" for row in lines) else "chat"
    leveled = [row for row in lines if row["channel"] == kind]
    levels = [row["level"] for row in leveled if row["level"]]
    # Where queues promise different things, no one of them is what the sum is to be held against.
    level = levels[0] if levels and all(one == levels[0] for one in levels) else None
    lately, today = (_added(row[name] for row in leveled) for name in ("level_30m", "level_day"))
    sick = {row["queue"] for row in made if row["broken"] and row["queue"]}
    queues = {row["queue"] for row in lines}
    shut = queues - sick - {row["queue"] for row in lines if not row["closed"]}
    spoken = [row for row in lines if row["channel"] in REAL_TIME]  # a mail of last night would be the longest wait
    left = _sum(row["waiting"] for row in spoken if row["queue"] in shut)
    owing = [found for found in slices.values() if set(found.scope) == {"queue", "channel"}]
    return {
        "spoken": bool(spoken),
        "waiting": _sum(row["waiting"] for row in spoken) if spoken else whole.get("all", "waiting"),
        "oldest_since": min(filter(None, (row["oldest_since"] for row in spoken)), default=None) if spoken else whole.oldest_since,
        "agents": whole.get("all", "agents_by_state"),
        "level": {"channel": NAMES[kind], **level} if level else None,
        "level_30m": lately,
        "level_day": today,
        "missed_30m": is_missed(lately, level),
        "missed_day": is_missed(today, level),
        "offered": whole.get("day", "offered"),
        "abandoned": whole.get("day", "abandoned"),
        "callbacks": whole.get("day", "callback"),
        "callbacks_due": _sum(_owed(found, (CALLBACK,), name) for found in owing for name in ("overdue", "due_60m")),
        "overdue": _sum(row["overdue"] for row in lines if row["channel"] not in REAL_TIME),
        "due_60m": _sum(row["due_60m"] for row in lines if row["channel"] not in REAL_TIME),
        "broken": sum(len(row["broken"]) for row in made),
        "rows_broken": sum(bool(row["broken"]) for row in made),
        "wider": sum(bool(row["broken"]) and not row["queue"] for row in made),
        "queues": len(queues),
        "fine": len(queues - sick - shut),
        "closed": len(shut),
        "left_waiting": left or 0,
    }


def _added(pairs: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    known = [pair for pair in pairs if pair is not None]
    return (sum(pair[0] for pair in known), sum(pair[1] for pair in known)) if known else None


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
