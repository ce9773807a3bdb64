"""answerable-standards: what was promised, what was kept, and how much may still go wrong."""

from __future__ import annotations

from typing import Final

from stream.generate.budgets import LEVEL, MONTH
from stream.generate.promised import NONE, Promised
from stream.generate.recorded import recorded
from stream.sinks import families as f
from tools.dashboards.panels import NONE_IS_GOOD, Board, Panel
from tools.dashboards.queries import STANDARDS, STANDS, contacts, counted, grown, now

NAMED: Final = "{{standard}} {{queue}} {{channel}}"
BY: Final = "standard, queue, channel"
SHARES: Final = ((None, "red"), (0, "orange"), (0.25, "green"))


def board(promised: Promised) -> Board:
    """The dashboard that every alert on a standard links to."""
    verdict = f"{recorded(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name)}{{{STANDARDS}}}"
    return Board(
        uid="answerable-standards",
        title="Standards",
        about="What was promised (deploy/standards.yaml), what was kept, and how much may still go wrong. The verdicts are the stream's.",
        variables=("standard", "queue", "channel"),
        panels=(
            Panel(
                kind="stat",
                title="In breach now",
                about=f"{f.STANDARD_BREACHED.help} Summed over the chosen standards and queues; the last verdict stands for {STANDS}.",
                unit="short",
                queries=((f"sum(last_over_time({verdict}[{STANDS}]))", "in breach"),),
                steps=NONE_IS_GOOD,
            ),
            Panel(
                kind="stat",
                title="Contacts at risk",
                about=f.AT_RISK.help,
                unit="short",
                queries=((contacts(f.AT_RISK, STANDARDS), "at risk"),),
                steps=((None, "green"), (1, "orange")),
            ),
            Panel(
                kind="stat",
                title="Contacts overdue",
                about=f.OVERDUE.help,
                unit="short",
                queries=((contacts(f.OVERDUE, STANDARDS), "overdue"),),
                steps=NONE_IS_GOOD,
            ),
            Panel(
                kind="stat",
                title="Contacts that broke a standard today",
                about=f.STANDARD_BREACHES.help,
                unit="short",
                queries=((f"round({grown(f.STANDARD_BREACHES, '$__range', STANDARDS)})", "today"),),
                today=True,
            ),
            Panel(
                kind="bargauge",
                title="Misses left today",
                about="How many more of the contacts judged today may have missed, and the day so far would still end at its target: "
                "the share that may miss, of the contacts counted, less the misses counted. Below 0 it is missed unless more are kept. "
                "Percentages only.",
                unit="short",
                queries=((left(promised), NAMED),),
                steps=((None, "red"), (0, "orange"), (5, "green")),
                width=12,
                height=9,
                today=True,
            ),
            Panel(
                kind="bargauge",
                title="Error budget left of 30 days",
                about="1 is all of it, 0 none; below 0 more was missed than promised. Percentages only: every other form leaves nothing "
                "to spend.",
                unit="percentunit",
                queries=((f"{LEVEL}:cc_standard_error_budget_remaining:ratio_increase{MONTH}{{{STANDARDS}}}", NAMED),),
                steps=SHARES,
                width=12,
                height=9,
            ),
            Panel(
                kind="timeseries",
                title="Kept, over 30 minutes",
                about="The share of the judged contacts that kept the standard (of levels: of the time), and of percentages the share that "
                "is to keep it: where at most 5 % may give up, 95 %.",
                unit="percentunit",
                queries=(
                    (f"{LEVEL}:cc_standard_attainment:ratio_increase30m{{{STANDARDS}}}", NAMED),
                    (to_keep(promised), "{{standard}} target"),
                ),
                width=12,
                height=9,
            ),
            Panel(
                kind="timeseries",
                title="In breach",
                about=f.STANDARD_BREACHED.help,
                unit="short",
                queries=((f"max by ({BY}) (last_over_time({verdict}[{STANDS}]))", NAMED),),
                width=12,
                height=9,
            ),
            Panel(
                kind="table",
                title="Reading and target",
                about=f"{f.STANDARD_READING.help} {f.STANDARD_TARGET.help} Each in its own unit: shares from 0 to 1, times in seconds.",
                unit="none",
                queries=(
                    (f"max by ({BY}) ({now(f.STANDARD_READING, STANDARDS)})", "reading"),
                    (f"max by ({BY}) ({now(f.STANDARD_TARGET, STANDARDS)})", "target"),
                    (f"max by ({BY}) (last_over_time({verdict}[{STANDS}]))", "in breach"),
                ),
                width=12,
                height=10,
            ),
            Panel(
                kind="timeseries",
                title="Time in breach (levels)",
                about=f"{f.STANDARD_BREACH_SECONDS.help} Of each hour before.",
                unit="s",
                queries=((f"sum by ({BY}) (increase({counted(f.STANDARD_BREACH_SECONDS, STANDARDS)}[1h]))", NAMED),),
                width=12,
                height=10,
            ),
        ),
    )


def to_keep(promised: Promised) -> str:
    """The share that is to keep each percentage, the strictest of several targets: of what may be missed at most, the rest."""
    found = (promised.shares(at_most=at_most) for at_most in (False, True))
    high, low = (f'standard:cc_target:ratio{{standard=~"{names or NONE}", standard=~"$standard"}}' for names in found)
    return f"max by (standard) ({high}) or 1 - min by (standard) ({low})"


def left(promised: Promised) -> str:
    """What may still be missed: what is allowed of the contacts counted so far, less the misses so far, whole contacts."""
    target = f"max by ({BY}) ({recorded(f.STANDARD_TARGET, f.STANDARD_TARGET.name)}"
    parts = []
    for at_most in (False, True):
        if names := promised.shares(at_most=at_most):
            asked = f'{target}{{standard=~"{names}", {STANDARDS}}})'
            parts.append(asked if at_most else f"(1 - {asked})")
    contacts, misses = (grown(family, "$__range", STANDARDS, by=BY) for family in (f.STANDARD_CONTACTS, f.STANDARD_BREACHES))
    # increase() is a little off a whole number; half a thousandth of a contact is no contact.
    return f"floor(({' or '.join(parts)}) * round({contacts}) - round({misses}) + 0.0005)"
