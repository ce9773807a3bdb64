"""Each standard is said in one plain sentence."""

from __future__ import annotations

from typing import Any

import pytest

from stream.config.sentences import FORMULAS, PERCENTAGES, RINGING, sentence
from stream.core import declared
from stream.core.declared import Standard


def made(**fields: Any) -> Standard:
    """A standard with these fields."""
    return Standard(name="a", title="A", **fields)


@pytest.mark.parametrize(
    ("standard", "said"),
    [
        (
            made(
                form="percentage",
                measure="service_level",
                objective=0.9,
                within=120_000,
                where={"channel": ("call",)},
                severity="critical",
                cadence="page",
            ),
            (
                "Calls: at least 90 % answered within 2 min, of all calls (strict), over a rolling 30 min, "
                "per queue and channel; critical, page"
            ),
        ),
        (
            made(form="percentage", measure="abandonment", objective=0.05, formula="no_short"),
            "Contacts: at most 5 % abandoned, short abandons left out, over a rolling 30 min, per queue and channel; warning, ticket",
        ),
        (
            made(form="percentage", measure="abandonment", objective=0.05, per=(), hours="always"),
            "Contacts: at most 5 % abandoned, over a rolling 30 min, for the whole centre, at all times; warning, ticket",
        ),
        (
            made(
                form="percentage", measure="response", objective=0.8, within=60_000, where={"channel": ("chat", "email")}, per=("channel",)
            ),
            "Chats and e-mails: at least 80 % get each further response within 1 min, over a rolling 30 min, per channel; warning, ticket",
        ),
        (
            made(form="level", measure="waiting", limit=3.0, clear=2.0, hold=30_000, where={"queue": ("billing",)}, per=("queue",)),
            "Contacts of billing: at most 3 waiting, a breach after 30 s, cleared at 2, per queue; warning, ticket",
        ),
        (
            made(form="level", measure="staffed", op=">=", limit=1.0, per=("queue",), hours="office"),
            "People: at least 1 agent staffed, per queue, in the hours office; warning, ticket",
        ),
        (
            made(form="level", measure="left_at_closing", limit=0.0, per=("queue",)),
            "Contacts: at most 0 still waiting at closing, until they are gone or it opens again, per queue; warning, ticket",
        ),
        (
            made(form="level", measure="longest_wait", limit=600.0),
            "Contacts: nobody waits longer than 10 min, per queue and channel; warning, ticket",
        ),
        (
            made(form="mean", measure="first_response", limit=7.0, window=3_600_000),
            "Contacts: mean first response time at most 7 s, over a rolling 1 h, per queue and channel; warning, ticket",
        ),
        (
            made(
                form="clock",
                measure="first_response",
                within=3_600_000,
                where={"channel": ("email", "social")},
                cadence="report",
            ),
            "E-mails and social messages: each gets its first response within 1 h, per queue and channel; warning, report",
        ),
    ],
)
def test_a_standard_is_said(standard: Standard, said: str) -> None:
    """For whom, how much, in which time, where, when, and how loud."""
    assert said == sentence(standard)


def test_everything_that_can_be_declared_can_be_said() -> None:
    """No measure of any form, no operator and no formula is without words."""
    said = [
        sentence(made(form=form, measure=measure, op=op, formula=formula, objective=0.5, within=1000, limit=1.0))
        for form, measures in declared.MEASURES.items()
        for measure in measures
        for op in ("<=", "<", ">=", ">")
        for formula in declared.FORMULAS
    ]
    assert (set(declared.FORMULAS), True) == (set(FORMULAS), all("{" not in one for one in said))
    assert {"service_level", "first_response", "response", "ringing", "acknowledgement"} == set(PERCENTAGES)
    assert set(declared.FORMULAS_OF["ringing"]) == set(RINGING)
