"""What a measure is in a few words, for a sentence about a number of it: its own, or the beginning of its help, and the part meant."""

from __future__ import annotations

import re
from typing import Final

from stream.core.measures import BY_NAME
from stream.core.measures.paths import DEFAULT, LOW, RATE, Path

BEYOND: Final = re.compile(
    r"[;:.]( |$)| \(| / "
    r"|, (with|without|which|its lower|under|and the response|and how|each|the first|as settled|exact|by)\b"
)
"""Where a help goes on to say how it is counted."""
PARTS: Final = {LOW: "lower bound", RATE: "response rate"}
"""Fields that are no words by themselves."""


def says(path: Path) -> str:
    """What a number is of: "Share of the answered that rang at most three times"; with the row and the field where one is named.

    >>> says(Path("csat", part="response_rate"))
    'Share of the answers with one of the two best grades, response rate'
    """
    measure = BY_NAME[path.measure]
    found = BEYOND.search(measure.help)
    what = measure.says or (measure.help[: found.start()] if found else measure.help)
    if measure.kind == "mean" and "ean" not in what.partition(" ")[0]:
        what = f"On average, {what[0].lower()}{what[1:]}"
    field = "" if path.field == DEFAULT else PARTS.get(path.field, path.field.replace("_", " "))
    return ", ".join(filter(None, (what, *path.keys, field)))
