"""Of what limits the shipped Grafana dashboards are: a mark in each, which can be checked without the library that makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from operator import methodcaller as ask
from pathlib import Path
from typing import Final, TypeAlias

from stream.core.declared import Standard
from stream.generate.promised import Promised

FOLDER: Final = Path("grafana/dashboards")
Question: TypeAlias = Callable[[Promised], object]
TIMES: Final = ("first_response", "response", "resolution", "handle", "talk", "hold")
"""Of which a dashboard shows how long they took."""
ASKED: Final[dict[str, tuple[Question, ...]]] = {
    "answerable-wallboard": (
        ask("of_queues", "waiting", whole=True),
        ask("of_queues", "longest_wait"),
        ask("attained", "service_level"),
        ask("on", "service_level"),
        ask("missed", "abandonment"),
        ask("on", "abandonment"),
    ),
    "answerable-standards": (ask("shares", at_most=False), ask("shares", at_most=True)),
    "answerable-queues": (
        ask("of_queues", "waiting", whole=True),
        ask("of_queues", "longest_wait"),
        ask("of_queues", "waiting_per_agent", channels=False),
        ask("missed_by_queues", "abandonment"),
    ),
    "answerable-responses": tuple(ask("within", name) for name in TIMES),
    "answerable-agents": (ask("of_queues", "waiting_per_agent", channels=False),),
}
"""What each dashboard asks of the standards, by its uid; one that is not here asks nothing."""
MARK: Final = re.compile(r" Limits: ([0-9a-f]{8})\.$")


def mark(uid: str, promised: Promised) -> str:
    """What the description of a dashboard ends with: it is another one as soon as what the dashboard asks has another answer."""
    if uid not in ASKED:
        return ""
    said = json.dumps([question(promised) for question in ASKED[uid]])
    return f" Limits: {sha256(said.encode()).hexdigest()[:8]}."


def of_other_limits(standards: Sequence[Standard], deploy: Path) -> list[Path]:
    """The dashboards below `deploy` that were made of other limits than these; one that says nothing of it is not judged."""
    promised = Promised(standards)
    paths = [deploy / FOLDER / f"{uid}.json" for uid in ASKED]
    return [path for path in paths if path.is_file() and _marked(path) not in {None, mark(path.stem, promised)}]


def _marked(path: Path) -> str | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    said = MARK.search(str(found.get("description", ""))) if isinstance(found, dict) else None
    return None if said is None else said.group()
