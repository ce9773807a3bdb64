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
    ("wait s", "wait_answered_mean_seconds"),
    ("max wait s", "wait_max_seconds"),
    ("handle s", "handle_mean_seconds"),
    ("max waiting", "max_waiting"),
    ("waiting", "waiting"),
    ("staffed", "staffed"),
)
LEVELS: Final = (20, 60, 120)
FORMULA: Final = "strict"
SERVICE_LEVEL: Final = "service_level"


def table(made: dict[str, Any]) -> str:
    """The report as lines of text; what the centre does not keep has no column."""
    entries = made["scopes"]
    kept = frozenset().union(*(entry["measures"] for entry in entries)) if entries else None
    columns = [(title, name) for title, name in COLUMNS if kept is None or name in kept]
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
    return [entry["window"]["start"][:16], *row] if windowed else row


def _verdict(verdict: dict[str, Any]) -> list[str]:
    return [
        verdict["standard"],
        shown(verdict["scope"]),
        verdict["status"].replace("_", " "),
        _text(verdict["value"]),
        _text(verdict["target"]),
        str(verdict["breaches"]),
        verdict["breach_list"][-1]["started_at"][:19] + "Z" if verdict["breach_list"] else "-",
    ]


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


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
