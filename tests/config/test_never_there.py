"""A standard for scopes in which its measure has no value is refused, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.config.never_there import scopes_of
from stream.config.standards import examine
from stream.core.declared import DIMENSIONS, FIGURES, MEASURES
from stream.core.measures import BY_NAME

CENTRE = """version: 1
name: Here
time_zone: UTC
queues: {billing: {channels: [call, email]}}
groups: [vip]
agent_figures: id
agents: {a1: {team: accounts}}
"""


def refusals(tmp_path: Path, entry: str, centre: str = CENTRE) -> list[str]:
    """The problems that are found with one entry, without the place in the file."""
    declared, file = tmp_path / "centre.yaml", tmp_path / "standards.yaml"
    declared.write_text(centre, encoding="utf-8")
    file.write_text(f"version: 1\nstandards:\n  - {{ name: one, title: One, {entry} }}\n", encoding="utf-8")
    return [str(refusal) for refusal in examine(file, read_centre(declared))[1]]


LEVEL = "form: level, measure: waiting, at_most: 3"
SERVICE = "form: percentage, measure: service_level, objective: 90%, within: 2m"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            f"{LEVEL}, per: [agent]",
            "waiting has no value per agent, so this could never be broken: write per: [], or a measure that has one: staffed",
        ),
        (f"{LEVEL}, per: [queue, agent]", "write per: [queue], or a measure that has one: staffed"),
        (
            f"{LEVEL}, overrides: [{{where: {{agent: [a1]}}, at_most: 2}}]",
            "waiting has no value per agent, so this could never be broken: leave agent out of where",
        ),
        (f"{LEVEL}, per: [kind]", "waiting has no value per kind"),
        ("form: level, measure: staffed, at_least: 1, per: [group]", "staffed has no value per group"),
        (
            "form: level, measure: waiting_per_agent, at_most: 2, overrides: [{where: {group: [vip]}, at_most: 1}]",
            "waiting_per_agent has no value per group",
        ),
        ("form: percentage, measure: abandonment, objective: 5%, per: [agent]", "abandonment has no value per agent"),
        ("form: mean, measure: acknowledgement, at_most: 15m, per: [agent]", "or a measure that has one: answer_wait, handle"),
        ("form: clock, measure: resolution, within: 4h, per: [agent]", "resolution has no value per agent"),
        (f"{SERVICE}, unacceptable: 10m, per: [agent]", "unacceptable can never be told per agent"),
        (
            "form: ratio, measure: retention, at_least: 90%, per: [queue]",
            "retention has no value per queue, so this could never be broken: write per: []",
        ),
        ("form: ratio, measure: occupancy, at_most: 85%, per: [group]", "occupancy has no value per group"),
        (
            "form: clock, measure: first_response, within: 60m, per: [agent]",
            "first_response has no value per agent, so this could never be broken: write per: []",
        ),
        (
            "form: percentage, measure: response, objective: 90%, within: 60m, unacceptable: 4h, per: [agent]",
            "unacceptable can never be told per agent: a contact that goes on is nobody's of them; leave unacceptable out",
        ),
        (
            "form: ratio, measure: paused_seconds.lunch, at_most: 30m, per: [queue]",
            "the centre declares no such reason, so this could never be broken: add pause_reasons: [lunch] to its file",
        ),
        ("form: ratio, measure: 'service_level[strict,20]', at_least: 80%, per: [kind]", "service_level[strict,20] has no value per kind"),
    ],
)
def test_what_has_no_value_there_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    """In the entry and in its overrides, for what is judged at once and for closed periods."""
    found = refusals(tmp_path, entry)
    assert 1 == len(found), found
    assert said in found[0]


@pytest.mark.parametrize(
    "entry",
    [
        f"{SERVICE}, per: [agent]",
        f"{SERVICE}, per: [group]",
        "form: percentage, measure: first_response, objective: 90%, within: 60m, per: [agent]",
        "form: mean, measure: response, at_most: 30m, per: [agent]",
        "form: mean, measure: handle, at_most: 5m, overrides: [{where: {agent: [a1]}, at_most: 6m}]",
        "form: level, measure: staffed, at_least: 1, per: [team]",
        "form: clock, measure: resolution, within: 4h, per: [kind]",
        "form: ratio, measure: csat, at_least: 80%, per: [agent]",
        "form: ratio, measure: retention, at_least: 90%, per: []",
    ],
)
def test_what_has_a_value_there_is_taken(tmp_path: Path, entry: str) -> None:
    """Agents have what they answered and said, issues a kind, and so on."""
    assert [] == refusals(tmp_path, entry)


def test_who_is_not_declared_has_no_figures(tmp_path: Path) -> None:
    """Groups that no event may name, agents that are not shown."""
    without = CENTRE.replace("groups: [vip]\n", "").replace("agent_figures: id\n", "")
    assert "the centre declares no groups" in refusals(tmp_path, f"{SERVICE}, per: [group]", without)[0]
    assert "write agent_figures: pseudonym or id" in refusals(tmp_path, f"{SERVICE}, per: [agent]", without)[0]


def test_everything_that_is_judged_is_a_judgement_of_a_measure() -> None:
    """So its scopes are declared in one place, with the measure."""
    judged = {name for names in MEASURES.values() for name in names}
    assert judged <= FIGURES.keys()
    assert set(FIGURES.values()) <= BY_NAME.keys()
    assert all(scopes_of(name, form) < frozenset(DIMENSIONS) for form, names in MEASURES.items() for name in names)
