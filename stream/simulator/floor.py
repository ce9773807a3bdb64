"""The floor of a synthetic centre: a discrete-event simulation in which people serve lines and customers run out of patience.

Time is the heap's; every draw comes from one seeded generator, so that a seed is a day. What is emitted is noted in `Truth` at the
same place, in other words than the core's.
"""

from __future__ import annotations

import heapq
import math
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from stream.core.centre import REAL_TIME
from stream.core.events import Event, order
from stream.simulator.notes import Notes
from stream.simulator.people import Contact, Waiting, Worker
from stream.simulator.plan import HOUR, MINUTE, PROFILES, SECOND, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stream.simulator.plan import Line
    from stream.simulator.truth import Truth


class Floor(Notes):
    """One day, played once. `run` yields its events in their total order; `truth` is complete when it has ended."""

    unheard = 0.01
    """The share of the rings that nobody hears."""

    def __init__(self, plan: Plan, truth: Truth) -> None:
        """Open the floor of a planned day; nobody has come yet."""
        super().__init__(truth)
        self.plan = plan
        self.random = Random(f"floor {plan.seed} {plan.day}")
        self.heap: list[tuple[int, int, Callable[[], None]]] = []
        self.scheduled = 0
        self.pending: list[Event] = []
        self.emitted = 0
        self.contacts = 0
        self.workers = [Worker(person) for person in plan.people]
        self.waiting = {(line.queue, line.channel): Waiting(line) for line in plan.lines}
        for worker in self.workers:
            for key in self.keys(worker):
                self.waiting[key].workers.append(worker)

    def run(self) -> Iterator[Event]:
        """Play the day: events in the order of `stream.core.events.order`."""
        for worker in self.workers:
            self.at(worker.person.starts, partial(self.available, worker))
            self.at(worker.person.ends, partial(self.go_home, worker))
            for begin, length, reason in worker.person.breaks:
                self.at(begin, partial(self.call_to_break, worker, (length, reason)))
        for line in self.plan.lines:
            self.at(self.next_arrival(line, line.opens), partial(self.arrive, line))
        while self.heap:
            time, _, action = heapq.heappop(self.heap)
            if time > self.now:
                yield from self.flush()
                self.now = time
            action()
        yield from self.flush()

    def flush(self) -> Iterator[Event]:
        """Yield what happened in this millisecond, in order."""
        self.pending.sort(key=order)
        self.truth.events += len(self.pending)
        if self.pending:
            self.truth.ended = self.now
        yield from self.pending
        self.pending.clear()

    # -- the simulation's own tools

    def at(self, time: int, action: Callable[[], None]) -> None:
        """Have `action` happen at `time`; equal times happen in the order in which they were asked for."""
        self.scheduled += 1
        heapq.heappush(self.heap, (max(time, self.now), self.scheduled, action))

    def after(self, low: int, high: int, action: Callable[[], None]) -> None:
        """Have `action` happen between `low` and `high` ms from now."""
        self.at(self.now + self.random.randint(low, high), action)

    def emit(self, kind: str, subject: str, **data: Any) -> None:
        """Something happened now."""
        self.emitted += 1
        self.pending.append(Event(self.now, kind, subject, f"simulator-{self.plan.seed}|{self.plan.day}-{self.emitted:07d}", data))

    def tell(self, contact: Contact, kind: str, **data: Any) -> None:
        """Something happened to a contact now."""
        line = contact.line
        if kind in {"contact.answered", "contact.joined"} and line.channel in REAL_TIME:
            self.truth.take_in_hand(data["agent_id"], contact.id, line.queue, line.channel, self.now)
        elif kind in {"contact.ended", "contact.transferred"}:
            self.truth.let_go(contact.id, self.now)
        self.emit(kind, contact.id, contact_id=contact.id, queue=line.queue, channel=line.channel, **contact.more, **data)

    def about(self, mean: int) -> int:
        """A time around `mean` ms, skewed to the long side as talk times are, never below a tenth of it."""
        spread = 0.55
        drawn = self.random.lognormvariate(math.log(mean) - spread * spread / 2, spread)
        return max(mean // 10, min(round(drawn), 6 * mean))

    def keys(self, worker: Worker) -> list[tuple[str, str]]:
        """The lines that a person serves."""
        person = worker.person
        return [(queue, channel) for queue in person.queues for channel in person.channels if (queue, channel) in self.waiting]

    # -- people

    def state(self, worker: Worker, state: str, **more: Any) -> None:
        """A person's state changes; staying in one is no event."""
        if worker.state == state:
            return
        worker.state = state
        person = worker.person
        self.truth.change(person.id, person.queues, person.channels, state, self.now)
        self.emit(
            "agent.state_changed",
            person.id,
            agent_id=person.id,
            state=state,
            queues=list(person.queues),
            channels=list(person.channels),
            **more,
        )

    def available(self, worker: Worker) -> None:
        """A person has a hand free: a break that is due first, then whoever waits longest, then home when the day is over."""
        if worker.break_due is not None:
            if worker.load == 0:
                self.pause(worker)
            return
        while worker.load < worker.person.slots:
            line = min(
                (self.waiting[key] for key in self.keys(worker) if self.waiting[key].contacts),
                key=lambda waiting: waiting.contacts[0].offered,
                default=None,
            )
            if line is None:
                break
            self.take(worker, line.contacts.popleft())
        if worker.load == 0:
            if self.now >= worker.person.ends:
                self.state(worker, "offline", reason="end of shift")
                return
            self.state(worker, "available")
            worker.idle_since = self.now

    def go_home(self, worker: Worker) -> None:
        """The shift ends; who is busy or at a break goes when that is over."""
        if worker.state == "available":
            self.available(worker)

    def call_to_break(self, worker: Worker, due: tuple[int, str]) -> None:
        """A break is due; who has contacts finishes them first and takes no new ones."""
        if worker.state == "offline" or worker.break_due is not None:
            return
        worker.break_due = due
        if worker.load == 0 and worker.state == "available":
            self.pause(worker)

    def pause(self, worker: Worker) -> None:
        """The break begins."""
        if worker.break_due is None:
            return
        length, reason = worker.break_due
        worker.break_due = None
        self.state(worker, "paused", reason=reason)
        self.at(self.now + length, lambda: self.available(worker))

    # -- contacts come, wait and give up

    def next_arrival(self, line: Line, since: int) -> int:
        """When the next contact comes after `since`: a Poisson process whose rate follows the day's curve, by thinning."""
        at = float(since)
        while at < line.closes:
            at += self.random.expovariate(line.per_hour / HOUR)
            if self.random.random() * line.per_hour < line.rate(int(at)):
                break
        return int(at)

    def arrive(self, line: Line) -> None:
        """A customer calls or writes, and the next one is drawn."""
        if self.now >= line.closes:
            return
        self.at(self.next_arrival(line, self.now), lambda: self.arrive(line))
        self.come(line)

    def come(self, line: Line) -> None:
        """A customer whom nobody knows yet calls or writes."""
        self.contacts += 1
        patience = PROFILES[line.channel].patience
        contact = Contact(
            id=f"{line.channel}-{self.plan.day}-s{self.plan.seed}-{self.contacts:05d}",
            line=line,
            customer=f"customer-{self.random.randrange(50_000):05d}",
        )
        if patience:
            contact.gives_up = SECOND + round(self.random.expovariate(1 / patience))
        self.begin(contact)

    def begin(self, contact: Contact) -> None:
        """The contact begins: a call in the menu, all else in its queue."""
        line = contact.line
        self.note_beginning(contact)
        self.tell(contact, "contact.begun", customer_ref=contact.customer)
        if line.channel != "call":
            contact.follow_ups = 1 if line.channel not in REAL_TIME and self.random.random() < 0.25 else 0
            self.offer(contact)
        elif self.random.random() < 0.03:
            self.after(4 * SECOND, 20 * SECOND, lambda: self.leave_menu(contact))
        else:
            self.after(8 * SECOND, 25 * SECOND, lambda: self.offer(contact))

    def leave_menu(self, contact: Contact) -> None:
        """A caller hangs up before the queue."""
        self.note_end(contact)
        self.tally(contact).abandoned_before_queue += 1
        self.tell(contact, "contact.abandoned", stage="menu")

    def offer(self, contact: Contact) -> None:
        """The contact enters the queue."""
        self.note_offer(contact)
        self.tell(contact, "contact.offered")
        if contact.line.channel != "call":
            self.customer_writes(contact)
        if contact.gives_up is not None:
            contact.gives_up += self.now
        self.line_up(contact)

    def line_up(self, contact: Contact, *, first: bool = False) -> None:
        """Wait, at the end or (after a ring that nobody heard) at the head, until somebody is free or patience ends."""
        contact.waiting = True
        waiting = self.waiting[contact.line.queue, contact.line.channel]
        if first:
            waiting.contacts.appendleft(contact)
        else:
            waiting.contacts.append(contact)
        if contact.gives_up is not None:
            self.at(contact.gives_up, lambda: self.give_up(contact))
        worker = min(
            (worker for worker in waiting.workers if worker.free),
            key=lambda worker: (worker.load, worker.idle_since, worker.person.id),
            default=None,
        )
        if worker is not None:
            self.take(worker, waiting.contacts.popleft())

    def give_up(self, contact: Contact) -> None:
        """Patience ends; it does not matter to who is being served or rung."""
        if not contact.waiting:
            return
        contact.waiting = False
        self.waiting[contact.line.queue, contact.line.channel].contacts.remove(contact)
        wait = self.now - contact.offered
        tally = self.tally(contact)
        tally.abandoned += 1
        tally.short_abandoned += wait <= self.plan.short_abandon
        tally.abandon_waits.append(wait)
        tally.ends.append((contact.offered, wait, True))
        tally.stays.append((contact.offered, self.now))
        self.note_end(contact)
        self.tell(contact, "contact.abandoned", stage="queue", wait_ms=wait)

    # -- contacts are served

    def take(self, worker: Worker, contact: Contact) -> None:
        """A person takes the contact that is next."""
        contact.waiting = False
        worker.load += 1
        agent = worker.person.id
        if contact.line.channel == "call":
            self.state(worker, "reserved")
            self.tell(contact, "contact.ringing", agent_id=agent)
            if self.random.random() < self.unheard and self.now + 5 * MINUTE < worker.person.ends:
                self.at(self.now + 15 * SECOND, lambda: self.miss_ring(worker, contact))
            else:
                ring = self.random.randint(1_500, 6 * SECOND)
                self.at(self.now + ring, lambda: self.talk(worker, contact, ring))
        elif contact.line.channel == "chat":
            self.state(worker, "on_contact")
            self.after(SECOND, 4 * SECOND, lambda: self.chat(worker, contact))
        else:
            self.state(worker, "on_contact")
            since, length = self.now, self.about(PROFILES[contact.line.channel].handle)
            self.at(since + length, lambda: self.reply(worker, contact, since))

    def miss_ring(self, worker: Worker, contact: Contact) -> None:
        """Nobody picks up: the caller is first in line again, the person is paused for a minute."""
        self.tally(contact).ring_missed += 1
        contact.rung += 15 * SECOND
        self.tell(contact, "contact.ring_missed", agent_id=worker.person.id, ring_ms=15 * SECOND)
        worker.load -= 1
        self.state(worker, "paused", reason="missed ring")
        self.at(self.now + MINUTE, lambda: self.available(worker))
        self.line_up(contact, first=True)

    def answer(self, worker: Worker, contact: Contact, **more: Any) -> None:
        """A person and a customer are connected."""
        wait = self.now - contact.offered
        tally = self.tally(contact)
        tally.answered += 1
        tally.waits.append(wait)
        tally.ends.append((contact.offered, wait, False))
        tally.stays.append((contact.offered, self.now))
        if contact.line.channel == "call":
            if "ring_ms" in more:
                tally.rings.append(contact.rung + more["ring_ms"])
            else:
                tally.waited_rings.append(wait)
            contact.rung = 0
        if contact.connected is None and contact.more.get("direction") != "outbound":
            tally.kept_waiting.append(self.now - contact.begun)
        contact.connected = self.now
        self.tell(contact, "contact.answered", agent_id=worker.person.id, wait_ms=wait, **more)

    def talk(self, worker: Worker, contact: Contact, ring: int) -> None:
        """A call is answered."""
        self.answer(worker, contact, ring_ms=ring)
        self.converse(worker, contact)

    def converse(self, worker: Worker, contact: Contact) -> None:
        """A talk goes on, sometimes held, and ends."""
        self.state(worker, "on_contact")
        profile = PROFILES["call"]
        talk, held = self.about(profile.handle), 0
        if self.random.random() < 0.12:
            held = self.random.randint(15 * SECOND, 90 * SECOND)
            begin = self.now + round(talk * self.random.uniform(0.3, 0.7))
            self.at(begin, lambda: self.tell(contact, "contact.held", agent_id=worker.person.id))
            self.at(begin + held, lambda: self.tell(contact, "contact.resumed", agent_id=worker.person.id))
        contact.held = held
        self.at(self.now + talk + held, lambda: self.hang_up(worker, contact, talk, held))

    def hang_up(self, worker: Worker, contact: Contact, talk: int, held: int) -> None:
        """The call ends; the person writes it up."""
        self.note_end(contact)
        self.note_talk(contact, talk, held)
        self.tell(contact, "contact.ended", agent_id=worker.person.id, by=self.by(), talk_ms=talk, hold_ms=held)
        self.state(worker, "wrap_up")
        after = self.about(PROFILES["call"].wrap_up)
        self.note_handle(contact, talk + held + after)
        self.at(self.now + after, lambda: self.write_up(worker, contact, after))

    def write_up(self, worker: Worker, contact: Contact, after: int) -> None:
        """The wrap-up is done."""
        self.tell(contact, "contact.wrapped_up", agent_id=worker.person.id, acw_ms=after)
        self.let_go(worker)

    def let_go(self, worker: Worker) -> None:
        """A person has finished a contact."""
        worker.load -= 1
        self.available(worker)

    def by(self) -> str:
        """Who ends a contact."""
        return "customer" if self.random.random() < 0.8 else "agent"

    # -- messages

    def post(self, contact: Contact, author: str, **more: Any) -> None:
        """A message is posted."""
        contact.messages += 1
        self.tell(contact, "message.posted", message_id=f"{contact.id}/{contact.messages}", author=author, **more)

    def customer_writes(self, contact: Contact) -> None:
        """The customer posts; the clock of the answer runs from the first message that has none."""
        self.post(contact, "customer", customer_ref=contact.customer)
        contact.replies = contact.replies or 0
        if contact.unanswered is None:
            contact.unanswered = self.now
            contact.acknowledged = False
        if contact.line.channel not in REAL_TIME and contact.messages == 1:
            self.at(self.now + 1_200, lambda: self.confirm(contact))

    def confirm(self, contact: Contact) -> None:
        """A machine says that the letter has come."""
        self.post(contact, "system", automatic=True)

    def agent_writes(self, worker: Worker, contact: Contact) -> None:
        """A person posts, which answers what was open; where nobody is connected, that is the answer that the customer waited for."""
        self.post(contact, "agent", agent_id=worker.person.id)
        contact.replies = (contact.replies or 0) + 1
        if contact.unanswered is None:
            contact.replied = True
            return
        tally = self.tally(contact)
        if not contact.replied:
            if not contact.acknowledged:
                tally.acknowledgements.append(self.now - contact.unanswered)
            tally.first_since_handoff.append(self.now - max(contact.unanswered, contact.handed or 0))
        if contact.line.channel not in REAL_TIME:
            tally.answered += 1
            tally.waits.append(self.now - contact.offered)
            tally.stays.append((contact.offered, self.now))
        (tally.responses if contact.replied else tally.first_responses).append(self.now - contact.unanswered)
        contact.replied = True
        contact.unanswered = None

    def chat(self, worker: Worker, contact: Contact) -> None:
        """A chat is answered: a greeting, then turn by turn."""
        self.answer(worker, contact)
        begun = self.now
        turns = 2 + min(6, int(self.random.expovariate(0.5)))
        self.after(800, 3 * SECOND, lambda: self.agent_turn(worker, contact, turns, begun))

    def agent_turn(self, worker: Worker, contact: Contact, turns: int, begun: int) -> None:
        """The person answers; slower with two chats at once."""
        self.agent_writes(worker, contact)
        if turns:
            self.after(10 * SECOND, 70 * SECOND, lambda: self.customer_turn(worker, contact, turns - 1, begun))
        else:
            self.after(5 * SECOND, 40 * SECOND, lambda: self.close_chat(worker, contact, begun))

    def customer_turn(self, worker: Worker, contact: Contact, turns: int, begun: int) -> None:
        """The customer writes again."""
        self.customer_writes(contact)
        pace = worker.load
        self.after(5 * SECOND * pace, 31 * SECOND * pace, lambda: self.agent_turn(worker, contact, turns, begun))

    def close_chat(self, worker: Worker, contact: Contact, begun: int) -> None:
        """The chat ends."""
        talk = self.now - begun
        self.note_handle(contact, talk)
        self.note_end(contact)
        self.note_talk(contact, talk, 0)
        self.tell(contact, "contact.ended", agent_id=worker.person.id, by=self.by(), talk_ms=talk)
        self.let_go(worker)

    def reply(self, worker: Worker, contact: Contact, since: int) -> None:
        """A person answers a letter; some customers write once more, for others it is done."""
        self.agent_writes(worker, contact)
        contact.handled += self.now - since
        last_call = contact.line.closes - 20 * MINUTE
        if contact.follow_ups and self.now < last_call:
            contact.follow_ups -= 1
            at = self.now + MINUTE + round(self.random.expovariate(1 / (20 * MINUTE)))
            self.at(min(at, last_call), lambda: self.write_again(contact))
        else:
            self.note_handle(contact, contact.handled)
            self.note_end(contact)
            self.tell(contact, "contact.ended", agent_id=worker.person.id, by="agent", handle_ms=contact.handled)
            contact.handled = 0
        self.let_go(worker)

    def write_again(self, contact: Contact) -> None:
        """The customer has another question in the same thread, which waits as the first one did."""
        self.note_offer(contact)
        self.customer_writes(contact)
        self.line_up(contact)
