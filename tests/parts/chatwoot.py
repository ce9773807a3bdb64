"""A made-up Chatwoot: conversations that live, the webhooks that it posts of them, and its API over HTTP on this machine.

Chatwoot itself cannot be had as a package. What is shown has the fields of its published views and presenters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Event, Lock, Thread
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

KINDS: Final = ("incoming", "outgoing", "activity", "template")
CHANNELS: Final = {3: "Channel::WebWidget", 4: "Channel::Email"}
PER_PAGE: Final = 5
"""Conversations of a page; Chatwoot's own has 25."""
MESSAGES: Final = 4
"""Messages of a page; Chatwoot's own has 20."""
PEOPLE: Final = (7, 8)
BEGAN: Final = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp() * 1000)
ACCOUNT: Final = 1
HANG: Final = 0
"""Instead of a status: no answer."""
TOKEN: Final = "a token of the tests"


def stamp(at: int) -> str:
    """A moment (ms) as webhooks write it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Talk:
    """One conversation, as the database has it."""

    number: int
    inbox: int
    status: str
    created: int
    updated: int
    activity: int
    team: int | None = None
    owner: int | None = None
    first_reply: int | None = None
    waiting: int | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)


class Chatwoot:
    """An account. now: its clock (ms). Each thing that happens gives the webhooks of it."""

    def __init__(self, now: int = BEGAN) -> None:
        """Nobody has written."""
        self.now = now
        self.talks: dict[int, Talk] = {}
        self.availability = {7: "online", 8: "offline"}
        self.count = 1000

    # -- what happens -------------------------------------------------------------------------------------------------

    def begin(self, inbox: int, status: str = "open") -> list[bytes]:
        """Somebody writes for the first time."""
        number = len(self.talks) + 1
        created = self.now
        talk = self.talks[number] = Talk(number, inbox, status, created, created, created, waiting=created)
        return [self._event("conversation_created", talk), *self.writes(number, "customer")]

    def writes(self, number: int, author: str, *, private: bool = False, person: int = 7) -> list[bytes]:
        """A message of a customer, a person or a bot; a customer's opens what was resolved."""
        talk = self.talks[number]
        self.count += 1
        sender = {"customer": {"id": 500 + number, "type": "contact"}, "bot": {"id": 1, "type": "agent_bot"}}.get(
            author, {"id": person, "type": "user", "email": f"a{person}@centre.example"}
        )
        message = {
            "id": self.count,
            "content": "private words",
            "created": self.now,
            "kind": "incoming" if author == "customer" else "outgoing",
            "private": private,
            "sender": {**sender, "name": f"n{sender['id']}"},
        }
        talk.messages.append(message)
        talk.updated = talk.activity = self.now
        if author == "person" and not private:
            talk.first_reply, talk.waiting = talk.first_reply or self.now, None
        elif author == "customer":
            talk.waiting = talk.waiting or self.now
        told = {
            "event": "message_created",
            "id": self.count,
            "content": "private words",
            "created_at": stamp(self.now),
            "message_type": message["kind"],
            "content_type": "text",
            "content_attributes": {},
            "private": private,
            "sender": message["sender"],
            "inbox": {"id": talk.inbox},
            "account": {"id": 1},
        }
        posted = [json.dumps({**told, "conversation": self._shown(talk)}).encode()]
        return posted + (self.turns(number, "open") if author == "customer" and talk.status == "resolved" else [])

    def turns(self, number: int, status: str) -> list[bytes]:
        """Its status changes, which makes an activity message, too."""
        talk = self.talks[number]
        before, talk.status, talk.updated = talk.status, status, self.now
        change = {"status": {"previous_value": before, "current_value": status}}
        posted = [self._event(event, talk, change) for event in ("conversation_updated", "conversation_status_changed")]
        self.count += 1
        talk.messages.append(
            {"id": self.count, "content": "Status", "created": self.now, "kind": "activity", "private": False, "sender": None}
        )
        talk.activity = self.now
        return posted

    def assigned(self, number: int, person: int | None) -> list[bytes]:
        """It is somebody's now."""
        talk = self.talks[number]
        before, talk.owner, talk.updated, talk.activity = talk.owner, person, self.now, self.now
        return [self._event("conversation_updated", talk, {"assignee_id": {"previous_value": before, "current_value": person}})]

    def moved(self, number: int, team: int | None) -> list[bytes]:
        """It is a team's now."""
        talk = self.talks[number]
        before, talk.team, talk.updated, talk.activity = talk.team, team, self.now, self.now
        return [self._event("conversation_updated", talk, {"team_id": {"previous_value": before, "current_value": team}})]

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _meta(self, talk: Talk) -> dict[str, Any]:
        owner = None if talk.owner is None else {"id": talk.owner, "name": "n", "email": f"a{talk.owner}@centre.example", "type": "user"}
        sender = {"id": 500 + talk.number, "name": "c", "phone_number": f"+1555{talk.number:04}", "email": None}
        return {"sender": sender, "assignee": owner, "team": None if talk.team is None else {"id": talk.team, "name": "t"}}

    def _shown(self, talk: Talk) -> dict[str, Any]:
        return {
            "id": talk.number,
            "inbox_id": talk.inbox,
            "channel": CHANNELS[talk.inbox],
            "status": talk.status,
            "meta": self._meta(talk),
            "created_at": talk.created // 1000,
            "timestamp": talk.activity // 1000,
            "last_activity_at": talk.activity // 1000,
            "updated_at": talk.updated / 1000,
            "first_reply_created_at": None if talk.first_reply is None else talk.first_reply // 1000,
            "waiting_since": (talk.waiting or 0) // 1000,
        }

    def _event(self, event: str, talk: Talk, change: dict[str, Any] | None = None) -> bytes:
        told = {**self._shown(talk), "event": event}
        if change is not None:
            told["changed_attributes"] = [change, {"updated_at": {"previous_value": "", "current_value": stamp(self.now)}}]
        return json.dumps(told).encode()

    def conversations(self, page: int) -> dict[str, Any]:
        """GET /conversations."""
        found = sorted(self.talks.values(), key=lambda talk: (talk.activity, talk.number), reverse=True)
        shown = []
        for talk in found[(page - 1) * PER_PAGE : page * PER_PAGE]:
            one = self._shown(talk)
            meta = {**one["meta"], "channel": one.pop("channel")}
            first = one["first_reply_created_at"] or 0
            shown.append({**one, "meta": meta, "first_reply_created_at": first, "messages": [self._message(talk, talk.messages[-1])]})
        return {"data": {"meta": {"all_count": len(found)}, "payload": shown}}

    def _message(self, talk: Talk, message: dict[str, Any]) -> dict[str, Any]:
        shown = {
            **{name: message[name] for name in ("id", "content", "private")},
            "conversation_id": talk.number,
            "inbox_id": talk.inbox,
            "message_type": KINDS.index(message["kind"]),
            "content_type": "text",
            "content_attributes": {},
            "created_at": message["created"] // 1000,
        }
        sender = message["sender"]
        return shown if sender is None else {**shown, "sender": {name: sender[name] for name in ("id", "name", "type")}}

    def messages(self, number: int, before: int | None) -> dict[str, Any]:
        """GET /conversations/{number}/messages."""
        talk = self.talks[number]
        found = [one for one in talk.messages if before is None or one["id"] < before]
        return {"meta": {}, "payload": [self._message(talk, one) for one in found[-MESSAGES:]]}

    def agents(self) -> list[dict[str, Any]]:
        """GET /agents."""
        return [
            {
                "id": number,
                "availability_status": state,
                "confirmed": True,
                "email": f"a{number}@centre.example",
                "name": "n",
                "role": "agent",
            }
            for number, state in self.availability.items()
        ]

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """What the API answers below its account; KeyError where nothing is."""
        words = path.strip("/").split("/")
        if words == ["conversations"]:
            return self.conversations(int(query.get("page", "1")))
        if words[0] == "conversations" and words[2:] == ["messages"]:
            return self.messages(int(words[1]), int(query["before"]) if "before" in query else None)
        if words[0] == "teams" and words[2:] == ["team_members"]:
            return [{"id": 8}]
        if words[0] == "inbox_members":
            return {"payload": [{"user_id": number, "name": "n"} for number in PEOPLE]}
        if words == ["inboxes"]:
            return {"payload": [{"id": number, "channel_type": kind, "name": "i"} for number, kind in CHANNELS.items()]}
        if words == ["agents"]:
            return self.agents()
        raise KeyError(path)

    # -- a life -------------------------------------------------------------------------------------------------------

    def lives(self, random: Random, once: set[tuple[int, str]] | None = None) -> list[bytes]:
        """Something that may happen happens, a while after the last.

        once: what changed of which conversation; it does not change again, as no API could tell that it did.
        """
        self.now += random.randrange(1_200, 40_000)
        what = random.choices(*zip(*LIFE, strict=True))[0]
        fitting = [talk for talk in self.talks.values() if (talk.status == "resolved") == (what == "asked again")]
        if what == "begun" or not fitting:
            return self._begun(random, once)
        talk = random.choice(fitting)
        aspect = "team" if what == "moved" and talk.status != "pending" else "status"
        if once is not None and (what in ("asked again", "moved", "resolved") or talk.status == "pending"):
            if (talk.number, aspect) in once or (what == "moved" and talk.waiting is None):
                return []
            once.add((talk.number, aspect))
        if once is not None and what == "answered":
            once.add((talk.number, "team"))  # where it was answered, it was
        if talk.status == "pending":
            return self._with_a_bot(talk.number, let_go=what != "asked")
        return {
            "answered": lambda: self.writes(talk.number, "person", person=random.choice(PEOPLE)),
            "noted": lambda: self.writes(talk.number, "person", private=True),
            "assigned": lambda: self.assigned(talk.number, random.choice((*PEOPLE, None))),
            "moved": lambda: self.moved(talk.number, None if talk.team else 5),
            "resolved": lambda: self.turns(talk.number, "resolved"),
        }.get(what, lambda: self.writes(talk.number, "customer"))()

    def _begun(self, random: Random, once: set[tuple[int, str]] | None) -> list[bytes]:
        if once is not None:
            once.add((len(self.talks) + 1, "team"))  # what is seen first has the team that it has
        return self.begin(random.choice((3, 4)), random.choice(("open", "open", "pending")))

    def _with_a_bot(self, number: int, *, let_go: bool) -> list[bytes]:
        """A bot's last word and its letting go are one moment."""
        posted = self.writes(number, "bot")
        self.now += 300
        return posted + (self.turns(number, "open") if let_go else [])


LIFE: Final = [
    *(("begun", 20), ("answered", 25), ("asked", 15), ("noted", 5)),
    *(("assigned", 7), ("moved", 6), ("asked again", 8), ("resolved", 14)),
]
"""What happens, and how often."""


@dataclass
class Served:
    """A running API. troubles: answers that it gives first, as (status, headers, body); asked: the paths that were asked for.

    refused: how often the token was none; over: set at the end, until which HANG gives no answer.
    """

    system: Chatwoot
    url: str
    lock: Lock
    troubles: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: int = 0
    over: Event = field(default_factory=Event)


@contextmanager
def served(system: Chatwoot) -> Iterator[Served]:
    """The API of an account, by HTTP on this machine; `Date` is the account's clock."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            where = urlsplit(self.path)
            status, headers, body = self._answered(where.path, dict(parse_qsl(where.query)))
            if running.over.is_set():
                return
            self.send_response_only(status)
            for name, value in {"Date": formatdate(system.now / 1000, usegmt=True), **headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _answered(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            if self.headers.get("api_access_token") != TOKEN:
                running.refused += 1
                return 401, {}, b'{"error": "Invalid Access Token"}'
            running.asked.append(path)
            if running.troubles:
                trouble = running.troubles.pop(0)
                if trouble[0] == HANG:
                    running.over.wait()
                return trouble
            try:
                with lock:
                    return 200, {}, json.dumps(system.answer(path.removeprefix(f"/api/v1/accounts/{ACCOUNT}"), query)).encode()
            except (KeyError, IndexError):
                return 404, {}, b'{"error": "Resource could not be found"}'

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = Served(system, f"http://127.0.0.1:{server.server_address[1]}", lock)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
