"""The floor of a day with features: contacts that are moved, dropped, called back, served by machines, and letters that stay.

What happens besides the plain day is drawn from a generator of its own. The notes for the truth are made where it happens.
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final

from stream.core.centre import REAL_TIME
from stream.simulator.floor import Floor
from stream.simulator.people import Contact, Worker
from stream.simulator.plan import HOUR, MINUTE, PROFILES, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stream.core.events import Event
    from stream.simulator.features import Features
    from stream.simulator.plan import Line, Plan
    from stream.simulator.truth import Truth

VIP: Final = "vip"
FIRST_TIER: Final = "1"
"""Where contacts are of whose queue no tier is declared."""


class Journeys(Floor):
    """A floor on which more happens than calls that are answered or not."""

    def __init__(self, plan: Plan, truth: Truth, features: Features) -> None:
        """Open the floor of planned days; nobody has come yet."""
        super().__init__(plan, truth)
        self.features = features
        self.dice = Random(f"features {plan.seed} {plan.day}")
        self.down_until = 0
        if features.ring_misses:
            self.unheard = 0.08

    def chance(self, share: float, *, of: bool = True) -> bool:
        """Whether something happens that does so in this share of all cases, where the feature is on."""
        return of and self.dice.random() < share

    def later(self, low: int, high: int) -> int:
        """A moment between `low` and `high` ms from now."""
        return self.now + self.dice.randint(low, high)

    def run(self) -> Iterator[Event]:
        """Play the days."""
        for line in self.plan.lines:
            if self.features.overnight and line.channel not in REAL_TIME:
                for _ in range(self.dice.randint(1, 4)):
                    self.at(line.closes + self.dice.randrange(5 * HOUR), partial(self.come, line))
        if self.features.outages:
            for opens, closes in sorted({(line.opens, line.closes) for line in self.plan.lines})[::4]:
                self.at(opens + round((closes - opens) * self.dice.uniform(0.35, 0.65)), self.break_down)
        if self.features.heartbeats:
            for worker in self.workers:
                self.at(worker.person.starts + self.dice.randrange(MINUTE), partial(self.beat, worker))
        yield from super().run()
        for waiting in self.waiting.values():
            for contact in waiting.contacts:
                self.tally(contact).stays.append((contact.offered, self.now + 1))

    # -- people

    def beat(self, worker: Worker) -> None:
        """A person's system says what it knows; the last time when they have gone home."""
        person = worker.person
        if worker.state == "offline" and self.now > person.ends:
            return
        self.truth.beat(person.id, dict.fromkeys(person.channels, person.slots), self.now)
        self.emit(
            "agent.heartbeat",
            person.id,
            agent_id=person.id,
            state=worker.state,
            queues=list(person.queues),
            channels=list(person.channels),
            capacity=dict.fromkeys(person.channels, person.slots),
        )
        self.at(self.now + MINUTE, partial(self.beat, worker))

    def available(self, worker: Worker) -> None:
        """Who answers letters begins none in the last minutes of the shift, whatever is left."""
        late = self.features.overnight and self.now >= worker.person.ends - 25 * MINUTE and worker.load == 0
        if late and REAL_TIME.isdisjoint(worker.person.channels):
            self.state(worker, "offline", reason="end of shift")
            return
        super().available(worker)

    def somebody(self, line: Line, but: Worker | None = None) -> Worker | None:
        """A person of the line who has nothing to do."""
        workers = self.waiting[line.queue, line.channel].workers
        found = (worker for worker in workers if worker.free and worker.state == "available" and worker is not but)
        return min(found, key=lambda worker: (worker.idle_since, worker.person.id), default=None)

    def other(self, line: Line) -> Line | None:
        """Another queue of the channel that is open as long."""
        lines = [one for one in self.plan.lines if one.channel == line.channel and one.queue != line.queue and one.periods == line.periods]
        return self.dice.choice(lines) if lines else None

    # -- before the queue

    def arrive(self, line: Line) -> None:
        """Nobody comes by telephone while it is broken."""
        if line.channel == "call" and self.now < min(self.down_until, line.closes):
            self.at(self.next_arrival(line, self.now), lambda: self.arrive(line))
        else:
            super().arrive(line)

    def begin(self, contact: Contact) -> None:
        """Some are served by a machine, and some of those get through to the queue."""
        channel = contact.line.channel
        if contact.gives_up is not None and self.chance(0.05, of=self.features.short_abandons):
            contact.gives_up = self.dice.randint(1_500, 4_500)
        if self.chance(0.15, of=self.features.groups):
            contact.vip = True
            contact.more["groups"] = [VIP]
        if channel == "call" and self.chance(0.15, of=self.features.self_service):
            self.meet_machine(contact)
            self.at(self.later(20 * SECOND, MINUTE), lambda: self.end_with_machine(contact))
        elif channel == "chat" and self.chance(0.4, of=self.features.bots):
            self.meet_machine(contact)
            self.at(self.now + SECOND, lambda: self.customer_writes(contact))
            self.at(self.now + 2 * SECOND, lambda: self.post(contact, "bot", automatic=True))
            hands_on = self.chance(0.5)
            self.at(self.later(10 * SECOND, MINUTE), lambda: self.offer(contact) if hands_on else self.end_with_machine(contact))
        else:
            super().begin(contact)

    def meet_machine(self, contact: Contact) -> None:
        """The contact begins in the menu or with the bot."""
        self.note_beginning(contact)
        self.tell(contact, "contact.begun", customer_ref=contact.customer)

    def end_with_machine(self, contact: Contact) -> None:
        """It ends there: served, not served, or left."""
        served = self.chance(0.6)
        by = "system" if served or self.chance(0.5) else "customer"
        tally = self.tally(contact)
        tally.self_served += served
        tally.abandoned_before_queue += by == "customer"
        self.note_end(contact)
        self.tell(contact, "contact.ended", by=by, success=served)

    def offer(self, contact: Contact) -> None:
        """Who is in the menu when the telephone breaks is lost there."""
        if contact.line.channel == "call" and self.now < self.down_until:
            self.note_end(contact)
            self.tell(contact, "contact.lost", reason="outage")
        else:
            super().offer(contact)

    # -- in the queue

    def line_up(self, contact: Contact, *, first: bool = False) -> None:
        """Wait; it may end otherwise than by an answer or by patience."""
        line = contact.line
        real_time = line.channel in REAL_TIME
        if real_time and not first and self.features.flow_outs and self.deserted(line):
            self.flow_out(contact, "empty queue")
            return
        super().line_up(contact, first=first or (self.features.priorities and contact.vip))
        if contact.waiting and not first:
            (self.plan_parting if real_time else self.plan_silence)(contact)

    def deserted(self, line: Line) -> bool:
        """Whether nobody of the line has come, or all have gone."""
        return all(worker.state == "offline" for worker in self.waiting[line.queue, line.channel].workers)

    def plan_parting(self, contact: Contact) -> None:
        """Where this wait would end if it lasts."""
        since, drawn, features = contact.offered, self.dice.random(), self.features
        if drawn < 0.15 and features.requeues and not contact.moved:
            self.at(self.later(20 * SECOND, 90 * SECOND), lambda: self.requeue(contact, since))
        elif 0.15 <= drawn < 0.25 and features.flow_outs:
            self.at(self.later(60 * SECOND, 150 * SECOND), lambda: self.time_out(contact, since))
        elif 0.25 <= drawn < 0.45 and features.callbacks and contact.line.channel == "call":
            self.at(self.later(15 * SECOND, 90 * SECOND), lambda: self.ask_for_callback(contact, since))

    def still(self, contact: Contact, since: int) -> bool:
        """Whether the wait that began at `since` goes on."""
        return contact.waiting and contact.offered == since

    def leave_line(self, contact: Contact) -> int:
        """Stop waiting; how long it was (ms)."""
        if contact.waiting:
            self.waiting[contact.line.queue, contact.line.channel].contacts.remove(contact)
        contact.waiting = False
        self.tally(contact).stays.append((contact.offered, self.now))
        return self.now - contact.offered

    def move(self, contact: Contact, line: Line) -> None:
        """Be offered to another queue from now on."""
        contact.line = line
        contact.moved = True
        self.note_offer(contact)

    def requeue(self, contact: Contact, since: int) -> None:
        """The wait goes on in another queue."""
        line = self.other(contact.line)
        if line is None or not self.still(contact, since):
            return
        self.leave_line(contact)
        tally = self.tally(contact)
        tally.flowed_out += 1
        tally.requeued += 1
        left = contact.line.queue
        self.move(contact, line)
        self.tell(contact, "contact.requeued", from_queue=left)
        self.line_up(contact)

    def time_out(self, contact: Contact, since: int) -> None:
        """The centre ends the wait."""
        if self.still(contact, since):
            self.flow_out(contact, "time-out")

    def flow_out(self, contact: Contact, reason: str) -> None:
        """The contact goes to a place that is none of the queues."""
        wait = self.leave_line(contact)
        self.tally(contact).flowed_out += 1
        self.note_end(contact)
        self.tell(contact, "contact.flowed_out", reason=reason, wait_ms=wait)

    def ask_for_callback(self, contact: Contact, since: int) -> None:
        """The customer would rather be called back, and is, if the day is long enough."""
        if not self.still(contact, since):
            return
        wait = self.leave_line(contact)
        self.tally(contact).callbacks.append(wait)
        self.note_end(contact)
        self.tell(contact, "contact.callback_requested", wait_ms=wait)
        at = self.later(10 * MINUTE, 40 * MINUTE)
        if at < contact.line.closes - 10 * MINUTE:
            self.at(at, lambda: self.call_back(contact))

    def call_back(self, asked: Contact) -> None:
        """The centre calls: a new contact, which waits for a person as all do."""
        self.contacts += 1
        more = {"root_contact_id": asked.id, "direction": "outbound", **asked.more}
        contact = Contact(
            id=f"{asked.id}-back",
            line=asked.line,
            customer=asked.customer,
            more=more,
            vip=asked.vip,
            matter=asked.matter,
            gives_up=self.dice.randint(5 * MINUTE, 20 * MINUTE),
            moved=True,
        )
        self.meet_machine(contact)
        self.at(self.now + SECOND, lambda: self.offer(contact))

    def break_down(self) -> None:
        """The telephone system drops everybody who waits."""
        self.down_until = self.later(4 * MINUTE, 9 * MINUTE)
        for (_, channel), waiting in self.waiting.items():
            for contact in list(waiting.contacts) if channel == "call" else ():
                wait = self.leave_line(contact)
                self.tally(contact).lost += 1
                self.note_end(contact)
                self.tell(contact, "contact.lost", reason="outage", wait_ms=wait)

    # -- talks

    def converse(self, worker: Worker, contact: Contact) -> None:
        """A talk, into which a colleague may come."""
        contact.talking = True
        super().converse(worker, contact)
        if self.chance(0.08, of=self.features.conferences):
            self.at(self.later(5 * SECOND, 20 * SECOND), lambda: self.join(worker, contact))

    def join(self, worker: Worker, contact: Contact) -> None:
        """A colleague comes into the talk, and stays until its end."""
        colleague = self.somebody(contact.line, worker)
        if colleague is None or not contact.talking:
            return
        contact.partner = colleague
        colleague.load += 1
        self.state(colleague, "on_contact")
        self.tell(contact, "contact.joined", agent_id=colleague.person.id)

    def hang_up(self, worker: Worker, contact: Contact, talk: int, held: int) -> None:
        """The talk ends, or is handed on."""
        contact.talking = False
        partner, contact.partner = contact.partner, None
        line = self.other(contact.line) if not contact.moved and self.chance(0.12, of=self.features.transfers) else None
        if line is None:
            super().hang_up(worker, contact, talk, held)
        else:
            self.hand_on(worker, contact, line, talk, held)
        if partner is not None:
            self.let_go(partner)

    def hand_on(self, worker: Worker, contact: Contact, line: Line, talk: int, held: int) -> None:
        """Hand a talk on: to a person who is free (attended), or into the other queue (blind)."""
        self.note_talk(contact, talk, held)
        tally = self.tally(contact)
        self.note_handle(contact, talk + held)
        tally.transferred += 1
        more: dict[str, Any] = {}
        if self.chance(0.4):
            more["to_tier"] = "2"
        colleague = self.somebody(line) if self.chance(0.5) else None
        more |= {"to_queue": line.queue} if colleague is None else {"to_agent": colleague.person.id}
        to_tier = more.get("to_tier") or (self.truth.tier(line.queue) if colleague is None else "")
        tally.escalated += to_tier > (self.truth.tier(contact.line.queue) or FIRST_TIER)
        self.tell(contact, "contact.transferred", agent_id=worker.person.id, **more)
        self.state(worker, "wrap_up")
        self.at(self.now + self.about(PROFILES["call"].wrap_up), lambda: self.let_go(worker))
        if colleague is None:
            self.move(contact, line)
            contact.gives_up = self.later(MINUTE, 10 * MINUTE)
            self.at(self.now + 1, lambda: self.line_up(contact))  # it rings after the transfer, not with it
            return
        colleague.load += 1
        self.state(colleague, "reserved")
        self.at(self.now + SECOND, lambda: self.take_over(colleague, contact, line))

    def take_over(self, worker: Worker, contact: Contact, line: Line) -> None:
        """Who was asked goes on with the talk: the customer has waited for nobody."""
        self.move(contact, line)
        self.answer(worker, contact)
        self.converse(worker, contact)

    # -- letters

    def confirm(self, contact: Contact) -> None:
        """A machine says that the letter has come, in a way that counts as a sign of receipt."""
        if not self.features.acknowledgements:
            super().confirm(contact)
            return
        self.post(contact, "system", automatic=True, acknowledgement=True)
        if contact.unanswered is not None and not contact.replied:
            self.tally(contact).automatic_acknowledgements.append(self.now - contact.unanswered)

    def take(self, worker: Worker, contact: Contact) -> None:
        """Some people say that the letter has come before they answer it."""
        super().take(worker, contact)
        if contact.line.channel not in REAL_TIME and self.chance(0.25, of=self.features.acknowledgements):
            self.at(self.later(2 * SECOND, 8 * SECOND), lambda: self.acknowledge(worker, contact))

    def acknowledge(self, worker: Worker, contact: Contact) -> None:
        """A person says that the letter has come."""
        if contact.unanswered is None:
            return
        self.post(contact, "agent", agent_id=worker.person.id, acknowledgement=True)
        if not contact.replied and not contact.acknowledged:
            contact.acknowledged = True
            self.tally(contact).acknowledgements.append(self.now - contact.unanswered)

    def plan_silence(self, contact: Contact) -> None:
        """Some letters need no reply."""
        since = contact.offered
        if self.chance(0.15, of=self.features.no_reply):
            self.at(self.later(10 * SECOND, 5 * MINUTE), lambda: self.need_no_reply(contact, since))

    def need_no_reply(self, contact: Contact, since: int) -> None:
        """Somebody sees that there is nothing to say, and closes the thread."""
        if not self.still(contact, since):
            return
        self.leave_line(contact)
        tally = self.tally(contact)
        tally.flowed_out += 1
        self.waive(contact)
        self.tell(contact, "contact.no_reply_needed")
        self.at(self.now + SECOND, lambda: self.put_away(contact))

    def put_away(self, contact: Contact) -> None:
        """The thread is over without a word."""
        more = {}
        if contact.handled:
            self.note_handle(contact, contact.handled)
            more["handle_ms"] = contact.handled
            contact.handled = 0
        self.note_end(contact)
        self.tell(contact, "contact.ended", by="agent", **more)

    def reply(self, worker: Worker, contact: Contact, since: int) -> None:
        """A person answers; some customers write again when all seemed to be said."""
        super().reply(worker, contact, since)
        if contact.over and self.now < contact.line.closes and self.chance(0.12, of=self.features.reopenings):
            self.at(self.later(5 * SECOND, self.plan.lateness - 2 * SECOND), lambda: self.go_on(contact))

    def go_on(self, contact: Contact) -> None:
        """A thread that was over goes on."""
        self.tally(contact).reopened += 1
        self.write_again(contact)
