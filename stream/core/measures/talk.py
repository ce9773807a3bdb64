"""How long customers are kept until they talk to a person, and how long that talk lasts."""

from __future__ import annotations

from stream.core import facts
from stream.core.measures.entry import COUNT, LEVEL, MAX, SPREAD, SUM, Measure, View

SOURCE = "docs/standards/, 16"


def _longest_now(view: View) -> float | None:
    since = view.open_turns.get("talk")
    return max(0, view.as_of - since[0]) / 1000 if since else None


def _longest(kind: str) -> Measure:
    def read(view: View) -> float | None:
        found = view.cell.top.get(f"{kind}^")
        return None if found is None else found / 1000

    name, what = {facts.TALKED: ("talk_max_seconds", "talk"), facts.KEPT_WAITING: ("kept_waiting_max_seconds", "time kept waiting")}[kind]
    left_out = ", outbound ones left out" if kind == facts.KEPT_WAITING else ""
    return Measure(
        name=name,
        help=f"Longest {what} of the window's contacts{left_out}.",
        unit="seconds",
        kind="max",
        source=SOURCE,
        folds=((kind, MAX),),
        read=read,
    )


def _kept_waiting(view: View) -> float | None:
    return view.mean_seconds(facts.KEPT_WAITING)


TALK = (
    Measure(
        name="talk_longest_seconds",
        help="The longest talk that goes on now, hold included.",
        unit="seconds",
        kind="level",
        source=SOURCE,
        folds=((facts.TALK_BEGAN, LEVEL), (facts.TALK_ENDED, LEVEL)),
        read=_longest_now,
    ),
    _longest(facts.TALKED),
    Measure(
        name="kept_waiting_mean_seconds",
        help="From the contact's beginning to its first connection to a person, menus and ringing included; outbound ones left out.",
        unit="seconds",
        kind="mean",
        source=SOURCE,
        folds=((facts.KEPT_WAITING, COUNT), (facts.KEPT_WAITING, SUM), (facts.KEPT_WAITING, SPREAD)),
        read=_kept_waiting,
    ),
    _longest(facts.KEPT_WAITING),
)
