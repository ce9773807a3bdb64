"""Mails that were read -> questions and answers, by conversation; all at once for files, batch by batch for a mailbox that goes on.

To which conversation a mail belongs, and in which queue that is, is decided once: whoever reads on keeps `Known`, and what was decided
stays as it is, whatever mails come later. An answer that is read before its question waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from stream.core.events import Event
from stream.sources.mail.threads import parents, root
from stream.sources.records import CUSTOMER

WHO: Final = {"agent": "agent_id", "customer_ref": "customer_ref", CUSTOMER: CUSTOMER}
"""Who wrote a mail: how it is called where the mail is carried, and in its event."""


@dataclass(slots=True, kw_only=True)
class Known:
    """What earlier mails decided, as far as the mails that are told now touch it.

    threads: the id of a mail -> its conversation. queues: a conversation that a customer wrote in -> its queue and the time (ms) of the
    earliest question. answers: a conversation -> mails of ours in it before which no customer was seen to write.
    """

    threads: dict[str, str] = field(default_factory=dict)
    queues: dict[str, tuple[str, int]] = field(default_factory=dict)
    answers: dict[str, list[Event]] = field(default_factory=dict)


class Conversations:
    """Mails, as `stream.sources.email.carried` gives them, become `message.posted`; `known` is kept up to date."""

    def __init__(self, origin: str, known: Known | None = None) -> None:
        """`origin`: part of every id."""
        self.known = Known() if known is None else known
        self._origin = origin

    def tell(self, found: Iterable[Event]) -> Iterator[Event]:
        """The messages of sorted mails. The same mail in two folders is one; what we write to nobody's question is no answer."""
        carriers: dict[str, Event] = {}
        for one in found:
            carriers.setdefault(one.id, one)
        links = parents((one.data["own"], one.data["references"]) for one in carriers.values())
        self._join(carriers.values(), links)
        for one in carriers.values():
            thread = self._decided(one, links)
            if "queue" in one.data:
                yield from self._asked(thread, one)
            else:
                yield from self._answered(thread, one)

    def _join(self, found: Iterable[Event], links: dict[str, str]) -> None:
        """Where the oldest mail that one refers to is unknown but a later one is known, they are one conversation."""
        threads = self.known.threads
        if not threads:
            return
        for one in found:
            chain: list[str] = one.data["references"]
            if chain and chain[0] not in threads and chain[0] not in links:
                known = next((other for other in chain[1:] if other in threads), None)
                if known is not None:
                    links[chain[0]] = known

    def _decided(self, one: Event, links: dict[str, str]) -> str:
        threads = self.known.threads
        own: str = one.data["own"]
        thread = threads.setdefault(own, root(own, links, threads))
        for other in one.data["references"]:
            threads.setdefault(other, root(other, links, threads))
        return thread

    def _asked(self, thread: str, one: Event) -> Iterator[Event]:
        queue, first = self.known.queues.get(thread, (one.data["queue"], one.time))
        self.known.queues[thread] = queue, min(first, one.time)
        yield self._message(thread, one)
        early = self.known.answers.pop(thread, [])
        still = [answer for answer in early if answer.time < one.time]
        if still:
            self.known.answers[thread] = still
        for answer in early:
            if answer.time >= one.time:
                yield self._message(thread, answer)

    def _answered(self, thread: str, one: Event) -> Iterator[Event]:
        asked = self.known.queues.get(thread)
        if asked is not None and one.time >= asked[1]:
            yield self._message(thread, one)
        else:
            self.known.answers.setdefault(thread, []).append(one)

    def _message(self, thread: str, one: Event) -> Event:
        contact = f"{self._origin}/{thread}"
        data = {"contact_id": contact, "author": "customer" if "queue" in one.data else "agent", "channel": "email"}
        data |= {"queue": self.known.queues[thread][0], "message_id": one.id}
        optional = {ours: one.data.get(name) for name, ours in WHO.items()}
        data |= {name: value for name, value in optional.items() if value}
        return Event(one.time, "message.posted", contact, f"email/{self._origin}|{one.id}", data)
