"""Live against replay, figure by figure: the last reading per scope and window, the closed intervals, the breaches.

Pure. What says how a figure came about (revision, provisional) is left out, and so is a breach that was withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES
from stream.replay.figures import Figures

COMPARED: Final = (QUEUE_READINGS, QUEUE_INTERVALS, STANDARD_BREACHES)
HISTORY: Final = frozenset({"revision", "provisional"})
ABSENT: Final = "nothing"
SHOWN: Final = 80
"""Signs of a differing value that are shown."""


def differences(live: Figures, replayed: Figures) -> list[str]:
    """Each figure that differs, as a line: where, what live says, what replay says. Empty when they are equal."""
    out: list[str] = []
    for topic in COMPARED:
        ours, theirs = _final(live, topic), _final(replayed, topic)
        for key in sorted(ours.keys() | theirs.keys()):
            if (key not in ours or key not in theirs) and _says_nothing(ours.get(key) or theirs[key]):
                continue
            out.extend(f"{topic} {key}: {line}" for line in _unlike("", ours.get(key, ABSENT), theirs.get(key, ABSENT)))
    return out


def compared(replayed: Figures) -> int:
    """How many records are compared."""
    return sum(len(_final(replayed, topic)) for topic in COMPARED)


def _final(figures: Figures, topic: str) -> dict[str, Any]:
    """The records of a topic as JSON, without their history."""
    out = {}
    for key, record in figures.of(topic).items():
        if key.startswith("!") or record.get("status") == "withdrawn":
            continue
        out[key] = orjson.loads(orjson.dumps({name: value for name, value in record.items() if name not in HISTORY}))
    return out


def _says_nothing(record: dict[str, Any]) -> bool:
    """Whether a reading is of a queue in which everything was taken back: a live worker had already shown it, a replay never does."""
    measures = record.get("measures")
    return measures is not None and not any(measures.get(name) for name in ("records", "offered", "max_waiting", "closed"))


def _unlike(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    if ours == theirs:
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() | theirs.keys():
            yield from _unlike(f"{path}.{name}" if path else name, ours.get(name, ABSENT), theirs.get(name, ABSENT))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
            yield from _unlike(f"{path}[{index}]", mine, its)
    else:
        yield f"{path or 'record'} is {_short(ours)} live and {_short(theirs)} in replay"


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
