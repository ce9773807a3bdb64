"""Histories as people write them: one line an event, "09:00:32 anna answered"; the day is Monday 2026-03-02, the zone UTC.

09:00:00 anna offered billing/call          what happened to a contact, and queue/channel where it says so
09:00:32 anna answered wait_ms=30000        fields of the event by name; to_tier:=2 is the text "2"
09:01:00 bert message customer              who wrote; "internal", "automatic", "acknowledgement" may follow
08:59:00 agent carl available billing,sales an agent's state and queues; fields by name may follow: reason=lunch skills=french,dutch
08:59:30 beat carl available billing,sales  the same as a heartbeat; capacity=chat:3,call:1 says how many contacts at once
09:10:00 survey s1 answered csat score=4    what was asked, and what was said
09:20:00 evaluation e1 completed items=greeted:yes,closed:no
2026-03-05T09:00:00 survey s1 sent csat     on another day
09:00:00 issue i1 opened billing/call tags=invoice,refund    what a help desk says of an issue; a bare word is the status
09:30:00 issue i1 status_changed pending
09:00:00 customer c1 active                 who is a customer from now on, or "inactive"
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event, order
from stream.core.measures.agents import AGENTS
from stream.core.measures.customers import CUSTOMERS
from stream.core.measures.issues import ISSUES
from stream.core.measures.talk import TALK
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS, STANDARD_BREACHES
from stream.replay.driver import replay
from stream.replay.figures import Figures

OF_ISSUES = frozenset(measure.name for measure in (*ISSUES, *CUSTOMERS))
"""Every contact is an issue, too; what follows of that has timelines of its own."""
FORMULAS = "service_level"
APART = frozenset(measure.name for measure in (*AGENTS, *TALK))
"""Measures that have tests of their own: a story about something else does not name them."""
FLAGS = {"internal": {"public": False}} | {word: {word: True} for word in ("automatic", "acknowledgement", "success")}
"""Words that stand for a field."""


def at(clock: str) -> int:
    """A clock time of that Monday, or "2026-03-03 09:00:00" (in a timeline "2026-03-03T09:00:00" or with _), in ms."""
    text = clock.replace("_", "T") if len(clock) > len("09:00:00.000") else f"2026-03-02 {clock}"
    return round(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)


def events(text: str) -> list[Event]:
    """The events of a timeline, in the order of their lines."""
    lines = [line.split() for line in text.strip().splitlines() if line.strip()]
    return [_event(f"{number:03} {' '.join(words[:3])}", words) for number, words in enumerate(lines)]


def _event(identity: str, words: list[str]) -> Event:  # noqa: C901, PLR0912 - a branch for each kind of line
    clock, subject, verb, *rest = words
    if subject in ("agent", "beat"):
        queues = rest[1].split(",") if rest[1:] and "=" not in rest[1] else []
        data: dict[str, Any] = {"agent_id": verb, "state": rest[0], "queues": queues}
        for name, _, value in (word.partition("=") for word in rest[1:] if "=" in word):
            slots = (pair.split(":") for pair in value.split(",")) if name == "capacity" else ()
            data[name] = {channel: int(n) for channel, n in slots} or (value.split(",") if name in ("skills", "contacts") else value)
        return Event(at(clock), "agent.state_changed" if subject == "agent" else "agent.heartbeat", verb, identity, data)
    if subject == "customer":
        return Event(at(clock), "customer.status_changed", verb, identity, {"customer_ref": verb, "active": rest == ["active"]})
    if subject in ("issue", "milestone"):
        return _of_issue(at(clock), subject, verb, identity, rest)
    surveyed = subject in ("survey", "evaluation")
    data = {"survey_id": verb} if surveyed else {"contact_id": subject}
    if surveyed:
        verb, *rest = rest
    for word in rest:
        if "=" in word:
            name, _, value = word.partition("=")
            if name in ("groups", "items", "tags"):
                data[name] = _several(name, value.split(","))
                continue
            data[name.rstrip(":")] = int(value) if value.isdigit() and not name.endswith((":", "_id")) else value
        elif "/" in word:
            data["queue"], _, data["channel"] = word.partition("/")
        elif word in FLAGS and not surveyed:
            data |= FLAGS[word]
        else:
            data["survey" if surveyed else "author"] = word
    if surveyed:
        return Event(at(clock), f"{subject}.{verb}", data["survey_id"], identity, data)
    if verb == "message":
        return Event(at(clock), "message.posted", subject, identity, {"message_id": identity, **data})
    return Event(at(clock), f"contact.{verb}", subject, identity, data)


def _of_issue(time: int, subject: str, issue: str, identity: str, words: list[str]) -> Event:
    verb, *rest = words
    data: dict[str, Any] = {"issue_id": issue}
    for word in rest:
        if "=" in word:
            name, _, value = word.partition("=")
            data[name] = value.split(",") if name in ("groups", "tags") else {"true": True, "false": False}.get(value, value)
        elif "/" in word:
            data["queue"], _, data["channel"] = word.partition("/")
        else:
            data["status"] = word
    return Event(time, f"{subject}.{verb}", issue, identity, data)


def _several(name: str, parts: list[str]) -> list[str] | dict[str, bool]:
    """Groups, or items of a checklist with yes or no."""
    return parts if name != "items" else {item: met == "yes" for item, _, met in (part.partition(":") for part in parts)}


def played(text: str, standards: Sequence[Standard] = (), *, centre: Centre | None = None, until: str | None = None) -> Figures:
    """The replay of a timeline."""
    found = sorted(events(text), key=order)
    return replay(found, Centre() if centre is None else centre, standards, until=None if until is None else at(until))


def reading(text: str, scope: str = "all", window: str = "all", **options: Any) -> dict[str, Any]:
    """All measures of the last reading of a scope."""
    measures: dict[str, Any] = played(text, **options).of(QUEUE_READINGS)[f"{scope}|{window}"]["measures"]
    return measures


def told(text: str, scope: str = "all", window: str = "all", **options: Any) -> dict[str, Any]:
    """What a reading says in plain numbers: without what is 0 or unknown, and without tables."""
    found = reading(text, scope, window, **options)
    return _plain(found)


def _plain(measures: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in measures.items() if value and not isinstance(value, (list, dict)) and name not in OF_ISSUES | APART
    }


def intervals(text: str, scope: str = "all", *, everything: bool = False, **options: Any) -> dict[str, dict[str, Any]]:
    """Closed half-hours of a scope by their beginning, in plain numbers, or with all measures."""
    return {
        record["window"]["start"][11:16]: record["measures"] if everything else _plain(record["measures"])
        for key, record in played(text, **options).of(QUEUE_INTERVALS).items()
        if key.startswith(f"{scope}|30m|")
    }


def breaches(text: str, standard: Standard, **options: Any) -> list[tuple[str, str, str | None, float | None]]:
    """The breaches of one standard: (status, from, to, value at the beginning), in order of time."""
    found = played(text, (standard,), **options).of(STANDARD_BREACHES).values()
    rows = sorted(found, key=lambda record: (record["started_at"], record["id"]))
    return [
        (record["status"], record["started_at"][11:19], record["ended_at"] and record["ended_at"][11:19], record["value"])
        for record in rows
    ]


def verdict(text: str, standard: Standard, scope: str = "all", **options: Any) -> dict[str, Any]:
    """How a standard stands at the end."""
    verdicts = played(text, (standard,), **options).of(QUEUE_READINGS)[f"{scope}|all"]["standards"]
    found: dict[str, Any] = next(entry for entry in verdicts if entry["standard"] == standard.name)
    return found
