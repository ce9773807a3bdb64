"""Series of teams, tiers, skills and agents: families of their own, bounded, and agents only where the centre says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stream.core.centre import Centre, Person, Queue
from stream.core.declared import Standard
from stream.core.pseudonyms import Pseudonyms
from stream.sinks.figures import WorkerFigures
from stream.sinks.prometheus import Collector
from tests.core.pipeline import Pipeline
from tests.core.timelines import at, events
from tests.sinks.test_prometheus import samples

CENTRE = Centre(
    queues={"billing": Queue("billing", ("call",), team="north", tier="1", skills=("french",))},
    people={"a1": Person(name="a1", ids=("1001",), team="north", skills=("french",)), "a2": Person(name="a2", team="north")},
    lateness=0,
)
STORY = """
    09:00:00 agent 1001 available billing
    09:00:00 agent a2 paused billing
    09:00:10 c1 offered billing/call
    09:00:20 c2 offered billing/call
    09:01:00 c1 answered agent_id=1001
    09:03:00 c1 ended
"""


def page(centre: Centre = CENTRE, *standards: Standard) -> dict[str, float]:
    """The series at 09:05."""
    pipeline = Pipeline(centre, standards, played=False)
    pipeline.events(events(STORY))
    for name in pipeline.nodes[:-1]:
        pipeline.tick(name, 0, at("09:05:00"))
    pipeline.drain()
    pipeline.tick("scopes", 0, at("09:05:00"))
    return samples(Collector(lambda: [pipeline.scope_stage(0).snapshot()], WorkerFigures()).render())


def of(found: dict[str, float], *names: str) -> dict[str, Any]:
    """The series of these families that are not 0."""
    return {name: value for name, value in found.items() if name.split(" ")[0] in names and value}


def test_a_team_has_families_of_its_own() -> None:
    """Its contacts by outcome, who waits, its agents and how they spend their time; the agents with 120 of 300 s on the call."""
    found = of(
        page(), "cc_team_contacts_total", "cc_team_contacts_waiting", "cc_team_agents", "cc_team_waiting_per_agent", "cc_team_seconds_total"
    )
    assert {
        "cc_team_contacts_total outcome=offered, team=north": 2.0,
        "cc_team_contacts_total outcome=answered, team=north": 1.0,
        "cc_team_contacts_waiting team=north": 1.0,
        "cc_team_agents state=available, team=north": 1.0,
        "cc_team_agents state=paused, team=north": 1.0,
        "cc_team_waiting_per_agent team=north": 1.0,
        "cc_team_seconds_total state=available, team=north": 300.0,
        "cc_team_seconds_total state=paused, team=north": 300.0,
    } == found


def test_a_queue_shows_its_agents_share_and_their_time() -> None:
    """Of two, one is staffed."""
    found = of(page(), "cc_agents_share", "cc_agent_state_seconds_total", "cc_agents_over_limit")
    assert {
        "cc_agents_share queue=billing": 1.0,
        "cc_agent_state_seconds_total queue=billing, state=available": 300.0,
        "cc_agent_state_seconds_total queue=billing, state=paused": 300.0,
    } == found


def test_single_agents_are_off_unless_the_centre_says_so() -> None:
    """By default no page names anybody."""
    assert [] == [name for name in page() if "agent=" in name or "a1" in name or "1001" in name]


def test_agents_are_shown_under_their_names_or_their_pseudonyms() -> None:
    """What the second agent did not do is 0."""
    key = b"a secret of the installation"
    shown = {
        figures: of(page(replace(CENTRE, agent_figures=figures, agent_key=key)), "cc_agent_contacts_total", "cc_agent_seconds_total")
        for figures in ("id", "pseudonym")
    }
    names = {"id": ("a1", "a2"), "pseudonym": tuple(Pseudonyms(key).of("agent", name) for name in ("a1", "a2"))}
    for figures, (first, second) in names.items():
        assert {
            f"cc_agent_contacts_total agent={first}, outcome=answered": 1.0,
            f"cc_agent_seconds_total agent={first}, state=available": 300.0,
            f"cc_agent_seconds_total agent={second}, state=paused": 300.0,
        } == shown[figures]


def test_the_number_of_agents_with_series_is_capped() -> None:
    """The first by their names; all others are in no series of their own."""
    found = page(replace(CENTRE, agent_figures="id", agent_series=1))
    assert {"a1"} == {name.partition("agent=")[2].partition(",")[0] for name in found if "agent=" in name}


def test_a_standard_that_is_judged_for_teams_names_the_team() -> None:
    """Two teams are two series."""
    standard = Standard(name="waiting", title="waiting", form="level", measure="waiting", limit=0, per=("team",), grace=0)
    found = {name: value for name, value in page(CENTRE, standard).items() if name.startswith("cc_standard_breached")}
    assert {"cc_standard_breached severity=warning, standard=waiting, team=north": 1.0} == found
