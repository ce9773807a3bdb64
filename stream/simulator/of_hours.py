"""What follows from opening hours, counted with plain loops over the notes, without a line of the core's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stream.simulator.of_agents import Spell

Span = tuple[int, int]


def joined(spans: list[Span]) -> list[Span]:
    """The same time (ms) in spans that neither overlap nor touch, in order."""
    out: list[Span] = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        elif begin < end:
            out.append((begin, end))
    return out


def left_at_closing(stays: list[Span], opening: list[Span], as_of: int) -> int | None:
    """Who had come before a closing and was still waiting then; None where nothing closed up to `as_of` (ms)."""
    closings = [end for _, end in joined(opening) if end <= as_of]
    if not closings:
        return None
    return sum(1 for closing in closings for since, until in stays if since < closing < until)


def accessibility(spells: list[Spell], opening: list[Span], as_of: int) -> dict[str, Any] | None:
    """Of the opening time since anything was known of the people, the time in which somebody was there and not paused."""
    if not spells:
        return None
    known = min(spell.since for spell in spells)
    there = [spell for spell in spells if spell.state not in {"offline", "paused"}]
    staffed = joined([(spell.since, as_of if spell.until is None else spell.until) for spell in there])
    spans = [(max(begin, known), min(end, as_of)) for begin, end in joined(opening)]
    whole = sum(max(0, end - begin) for begin, end in spans)
    part = sum(max(0, min(end, to) - max(begin, since)) for begin, end in spans for since, to in staffed)
    return {"staffed_seconds": part / 1_000, "open_seconds": whole / 1_000, "ratio": part / whole} if whole else None
