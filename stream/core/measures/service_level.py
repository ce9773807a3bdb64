"""Service level under every named formula, with numerator and denominator, because a ratio alone hides what was asked.

T is the threshold; A answered, B abandoned, Bs short abandons, F flowed out, C callbacks, L lost, Q>T still waiting longer than T;
an index T means within T. Formulas and who uses them: Genesys Cloud (answered over answered and abandoned, with switches),
Amazon Connect (removed from the queue within T), XCALLY (abandons within T left out), Asterisk (answered only).

Each segment counts in the window in which it was offered; that is `service_level`. Other systems count it in the window in which it was
answered or left the queue otherwise (`service_level_by_answer`), or in which its talk was over (`service_level_by_end`; whoever was not
answered ended when they left). Over a whole day they hardly differ, in half-hours they do: `answerable reconcile` says which one a
report has. The formulas are the same; who still waits (live) counts in the windows that go on, because nothing else is known of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from stream.core import facts
from stream.core.declared import FORMULAS
from stream.core.measures.entry import COUNT, SPREAD, Measure, View
from stream.core.measures.places import OF_CONTACTS

Pair = tuple[int, int]
"""Numerator and denominator."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The facts that are counted under an attribution, and who still waits too long (see `View`)."""

    answered: str
    abandoned: str
    short: str
    flowed_out: str
    callback: str
    lost: str
    overdue: Callable[[View, int], int]


OFFERED: Final = Counted(
    facts.ANSWERED,
    facts.ABANDONED,
    facts.SHORT_ABANDONED,
    facts.FLOWED_OUT,
    facts.CALLBACK,
    facts.LOST,
    lambda view, within: view.overdue(within),
)
LEFT: Final = Counted(
    facts.WHEN_LEFT[facts.ANSWERED],
    facts.WHEN_LEFT[facts.ABANDONED],
    facts.WHEN_LEFT[facts.SHORT_ABANDONED],
    facts.WHEN_LEFT[facts.FLOWED_OUT],
    facts.WHEN_LEFT[facts.CALLBACK],
    facts.WHEN_LEFT[facts.LOST],
    lambda view, within: view.overdue_now(within),
)
ENDED: Final = replace(LEFT, answered=facts.ANSWERED_WHEN_ENDED)


def parts(view: View, within: int, of: Counted = OFFERED) -> tuple[Pair, Pair, Pair, Pair, Pair, Pair, Pair]:
    """Numerator and denominator under each of FORMULAS, in their order; at once, because every reading has all of them.

    answered: A_T / A. strict: A_T / (A + B). no_short: A_T / (A + B - Bs). no_abandon_in_target: A_T / (A + B - B_T).
    removed: (A_T + B_T + C_T) / (A + B + F + C + L), all that are over. with_flow_out: A_T / (A + B - Bs + F).
    live: A_T / (A + B - Bs + Q>T): it falls while the queue burns.
    """
    in_time, abandoned_in_time = view.n_within(of.answered, within), view.n_within(of.abandoned, within)
    answered, flowed_out, callback = view.n(of.answered), view.n(of.flowed_out), view.n(of.callback)
    both = answered + view.n(of.abandoned)
    long = both - view.n(of.short)
    return (
        (in_time, answered),
        (in_time, both),
        (in_time, long),
        (in_time, both - abandoned_in_time),
        (in_time + abandoned_in_time + view.n_within(of.callback, within), both + flowed_out + callback + view.n(of.lost)),
        (in_time, long + flowed_out),
        (in_time, long + of.overdue(view, within)),
    )


def _seconds(within: int) -> float:
    """Whole seconds as an integer, so that reports say 20 and not 20.0."""
    return within // 1000 if within % 1000 == 0 else within / 1000


def _service_levels(view: View, of: Counted = OFFERED) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for within in view.within:
        seconds = _seconds(within)
        out += [
            {
                "formula": formula,
                "within_seconds": seconds,
                "numerator": numerator,
                "denominator": denominator,
                "ratio": numerator / denominator if denominator > 0 else None,
            }
            for formula, (numerator, denominator) in zip(FORMULAS, parts(view, within, of), strict=True)
        ]
    return out


def _abandoned_within(view: View) -> list[dict[str, Any]]:
    return [
        {
            "within_seconds": _seconds(within),
            "abandoned": view.n_within(facts.ABANDONED, within),
            "answered": view.n_within(facts.ANSWERED, within),
        }
        for within in view.within
    ]


def _abandonment(view: View) -> list[dict[str, Any]]:
    answered, abandoned, short = view.n(facts.ANSWERED), view.n(facts.ABANDONED), view.n(facts.SHORT_ABANDONED)
    rows = (("strict", abandoned, answered + abandoned), ("no_short", abandoned - short, answered + abandoned - short))
    return [
        {
            "formula": formula,
            "numerator": numerator,
            "denominator": denominator,
            "ratio": numerator / denominator if denominator > 0 else None,
        }
        for formula, numerator, denominator in rows
    ]


def _attributed(name: str, of: Counted, help_text: str) -> Measure:
    """The service level of another attribution, which is kept only where somebody asks for it."""
    counted = (of.answered, of.abandoned, of.short, of.flowed_out, of.callback, of.lost)
    spread = (of.answered, of.abandoned, of.callback)
    return Measure(
        name=name,
        help=help_text,
        unit="ratio",
        kind="table",
        source="Genesys Cloud counts an answer when it is given, Amazon Connect a contact record when it ends: see the module",
        folds=(*((kind, COUNT) for kind in counted), *((kind, SPREAD) for kind in spread)),
        read=partial(_service_levels, of=of),
        asked=True,
        beside=True,
    )


_PARTS = tuple((kind, COUNT) for kind in (facts.ANSWERED, facts.ABANDONED, facts.SHORT_ABANDONED))
_LEFT_UNANSWERED = tuple((kind, COUNT) for kind in (facts.FLOWED_OUT, facts.CALLBACK, facts.LOST))
_SPREADS = tuple((kind, SPREAD) for kind in (facts.ANSWERED, facts.ABANDONED, facts.CALLBACK))

SERVICE_LEVELS = (
    Measure(
        name="service_level",
        help="Share answered in time, under every named formula and threshold, with numerator and denominator; each segment counts in the "
        "window in which it was offered.",
        unit="ratio",
        kind="table",
        source="Genesys Cloud, Amazon Connect, XCALLY, Asterisk app_queue: see the module",
        folds=_PARTS + _LEFT_UNANSWERED + _SPREADS,
        beside=True,
        read=_service_levels,
    ),
    _attributed(
        "service_level_by_answer",
        LEFT,
        "The service level, each segment in the window in which it was answered or left the queue otherwise; on request (`kept`: also).",
    ),
    _attributed(
        "service_level_by_end",
        ENDED,
        "The service level, each segment in the window in which its talk, or else its wait, ended; on request (`kept`: also).",
    ),
    Measure(
        name="abandoned_within",
        says="Contacts within a threshold",
        help="Abandoned and answered within each threshold: the parts of the service levels.",
        unit="contacts",
        kind="table",
        source="Amazon Connect SUM_CONTACTS_ABANDONED_IN_X",
        folds=_SPREADS,
        read=_abandoned_within,
    ),
    Measure(
        name="abandonment",
        says="Share that gave up waiting, of those answered or gone",
        help="Abandoned / (answered + abandoned), with and without short abandons.",
        unit="ratio",
        kind="table",
        source="Amazon Connect ABANDONMENT_RATE; Google CCAI Platform leaves short abandons out",
        folds=_PARTS,
        places=OF_CONTACTS,
        read=_abandonment,
    ),
)
