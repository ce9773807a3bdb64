"""The board as plain text: the cells of each row, and lines for pipes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from stream.board.words import percent, span

Row = dict[str, Any]
COLUMNS: Final = (
    "queue",
    "broken",
    "since",
    "why",
    "waiting",
    "longest",
    "available",
    "on contact",
    "wrap-up",
    "paused",
    "30 min",
    "today",
    "gave up",
    "callbacks",
    "overdue",
    "due 60 min",
)


def cells(row: Row, now: int, zone: str) -> tuple[str, ...]:
    """The cells of one row, in the order of COLUMNS."""
    worst = row["broken"][0] if row["broken"] else None
    more = f" (+{len(row['broken']) - 1})" if len(row["broken"]) > 1 else ""
    return (
        " ".join(filter(None, (row["name"], row["kind"]))),
        "closed" if worst is None and row["closed"] else "fine" if worst is None else worst["says"] + more,
        clock(row["since"], zone),
        row["cause"] or "–",
        _count(row["waiting"]),
        _wait(row["oldest_since"], now),
        *_agents(row["agents"]),
        share(row["level_30m"]),
        share(row["level_day"]),
        *(_count(row[name]) for name in ("abandoned", "callbacks", "overdue", "due_60m")),
    )


def head(board: dict[str, Any]) -> str:
    """How old it is, and the centre in one line."""
    told, age, now = board["head"], board["age"], shown_at(board)
    old = f"STALE: {age['says']}" if age["stale"] else f"{clock(age['shown'], zone_of(board), seconds=True)}, {age['age'] // 1000} s old"
    queues = "queue" if told["queues"] == 1 else "queues"
    due = "–" if told["callbacks_due"] is None else str(told["callbacks_due"])
    return (
        f"{old} | {_in_breach(board)}, {told['fine']} of {told['queues']} {queues} fine, {told['closed']} closed | "
        f"{'calls and chats ' if told['spoken'] else ''}waiting {_count(told['waiting'])}, "
        f"longest {_wait(told['oldest_since'], now)} | {_staff(told['agents'])} | "
        f"in time {share(told['level_30m'])} (30 min), {share(told['level_day'])} today | "
        f"gave up {_count(told['abandoned'])} | callbacks {_count(told['callbacks'])} asked, {due} due | "
        f"written: {_count(told['overdue'])} overdue, {_count(told['due_60m'])} due in 60 min"
    )


def _in_breach(board: dict[str, Any]) -> str:
    """How many rows are in breach, and how many of them are of no single queue: beside those all queues may be fine."""
    rows, wider = board["head"]["rows_broken"], board["head"]["wider"]
    return f"{rows} {'line' if rows == 1 else 'lines'} in breach" + (f" ({wider} wider than a queue)" if wider else "")


def _staff(states: dict[str, int] | None) -> str:
    """The agents of the whole centre. Where nobody has counted them together, those of each queue may be known all the same."""
    if states is None:
        return "agents of the whole centre: unknown"
    available, on_contact, wrap_up, paused = _agents(states)
    return f"agents: {available} available, {on_contact} on contact, {wrap_up} wrap-up, {paused} paused"


def lines(board: dict[str, Any]) -> Iterator[str]:
    """The head, and a row a line, its cells between tabs: for pipes and for `column -t -s $'\\t'`."""
    yield f"# {head(board)}"
    yield "\t".join(COLUMNS)
    for key in board["order"]:
        yield "\t".join(" ".join(cell.split()) for cell in cells(board["rows"][key], shown_at(board), zone_of(board)))


def shown_at(board: dict[str, Any]) -> int:
    """The moment (ms) that the figures are of: what is old does not grow older unseen."""
    shown = board["age"]["shown"]
    return int(shown if shown is not None and (board["age"]["stale"] or board.get("clock") == "played") else board["at"])


def zone_of(board: dict[str, Any]) -> str:
    """The centre's time zone."""
    return str(board.get("centre", {}).get("zone", "UTC"))


def clock(at: int | None, zone: str, *, seconds: bool = False) -> str:
    """The time of the day at the centre."""
    if at is None:
        return "–"
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%H:%M:%S" if seconds else "%H:%M")


def share(pair: list[int] | tuple[int, int] | None) -> str:
    """A share of (numerator, denominator)."""
    return percent(pair[0] / pair[1]) if pair and pair[1] else "–"


def _count(value: int | None) -> str:
    return "–" if value is None else str(value)


def _wait(since: int | None, now: int) -> str:
    return "–" if since is None else span((now - since) / 1000)


def _agents(states: dict[str, int] | None) -> tuple[str, str, str, str]:
    """Available, on contact (ringing included), in wrap-up, paused."""
    if states is None:
        return ("unknown",) * 4
    return (
        str(states.get("available", 0)),
        str(states.get("on_contact", 0) + states.get("reserved", 0)),
        str(states.get("wrap_up", 0)),
        str(states.get("paused", 0)),
    )
