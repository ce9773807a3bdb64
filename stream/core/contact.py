"""The life of one contact: its states, and the TRANSITIONS between them as data.

A life is a function of the *set* of its events: they are kept sorted, an event that comes in order takes one step, and
one that comes out of order folds the history again (see `stream.core.contacts`). So nothing here may depend on arrival.
Within a millisecond a contact's events are in the order of life (LIFE_RANK), not of levels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stream.core import facts
from stream.core.centre import REAL_TIME
from stream.core.events import ENTERING, LEAVING
from stream.core.facts import Conclusion

NEW: Final = "new"
MENU: Final = "menu"  # begun, in a menu or with a bot
WAITING: Final = "waiting"
CONNECTED: Final = "connected"
ON_HOLD: Final = "on_hold"
ENDED: Final = "ended"  # talked; the wrap-up may follow
GONE: Final = "gone"  # left without an answer
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


Entry = tuple[int, int, str, str, dict[str, Any]]
"""One event of a history: (time, life rank, id, type, fields). Sorted by the first three."""


class Life:
    """Where a contact stands after some of its events. `step` moves it on; `out` takes (conclusion, weight)."""

    __slots__ = (
        "answered_at",
        "answers",
        "at",
        "began",
        "channel",
        "contact",
        "forget_at",
        "held_since",
        "hold",
        "human",
        "in_level",
        "linger",
        "offered_at",
        "out",
        "queue",
        "recorded",
        "ringing",
        "ringing_since",
        "short",
        "state",
        "turn_first",
        "turn_since",
    )

    def __init__(self, contact: str, short: int, linger: int) -> None:
        """Begin a life. `short`: abandons up to this wait (ms) are short. `linger`: ms that a closed contact is kept for duplicates."""
        self.contact = contact
        self.short = short
        self.linger = linger
        self.out: list[tuple[Conclusion, int]] = []
        self.reset()

    def reset(self) -> None:
        """Become a contact of which nothing is known; `out` stays."""
        self.state = NEW
        self.began = len(self.out)
        self.queue = ""
        self.channel = ""
        self.recorded = False
        self.in_level = False
        self.at = self.offered_at = self.answered_at = self.held_since = 0
        self.hold = self.ringing = 0
        self.ringing_since: int | None = None
        self.turn_since: int | None = None
        self.turn_first = False
        self.human = False
        self.answers = 0
        self.forget_at: int | None = None

    # -- conclusions --------------------------------------------------------------------------------------------------

    def conclude(self, kind: str, when: int, value: int = 0, *, at: int | None = None, rank: int = LEAVING, weight: int = 1) -> None:
        """Conclude a fact about the segment; `at` defaults to when the segment was offered, or began."""
        self.out.append(
            ((self.queue, self.channel, kind, when, (self.at or when) if at is None else at, rank, self.contact, value), weight)
        )

    def record(self, when: int, at: int) -> None:
        """Count the contact once, in the first queue that is known of it."""
        if not self.recorded:
            self.recorded = True
            self.conclude(facts.RECORDED, when, at=at)

    def offer(self, when: int, at: int, since: int | None = None) -> None:
        """Open a segment: the contact is offered to its queue and waits.

        `since`: the wait began then, but nobody said so until `when`: such a wait was in no level.
        """
        self.record(when, at)
        self.at = at
        self.offered_at = when if since is None else since
        self.ringing = 0
        self.ringing_since = None
        self.forget_at = None
        self.state = WAITING
        self.in_level = since is None
        self.conclude(facts.OFFERED, when)
        if self.in_level:
            self.conclude(facts.ENTERED, when, when, rank=ENTERING)

    def leave(self, kind: str, when: int, wait: int | None = None) -> int:
        """End the wait with an outcome; give the wait in ms. A wait of 0 ms never enters the level."""
        waited = max(0, when - self.offered_at) if wait is None else max(0, wait)
        self.stop_waiting(when)
        self.conclude(kind, when, waited)
        return waited

    def stop_waiting(self, when: int) -> None:
        """Leave the waiting level."""
        if self.in_level:
            if when <= self.offered_at:
                self.conclude(facts.ENTERED, self.offered_at, self.offered_at, rank=ENTERING, weight=-1)
            else:
                self.conclude(facts.LEFT, when, self.offered_at)

    def hang_up(self, when: int, handled: int | None) -> None:
        """End the talk: conclude handle, talk and hold time."""
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
        self.waive(when)
        self.conclude(facts.CLOSED, when)
        self.state = state
        self.forget_at = when + self.linger + linger

    # -- turns of a conversation --------------------------------------------------------------------------------------

    def ask(self, when: int, at: int) -> None:
        """A public message of the customer: the first unanswered one starts a clock."""
        if self.turn_since is None:
            self.turn_since = when
            self.turn_first = not self.human
            self.conclude(facts.ASKED_FIRST if self.turn_first else facts.ASKED, when, when, at=at, rank=ENTERING)

    def reply(self, when: int) -> None:
        """A public message of a person: it stops the clock that runs."""
        self.human = True
        since = self.stop_asking(when)
        if since is None:
            return
        if self.turn_first:
            self.conclude(facts.FIRST_RESPONSE, when, when - since, at=since)
            self.conclude(facts.FIRST_RESPONSE_SINCE_HANDOFF, when, when - max(since, self.offered_at), at=since)
        else:
            self.conclude(facts.RESPONSE, when, when - since, at=since)

    def waive(self, when: int) -> None:
        """Stop a running response clock without an answer: counted apart, never as met."""
        since = self.stop_asking(when)
        if since is not None:
            self.conclude(facts.FIRST_RESPONSE_WAIVED if self.turn_first else facts.RESPONSE_WAIVED, when, when - since, at=since)

    def stop_asking(self, when: int) -> int | None:
        """Stop the clock of a turn; give when it began. One that ran for 0 ms has not run at all."""
        since, self.turn_since = self.turn_since, None
        if since is None:
            return None
        if when <= since:
            self.conclude(facts.ASKED_FIRST if self.turn_first else facts.ASKED, since, since, at=since, rank=ENTERING, weight=-1)
        else:
            self.conclude(facts.HEARD_FIRST if self.turn_first else facts.HEARD, when, since, at=since)
        return since

    @property
    def waits_for_reply(self) -> bool:
        """Whether the channel is asynchronous: the wait is for a reply, not for a connection."""
        return bool(self.channel) and self.channel not in REAL_TIME


Action = Callable[[Life, int, dict[str, Any]], None]


def _attributed(time: int, data: dict[str, Any]) -> int:
    """The time whose window the contact counts in: the source's own date where it names one, else the event's."""
    own = data.get("attributed_at")
    return own if isinstance(own, int) else time


def _implied_offer(life: Life, time: int, data: dict[str, Any]) -> None:
    """An outcome without an offer: the contact was offered `wait_ms` before it, or at once."""
    since = time - max(0, data.get("wait_ms") or 0)
    life.offer(time, _attributed(since, data), since)


def _begun(life: Life, time: int, data: dict[str, Any]) -> None:
    life.at = _attributed(time, data)
    life.state = MENU
    life.forget_at = None
    if life.queue:
        life.record(time, life.at)


def _offered(life: Life, time: int, data: dict[str, Any]) -> None:
    life.offer(time, _attributed(time, data))


def _ringing(life: Life, time: int, data: dict[str, Any]) -> None:
    life.ringing_since = time


def _ring_missed(life: Life, time: int, data: dict[str, Any]) -> None:
    if life.ringing_since is not None:
        life.ringing += time - life.ringing_since
        life.ringing_since = None
    elif data.get("ring_ms"):
        life.ringing += data["ring_ms"]
    life.conclude(facts.RING_MISSED, time)


def _answered(life: Life, time: int, data: dict[str, Any]) -> None:
    life.leave(facts.ANSWERED, time, data.get("wait_ms"))
    if life.ringing_since is not None:
        life.ringing += time - life.ringing_since
        life.ringing_since = None
    elif data.get("ring_ms"):
        life.ringing += data["ring_ms"]
    if life.ringing:
        life.conclude(facts.RANG, time, life.ringing)
    life.answered_at = time
    life.state = CONNECTED


def _answered_at_once(life: Life, time: int, data: dict[str, Any]) -> None:
    _implied_offer(life, time, data)
    _answered(life, time, data)


def _held(life: Life, time: int, data: dict[str, Any]) -> None:
    life.held_since = time
    life.state = ON_HOLD


def _resumed(life: Life, time: int, data: dict[str, Any]) -> None:
    life.hold += time - life.held_since
    life.state = CONNECTED


def _abandoned(life: Life, time: int, data: dict[str, Any]) -> None:
    if life.leave(facts.ABANDONED, time, data.get("wait_ms")) <= life.short:
        life.conclude(facts.SHORT_ABANDONED, time)
    life.close(time, GONE)


def _abandoned_early(life: Life, time: int, data: dict[str, Any]) -> None:
    if data.get("stage", "menu") in ("queue", "ringing"):
        _implied_offer(life, time, data)
        _abandoned(life, time, data)
        return
    at = life.at or _attributed(time, data)
    life.record(time, at)
    life.conclude(facts.ABANDONED_BEFORE_QUEUE, time, at=at)
    life.close(time, GONE)


def _left(kind: str) -> Action:
    def leave(life: Life, time: int, data: dict[str, Any]) -> None:
        life.leave(kind, time, data.get("wait_ms"))
        life.close(time, GONE)

    return leave


def _requeued(life: Life, time: int, data: dict[str, Any]) -> None:
    """The contact flows out of one queue and is offered to the next."""
    target = data.get("queue") or data.get("to_queue") or life.queue
    life.leave(facts.FLOWED_OUT, time)
    life.conclude(facts.REQUEUED, time)
    life.queue = target
    life.offer(time, time)


def _offered_again(life: Life, time: int, data: dict[str, Any]) -> None:
    """Another offer while it waits: the same queue says nothing new, another queue is a requeue."""
    if data.get("queue") and data["queue"] != life.queue:
        _requeued(life, time, data)


def _transferred(life: Life, time: int, data: dict[str, Any]) -> None:
    life.hang_up(time, data.get("handle_ms"))
    life.conclude(facts.TRANSFERRED, time)
    life.state = MENU
    if data.get("to_queue"):
        life.queue = data["to_queue"]
        life.offer(time, time)


def _offered_after_talk(life: Life, time: int, data: dict[str, Any]) -> None:
    """A talk that goes on in another queue without a word of the transfer."""
    life.hang_up(time, None)
    life.queue = data.get("queue") or life.queue
    life.offer(time, _attributed(time, data))


def _ended(life: Life, time: int, data: dict[str, Any]) -> None:
    handled = data.get("handle_ms")
    if data.get("hold_ms"):
        life.hold = data["hold_ms"]
    life.hang_up(time, handled)
    life.close(time, ENDED, 0 if handled is not None else WRAP_UP_LINGER)


def _ended_waiting(life: Life, time: int, data: dict[str, Any]) -> None:
    """It ended while it waited: the customer gave up, or somebody ended it for them."""
    if life.waits_for_reply:
        life.leave(facts.FLOWED_OUT, time)
    elif data.get("by", "customer") == "customer":
        _abandoned(life, time, data)
        return
    else:
        life.leave(facts.LOST, time)
    life.close(time, GONE)


def _ended_quietly(life: Life, time: int, data: dict[str, Any]) -> None:
    """The end of a conversation that waits for nothing."""
    if data.get("handle_ms"):
        life.conclude(facts.HANDLED, time, data["handle_ms"])
    life.close(time, ENDED)


def _wrapped_up(life: Life, time: int, data: dict[str, Any]) -> None:
    spent = data.get("acw_ms")
    ended = (life.forget_at or time) - life.linger - WRAP_UP_LINGER
    life.conclude(facts.WRAPPED_UP, time, max(0, time - ended) if spent is None else max(0, spent))
    life.state = GONE
    life.forget_at = time + life.linger


def _message(life: Life, time: int, data: dict[str, Any]) -> None:
    if not data.get("public", True):
        return
    author = data["author"]
    if author == "customer":
        if life.waits_for_reply and life.state != WAITING:
            if life.state in (ENDED, GONE):
                life.conclude(facts.REOPENED, time, at=time)
            life.offer(time, _attributed(time, data))
        life.ask(time, time)
    elif author == "agent" and not data.get("automatic", False):
        if life.waits_for_reply and life.state == WAITING:
            life.leave(facts.ANSWERED, time)
            life.answered_at = time
            life.state = CONNECTED
        life.reply(time)


def _no_reply_needed(life: Life, time: int, data: dict[str, Any]) -> None:
    if life.waits_for_reply and life.state == WAITING:
        life.leave(facts.FLOWED_OUT, time)
        life.state = CONNECTED
    life.waive(time)


def _excluded(life: Life, time: int, data: dict[str, Any]) -> None:
    """The source says that it is no real contact: from now on it counts as a record and as excluded, and nowhere else.

    Sums are taken back; what was judged or was a maximum before was so, or figures would depend on batches.
    """
    life.record(time, life.at or _attributed(time, data))
    if life.state == WAITING:
        life.stop_waiting(time)
    life.stop_asking(time)
    for conclusion, weight in life.out[life.began :]:
        queue, channel, kind, _, at, rank, contact, value = conclusion
        if kind == facts.RECORDED:
            life.out.append(((queue, channel, facts.EXCLUDED, time, at, rank, contact, value), weight))
        elif kind not in facts.CLOCK_KINDS:
            life.out.append(((queue, channel, kind, time, at, rank, contact, value), -weight))
    life.state = EXCLUDED
    life.forget_at = time + life.linger + WRAP_UP_LINGER


REAL_TIME_TRANSITIONS: Final[dict[tuple[str, str], Action]] = {
    (NEW, "contact.begun"): _begun,
    (NEW, "contact.offered"): _offered,
    (MENU, "contact.offered"): _offered,
    (ENDED, "contact.offered"): _offered,
    (GONE, "contact.offered"): _offered,
    (WAITING, "contact.offered"): _offered_again,
    (CONNECTED, "contact.offered"): _offered_after_talk,
    (ON_HOLD, "contact.offered"): _offered_after_talk,
    (WAITING, "contact.ringing"): _ringing,
    (WAITING, "contact.ring_missed"): _ring_missed,
    (NEW, "contact.answered"): _answered_at_once,
    (MENU, "contact.answered"): _answered_at_once,
    (GONE, "contact.answered"): _answered_at_once,
    (WAITING, "contact.answered"): _answered,
    (CONNECTED, "contact.held"): _held,
    (ON_HOLD, "contact.resumed"): _resumed,
    (CONNECTED, "contact.transferred"): _transferred,
    (ON_HOLD, "contact.transferred"): _transferred,
    (WAITING, "contact.requeued"): _requeued,
    (NEW, "contact.requeued"): _offered,
    (MENU, "contact.requeued"): _offered,
    (NEW, "contact.abandoned"): _abandoned_early,
    (MENU, "contact.abandoned"): _abandoned_early,
    (WAITING, "contact.abandoned"): _abandoned,
    (WAITING, "contact.flowed_out"): _left(facts.FLOWED_OUT),
    (WAITING, "contact.callback_requested"): _left(facts.CALLBACK),
    (WAITING, "contact.lost"): _left(facts.LOST),
    (WAITING, "contact.ended"): _ended_waiting,
    (CONNECTED, "contact.ended"): _ended,
    (CONNECTED, "contact.abandoned"): _ended,
    (ON_HOLD, "contact.ended"): _ended,
    (ON_HOLD, "contact.abandoned"): _ended,
    (ENDED, "contact.wrapped_up"): _wrapped_up,
    **{(state, "message.posted"): _message for state in (NEW, MENU, WAITING, CONNECTED, ON_HOLD)},
    **{(state, "contact.no_reply_needed"): _no_reply_needed for state in (WAITING, CONNECTED, ON_HOLD)},
    **{(state, "contact.excluded"): _excluded for state in (NEW, MENU, WAITING, CONNECTED, ON_HOLD, ENDED, GONE)},
}
"""(state, event type) -> what it does. What is not listed changes nothing: it says nothing new in that state."""

ASYNCHRONOUS_TRANSITIONS: Final[dict[tuple[str, str], Action]] = {
    **{
        pair: action
        for pair, action in REAL_TIME_TRANSITIONS.items()
        if pair[1]
        in (
            "contact.begun",
            "message.posted",
            "contact.no_reply_needed",
            "contact.requeued",
            "contact.lost",
            "contact.flowed_out",
            "contact.excluded",
        )
    },
    (NEW, "contact.offered"): _offered,
    (MENU, "contact.offered"): _offered,
    (WAITING, "contact.offered"): _offered_again,
    (WAITING, "contact.ended"): _ended_waiting,
    (ENDED, "message.posted"): _message,
    (GONE, "message.posted"): _message,
    (CONNECTED, "contact.ended"): _ended_quietly,
    (MENU, "contact.ended"): _ended_quietly,
}
"""Email, social: the wait is for a public reply of a person, so an accepted contact still waits and nobody abandons."""


def step(life: Life, time: int, kind: str, data: dict[str, Any]) -> None:
    """Take one event, in the order of the history."""
    if life.forget_at is not None and time > life.forget_at:
        life.reset()
    if not life.channel:
        life.channel = data.get("channel") or ""
    if (life.state in (NEW, MENU) or not life.queue or (life.state in (ENDED, GONE) and kind == "contact.offered")) and data.get("queue"):
        life.queue = data["queue"]
    table = ASYNCHRONOUS_TRANSITIONS if life.waits_for_reply else REAL_TIME_TRANSITIONS
    action = table.get((life.state, kind))
    if action is not None:
        action(life, time, data)
    if life.state == NEW:
        # Nothing is known but, perhaps, that the centre or the customer wrote first: a stray event is not kept for ever.
        life.forget_at = None if life.human or life.turn_since is not None else time + life.linger


def fold(contact: str, history: list[Entry], short: int, linger: int) -> Life:
    """The life that a whole sorted history makes."""
    life = Life(contact, short, linger)
    for time, _, _, kind, data in history:
        step(life, time, kind, data)
    return life
