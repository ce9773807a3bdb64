"""Replies are of whoever wrote them: per agent, too, a first answer and each later one count."""

from __future__ import annotations

import pytest

from stream.core.centre import Centre
from stream.core.declared import Standard
from tests.core.timelines import breaches, told

CENTRE = Centre(agent_figures="id")
EMAIL = """
    09:00:00 e message customer billing/email
    09:10:00 e message agent agent_id=anna
    09:20:00 e message customer
    09:50:00 e message agent agent_id=bert
    10:00:00 e message customer
"""
CHAT = """
    09:00:00 c offered billing/chat
    09:00:20 c answered agent_id=anna
    09:00:30 c message customer
    09:01:30 c message agent agent_id=bert
    09:02:00 c message customer
    09:02:10 c message agent
    09:05:20 c ended
"""


def of(agent: str, story: str) -> dict[str, float]:
    """What is said of an agent, of what replies are about."""
    asked = ("answered", "first_responses", "first_response_mean_seconds", "responses", "response_mean_seconds", "handle_mean_seconds")
    found = told(story, f"agent={agent}", centre=CENTRE)
    return {name: found[name] for name in asked if name in found}


def test_each_mail_is_answered_by_who_wrote_the_reply() -> None:
    """The first one ten minutes after it came, the second one after half an hour; the third waits for nobody in particular."""
    assert of("anna", EMAIL) == {"answered": 1, "first_responses": 1, "first_response_mean_seconds": 600}
    assert of("bert", EMAIL) == {"answered": 1, "responses": 1, "response_mean_seconds": 1_800}


def test_a_colleague_in_a_chat_has_the_reply_and_not_the_talk() -> None:
    """What nobody signed is of whoever took the chat."""
    assert of("anna", CHAT) == {"answered": 1, "responses": 1, "response_mean_seconds": 10, "handle_mean_seconds": 300}
    assert of("bert", CHAT) == {"first_responses": 1, "first_response_mean_seconds": 60}


def test_the_queue_counts_each_once() -> None:
    """Whoever replied."""
    found = told(EMAIL, "queue=billing", centre=CENTRE)
    assert (found["answered"], found["first_responses"], found["responses"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("form", "measure", "fields"),
    [
        ("percentage", "response", {"objective": 0.9, "within": 60_000, "window": 3_600_000}),
        ("mean", "response", {"limit": 60, "window": 3_600_000}),
        ("percentage", "service_level", {"objective": 0.9, "within": 900_000, "window": 3_600_000}),
    ],
)
def test_a_promise_of_each_agent_is_judged(form: str, measure: str, fields: dict[str, float]) -> None:
    """Of what they replied: who is too slow breaks it, and who is not does not; a window is looked at every ten seconds."""
    standard = Standard(name="s", title="s", form=form, measure=measure, grace=0, per=("agent",), confidence=0.5, **fields)  # type: ignore[arg-type]
    assert [row[1] for row in breaches(EMAIL, standard, centre=CENTRE)] == ["09:50:10"]
