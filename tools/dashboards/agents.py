"""answerable-agents: who is there and what they do, by queue and team; by person only where the centre allows it."""

from __future__ import annotations

from stream.generate.promised import Promised
from stream.sinks import families as f
from tools.dashboards.panels import NONE_IS_GOOD, Board, Panel
from tools.dashboards.queries import QUEUED, moved, now, share

OFF = "agent figures are off"


def board(promised: Promised) -> Board:
    """An agent who serves two queues counts in both of them; the shares are for adding up."""
    per_agent, own = promised.of_queues("waiting_per_agent", channels=False)
    team, agent = f.APART["team"], f.AGENT
    busy = f'{QUEUED}, state=~"on_contact|wrap_up"'
    there = f'{QUEUED}, state!="offline"'
    return Board(
        uid="answerable-agents",
        title="Agents",
        about="Who is there and what they do. By person only where the centre's agent_figures allow it, and then by pseudonym.",
        variables=("queue",),
        panels=(
            Panel(
                kind="stat",
                title="Staffed",
                about=f.AGENTS_SHARE.help,
                unit="short",
                queries=((f"sum({now(f.AGENTS_SHARE, QUEUED)})", "staffed"),),
                none="nobody reports agents",
            ),
            Panel(
                kind="stat",
                title="Over their capacity",
                about=f.OVER_LIMIT.help,
                unit="short",
                queries=((f"sum({now(f.OVER_LIMIT, QUEUED)})", "agents"),),
                steps=NONE_IS_GOOD,
            ),
            Panel(
                kind="bargauge",
                title="Waiting per agent",
                about=f.WAITING_PER_AGENT.help,
                unit="short",
                queries=((f"max by (queue) ({now(f.WAITING_PER_AGENT, QUEUED)})", "{{queue}}"),),
                steps=per_agent,
                own=own,
                width=12,
            ),
            _lines("By state", f.AGENTS.help, "short", f"sum by (queue, state) ({now(f.AGENTS, QUEUED)})", "{{queue}} {{state}}"),
            _lines("Teams by state", team.agents.help, "short", f"sum by (team, state) ({now(team.agents)})", "{{team}} {{state}}"),
            _lines(
                "Busy, of the time they were there, 30 minutes",
                f"{f.STATE_SECONDS.help} On contact and wrap-up, of all states but offline.",
                "percentunit",
                share(moved(f.STATE_SECONDS, "30m", busy, by="queue"), moved(f.STATE_SECONDS, "30m", there, by="queue")),
                "{{queue}}",
            ),
            _lines(
                "Time by state, 30 minutes",
                f.STATE_SECONDS.help,
                "s",
                moved(f.STATE_SECONDS, "30m", QUEUED, by="state"),
                "{{state}}",
            ),
            Panel(
                kind="table",
                title="Contacts of agents, 8 hours",
                about=agent[0].help,
                unit="short",
                queries=((f"round({moved(agent[0], '8h', by='agent, outcome')})", "contacts"),),
                width=12,
                height=9,
                none=OFF,
            ),
            Panel(
                kind="table",
                title="Time of agents by state, 8 hours",
                about=agent[1].help,
                unit="s",
                queries=((moved(agent[1], "8h", by="agent, state"), "time"),),
                width=12,
                height=9,
                none=OFF,
            ),
        ),
    )


def _lines(title: str, about: str, unit: str, query: str, legend: str) -> Panel:
    return Panel(kind="timeseries", title=title, about=about, unit=unit, queries=((query, legend),), width=12, height=8)
