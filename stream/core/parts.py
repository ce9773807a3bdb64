"""Parts: what a contact means for the issue that it belongs to, as a pure function of the contact's history.

One id can live more than once (a thread that is taken up again after it was forgotten), so each life is a part of its own, named by
(contact, when it began). Times and times spent are those of the life itself: a part folds the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Final

from stream.core import facts
from stream.core.life import CODES, EXCLUDED, NEW, Entry, Life
from stream.core.scopes import is_for_more

PART: Final = "contact"
"""The first field of a row that is a part: ("contact", contact, began, part); None instead of the part takes it back."""

PART_FIELDS: Final = frozenset({"issue_id", "customer_ref", "root_contact_id", "groups", "tags", "question", "agent_id", "to_agent"})
"""What parts need of an event beside what lives read."""

NAMED_AT: Final = "named"
"""In a part: when its customer was first named (ms), where that was after its beginning."""
WAS: Final = "was"
"""In a part: what it was when its customer asked to be forgotten, where more is known of it by now."""

TOLD: Final = "told"
"""In a part whose contact names its issue and waited for a reply at some time: what the contact was told, see `stream.core.settling`."""
LINKED: Final = "linked"
"""Beside it: when the contact first named its issue (ms), where that was after its beginning."""

NOTE: Final = "note"
"""In a part: it is no contact, but says something of the issue of one that was over before, or of one whose channel nobody said yet."""
_NOTED: Final = ("customer_ref", NAMED_AT, "groups", "tags", "question", TOLD, LINKED)

_ABOUT: Final = frozenset({"issue_id", "customer_ref", "tags", "question", "to_agent"})
"""What an event says that no life reads."""

READ: Final = frozenset({facts.HANDLED, facts.WRAPPED_UP, facts.SELF_SERVED, facts.ESCALATED, facts.TRANSFERRED, facts.CLOSED})
_MESSAGE: Final = CODES["message.posted"]
_TOUCHING: Final = frozenset({CODES["contact.answered"], CODES["contact.joined"], _MESSAGE})
_TRANSFERRED: Final = CODES["contact.transferred"]
_ANSWERED: Final = CODES["contact.answered"]
_ONCE: Final = ("queue", "channel", "customer_ref", "question", "tier", "direction")
"""Of these the first that is said counts."""

Part = dict[str, Any]
Parts = dict[tuple[str, int], Part]
"""The parts of one contact, by the key of the issue and the beginning."""


Fold = Callable[[str, list[Entry], Container[str]], Life]
"""How the stage folds a contact's history: with its limits, and with what time alone has decided."""


def parts(contact: str, history: list[Entry], cuts: tuple[int, ...], fold: Fold) -> Parts:
    """The parts of a sorted history; `cuts`: when each life after the first began (ms).

    Events that begin nothing (a wrap-up an hour after the end) are no contact: what they say of the issue is a note.
    """
    out: Parts = {}
    begin = 0
    for cut in (*cuts, None):
        end = len(history) if cut is None else next(i for i in range(begin, len(history)) if history[i][0] >= cut)
        entries = history[begin:end]
        if entries:
            found = _part(contact, entries, fold)
            if found is not None:
                issue, part = found
                out[issue, entries[0][0]] = part
        begin = end
    return out


def _part(contact: str, entries: list[Entry], fold: Fold) -> tuple[str, Part] | None:
    """The key of the issue and the part; None of what is no real contact, and of a note that says nothing."""
    life = fold(contact, entries, READ)
    if life.state == EXCLUDED:
        return None
    part: Part = {}
    own = root = ""
    for time, _, _, code, data in entries:
        if "customer_ref" in data and "customer_ref" not in part and time > entries[0][0]:
            part[NAMED_AT] = time
        elsewhere = data.get("queue", part.get("queue")) != part.get("queue", data.get("queue"))
        for name in _ONCE:
            # A tier is that of the queue where it came in, or none: not of where it was handed on to.
            if name in data and name not in part and not (name == "tier" and elsewhere):
                part[name] = data[name]
        for name in ("groups", "tags"):
            if data.get(name):
                part[name] = sorted({*part.get(name, ()), *data[name]})
        own = own or data.get("issue_id", "")
        root = root or data.get("root_contact_id", "")
        _touched(part, time, code, data)
    if own and _waited(life, entries):
        _tell(part, entries)
    if life.state == NEW:
        said: Part = {name: part[name] for name in _NOTED if name in part}
        return (own or root or contact, {NOTE: 1} | said) if said else None
    if root not in ("", contact):
        part["root"] = root
    # What a group was given besides when it became known is no second handling.
    _spent(part, [row for place, rows in life.book.items() if not is_for_more(place) for row in rows])
    return own or root or contact, part


def _waited(life: Life, entries: list[Entry]) -> bool:
    """Whether the contact ever waited for a reply, or a message of the customer did: one that a machine wrote for them asks, too."""
    if life.waits_for_reply and life.handed_at is not None:
        return True
    return any(code == _MESSAGE and data["author"] == "customer" and data.get("public", True) for _, _, _, code, data in entries)


def _tell(part: Part, entries: list[Entry]) -> None:
    """What the contact was told, and when it named its issue."""
    part[TOLD] = [[time, code, {name: value for name, value in data.items() if name not in _ABOUT}] for time, _, _, code, data in entries]
    linked = next(time for time, *_, data in entries if data.get("issue_id"))
    if linked > entries[0][0]:
        part[LINKED] = linked


def _touched(part: Part, time: int, code: int, data: dict[str, Any]) -> None:
    """Who did something, and what was said."""
    if code == _MESSAGE:
        author = data["author"]
        if not data.get("public", True) or data.get("automatic", False) or data.get("acknowledgement", False):
            return
        if author == "customer":
            part.setdefault("asked", []).append(time)
        elif author == "agent":
            part.setdefault("replied", []).append(time)
        else:
            return
        person = data.get("agent_id") if author == "agent" else None
    else:
        person = data.get("agent_id") if code in _TOUCHING else data.get("to_agent") if code == _TRANSFERRED else None
        if code == _ANSWERED:
            part["answered"] = 1
    if person:
        people = part.setdefault("people", [])
        if person not in people:
            people.append(person)


def _spent(part: Part, rows: list[facts.Fact]) -> None:
    """What the life concluded."""
    for kind, when, _, _, _, value, weight, _ in rows:
        if kind in (facts.HANDLED, facts.WRAPPED_UP):
            part["handle"] = part.get("handle", 0) + weight * value
        elif kind == facts.CLOSED and weight < 0:
            part.pop("ended", None)  # it was given up for lost, and turned up
        elif kind == facts.CLOSED:
            part["ended"] = when
        elif kind == facts.TRANSFERRED:
            part["transfers"] = part.get("transfers", 0) + weight
        elif kind == facts.ESCALATED:
            part["escalated"] = part.get("escalated", 0) + weight
        else:
            part["served"] = 1
