"""Looks at the API of a vendor that posts once: after each gap, and regularly, what webhooks did not tell is told by what the API shows.

It runs in the event loop of HTTP, and hands what it makes to the desk as requests do. What it knows is kept in the state file, so that
a look after a restart begins where the last one ended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Final

from stream.errors import DataError, PartMissing
from stream.intake.outlet import RETRY, SourceFigures
from stream.intake.state import load_state, save_state
from stream.intake.webhooks.chatwoot_api import Away, Client
from stream.intake.webhooks.declared import Declared, Looked
from stream.intake.webhooks.desk import Desk
from stream.sources.chatwoot_api import translator
from stream.sources.chatwoot_api.agents import Staff
from stream.sources.chatwoot_api.conversations import SETTLE, Account, last_change
from stream.sources.vendor.document import Document

TICK: Final = 0.2
GATHER: Final = 0.005
"""How long (s) more changes are waited for: as many as come share a save."""
APART: Final = 5.0
"""How long (s) after a look a gap may ask for the next one."""
MEMBERS_EVERY: Final = 600.0
"""How often (s) it is asked who is a member of what."""
MOST_PAGES: Final = 2_000
MOST_BACK: Final = 100
"""Pages of messages of one conversation in one look."""
CALLED_AWAY: Final = ("unavailable", "rate", "slow", "cut_off", "failed", "too_large")
"""Reasons of refusals after which something of Chatwoot's is missing."""
AGAIN: Final = "{} Trying again; what webhooks tell is not touched by it."


@dataclass(slots=True)
class Watched:
    """A source whose API is looked at. looked: where, and its mapping; figures: of its webhooks; own: of the looks."""

    source: Declared
    looked: Looked
    figures: SourceFigures
    own: SourceFigures


class KafkaAway(Exception):
    """Kafka has not taken what a look made: the next look makes it again."""


class Looking:
    """The looks at one account."""

    def __init__(self, watched: Watched, desk: Desk, say: Callable[[str], None], learnt: Callable[[], None]) -> None:
        """Nothing is known. learnt: called when something is that is to be saved."""
        self._learnt = learnt
        self._watched, self._desk, self._say = watched, desk, say
        self.source = replace(watched.source, name=watched.own.source, prepared=translator(watched.looked.mapped))
        self.account, self.staff = Account(watched.looked.api.look_back), Staff(watched.looked.mapped)
        self._opened, self._refused = 0, 0
        self._conversations_at, self._agents_at, self._members_at, self._looked_at = 0.0, 0.0, 0.0, -APART
        self._members: dict[str, list[int]] = {}
        self._channels: dict[str, str] = {}
        self._failures, self._told = 0, ""

    def heard(self, records: Iterable[bytes]) -> None:
        """Webhooks that Kafka has."""
        self._learnt()
        for one in records:
            self.account.heard(one)

    async def run(self) -> None:
        """Look until cancelled."""
        client = Client(self._watched.looked.api)
        try:
            while True:
                if self._desk.open:
                    self._notice_gaps()
                    await self._turn(client)
                await asyncio.sleep(TICK)
        finally:
            await client.close()

    def _notice_gaps(self) -> None:
        """Kafka was away, or requests were not taken: look soon."""
        refused = sum(self._watched.figures.refused.get(one, 0) for one in CALLED_AWAY)
        if self._opened != self._desk.opened or self._refused != refused:
            self._watched.own.gaps += bool(self._opened or self.account.looked)
            self._opened, self._refused = self._desk.opened, refused
            self._conversations_at = min(self._conversations_at, self._looked_at + APART)

    async def _turn(self, client: Client) -> None:
        """What is due; one that fails keeps the other from nothing."""
        api, problem = self._watched.looked.api, ""
        now = time.monotonic()
        if now < min(self._agents_at, self._conversations_at):
            return
        if now >= self._agents_at:
            self._agents_at = now + api.agents_every / 1000
            problem = await self._tried(self._look_at_agents(client)) or problem
        if now >= self._conversations_at:
            self._conversations_at = now + api.every / 1000
            problem = await self._tried(self._look_at_conversations(client)) or problem
            self._looked_at = time.monotonic()
        if problem:
            self._failed(problem)
        else:
            self._watched.own.connected = True
            self._failures, self._told = 0, ""

    async def _tried(self, look: Coroutine[Any, Any, None]) -> str:
        """What went wrong, as a sentence."""
        try:
            await look
        except Away as away:
            return AGAIN.format(away)
        except KafkaAway:
            self._agents_at = self._conversations_at = 0.0  # as soon as it is there again
        except Exception as fault:  # noqa: BLE001 - the gateway goes on without the looks
            return f"A look failed with {type(fault).__name__}, which is a fault of Answerable: please report it."
        return ""

    def _failed(self, sentence: str) -> None:
        """Say it once, and wait longer each time."""
        self._watched.own.connected = False
        if sentence != self._told:
            self._say(sentence)
            self._told = sentence
        wait = time.monotonic() + RETRY[min(self._failures, len(RETRY) - 1)]
        self._failures += 1
        self._agents_at = self._conversations_at = wait

    async def _look_at_agents(self, client: Client) -> None:
        shown = await client.agents()
        now = client.now
        self.account.addresses = {number: address for one in shown if (number := one.number("id")) and (address := one.text("email"))}
        if time.monotonic() >= self._members_at:
            inboxes = {number: one.text("channel_type") for one in await client.inboxes() if (number := one.number("id"))}
            self._channels = {f"inbox-{number}": self._watched.looked.mapped.channel(kind) for number, kind in inboxes.items()}
            members = {f"inbox-{number}": await client.members(number) for number in inboxes}
            self._members = members | {f"team-{number}": await client.team(number) for number in self.staff.teams()}
            self._members_at = time.monotonic() + MEMBERS_EVERY
        records, learnt = self.staff.look(shown, self._members, self._channels, now)
        await self._told_kafka(records)
        self.staff.learn(learnt)
        self._learnt()

    async def _look_at_conversations(self, client: Client) -> None:
        """All that changed since the last look; what is still fresh wants another one soon."""
        first: int | None = None
        fresh = False
        for page in range(1, MOST_PAGES):
            mark = self.account.count
            shown = await client.conversations(page)
            first = client.now if first is None else first
            since = self.account.since(first)
            for one in shown:
                if last_change(one) >= since and not self.account.idle(one):
                    await self._look_at(client, one, first, mark)
                    fresh = fresh or last_change(one) > first - SETTLE
            if not any(last_change(one) >= since for one in shown):
                break
        self.account.reached(first or client.now)
        self._learnt()
        if fresh:
            self._conversations_at = min(self._conversations_at, time.monotonic() + SETTLE / 1000)

    async def _look_at(self, client: Client, conversation: Document, now: int, mark: int) -> None:
        number, messages, before = conversation.number("id") or 0, list[Document](), None
        for _ in range(MOST_BACK):
            found = await client.messages(number, before)
            numbers = [one.number("id") or 0 for one in found]
            if not numbers or (before is not None and min(numbers) >= before):
                break
            messages += found
            before = min(numbers)
            if self.account.suffices(conversation, messages, now):
                break
        look = self.account.look(conversation, messages, now, mark)
        if look is not None:
            await self._told_kafka(look.records)
            self.account.learn(look)
            self._learnt()

    async def _told_kafka(self, records: list[bytes]) -> None:
        if records and not await self._desk.acknowledged(self.source, records):
            raise KafkaAway


class Keeping:
    """The file, written from several threads: an older state never takes the place of a newer one."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        """Nothing was written yet."""
        self._path, self._say = path, say
        self._lock = Lock()
        self._made, self._kept, self._told = 0, 0, False

    def number(self) -> int:
        """The number of a state that is made now."""
        self._made += 1
        return self._made

    def keep(self, number: int, state: dict[str, Any]) -> None:
        """Put a state into the file, unless a newer one is there. It blocks."""
        with self._lock:
            if number <= self._kept:
                return
            try:
                save_state(self._path, state)
            except PartMissing as missing:
                if not self._told:
                    self._told = True
                    self._say(f"{missing} Until then a restart tells again what was told.")
            else:
                self._told, self._kept = False, number


class Looks:
    """All accounts whose API is looked at, and the file in which it is kept what they know."""

    def __init__(self, watched: Iterable[Watched], desk: Desk, path: Path, say: Callable[[str], None]) -> None:
        """Take up what was saved. Raises DataError where that is damaged, PartMissing where it cannot be read or written."""
        self._path, self._file = path, Keeping(path, say)
        self._changed = asyncio.Event()
        self._of = {one.source.name: Looking(one, desk, say, self._changed.set) for one in watched}
        self._waiting: list[asyncio.Future[None]] = []
        if self._of:
            self._restore()
            save_state(path, self._state())

    def sources(self) -> list[Declared]:
        """What the looks tell, as sources of their own."""
        return [one.source for one in self._of.values()]

    async def heard(self, name: str, records: Iterable[bytes]) -> None:
        """Records of a source that Kafka has; it is over when it is saved, so that no kill makes a look tell them again."""
        if (looking := self._of.get(name)) is not None:
            looking.heard(records)
            saved = asyncio.get_running_loop().create_future()
            self._waiting.append(saved)
            await saved

    async def run(self) -> None:
        """Look until cancelled; what is known is saved at the end, too."""
        if not self._of:
            return
        try:
            await asyncio.gather(self._keep_saving(), *(one.run() for one in self._of.values()))
        finally:
            self._file.keep(self._file.number(), self._state())  # after the save that may be under way in its thread
            self._saved(len(self._waiting))

    def _saved(self, count: int) -> None:
        """Let go the first of those who wait for a save."""
        waiting, self._waiting = self._waiting[:count], self._waiting[count:]
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def _state(self) -> dict[str, Any]:
        return {"looks": {name: {"account": one.account.save(), "staff": one.staff.save()} for name, one in self._of.items()}}

    def _restore(self) -> None:
        again = "look back as at the first start"
        state = load_state(self._path, {"looks": dict}, again)
        try:
            for name, known in ({} if state is None else state["looks"]).items():
                if name in self._of:
                    self._of[name].account.restore(known["account"])
                    self._of[name].staff.restore(known["staff"])
        except (KeyError, TypeError, ValueError):
            raise DataError(f"{self._path} is no saved position of this version: remove it to {again}.") from None

    async def _keep_saving(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER)
            self._changed.clear()
            waiting = len(self._waiting)
            await asyncio.to_thread(self._file.keep, self._file.number(), self._state())
            self._saved(waiting)
