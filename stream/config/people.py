"""The part of the centre's file that is about agents: who they are across systems, what they can, and how much is shown of them.

agent_figures: none                   # or pseudonym, or id
agents:
  a1: {ids: [1001, "chat|a.one"], team: north, tier: 1, skills: [french]}
heartbeat_timeout: 90s
pause_reasons: [lunch, training]
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict

from stream.config.hours import check_name
from stream.core.centre import AGENT_FIGURES, OTHER, Centre, Person
from stream.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream.config.yaml import Section

TIERS: Final = ("0", "1", "2", "3")
MOST_SERIES: Final = 10_000
MOST_REASONS: Final = 50
SHORTEST_TIMEOUT: Final = 1_000
LONGEST_TIMEOUT: Final = 86_400_000


class Qualities(TypedDict):
    """What queues and agents have alike."""

    team: str
    tier: str
    skills: tuple[str, ...]


class Figures(TypedDict):
    """What is said of all agents."""

    agent_figures: str
    agent_series: int
    heartbeat_timeout: int | None
    pause_reasons: tuple[str, ...]


def people(file: Section) -> dict[str, Person]:
    """The agents by name; an id, or a name, belongs to one of them only."""
    if "agents" not in file:
        return {}
    found: dict[str, Person] = {}
    agents = file.section("agents")
    owners = Owners(agents, "one agent")
    for item in agents.keys():  # noqa: SIM118 - as above
        check_name(item, "an agent")
        if item.text == OTHER:
            raise item.error(f"an agent cannot be called {OTHER}: that is where unknown agents count, choose another name")
        agent = agents.section(item.text)
        agent.only("ids", "team", "tier", "skills")
        found[item.text] = Person(name=item.text, ids=owners.ids(agent, item.text), **qualities(agent))
    return found


class Owners:
    """Whose an id is, among queues or among agents: an id, or a name, belongs to one of them only."""

    def __init__(self, all_of_them: Section, kind: str) -> None:
        """`kind`: what has the ids, for people."""
        self._kind = kind
        self._names = {item.text for item in all_of_them.keys()}  # noqa: SIM118 - a section is no dict: its keys carry their lines
        self._owner: dict[str, str] = {}

    def ids(self, section: Section, name: str) -> tuple[str, ...]:
        """The ids under the key `ids` of the one called `name`. Raises DeclarationError where one is another's."""
        for item in section.items("ids"):
            taken = self._owner.setdefault(item.text, name)
            if taken != name or (item.text in self._names and item.text != name):
                whose = taken if taken != name else item.text
                raise item.error(f"the id {item.text} belongs to {whose} already: an id is of {self._kind}, take it out of one of them")
        return section.words("ids")


def qualities(section: Section) -> Qualities:
    """team, tier and skills of a queue or an agent."""
    for key in ("team", "skills"):
        for item in section.items(key):
            check_name(item, "a team" if key == "team" else "a skill")
    tier = section.choice("tier", TIERS) if "tier" in section else ""
    return {"team": section.text("team", ""), "tier": tier, "skills": section.words("skills")}


def figures(file: Section) -> Figures:
    """How much is shown of single agents, and after what silence one counts as gone."""
    timeout = file.duration("heartbeat_timeout", 0)
    if "heartbeat_timeout" in file and not SHORTEST_TIMEOUT <= timeout <= LONGEST_TIMEOUT:
        raise file.error(
            "heartbeat_timeout must be 1s to 1d: write what is longer than two heartbeats, for example 90s", "heartbeat_timeout"
        )
    series = file.number("agent_series", 200)
    if series != int(series) or not 1 <= series <= MOST_SERIES:
        raise file.error(f"agent_series must be a whole number from 1 to {MOST_SERIES}", "agent_series")
    if len(file.items("pause_reasons")) > MOST_REASONS:
        raise file.error(f"pause_reasons can name {MOST_REASONS} reasons: leave the rare ones out, they count as {OTHER}", "pause_reasons")
    for item in file.items("pause_reasons"):
        check_name(item, "a pause reason")
    return {
        "agent_figures": file.choice("agent_figures", AGENT_FIGURES, AGENT_FIGURES[0]),
        "agent_series": int(series),
        "heartbeat_timeout": timeout or None,
        "pause_reasons": file.words("pause_reasons"),
    }


def keyed(centre: Centre, key: Callable[[], str]) -> Centre:
    """The centre with the secret of the agents' pseudonyms, where it needs one; `key` gives it from environment or file.

    Raises WrongUse where it is needed and not there.
    """
    if centre.agent_figures != "pseudonym":
        return centre
    found = key()
    if not found:
        raise WrongUse(
            "agent_figures: pseudonym needs a key: set ANSWERABLE_PSEUDONYM_KEY or pseudonym_key_file, or write agent_figures: none."
        )
    return replace(centre, agent_key=found.encode())


KEYS: Final = ("agents", "agent_figures", "agent_series", "heartbeat_timeout", "pause_reasons")
