"""A report as a table for the eye: one line a scope (and window), then the verdicts. No data is "-", never 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from stream.core.scopes import shown

COLUMNS: Final = (
    ("offered", "offered"),
    ("answered", "answered"),
    ("abandoned", "abandoned"),
    ("short", "short_abandoned"),
    ("flowed out", "flowed_out"),
    ("callback", "callback"),
    ("lost", "lost"),
    ("wait s", "wait_answered_mean_seconds"),
    ("max wait s", "wait_max_seconds"),
    ("handle s", "handle_mean_seconds"),
    ("max waiting", "max_waiting"),
    ("waiting", "waiting"),
    ("staffed", "staffed"),
)
SELDOM: Final = frozenset({"flowed_out", "callback", "lost"})
"""What has a column only where there is any: without them those offered would not add up."""
LEVELS: Final = (20, 60, 120)
FORMULA: Final = "strict"
SERVICE_LEVEL: Final = "service_level"


def table(made: dict[str, Any]) -> str:
    """The report as lines of text; what the centre does not keep has no column."""
    entries = made["scopes"]
    kept = frozenset().union(*(entry["measures"] for entry in entries)) if entries else None
    seen = {name for name in SELDOM if any(entry["measures"].get(name) for entry in entries)}
    columns = [(title, name) for title, name in COLUMNS if (kept is None or name in kept) and (name in seen or name not in SELDOM)]
    levels = LEVELS if kept is None or SERVICE_LEVEL in kept else ()
    header = ["scope", *(title for title, _ in columns), *(f"{FORMULA} {within} s" for within in levels)]
    windowed = any("window" in entry for entry in entries)
    if windowed:
        header.insert(0, "from")
    names = [name for _, name in columns]
    rows = [_row(entry, names, levels, windowed=windowed) for entry in entries]
    lines = aligned([header, *rows])
    if made["verdicts"]:
        lines += [
            "",
            *aligned([["standard", "scope", "verdict", "value", "target", "breaches", "last breach"], *map(_verdict, made["verdicts"])]),
        ]
    return "\n".join(lines)


def _row(entry: dict[str, Any], names: Sequence[str], levels: Sequence[int], *, windowed: bool) -> list[str]:
    measures = entry["measures"]
    shares = {(level["formula"], level["within_seconds"]): level["ratio"] for level in measures.get(SERVICE_LEVEL, ())}
    row = [shown(entry["scope"]), *(_text(measures.get(name)) for name in names)]
    row += [_share(shares.get((FORMULA, within))) for within in levels]
    return [_start(entry["window"]["start"]), *row] if windowed else row


def _start(start: str) -> str:
    """The local time of a window's beginning; a rolling one begins at any second."""
    return start[:16] if start[16:19] == ":00" else start[:19]


def _verdict(verdict: dict[str, Any]) -> list[str]:
    return [
        verdict["standard"],
        shown(verdict["scope"]),
        verdict["status"].replace("_", " "),
        _figure(verdict["value"]),
        _figure(verdict["target"]),
        str(verdict["breaches"]),
        verdict["breach_list"][-1]["started_at"][:19] + "Z" if verdict["breach_list"] else "-",
    ]


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def _figure(value: float | None) -> str:
    """As many digits as tell a share of hundreds of contacts from its target."""
    return "-" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _share(ratio: float | None) -> str:
    return "-" if ratio is None else f"{100 * ratio:.1f} %"


def aligned(rows: list[list[str]]) -> list[str]:
    """Rows as lines: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
