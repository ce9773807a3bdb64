"""answerable-wallboard: the whole centre on one screen, in Grafana. The worker's own wallboard says more, and why."""

from __future__ import annotations

from stream.generate.promised import Promised
from stream.generate.recorded import recorded
from stream.generate.wide import STANDS
from stream.sinks import families as f
from tools.dashboards.panels import NONE_IS_GOOD, Board, Panel
from tools.dashboards.queries import age, contacts, grown, now, share
from tools.dashboards.queues import BY, EACH

STALE = ((None, "green"), (60, "orange"), (180, "red"))
"""How old (s) the data may be: a worker settles within seconds; what is minutes old is not now."""
SETTLED = 'topic="scope-facts"'
SPOKEN = 'channel=~"call|chat"'


def board(promised: Promised) -> Board:
    """At most nine tiles."""
    verdict = f'{recorded(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name)}{{queue!=""}}'
    service, abandonment = promised.on("service_level"), promised.on("abandonment")
    settled = now(f.WATERMARK, SETTLED)
    waiting, waiting_own = promised.of_queues("waiting", whole=True)
    longest, longest_own = promised.of_queues("longest_wait")
    return Board(
        uid="answerable-wallboard",
        title="Wallboard",
        about="The centre now. Where the first tile is red, nothing else on the screen is true any more.",
        variables=(),
        span="now-1h",
        refresh="10s",
        panels=(
            Panel(
                kind="stat",
                title="Age of the data",
                about=f"{f.WATERMARK.help} The oldest partition counts.",
                unit="s",
                queries=((age(f"min({settled})"), "age"),),
                steps=STALE,
                width=8,
                height=6,
                none="no worker",
            ),
            Panel(
                kind="stat",
                title="Queues in breach",
                about="Queues of which any standard is broken, by the stream's last verdict.",
                unit="short",
                queries=((f"sum(max by (queue) (last_over_time({verdict}[{STANDS}])))", "queues"),),
                steps=NONE_IS_GOOD,
                width=8,
                height=6,
            ),
            Panel(
                kind="stat",
                title="Contacts overdue",
                about=f.OVERDUE.help,
                unit="short",
                queries=((contacts(f.OVERDUE), "overdue"),),
                steps=NONE_IS_GOOD,
                width=8,
                height=6,
            ),
            Panel(
                kind="bargauge",
                title="Waiting",
                about=f"{f.WAITING.help} Calls and chats, each for itself, as the standards on queue length judge them; the colours are "
                "the limits of each.",
                unit="short",
                queries=((f"max by ({BY}) ({now(f.WAITING, SPOKEN)})", EACH),),
                steps=waiting,
                own=waiting_own,
                width=8,
                height=8,
            ),
            Panel(
                kind="bargauge",
                title="Longest wait",
                about=f"{f.OLDEST_WAITING.help} Calls and chats; what waits in writing is overdue or not.",
                unit="s",
                queries=((age(f"min by ({BY}) ({now(f.OLDEST_WAITING, SPOKEN)})"), EACH),),
                steps=longest,
                own=longest_own,
                width=8,
                height=8,
                none="nobody waits",
            ),
            Panel(
                kind="bargauge",
                title="Staffed agents",
                about=f.AGENTS_SHARE.help,
                unit="short",
                queries=((f"sum by (queue) ({now(f.AGENTS_SHARE)})", "{{queue}}"),),
                width=8,
                height=8,
                none="nobody reports agents",
            ),
            Panel(
                kind="stat",
                title="Service level, 30 minutes",
                about="The share of the judged contacts that were answered in time, of each percentage standard on it.",
                unit="percentunit",
                queries=((kept("30m", service), "{{standard}}"),),
                steps=promised.attained("service_level"),
                width=8,
                height=6,
            ),
            Panel(
                kind="stat",
                title="Service level, today",
                about="The same since midnight.",
                unit="percentunit",
                queries=((kept("$__range", service), "{{standard}}"),),
                steps=promised.attained("service_level"),
                width=8,
                height=6,
                today=True,
            ),
            Panel(
                kind="stat",
                title="Abandoned, today",
                about="The share of the contacts judged by the standards on abandonment that gave up, since midnight.",
                unit="percentunit",
                queries=(
                    (
                        share(
                            grown(f.STANDARD_BREACHES, "$__range", abandonment, by="standard"),
                            grown(f.STANDARD_CONTACTS, "$__range", abandonment, by="standard"),
                        ),
                        "{{standard}}",
                    ),
                ),
                steps=promised.missed("abandonment"),
                width=8,
                height=6,
                today=True,
            ),
        ),
    )


def kept(window: str, standards: str) -> str:
    """The share that kept the standards, from counts over all queues."""
    parts = (grown(family, window, standards, by="standard") for family in (f.STANDARD_BREACHES, f.STANDARD_CONTACTS))
    return f"1 - {share(*parts)}"
