"""answerable-pipeline: whether the figures can be believed."""

from __future__ import annotations

from stream.generate.promised import Promised, Step
from stream.sinks import families as f
from tools.dashboards.panels import Board, Panel
from tools.dashboards.queries import age, here, now
from tools.dashboards.wallboard import SETTLED, STALE


def board(promised: Promised) -> Board:
    """The workers, how far they are, and what they set aside."""
    return Board(
        uid="answerable-pipeline",
        title="Pipeline",
        about="Whether the figures can be believed: the workers, how far they are, and what they set aside.",
        variables=(),
        panels=(
            Panel(
                kind="stat",
                title="Workers ready",
                about=f.READY.help,
                unit="short",
                queries=((f"sum({f.READY.name})", "ready"),),
                steps=((None, "red"), (1, "green")),
                none="no worker",
            ),
            Panel(
                kind="stat",
                title="Age of the data",
                about=f.WATERMARK.help,
                unit="s",
                queries=((age(f"min({now(f.WATERMARK, SETTLED)})"), "age"),),
                steps=STALE,
                none="no worker",
            ),
            Panel(
                kind="stat",
                title="Since the synthetic contact",
                about=f"{f.CANARY.help} Sent each minute by `answerable canary`.",
                unit="s",
                queries=((age(f"max({f.CANARY.name} > 0)"), "since"),),
                steps=((None, "green"), (180, "red")),
                none="no canary runs",
            ),
            Panel(
                kind="table",
                title="Versions",
                about=f.BUILD_INFO.help,
                unit="short",
                queries=((f"count by (version) ({f.BUILD_INFO.name})", "workers"),),
            ),
            _lines(
                "Events processed a second",
                f.EVENTS_PROCESSED,
                f"sum by (topic) (rate({f.EVENTS_PROCESSED.name}[$__rate_interval]))",
                "eps",
            ),
            _lines("Records not yet processed", f.LAG, f"sum by (topic) ({now(f.LAG)})"),
            _lines("Delay of nine events in ten", f.EVENT_DELAY, _delay(), "s"),
            _lines("Late, in 15 minutes", f.EVENTS_LATE, here(f.EVENTS_LATE, "15m", by="topic")),
            _lines("Seen before, in 15 minutes", f.EVENTS_DUPLICATE, here(f.EVENTS_DUPLICATE, "15m", by="topic")),
            _lines(
                "Set aside to dead-letters, in 15 minutes",
                f.EVENTS_REJECTED,
                here(f.EVENTS_REJECTED, "15m", by="topic, reason"),
                legend="{{topic}} {{reason}}",
                none="none was set aside",
            ),
            _lines("Of undeclared queues, in 15 minutes", f.EVENTS_UNKNOWN_QUEUE, here(f.EVENTS_UNKNOWN_QUEUE, "15m", by="topic")),
            _lines("Partitions owned", f.ASSIGNED, f"sum by (instance, topic) ({f.ASSIGNED.name})", legend="{{instance}} {{topic}}"),
            _lines("Rebalances, in 30 minutes", f.REBALANCES, here(f.REBALANCES, "30m", by="instance"), legend="{{instance}}"),
        ),
    )


def _delay() -> str:
    return f"histogram_quantile(0.9, sum by (le, topic) (rate({f.EVENT_DELAY.name}_bucket[$__rate_interval])))"


def _lines(title: str, family: f.Family, query: str, unit: str = "short", *, legend: str = "{{topic}}", none: str = "no data") -> Panel:
    steps: tuple[Step, ...] = ((None, "text"),)
    return Panel(
        kind="timeseries", title=title, about=family.help, unit=unit, queries=((query, legend),), steps=steps, width=8, height=8, none=none
    )
