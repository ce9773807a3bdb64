"""Conversations as Chatwoot's API shows them -> the webhooks that were missed, in Chatwoot's own form.

`Account` knows of each conversation what was told: by webhooks (`heard`), and by looks at the API (`look`, then `learn`). What the API
shows beyond that is written as the webhooks that would have told it, so that one translator reads both, and both have the same ids. The
moment of a change of status, team or owner is not shown: it is taken as late as it can have been, but before what followed from it. Told
twice, at two moments, the second one changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from stream.sources.chatwoot import SAID, changed, changed_at, conversation_of, number_of, status_word
from stream.sources.chatwoot_api.messages import Message, message_of, payload, unanswered
from stream.sources.vendor.document import SECOND, Document

MARGIN: Final = 300_000
"""How far (ms) before the end of the last look the next one begins."""
SETTLE: Final = 60_000
"""What is younger (ms) is left to the webhook that may be on its way."""
MOST: Final = 10_000
"""Conversations that are known at once; the resolved ones of longest ago are forgotten first."""
UNTOLD: Final = -1
"""Of a team or an owner: nobody said. 0 is nobody."""
SENDER: Final = ("phone_number", "email", "identifier")


@dataclass(slots=True)
class Talk:
    """What was told of one conversation.

    status: "" where none was told. at: when status, team and owner changed last, as far as that was told (ms). upto: all messages up to
    this number were told or passed over; None: unknown. beyond: those after it that were. stamp: its last change (ms) as of the last look.
    heard_at: the count of webhooks when it was heard of.
    """

    begun: bool = False
    status: str = ""
    team: int = UNTOLD
    owner: int = UNTOLD
    at: tuple[int, int, int] = (0, 0, 0)
    upto: int | None = None
    beyond: set[int] = field(default_factory=set)
    stamp: int = 0
    heard_at: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What one conversation makes: webhooks as bytes, and what is known of it once Kafka has them."""

    number: int
    records: list[bytes]
    talk: Talk


def last_change(conversation: Document) -> int:
    """When anything of it changed (ms); 0 where it does not say."""
    moments = (conversation.instant("updated_at"), conversation.instant("last_activity_at"), conversation.instant("timestamp"))
    return max((one for one in moments if one is not None), default=0)


class Account:
    """All conversations of an account. Times are Chatwoot's own, in ms."""

    def __init__(self, look_back: int) -> None:
        """Nothing is known: the first look goes back so far (ms)."""
        self._look_back = look_back
        self._talks: dict[int, Talk] = {}
        self._reached: int | None = None
        self.count = 0
        self.addresses: dict[int, str] = {}
        """Of agents, by their number: messages in the API do not have them, webhooks do."""

    def heard(self, raw: bytes) -> None:
        """A webhook that Kafka has; whatever it is."""
        try:
            found = Document(orjson.loads(raw))
        except orjson.JSONDecodeError:
            return
        event, part = found.text("event"), conversation_of(found)
        number = number_of(part)
        if event not in SAID or number is None:
            return
        self.count += 1
        self._forget(2 * MOST)
        talk = self._talks.setdefault(number, Talk())
        talk.heard_at = self.count
        if event == "message_created":
            if (message := found.number("id")) is not None and message > (talk.upto or 0):
                talk.beyond.add(message)
        elif event == "conversation_created":
            self._created(talk, part)
        elif event != "message_updated":
            _changed(talk, found, part)

    def _created(self, talk: Talk, part: Document) -> None:
        talk.begun = True
        talk.upto = talk.upto or 0
        talk.status = talk.status or part.text("status")
        talk.team = _number(part.part("meta", "team")) if talk.team == UNTOLD else talk.team
        talk.owner = _number(part.part("meta", "assignee")) if talk.owner == UNTOLD else talk.owner

    @property
    def looked(self) -> bool:
        """Whether there was a whole look, so that what came after it can be missed."""
        return self._reached is not None

    def since(self, now: int) -> int:
        """Conversations whose last activity is before that need not be looked at."""
        return now - self._look_back if self._reached is None else self._reached - MARGIN

    def idle(self, conversation: Document) -> bool:
        """Whether the last look saw all of it, so that its messages need not be asked for."""
        talk = self._talks.get(_id(conversation))
        newest = max((one.number("id") or 0 for one in conversation.parts("messages")), default=0)
        return talk is not None and talk.stamp == last_change(conversation) and talk.upto is not None and newest <= talk.upto

    def suffices(self, conversation: Document, messages: list[Document], now: int) -> bool:
        """Whether the messages reach back to what was told."""
        talk = self._talks.get(_id(conversation))
        if talk is not None and talk.upto is not None:
            return any((one.number("id") or 0) <= talk.upto for one in messages)
        since = self.since(now)
        return any((one.instant("created_at") or 0) < since for one in messages)

    def look(self, conversation: Document, messages: list[Document], now: int, mark: int) -> Look | None:
        """What of a conversation was not told yet. now: Chatwoot's time when it was asked; mark: `count` as of then.

        None where a webhook came since: what the API showed may be older. The next look shows it.
        """
        number, at = _id(conversation), last_change(conversation)
        known = self._talks.get(number, Talk())
        if not number or not at or known.heard_at > mark:
            return None
        settled, since = now - SETTLE, self.since(now)
        created = conversation.instant("created_at") or 0
        read = sorted((one for found in messages if (one := message_of(found)) is not None), key=lambda one: one.number)
        read = [one for one in read if one.at <= settled]
        floor = known.upto if known.upto is not None else max((one.number for one in read if one.at < since), default=0)
        new = [one for one in read if one.number > floor and one.number not in known.beyond]
        talk = replace(known, upto=max([floor, *(one.number for one in read)]), beyond={one for one in known.beyond if one > floor})
        talk.beyond -= {one.number for one in read}
        writing = _Writing(conversation, at, known.team, self.addresses)
        if not known.begun and created >= since and created <= settled:
            first = "pending" if conversation.text("status") == "pending" or any(one.author == "bot" for one in read) else "open"
            writing.created(first)
            talk.begun, talk.status = True, known.status or first
            talk.at = (known.at[0] or created, *known.at[1:])
            talk.team = _number(conversation.part("meta", "team")) if known.team == UNTOLD else known.team
            talk.owner = 0 if known.owner == UNTOLD else known.owner
        for one, status in unanswered(read, new, conversation.text("status")):
            writing.posted(one, status)
        if at <= settled:
            talk.stamp = at
            _differences(talk, writing, read, new)
        return Look(number, writing.records, talk)

    def learn(self, look: Look) -> None:
        """Kafka has what a look made. What a webhook told meanwhile stays known."""
        talk, since = look.talk, self._talks.get(look.number)
        if since is not None and since.heard_at != talk.heard_at:
            told = zip(("status", "team", "owner"), talk.at, since.at, strict=True)
            newer: dict[str, Any] = {name: getattr(since, name) for name, was, now in told if now > was}
            opened, moved, owned = map(max, talk.at, since.at)
            beyond = {one for one in talk.beyond | since.beyond if one > (talk.upto or 0)}
            talk = replace(talk, **newer, at=(opened, moved, owned), beyond=beyond, begun=talk.begun or since.begun, stamp=0)
            talk.heard_at = since.heard_at
        self._talks[look.number] = talk

    def reached(self, now: int) -> None:
        """A look at all of them is over that began at `now`."""
        self._reached = max(self._reached or 0, now - SETTLE)
        self._forget(MOST)

    def _forget(self, most: int) -> None:
        if len(self._talks) > most:
            kept = sorted(self._talks.items(), key=lambda one: (one[1].status != "resolved", one[1].stamp), reverse=True)[:MOST]
            self._talks = dict(kept)

    def save(self) -> dict[str, Any]:
        """What has to be kept to go on, as values that JSON holds."""
        talks = [
            [number, one.begun, one.status, one.team, one.owner, *one.at, one.upto, sorted(one.beyond), one.stamp]
            for number, one in self._talks.items()
        ]
        return {"reached": self._reached, "talks": talks}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `save` was."""
        self._reached = state["reached"]
        self._talks = {
            number: Talk(begun, status, team, owner, (opened, moved, owned), upto, set(beyond), stamp)
            for number, begun, status, team, owner, opened, moved, owned, upto, beyond, stamp in state["talks"]
        }


def _id(conversation: Document) -> int:
    return conversation.number("id") or 0


def _number(found: Document) -> int:
    return found.number("id") or 0


def _changed(talk: Talk, found: Document, part: Document) -> None:
    """What a webhook said that changed: nothing else of it is told. One that comes late, or again, takes back nothing that came after."""
    at = changed_at(found, part) or 0
    opened, moved, owned = talk.at
    status, is_new = changed(found, "status")
    if (is_new or found.text("event") == "conversation_status_changed") and at >= opened:
        talk.status, opened = status_word(status, "current_value") if is_new else part.text("status"), at
    team, is_new = changed(found, "team_id")
    if is_new and at >= moved:
        talk.team, moved = team.number("current_value") or 0, at
    owner, is_new = changed(found, "assignee_id")
    if is_new and at >= owned:
        talk.owner, owned = owner.number("current_value") or 0, at
    talk.at = opened, moved, owned


class _Writing:
    """The webhooks of one conversation, as they are written."""

    def __init__(self, found: Document, at: int, team: int, addresses: dict[int, str]) -> None:
        """`team`: the one that was told last, which it was in until the end."""
        self.found, self.at, self._addresses = found, at, addresses
        self.records: list[bytes] = []
        sender, owner = (found.part("meta", name) for name in ("sender", "assignee"))
        self._shell: dict[str, Any] = {
            "id": found.number("id"),
            "inbox_id": found.number("inbox_id"),
            "channel": found.part("meta").text("channel") or found.text("channel"),
            "status": found.text("status"),
            "created_at": (found.instant("created_at") or 0) / SECOND,
            "meta": {
                "sender": {name: sender.text(name) for name in SENDER},
                "assignee": {"id": owner.number("id"), "email": owner.text("email")},
                "team": {"id": _number(found.part("meta", "team")) if team == UNTOLD else team},
            },
        }

    def created(self, status: str) -> None:
        self.records.append(orjson.dumps({**self._shell, "event": "conversation_created", "status": status}))

    def posted(self, message: Message, status: str) -> None:
        about = {**self._shell, "status": status}
        self.records.append(orjson.dumps(payload(message, self._addresses.get(message.sender, "")) | {"conversation": about}))

    def changed(self, name: str, before: object, now: object, at: int, **more: object) -> None:
        """One attribute of it; `more` of what it was then is not what it is."""
        first = self.found.instant("first_reply_created_at")
        self._shell["first_reply_created_at"] = first / SECOND if first is not None and first < at // SECOND * SECOND else None
        told = [{name: {"previous_value": before, "current_value": now}}, {"updated_at": {"current_value": at / SECOND}}]
        self.records.append(orjson.dumps({**self._shell, **more, "event": "conversation_updated", "changed_attributes": told}))


def _differences(talk: Talk, writing: _Writing, read: list[Message], new: list[Message]) -> None:
    """Status, team and owner are not as they were told. Another team took it before anybody replied."""
    now = writing.found.text("status")
    before = talk.status or ("open" if now == "resolved" else now)
    was_open = before == "open"
    for status, at in _path(before, now, talk.at[0], writing, read):
        writing.changed("status", before, status, at)
        before, was_open = status, was_open or status == "open"
        talk.at = (at, *talk.at[1:])
    talk.status = now
    team, owner = (_number(writing.found.part("meta", name)) for name in ("team", "assignee"))
    if talk.team not in (UNTOLD, team):
        replied = next((one.at for one in new if one.author == "agent" and one.public), writing.at)
        writing.changed("team_id", talk.team or None, team or None, replied, status="open" if was_open else now)
    if talk.owner not in (UNTOLD, owner):
        writing.changed("assignee_id", talk.owner or None, owner or None, writing.at)
    talk.team, talk.owner = team, owner


def _path(before: str, now: str, since: int, writing: _Writing, read: list[Message]) -> list[tuple[str, int]]:
    """The statuses it went through and when (ms): a customer's message opens what was resolved, a person's reply what a bot had."""
    out: list[tuple[str, int]] = []
    later = [one for one in read if one.at > since]
    if before == "resolved" and (asked := next((one for one in later if one.author == "customer"), None)):
        out.append(("open", asked.at))
    elif before == "pending" and (now == "open" or any(one.author == "agent" and one.public for one in later)):
        out.append(("open", max(since, _handed_over(read, later, writing))))
    if now != (out[-1][0] if out else before):
        out.append((now, writing.at))
    return out


def _handed_over(read: list[Message], later: list[Message], writing: _Writing) -> int:
    """When a bot let go of it: with its last word before a person's; else before whatever came after."""
    person = next((one for one in later if one.author == "agent" and one.public), None)
    bots = [one.at for one in read if one.author == "bot" and (person is None or one.number < person.number)]
    if bots:
        return bots[-1]
    return person.at if person is not None else min(writing.at, writing.found.instant("waiting_since") or writing.at)
