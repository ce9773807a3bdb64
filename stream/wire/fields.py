"""What each event type has to carry: tables, and the one check that reads them.

Only as strict as the consumers need: fields that nobody here knows pass through untouched, so that a producer can say more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from stream.core.events import (
    AGENT_EVENTS,
    AGENT_STATES,
    CHANNELS,
    CLOCK_MARKED,
    CONTACT_EVENTS,
    ERASURE_REQUESTED,
    ISSUE_EVENTS,
    STANDARDS_CHANGED,
    SURVEY_EVENTS,
)
from stream.errors import RejectedRecord
from stream.wire.times import FIRST, LAST, parse_time

LONGEST: Final = 10 * 366 * 86_400_000
"""No duration is longer (ms); one absurd value would otherwise spoil every mean it enters."""

LONGEST_TEXT: Final = 2_000
"""No id and no name is longer (characters): what is kept of a contact has to fit into a record of the changelog."""

MOST_ITEMS: Final = 1_000
"""No list and no object holds more."""

AT_ONCE: Final = range(1_001)
"""No agent handles more contacts of a channel at once."""

WHOLE_FILES: Final = frozenset({"content"})
"""Fields that hold a whole file, and may be as long as a record."""

MOMENTS: Final = ("attributed_at", "holds_from")
"""Fields that are a moment: a text in a record, and milliseconds in an event."""

CLASSES: Final[dict[str, type]] = {
    **dict.fromkeys(("contact_id", "channel", "queue", "agent_id", "stage", "by", "kind", "to_queue", "from_queue"), str),
    **dict.fromkeys(("reason", "customer_ref", "message_id", "author", "state", "issue_id", "survey_id", "root_contact_id"), str),
    **dict.fromkeys(("into", "question", "direction", "tier", "to_tier", "to_agent", "status", "milestone", "survey", "team"), str),
    **dict.fromkeys(("version", "decided_by", "content"), str),
    **dict.fromkeys(("wait_ms", "ring_ms", "talk_ms", "hold_ms", "handle_ms", "acw_ms", *MOMENTS, "score", "scale_max"), int),
    **dict.fromkeys(("public", "automatic", "final", "success", "acknowledgement", "resolvable", "active", "may_consult"), bool),
    **dict.fromkeys(("queues", "channels", "groups", "tags", "skills", "contacts"), list),
    **dict.fromkeys(("items", "capacity"), dict),
}
"""The fields by name; a name means the same in every type."""

CHOICES: Final[dict[str, frozenset[str]]] = {
    "channel": frozenset(CHANNELS),
    "stage": frozenset({"menu", "queue", "ringing", "hold"}),
    "by": frozenset({"customer", "agent", "system", "transfer"}),
    "author": frozenset({"customer", "agent", "bot", "system"}),
    "state": frozenset(AGENT_STATES),
    "direction": frozenset({"inbound", "outbound"}),
    "tier": frozenset("0123"),
    "to_tier": frozenset("0123"),
    "status": frozenset({"new", "open", "pending", "on_hold", "resolved", "closed"}),
    "survey": frozenset({"csat", "nps", "ces", "awareness", "success", "things_gone_wrong"}),
}
"""The fields that take one of a few words."""

WORDS: Final = {
    str: "a text",
    int: "a whole number of milliseconds, 0 to ten years",
    dict: "an object",
    bool: "true or false",
    list: "a list of texts",
}


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type: its name, the field that is the record's key ("" for none), what it requires, its choices.

    rules: by field, the words that it takes where the type has a choice, else the field's class; for `is_plain`.
    """

    name: str
    key: str
    required: tuple[str, ...]
    choices: tuple[tuple[str, frozenset[str]], ...]
    rules: dict[str, type | frozenset[str]]


REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "contact.begun": ("contact_id", "channel"),
    "contact.offered": ("contact_id", "queue", "channel"),
    "message.posted": ("contact_id", "author", "channel", "queue"),
    "agent.state_changed": ("agent_id", "state", "queues"),
    "agent.heartbeat": ("agent_id", "state", "queues"),
    "issue.status_changed": ("issue_id", "status"),
    "issue.escalated": ("issue_id", "to_tier"),
    "issue.merged": ("issue_id", "into"),
    "milestone.reached": ("issue_id", "milestone"),
    "survey.sent": ("survey_id", "survey"),
    "survey.answered": ("survey_id", "survey", "score"),
    "evaluation.completed": ("survey_id", "items"),
    "customer.status_changed": ("customer_ref", "active"),
    CLOCK_MARKED: (),
    STANDARDS_CHANGED: ("version", "holds_from", "content"),
}
"""By type; an event that is not named here requires only the field that is its key."""

INSIDE: Final[dict[str, tuple[type, str]]] = {
    "items": (bool, "each item true or false"),
    "capacity": (int, f"each channel a number, {AT_ONCE[0]} to {AT_ONCE[-1]}"),
}
"""Of the fields that are objects, the class of each value in them, and how to say so."""


def _declare(name: str, key: str) -> EventType:
    required = REQUIRED.get(name, (key,))
    usual = {"tier", "to_tier", "direction", *(() if key == "agent_id" else ("channel",))} & set(CHOICES)
    chosen = usual | {"contact.abandoned": {"stage"}, "contact.ended": {"by"}}.get(name, set()) | (set(required) & set(CHOICES))
    choices = {field: CHOICES[field] for field in sorted(chosen)}
    return EventType(name, key, required, tuple(choices.items()), {**CLASSES, **choices})


EVENT_TYPES: Final[dict[str, EventType]] = {
    **{name: _declare(name, "contact_id") for name in CONTACT_EVENTS},
    **{name: _declare(name, "agent_id") for name in AGENT_EVENTS},
    **{name: _declare(name, "issue_id") for name in ISSUE_EVENTS},
    **{name: _declare(name, "customer_ref" if name.startswith("customer.") else "survey_id") for name in SURVEY_EVENTS},
    ERASURE_REQUESTED: _declare(ERASURE_REQUESTED, "customer_ref"),
    CLOCK_MARKED: _declare(CLOCK_MARKED, ""),
    STANDARDS_CHANGED: _declare(STANDARDS_CHANGED, ""),
}


def is_plain(kind: EventType, data: dict[str, Any]) -> bool:
    """Whether the data is, at a glance, what the type needs. False says no more than that `check` has to look.

    On the hot path: nearly every record passes here, and leaves without a second look at any field.
    """
    rules: dict[str, Any] = kind.rules
    try:
        for name, value in data.items():
            rule = rules[name]
            given = value.__class__
            if given is str:
                if not value or len(value) > LONGEST_TEXT or (rule is not str and value not in rule):
                    return False
            elif given is not rule or (given is int and not 0 <= value <= LONGEST) or (given in _HOLDERS and not _held(name, value)):
                return False
        for name in kind.required:
            data[name]
    except (KeyError, TypeError):  # a field unknown or missing; a text for a number
        return False
    return True


_HOLDERS: Final = frozenset({list, dict})


def _held(name: str, value: Any) -> bool:
    """Whether a list holds only texts, `channels` only channels, an object what `INSIDE` says, and neither holds too much."""
    if len(value) > MOST_ITEMS:
        return False
    if value.__class__ is dict:
        return all(item.__class__ is INSIDE[name][0] and item in AT_ONCE for item in value.values()) and not _too_much(value)
    if name == "channels":
        return CHOICES["channel"].issuperset(value)
    for item in value:  # noqa: SIM110 - lists are short: a generator costs more than all of the loop
        if item.__class__ is not str or len(item) > LONGEST_TEXT:
            return False
    return True


def check(kind: EventType, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data, without its nulls and empty texts, where it is what the type needs.

    Raises RejectedRecord(missing_field or bad_value). No detail repeats a value: it could be personal.
    """
    for name, value in data.items():
        wanted = CLASSES.get(name)
        if wanted is None:
            continue
        if value is None or value == "":
            return check(kind, {name: value for name, value in data.items() if value is not None and value != ""})
        data[name] = _checked(kind, name, wanted, value)
    for name in kind.required:
        if name not in data:
            detail = f"{kind.name} needs the field {name}"
            raise RejectedRecord("missing_field", detail)
    for name, choices in kind.choices:
        if name in data and data[name] not in choices:
            detail = f"{kind.name}: {name} is one of {', '.join(sorted(choices))}"
            raise RejectedRecord("bad_value", detail)
    return data


def _checked(kind: EventType, name: str, wanted: type, value: Any) -> Any:
    """The value of a field where it is of its class; a moment becomes milliseconds."""
    given = value.__class__
    if name in MOMENTS:
        if given is str:
            return parse_time(value.encode())
        fits = given is int and FIRST <= value <= LAST
    elif given is not wanted:
        fits = False
    elif given is int:
        fits = 0 <= value <= LONGEST
    else:
        fits = given is not list or all(item.__class__ is str for item in value)
    if not fits:
        detail = f"{kind.name}: {name} is {'a time' if name in MOMENTS else WORDS[wanted]}"
        raise RejectedRecord("bad_value", detail)
    if given is dict and not all(item.__class__ is INSIDE[name][0] and item in AT_ONCE for item in value.values()):
        detail = f"{kind.name}: {name} says of {INSIDE[name][1]}"
        raise RejectedRecord("bad_value", detail)
    if name == "channels" and not CHOICES["channel"].issuperset(value):
        detail = f"{kind.name}: channels holds only {', '.join(CHANNELS)}"
        raise RejectedRecord("bad_value", detail)
    if name not in WHOLE_FILES and (found := _too_much(value)):
        detail = f"{kind.name}: {name} {found}"
        raise RejectedRecord("bad_value", detail)
    return value


def _too_much(value: Any) -> str:
    """What is too long or too many in a text, a list or an object; empty where nothing is."""
    if isinstance(value, str):
        return f"is a text of at most {LONGEST_TEXT} characters" if len(value) > LONGEST_TEXT else ""
    if not isinstance(value, list | dict):
        return ""
    if len(value) > MOST_ITEMS:
        return f"holds at most {MOST_ITEMS} items"
    return f"holds texts of at most {LONGEST_TEXT} characters" if any(len(item) > LONGEST_TEXT for item in value) else ""
