"""Where a contact stands: its states, the order of its events, and the ways in which it concludes facts.

Nothing here knows which event does what: that is the table in `stream.core.contact`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, Final

from stream.core import facts, first_talk
from stream.core.carrying import Run, Stays, start, stop
from stream.core.centre import REAL_TIME
from stream.core.events import CONTACT_EVENTS, ENTERING, LEAVING
from stream.core.facts import Book
from stream.core.patience import ENDLESS, MISSING_LINGER, Patience
from stream.core.scopes import HANDLER, PERSON, with_extras

NEW: Final = "new"
MENU: Final = "menu"  # begun, in a menu or with a bot
WAITING: Final = "waiting"
CONNECTED: Final = "connected"
ON_HOLD: Final = "on_hold"
ENDED: Final = "ended"  # talked; the wrap-up may follow
GONE: Final = "gone"  # left without an answer
MISSING: Final = "missing"  # waited, and nothing confirmed for too long that it still does
EXCLUDED: Final = "excluded"  # no real contact: nothing of it counts

WRAP_UP_LINGER: Final = 15 * 60_000
"""How long after its end a contact may still be wrapped up (ms). An event later than that begins a new life."""

LIFE_RANK: Final = {
    "contact.begun": 0,
    "contact.requeued": 1,
    "contact.offered": 1,
    "contact.ringing": 2,
    "contact.ring_missed": 3,
    "contact.answered": 4,
    "contact.held": 5,
    "contact.resumed": 6,
    "contact.transferred": 7,
    "contact.wrapped_up": 9,
}
OTHER_RANK: Final = 5
END_RANK: Final = 8
ENDS: Final = frozenset({"contact.ended", "contact.abandoned", "contact.flowed_out", "contact.lost", "contact.callback_requested"})


def life_rank(kind: str) -> int:
    """Where an event stands among those of the same contact and millisecond."""
    return END_RANK if kind in ENDS else LIFE_RANK.get(kind, OTHER_RANK)


BY_AGENT: Final = frozenset(
    {
        *(facts.ANSWERED, facts.WHEN_LEFT[facts.ANSWERED], facts.ANSWERED_WHEN_ENDED, facts.RANG, facts.KEPT_WAITING, facts.HANDLED),
        *(facts.TALKED, facts.HELD, facts.WRAPPED_UP, facts.TRANSFERRED),
        *(facts.FIRST_RESPONSE, facts.FIRST_RESPONSE_SINCE_HANDOFF, facts.RESPONSE),
    }
)
"""What is concluded in the scope of the agent who took the contact, or wrote the reply, too. A clock ends where it began, so none is."""
NAMED: Final = 2
"""In the field `own` of an event: its agent has figures of their own; 1: only a team, a tier or skills of their own."""

CODES: Final = {kind: code for code, kind in enumerate(CONTACT_EVENTS)}
"""The number by which a history names an event type. Changelogs hold these numbers: a new type goes to the end of CONTACT_EVENTS."""
RANKS: Final = {kind: life_rank(kind) for kind in CONTACT_EVENTS}

ACKNOWLEDGEMENTS: Final = {facts.ACKNOWLEDGED: 1, facts.ACKNOWLEDGED_AUTOMATICALLY: 2}
"""Whose sign of receipt was seen already, as bits."""
FIRST_TIER: Final = "1"
"""Where a contact is of which no tier is known: with the people who talk to customers first."""

Entry = tuple[int, int, str, int, dict[str, Any]]
"""One event of a history: (time, life rank, id, type's number, fields). Sorted by the first three."""


class Life:
    """A contact: its sorted history, and where it stands after that. `step` moves it on; `book` takes the facts.

    In order, the book is the stage's own, which all contacts share; where a history is folded again, a book of its own.
    """

    __slots__ = (
        "acknowledged",
        "answered_at",
        "answered_wait",
        "at",
        "attempts",
        "began",
        "begun_at",
        "book",
        "by",
        "channel",
        "consulted",
        "contact",
        "cuts",
        "ended_at",
        "entered_at",
        "expires_at",
        "forget_at",
        "groups",
        "handed_at",
        "hands",
        "held_since",
        "history",
        "hold",
        "human",
        "in_level",
        "kept_in",
        "leg",
        "linger",
        "missing_at",
        "offered_at",
        "outbound",
        "owns_book",
        "passed_from",
        "passed_on",
        "patience",
        "place",
        "queue",
        "rang",
        "recorded",
        "replies",
        "ringing",
        "ringing_since",
        "running",
        "short",
        "state",
        "talk_since",
        "tier",
        "turn_first",
        "turn_since",
        "waits_for_reply",
        "wanted",
    )

    def __init__(self, contact: str, short: int, linger: int, book: Book, wanted: Container[str], patience: Patience = ENDLESS) -> None:
        """Begin a life.

        short: abandons up to this wait (ms) are short. linger: ms that a closed contact is kept for duplicates.
        wanted: the kinds of facts that anybody asks for. patience: how long a wait is believed.
        """
        self.patience = patience
        self.contact = contact
        self.short = short
        self.linger = linger
        self.book = book
        self.wanted = wanted
        self.owns_book = False
        self.history: list[Entry] = []
        self.began: dict[tuple[Any, ...], int] = {}
        self.cuts: tuple[int, ...] = ()
        """When each life after the first of this history began (ms)."""
        self.reset()

    def reset(self) -> None:
        """Become a contact of which nothing is known; history and book stay."""
        self.state = NEW
        self.queue = ""
        self.channel = ""
        self.place: tuple[Any, ...] = ("", "")
        self.groups: tuple[tuple[str, str], ...] = ()
        self.waits_for_reply = self.recorded = self.in_level = self.leg = self.outbound = self.passed_on = False
        self.ended_at = 0
        self.passed_from: str | None = None  # the queue of the talk that was transferred last, until the next one begins
        self.consulted: tuple[str, dict[str, Any] | None] | None = None  # the queue, and the answer there
        self.at = self.offered_at = self.answered_at = self.held_since = 0
        self.answered_wait: int | None = None
        self.hold = self.ringing = 0
        self.ringing_since: int | None = None
        self.attempts = 0
        self.rang = False
        self.handed_at: int | None = None
        self.replies = -1
        self.acknowledged = 0
        self.tier = ""
        self.turn_since: int | None = None
        self.turn_first = False
        self.running: dict[str, Run] | None = None
        """The clocks that go with the contact, by the kind that begins each."""
        self.kept_in: Stays = ()
        """Where a caller was kept waiting of whom it was not known for a while whether they are."""
        self.human = False
        self.forget_at: int | None = None
        self.entered_at = 0
        self.expires_at: int | None = None
        self.missing_at: int | None = None
        self.begun_at: int | None = None
        self.talk_since: int | None = None
        self.by: tuple[Any, ...] | None = None
        self.hands: dict[str, tuple[int, tuple[Any, ...]]] | None = None

    # -- conclusions --------------------------------------------------------------------------------------------------

    def move(self, queue: str) -> None:
        """Be in another queue from now on."""
        self.queue = queue
        self.place = (queue, self.channel, self.groups) if self.groups else (queue, self.channel)

    def belong(self, groups: Iterable[str]) -> None:
        """Be known to be in these groups, besides those that are known: all that is concluded from now on counts in them."""
        known = {*self.groups, *(("group", group) for group in groups)}
        self.groups = tuple(sorted(known))
        self.move(self.queue)
        if self.running:
            self.running = {kind: (run[0], with_extras(run[1], self.groups), *run[2:]) for kind, run in self.running.items()}
        if self.by is not None:
            self.by = with_extras(self.by, self.groups)
        if self.hands is not None:
            self.hands = {agent: (taken, with_extras(place, self.groups)) for agent, (taken, place) in self.hands.items()}

    def is_in(self, groups: Iterable[str]) -> bool:
        """Whether it is known to be in all of these groups."""
        known = self.groups
        return all(("group", group) in known for group in groups)

    def come_by(self, channel: str) -> None:
        """Know the channel: on asynchronous ones the wait is for a reply, not for a connection."""
        self.channel = channel
        self.move(self.queue)
        self.waits_for_reply = bool(channel) and channel not in REAL_TIME

    def conclude(self, kind: str, when: int, value: int = 0, at: int | None = None, rank: int = LEAVING, weight: int = 1) -> None:
        """Conclude a fact about the segment; `at` defaults to when the segment was offered, or began."""
        if kind not in self.wanted:
            return
        place = self.place if self.by is None or kind not in BY_AGENT else self.by
        rows = self.book.get(place)
        if rows is None:
            rows = self.book[place] = []
        rows.append((kind, when, (self.at or when) if at is None else at, rank, self.contact, value, weight, 1 if weight > 0 else 0))

    def record(self, when: int, at: int) -> None:
        """Count the contact once, in the first queue that is known of it."""
        if not self.recorded:
            self.recorded = True
            self.conclude(facts.RECORDED, when, 0, at)

    def offer(self, when: int, at: int, since: int | None = None) -> None:
        """Open a segment: the contact is offered to its queue and waits.

        `since`: the wait began then, but nobody said so until `when`: such a wait was in no level.
        """
        self.record(when, at)
        self.end_answered(when)
        self.at = at
        self.passed_on = False
        self.by = None
        self.offered_at = when if since is None else since
        if self.begun_at is None:
            self.begun_at = self.offered_at
        if self.handed_at is None:
            self.handed_at = self.offered_at
            if self.state == MENU and facts.HANDED_OFF in self.wanted:
                self.conclude(facts.HANDED_OFF, when)
        self.forget_at = None
        self.state = WAITING
        self.in_level = since is None
        self.conclude(facts.OFFERED, when)
        if self.in_level:
            self.entered_at = when
            self.conclude(facts.ENTERED, when, when, None, ENTERING)
            first_talk.keep(self, when)

    def leave(self, kind: str, when: int, wait: int | None = None) -> int:
        """End the wait with an outcome; give the wait in ms. A wait of 0 ms never enters the level."""
        waited = max(0, when - self.offered_at) if wait is None else max(0, wait)
        self.stop_waiting(when)
        self.conclude(kind, when, waited)
        if kind == facts.ANSWERED:
            self.answered_wait = waited
        if (then := facts.WHEN_LEFT.get(kind)) is not None and then in self.wanted:
            self.conclude(then, when, waited, when)
            if kind == facts.ABANDONED and waited <= self.short:
                self.conclude(facts.WHEN_LEFT[facts.SHORT_ABANDONED], when, 0, when)
        return waited

    def end_answered(self, when: int) -> None:
        """The answered segment is over: its talk has ended, or its conversation, or waits for a reply again."""
        waited, self.answered_wait = self.answered_wait, None
        if waited is None:
            return
        if facts.ANSWERED_WHEN_ENDED in self.wanted:
            self.conclude(facts.ANSWERED_WHEN_ENDED, when, waited, when)
        if self.waits_for_reply:
            self.conclude(facts.CONVERSATION_OVER, when)

    def stop_waiting(self, when: int) -> None:
        """Leave the waiting level."""
        if self.in_level:
            if when <= self.entered_at:
                self.conclude(facts.ENTERED, self.entered_at, self.entered_at, rank=ENTERING, weight=-1)
            else:
                self.conclude(facts.LEFT, when, self.entered_at)

    # -- contacts that nobody ends ------------------------------------------------------------------------------------

    def seen(self, when: int) -> None:
        """It still waits, somebody said so: that is believed for a while."""
        self.expires_at = None if self.waits_for_reply else self.patience.until(self.queue, self.offered_at, when)

    def expire(self) -> None:
        """Nothing confirmed the wait for too long: since then the contact counts as lost. Whoever was in a menu is kept no more."""
        at = self.expires_at
        if at is None:
            return
        self.expires_at = None
        if self.state == MENU:
            first_talk.over(self, at, for_sure=False)
            return
        self.leave(facts.LOST, at)
        self.in_level = False
        self.close(at, MISSING, MISSING_LINGER)
        self.missing_at = at

    def found(self, when: int) -> None:
        """It was not lost: sums are taken back. It was in no level from `missing_at` until now, so what was judged stays."""
        lost_at, self.missing_at = self.missing_at, None
        if lost_at is None:
            return
        waited = max(0, lost_at - self.offered_at)
        self.conclude(facts.LOST, when, waited, weight=-1)
        self.conclude(facts.WHEN_LEFT[facts.LOST], when, waited, lost_at, weight=-1)
        self.conclude(facts.CLOSED, when, weight=-1)
        self.state = WAITING
        self.forget_at = None

    def wait_again(self, when: int) -> None:
        """Who was found and goes on waiting is in the level again."""
        self.in_level = True
        self.entered_at = when
        self.conclude(facts.ENTERED, when, when, None, ENTERING)
        first_talk.keep(self, when)

    # -- talk ---------------------------------------------------------------------------------------------------------

    def connect(self, when: int, data: dict[str, Any]) -> None:
        """A person talks from now on."""
        self.talk_since = when
        if facts.TALK_BEGAN in self.wanted:
            self.conclude(facts.TALK_BEGAN, when, when, when, ENTERING)
        first_talk.talk(self, when)
        if "agent_id" in data:
            self.take_in_hand(when, data)

    def handled_by(self, data: dict[str, Any]) -> None:
        """What is concluded of the segment from now on is the agent's, too, where agents have figures of their own."""
        if data.get("own") == NAMED and "agent_id" in data:
            self.by = self._with(HANDLER, data["agent_id"])

    def take_in_hand(self, when: int, data: dict[str, Any]) -> None:
        """An agent has the contact in hand until the talk is over."""
        agent = data.get("agent_id")
        if agent is None or (self.hands is not None and agent in self.hands):
            return
        place = self._with(PERSON, agent) if data.get("own") else self.place
        if self.hands is None:
            self.hands = {}
        self.hands[agent] = when, place
        self._hand(facts.HAND_TAKEN, agent, when, when, place, ENTERING, 1)

    def let_go(self, when: int) -> None:
        """Nobody talks any more. Who talked for 0 ms has not talked at all."""
        since, self.talk_since = self.talk_since, None
        if since is not None and facts.TALK_BEGAN in self.wanted:
            if when <= since:
                self.conclude(facts.TALK_BEGAN, since, since, since, ENTERING, -1)
            else:
                self.conclude(facts.TALK_ENDED, when, since, since)
        if self.hands is None:
            return
        for agent, (taken, place) in self.hands.items():
            if when <= taken:
                self._hand(facts.HAND_TAKEN, agent, taken, taken, place, ENTERING, -1)
            else:
                self._hand(facts.HAND_LEFT, agent, when, taken, place, LEAVING, 1)
        self.hands = None

    def _hand(self, kind: str, agent: str, when: int, since: int, place: tuple[Any, ...], rank: int, weight: int) -> None:
        if kind in self.wanted:
            subject = f"{agent}{facts.WITHIN}{self.contact}"
            self.book.setdefault(place, []).append((kind, when, since, rank, subject, since, weight, int(weight > 0)))

    def _with(self, dimension: str, agent: str) -> tuple[Any, ...]:
        """The place, and whose it is."""
        return with_extras(self.place, ((dimension, agent),))

    def ring(self, when: int) -> None:
        """It rings somewhere; where it rings in several places at once, the time counts once."""
        self.attempts += 1
        if self.ringing_since is None:
            self.ringing_since = when

    def stop_ringing(self, when: int, told: int | None, *, everywhere: bool = True) -> None:
        """Add a ringing that is over; `told`: how long it was (ms), where nobody said when it began."""
        self.attempts = 0 if everywhere else max(0, self.attempts - 1)
        if self.ringing_since is not None:
            if not self.attempts:
                self.ringing += when - self.ringing_since
                self.ringing_since = None
            self.rang = True
        elif told is not None:
            self.ringing += told
            self.rang = True

    def conclude_ringing(self, when: int, waited: int) -> None:
        """All ringing until this answer, of however many attempts in however many queues; of a call without any, the wait."""
        if self.rang:
            self.conclude(facts.RANG, when, self.ringing)
            self.silence()
        elif self.channel == "call" and facts.WAITED_RINGS in self.wanted:
            self.conclude(facts.WAITED_RINGS, when, waited)

    def silence(self) -> None:
        """What rings from now on rings for another answer."""
        self.ringing, self.attempts, self.ringing_since, self.rang = 0, 0, None, False

    def hang_up(self, when: int, handled: int | None) -> None:
        """End the talk: conclude handle, talk and hold time."""
        self.let_go(when)
        self.end_answered(when)
        if self.state == ON_HOLD:
            self.hold += max(0, when - self.held_since)
        total = max(0, when - self.answered_at) if handled is None else max(0, handled)
        self.conclude(facts.HANDLED, when, total)
        self.conclude(facts.TALKED, when, max(0, total - self.hold))
        if self.hold:
            self.conclude(facts.HELD, when, self.hold)
        self.hold = 0

    def close(self, when: int, state: str, linger: int = 0) -> None:
        """The contact is over; `linger` ms more than the usual it may still hear of itself."""
        self.end_answered(when)
        first_talk.over(self, when, for_sure=state != MISSING)
        self.waive(when)
        if self.replies >= 0:
            self.conclude(facts.REPLIES, when, self.replies)
            self.replies = -1
        if self.rang or self.attempts:
            if state != MISSING and facts.RANG_OUT in self.wanted:
                self.conclude(facts.RANG_OUT, when, self.ringing + (0 if self.ringing_since is None else when - self.ringing_since))
            self.silence()
        self.conclude(facts.CLOSED, when)
        self.state = state
        self.forget_at = when + self.linger + linger

    # -- turns of a conversation --------------------------------------------------------------------------------------

    def ask(self, when: int) -> None:
        """A public message of the customer: the first unanswered one starts a clock."""
        self.replies = max(0, self.replies)
        if self.turn_since is None:
            self.acknowledged = 0
            self.turn_since = when
            self.turn_first = not self.human
            start(self, facts.ASKED_FIRST if self.turn_first else facts.ASKED, when, when)
            if self.turn_first:
                start(self, facts.UNSEEN, when, when)

    def reply(self, when: int, data: dict[str, Any]) -> None:
        """A public message of a person: it stops the clock that runs. The response is of whoever wrote it, where that is known."""
        self.human = True
        self.replies = max(0, self.replies) + 1
        self.acknowledge(when, facts.ACKNOWLEDGED)
        since = self.stop_asking(when)
        if since is None:
            return
        by = self.by
        self.handled_by(data)
        if self.turn_first:
            self.conclude(facts.FIRST_RESPONSE, when, when - since, at=since)
            self.conclude(facts.FIRST_RESPONSE_SINCE_HANDOFF, when, when - max(since, self.handed_at or since), at=since)
        else:
            self.conclude(facts.RESPONSE, when, when - since, at=since)
        self.by = by

    def acknowledge(self, when: int, kind: str) -> None:
        """The first sign of receipt of the first message, once by a person and once by a machine; no clock stops for it."""
        bit = ACKNOWLEDGEMENTS[kind]
        if self.turn_since is not None and self.turn_first and not self.acknowledged & bit:
            self.acknowledged |= bit
            self.conclude(kind, when, when - self.turn_since, at=self.turn_since)
            if kind == facts.ACKNOWLEDGED:
                stop(self, facts.UNSEEN, when)

    def waive(self, when: int) -> None:
        """Stop a running response clock without an answer: counted apart, never as met."""
        since = self.stop_asking(when)
        if since is not None:
            self.conclude(facts.FIRST_RESPONSE_WAIVED if self.turn_first else facts.RESPONSE_WAIVED, when, when - since, at=since)

    def stop_asking(self, when: int) -> int | None:
        """Stop the clock of a turn; give when it began."""
        since, self.turn_since = self.turn_since, None
        if since is not None:
            stop(self, facts.UNSEEN, when)
            stop(self, facts.ASKED_FIRST if self.turn_first else facts.ASKED, when)
        return since
