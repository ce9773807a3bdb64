"""What `callcenter_config` answers to a question for a list: columns in the first line, a row a line, parted by | -> dictionaries."""

from __future__ import annotations

from typing import Final

OK: Final = "+OK"
ERROR: Final = "-ERR"
LOOSE: Final = ("contact", "cid_name")
"""Columns whose text may hold a | of its own: a dial string that tries one phone after the other, a caller's name."""
NO_ID: Final = 200
"""Characters; a longer id is none."""

Row = dict[str, str]


def refused(text: str) -> str:
    """Why the switch gives no list, in its words; empty where it gives one."""
    first = text.lstrip().partition("\n")[0].strip()
    is_list = "|" in first or first == OK
    return "" if is_list else first[:NO_ID] or "an empty answer"


def rows(text: str) -> tuple[list[Row], int]:
    """The rows, and how many lines are none. An empty list has not even its columns."""
    lines = [line for line in text.splitlines() if line.strip() and line.strip() != OK]
    if not lines:
        return [], 0
    columns, *given = (line.split("|") for line in lines)
    loose = next((columns.index(name) for name in LOOSE if name in columns), None)
    found: list[Row] = []
    for fields in given:
        surplus = len(fields) - len(columns)
        if surplus > 0 and loose is not None:
            fields[loose : loose + surplus + 1] = ["|".join(fields[loose : loose + surplus + 1])]
        if len(fields) == len(columns):
            found.append(dict(zip(columns, fields, strict=True)))
    return found, len(given) - len(found)


def queue_names(text: str) -> list[str]:
    """The names of a list of queues that can be asked for: a blank parts the words of a command."""
    names = (row.get("name", "") for row in rows(text)[0])
    return [name for name in names if name.isprintable() and not any(sign.isspace() for sign in name) and 0 < len(name) <= NO_ID]


def seconds(row: Row, *names: str) -> int:
    """The first of some moments (s since the epoch) that is set; 0 where none is."""
    for name in names:
        value = row.get(name, "")
        if value.isascii() and value.isdecimal() and len(value) <= len("9999999999") and int(value):
            return int(value)
    return 0
