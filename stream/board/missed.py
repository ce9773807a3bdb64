"""The contacts behind a share that is red, in words: the last ones that missed it, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from stream.board.slices import Slice
from stream.core import facts
from stream.core.declared import Standard
from stream.core.reports import promise_of

BECAME: Final = {
    "": "still waits",
    facts.ANSWERED: "was answered",
    facts.ABANDONED: "gave up",
    facts.FLOWED_OUT: "left the queue",
    facts.CALLBACK: "asked for a callback",
    facts.LOST: "was lost sight of",
    facts.FIRST_RESPONSE: "was answered",
    facts.RESPONSE: "was answered",
    facts.ACKNOWLEDGED: "was acknowledged",
    facts.RANG: "was answered",
    facts.WAITED_RINGS: "was answered",
    facts.RANG_OUT: "gave up",
}
"""By kind of fact, what became of a contact; whatever else ended its time, it waits no more."""


def missed(found: Slice, standards: Iterable[Standard], shown: Callable[[str], str], *, agents: bool) -> list[dict[str, Any]]:
    """A table for each share that is red and of which contacts are known: the newest first.

    shown: under what a contact is shown. agents: whether whoever asks may see with whom a contact talks now.
    """
    titles = {(one.name, one.severity): one.title for one in standards}
    verdicts = {promise_of(verdict): verdict for verdict in found.standards}
    out = []
    for share in found.misses:
        name, rows = share["standard"], share["contacts"]
        if rows:
            says = _says(verdicts.get(promise_of(share), {}), len(rows))
            listed = [_row(row, shown, agents=agents) for row in rows]
            out.append({"title": titles.get((name, share["severity"]), name), "says": says, "missed": True, "contacts": listed})
    return out


def _says(verdict: dict[str, Any], listed: int) -> str:
    """How many missed, and how many of them are listed: there may be more than are kept."""
    if "denominator" not in verdict:
        return "the last" if listed == 1 else f"the last {listed}"
    many = verdict["denominator"] - verdict["numerator"]
    said = f"{many} of {verdict['denominator']} missed"
    return said if listed >= many else f"{said}, the last of them" if listed == 1 else f"{said}, the last {listed} of them"


def _row(row: list[Any], shown: Callable[[str], str], *, agents: bool) -> dict[str, Any]:
    contact, when, took, became, agent = row
    made = {"contact": shown(contact), "since": when, "took": took, "became": BECAME.get(became, "waits no more")}
    return made | ({"agent": agent} if agents and agent is not None else {})
