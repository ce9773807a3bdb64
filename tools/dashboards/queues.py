"""answerable-queues: what comes, what waits, how it ends."""

from __future__ import annotations

from stream.generate.promised import Colours, Promised
from stream.sinks import families as f
from tools.dashboards.panels import PLAIN, Board, Panel
from tools.dashboards.queries import CHANNELED, QUEUED, SCOPED, age, grown, now, quantile, share

BY = "queue, channel"
EACH = "{{queue}} {{channel}}"
ENDS = ("answered", "abandoned", "flowed_out", "callback", "lost")


def board(promised: Promised) -> Board:
    """A queue's day."""
    abandoned, offered = (grown(f.TOTALS[name], "30m", SCOPED, by=BY) for name in ("abandoned", "offered"))
    per_agent, own = promised.of_queues("waiting_per_agent", channels=False)
    return Board(
        uid="answerable-queues",
        title="Queues",
        about="What comes, what waits, how it ends.",
        variables=("queue", "channel"),
        panels=(
            _panel(
                "Waiting",
                f.WAITING.help,
                "short",
                f"max by ({BY}) ({now(f.WAITING, SCOPED)})",
                promised.of_queues("waiting", whole=True),
            ),
            _panel(
                "Longest wait",
                f.OLDEST_WAITING.help,
                "s",
                age(f"min by ({BY}) ({now(f.OLDEST_WAITING, SCOPED)})"),
                promised.of_queues("longest_wait"),
                none="nobody waits",
            ),
            Panel(
                kind="timeseries",
                title="Waiting per agent",
                about=f.WAITING_PER_AGENT.help,
                unit="short",
                queries=((f"max by (queue) ({now(f.WAITING_PER_AGENT, QUEUED)})", "{{queue}}"),),
                steps=per_agent,
                own=own,
                width=8,
                height=8,
                none="staffing is unknown",
            ),
            _panel("Offered in 15 minutes", f.TOTALS["offered"].help, "short", grown(f.TOTALS["offered"], "15m", SCOPED, by=BY)),
            Panel(
                kind="timeseries",
                title="How they left the queue, in 15 minutes",
                about=" ".join(f"{name}: {f.TOTALS[name].help}" for name in ENDS),
                unit="short",
                queries=tuple((grown(f.TOTALS[name], "15m", SCOPED), name.replace("_", " ")) for name in ENDS),
                width=8,
                height=8,
            ),
            _panel(
                "Abandoned of those offered, 30 minutes",
                f.TOTALS["abandoned"].help,
                "percentunit",
                share(abandoned, offered),
                promised.missed_by_queues("abandonment"),
            ),
            Panel(
                kind="timeseries",
                title="Wait until the answer",
                about=f"{f.DURATIONS['answer_wait'].help} Half of them, and nine in ten, of 30 minutes, in all queues of the chosen "
                "channels; between the histogram's bounds.",
                unit="s",
                queries=tuple((quantile(which, f.DURATIONS["answer_wait"], "30m", CHANNELED), f"{which:.0%}") for which in (0.5, 0.9)),
                width=8,
                height=8,
            ),
            _panel("Open contacts", f.OPEN.help, "short", f"max by ({BY}) ({now(f.OPEN, SCOPED)})"),
            _panel("Drop-out threshold", f.DROPOUT.help, "s", f"max by ({BY}) ({now(f.DROPOUT, SCOPED)})", none="too few abandons yet"),
        ),
    )


def _panel(title: str, about: str, unit: str, query: str, colours: Colours = (PLAIN, ()), *, none: str = "no data") -> Panel:
    steps, own = colours
    return Panel(
        kind="timeseries", title=title, about=about, unit=unit, queries=((query, EACH),), steps=steps, own=own, width=8, height=8, none=none
    )
