"""Agents, teams and what is said of queues in the centre's file."""

from __future__ import annotations

import pytest
import yaml
from jsonschema import Draft202012Validator

from stream.config.people import keyed
from stream.core.centre import Centre, Person, Queue
from stream.errors import DeclarationError, WrongUse
from tests.config.test_centre import BERLIN, HEAD, read
from tests.config.test_schemas import schema

GOOD = (
    HEAD
    + """
queues:
  billing: {channels: [call], team: north, tier: 1, skills: [french, dutch], confirm: {within: 2m}}
groups: [vip]
topics: [refund, delivery]
max_wait: 2h
heartbeat_timeout: 90s
pause_reasons: [lunch]
agent_figures: id
agent_series: 50
agents:
  a1: {ids: [1001, a1@chat], team: north, tier: 0, skills: french}
  a2: {}
"""
)


def test_everything_is_read() -> None:
    """Ids that look like numbers are texts, and what is left out is empty."""
    expected = Centre(
        zone=BERLIN,
        queues={"billing": Queue("billing", ("call",), team="north", tier="1", skills=("french", "dutch"), confirm=120_000)},
        groups=("vip",),
        topics=("refund", "delivery"),
        max_wait=7_200_000,
        heartbeat_timeout=90_000,
        pause_reasons=("lunch",),
        agent_figures="id",
        agent_series=50,
        people={
            "a1": Person(name="a1", ids=("1001", "a1@chat"), team="north", tier="0", skills=("french",)),
            "a2": Person(name="a2"),
        },
    )
    assert expected == read(GOOD)
    assert [] == list(Draft202012Validator(schema("centre")).iter_errors(yaml.safe_load(GOOD)))


def test_nobody_waits_too_long_where_that_is_switched_off() -> None:
    """A word, because no time is long enough."""
    assert read(f"{HEAD}max_wait: off\n").max_wait is None


def test_scopes_follow_from_what_is_declared() -> None:
    """Teams, tiers, skills, groups and agents only where the file has any."""
    more: frozenset[tuple[str, ...]] = frozenset({("team",), ("tier",), ("skill",), ("group",), ("agent",)})
    assert (more, frozenset()) == (read(GOOD).dimensions() & more, read(HEAD).dimensions() & more)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (
            "agents:\n  a1: {ids: [7]}\n  a2: {ids: [7]}\n",
            "5: the id 7 belongs to a1 already: an id is of one agent, take it out of one of them",
        ),
        (
            "agents:\n  a1: {}\n  a2: {ids: [a1]}\n",
            "5: the id a1 belongs to a1 already: an id is of one agent, take it out of one of them",
        ),
        (
            "agents:\n  other: {}\n",
            "4: an agent cannot be called other: that is where unknown agents count, choose another name",
        ),
        ("agents:\n  a1: {skill: french}\n", "4: a1 has no key skill: did you mean skills?"),
        ("agents:\n  a1: {tier: 4}\n", "4: tier cannot be 4: write one of 0, 1, 2, 3"),
        ("agent_figures: names\n", "3: agent_figures cannot be names: write one of none, pseudonym, id"),
        ("agent_series: 0\n", "3: agent_series must be a whole number from 1 to 10000"),
        (
            "heartbeat_timeout: 2d\n",
            "3: heartbeat_timeout must be 1s to 1d: write what is longer than two heartbeats, for example 90s",
        ),
        ("max_wait: 1s\n", "3: max_wait must be 1m to 60d: write what nobody waits in earnest, for example 24h, or off"),
        (
            "queues:\n  b: {channels: call, confirm: {within: 0s}}\n",
            "4: within must be 1s to 1d: write what is longer than two confirmations, for example 2m",
        ),
        ("queues:\n  b: {channels: call, confirm: {}}\n", "4: confirm needs within: add it"),
        ("groups: [vip, vip]\n", "3: groups names vip twice: leave one out"),
    ],
)
def test_what_is_refused(text: str, refusal: str) -> None:
    """In one sentence, with the line."""
    with pytest.raises(DeclarationError) as refused:
        read(HEAD + text)
    assert f"centre.yaml:{refusal}" == str(refused.value).removesuffix(".")


def test_pseudonyms_need_a_key_from_the_environment() -> None:
    """Without one the sentence says what to do; where nobody is shown under a pseudonym nobody asks for the key."""
    centre = read(f"{HEAD}agent_figures: pseudonym\n")
    assert b"secret" == keyed(centre, lambda: "secret").agent_key
    assert "secret" not in repr(keyed(centre, lambda: "secret"))
    with pytest.raises(WrongUse, match="set ANSWERABLE_PSEUDONYM_KEY or pseudonym_key_file"):
        keyed(centre, lambda: "")
    assert b"" == keyed(read(HEAD), lambda: "secret").agent_key
