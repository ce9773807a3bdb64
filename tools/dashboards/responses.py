"""answerable-responses: how soon people answer, how long a contact and an issue take."""

from __future__ import annotations

from stream.generate.dashboards import TIMES
from stream.generate.promised import Promised, Step
from stream.sinks import families as f
from tools.dashboards.panels import Board, Panel
from tools.dashboards.queries import CHANNELED, SCOPED, contacts, grown, mean, quantile


def board(promised: Promised) -> Board:
    """Each time by its median, its nine in ten and its mean; replies; what came back."""
    return Board(
        uid="answerable-responses",
        title="Response and resolution",
        about="How soon people answer, how long a contact and an issue take. Percentiles lie between the histogram's bounds.",
        variables=("queue", "channel"),
        panels=(
            Panel(
                kind="stat",
                title="Overdue",
                about=f.OVERDUE.help,
                unit="short",
                queries=((contacts(f.OVERDUE, SCOPED), "overdue"),),
                steps=((None, "green"), (1, "red")),
            ),
            Panel(
                kind="stat",
                title="Replies per contact",
                about=f"{f.DURATIONS['replies'].help} The mean of the last day, all queues of the chosen channels.",
                unit="short",
                queries=((mean(f.DURATIONS["replies"], "1d", CHANNELED), "replies"),),
            ),
            Panel(
                kind="stat",
                title="Closed today",
                about=f.TOTALS["closed"].help,
                unit="short",
                queries=((f"round({grown(f.TOTALS['closed'], '$__range', SCOPED)})", "closed"),),
                today=True,
            ),
            Panel(
                kind="stat",
                title="Reopened today",
                about=f.TOTALS["reopened"].help,
                unit="short",
                queries=((f"round({grown(f.TOTALS['reopened'], '$__range', SCOPED)})", "reopened"),),
                today=True,
            ),
            *(_times(name, promised.within(name)) for name in TIMES),
        ),
    )


def _times(name: str, steps: tuple[Step, ...]) -> Panel:
    family = f.DURATIONS[name]
    return Panel(
        kind="timeseries",
        title=f"{name.replace('_', ' ').capitalize()}, over an hour",
        about=f"{family.help} All queues of the chosen channels.",
        unit="s",
        queries=(
            *((quantile(which, family, "1h", CHANNELED), f"{which:.0%}") for which in (0.5, 0.9)),
            (mean(family, "1h", CHANNELED), "mean"),
        ),
        steps=steps,
        width=8,
        height=8,
    )
