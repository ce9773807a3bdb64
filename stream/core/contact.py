"""The life of one contact: the TRANSITIONS between its states as data.

A life is a function of the *set* of its events: they are kept sorted, an event that comes in order takes one step, and
one that comes out of order folds the history again (see `stream.core.contacts`). So nothing here may depend on arrival.
Within a millisecond a contact's events are in the order of life (LIFE_RANK), not of levels.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Final

from stream.core import facts, first_talk
from stream.core.asking import asked, asked_in_vain, ends_a_question, of_another, passes_a_question_on, question_answered
from stream.core.carrying import carry, stop
from stream.core.excluding import exclude
from stream.core.facts import EVERYTHING
from stream.core.joining import join, looking_back
from stream.core.life import (
    CODES,
    CONNECTED,
    ENDED,
    FIRST_TIER,
    GONE,
    MENU,
    MISSING,
    NEW,
    ON_HOLD,
    WAITING,
    WRAP_UP_LINGER,
    Entry,
    Life,
)
from stream.core.patience import ENDLESS, Patience
from stream.core.watermark import NOTHING

UNPLACED: Final = frozenset({NEW, MENU})
OVER: Final = frozenset({ENDED, GONE})

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
    life.begun_at = time
    life.state = MENU
    life.forget_at = None
    _outbound(life, time, data)
    life.conclude(facts.BEGUN, time)
    first_talk.keep(life, time)
    if life.queue:
        life.record(time, life.at)


def _outbound(life: Life, time: int, data: dict[str, Any]) -> None:
    """A thread that the centre began has no first response, and whom it calls waits for nobody."""
    if data.get("direction") == "outbound":
        life.human = True
        first_talk.called(life, time)


def _offered(life: Life, time: int, data: dict[str, Any]) -> None:
    if "direction" in data:
        _outbound(life, time, data)
    life.offer(time, _attributed(time, data))


def _ringing(life: Life, time: int, data: dict[str, Any]) -> None:
    life.ring(time)


def _ring_missed(life: Life, time: int, data: dict[str, Any]) -> None:
    life.stop_ringing(time, data.get("ring_ms"), everywhere=False)
    life.conclude(facts.RING_MISSED, time)


def _answered(life: Life, time: int, data: dict[str, Any]) -> None:
    if "own" in data:
        life.handled_by(data)
    waited = life.leave(facts.ANSWERED, time, data.get("wait_ms"))
    life.connect(time, data)
    life.stop_ringing(time, data.get("ring_ms"))
    life.conclude_ringing(time, waited)
    life.answered_at = time
    life.consulted = life.passed_from = None
    life.state = CONNECTED


def _answered_at_once(life: Life, time: int, data: dict[str, Any]) -> None:
    _implied_offer(life, time, data)
    _answered(life, time, data)


def _answered_when_gone(life: Life, time: int, data: dict[str, Any]) -> None:
    """It came back to a queue without an offer; unless somebody was asked whom the customer did not wait for."""
    if of_another(life, data):
        if life.consulted is not None:
            return
        life.move(data.get("queue") or life.queue)
    _answered_at_once(life, time, data)


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


def _over_in_menu(life: Life, time: int, data: dict[str, Any]) -> None:
    """The end outside any queue: of who was never answered and leaves by themselves, an early abandon; else nothing more."""
    served = data.get("success", False) and not life.answered_at
    if served:
        life.conclude(facts.SELF_SERVED, time)
    if served or life.answered_at or data.get("by", "customer") != "customer":
        life.record(time, life.at or _attributed(time, data))
        life.close(time, GONE, WRAP_UP_LINGER if life.passed_on else 0)
    else:
        _abandoned_early(life, time, {**data, "stage": "menu"})


def _gone_from_menu(life: Life, time: int, data: dict[str, Any]) -> None:
    """It went elsewhere before any queue: no figure of a queue knows it."""
    _over_in_menu(life, time, {**data, "by": "system"})


def _left(kind: str) -> Action:
    def leave(life: Life, time: int, data: dict[str, Any]) -> None:
        if not of_another(life, data):
            life.leave(kind, time, data.get("wait_ms"))
            life.close(time, GONE)

    return leave


def _requeued(life: Life, time: int, data: dict[str, Any]) -> None:
    """The contact flows out of one queue and is offered to the next."""
    target = data.get("queue") or data.get("to_queue") or life.queue
    life.stop_ringing(time, None)
    life.leave(facts.FLOWED_OUT, time)
    life.conclude(facts.REQUEUED, time)
    life.move(target)
    life.offer(time, time)


def _offered_again(life: Life, time: int, data: dict[str, Any]) -> None:
    """Another offer while it waits: the same queue says nothing new, another queue is a requeue."""
    if data.get("queue") and data["queue"] != life.queue:
        _requeued(life, time, data)


def _told_hold(life: Life, data: dict[str, Any]) -> None:
    """All hold of the talk as the source measured it: what goes on is in it already."""
    if data.get("hold_ms"):
        life.hold = data["hold_ms"]
        life.state = CONNECTED


def _transferred(life: Life, time: int, data: dict[str, Any]) -> None:
    if passes_a_question_on(life, data):
        return
    handled = data.get("handle_ms")
    _told_hold(life, data)
    life.hang_up(time, handled)
    life.passed_on, life.passed_from = handled is None, life.queue
    life.conclude(facts.TRANSFERRED, time)
    if data.get("to_tier", "") > (life.tier or FIRST_TIER):
        life.conclude(facts.ESCALATED, time)
    life.tier = data.get("to_tier") or life.tier
    life.state = MENU
    question, life.consulted = life.consulted, None
    if data.get("to_queue"):
        life.move(data["to_queue"])
        life.offer(time, time)
    elif question is not None:
        _passed_to_consulted(life, time, *question)


def _taken_back(life: Life, time: int, data: dict[str, Any]) -> None:
    """A transfer has failed: whoever passed the customer on goes on with them, in the queue of before."""
    if life.passed_from is not None:
        if life.state is WAITING:
            life.stop_ringing(time, None)
            life.leave(facts.FLOWED_OUT, time)
        life.move(life.passed_from)
        life.offer(time, time)
        _answered(life, time, {**data, "wait_ms": 0})


def _passed_to_consulted(life: Life, time: int, queue: str, answer: dict[str, Any] | None) -> None:
    """Whoever was asked while the customer was talked to has the customer now; where nobody had answered yet, the customer waits."""
    life.move(queue or life.queue)
    life.offer(time, time)
    if answer is not None:
        _answered(life, time, {**answer, "wait_ms": 0})


def _offered_after_talk(life: Life, time: int, data: dict[str, Any]) -> None:
    """A talk that goes on in another queue without a word of the transfer; or, where it may be one, a question while it goes on."""
    if data.get("may_consult", False):
        asked(life, time, data)
        return
    life.hang_up(time, None)
    life.move(data.get("queue") or life.queue)
    life.offer(time, _attributed(time, data))


def _ended(life: Life, time: int, data: dict[str, Any]) -> None:
    if ends_a_question(life, data):
        return
    handled = data.get("handle_ms")
    _told_hold(life, data)
    life.hang_up(time, handled)
    life.ended_at = time
    # A handle time of the source's own holds the wrap-up already, so none is waited for.
    life.close(time, *((GONE, 0) if handled is not None else (ENDED, WRAP_UP_LINGER)))


def _ended_waiting(life: Life, time: int, data: dict[str, Any]) -> None:
    """It ended while it waited: the customer gave up, or somebody ended it for them."""
    if of_another(life, data):
        return
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
    if life.state == MENU and data.get("success", False) and not life.answered_at:
        life.conclude(facts.SELF_SERVED, time)
    if data.get("handle_ms"):
        life.conclude(facts.HANDLED, time, data["handle_ms"])
    life.close(time, ENDED)


def _wrapped_up(life: Life, time: int, data: dict[str, Any]) -> None:
    spent = data.get("acw_ms")
    life.conclude(facts.WRAPPED_UP, time, max(0, time - life.ended_at) if spent is None else max(0, spent))
    life.state = GONE
    life.forget_at = time + life.linger


def _wrapped_up_passed_on(life: Life, time: int, data: dict[str, Any]) -> None:
    """The wrap-up of who passed the contact on, before it is offered to another queue. Without a length it is not known when it began."""
    if life.passed_on and "acw_ms" in data:
        life.passed_on = False
        life.conclude(facts.WRAPPED_UP, time, max(0, data["acw_ms"]))


def _message(life: Life, time: int, data: dict[str, Any]) -> None:
    if not data.get("public", True):
        return
    author, automatic = data["author"], data.get("automatic", False)
    if author == "customer":
        if life.waits_for_reply and life.state != WAITING:
            if life.state in (ENDED, GONE):
                life.conclude(facts.REOPENED, time, at=time)
            life.offer(time, _attributed(time, data))
        life.ask(time)
    elif automatic or author != "agent":
        # A machine: its receipt is counted apart, and nothing that it says is a response.
        if data.get("acknowledgement", author == "agent"):
            life.acknowledge(time, facts.ACKNOWLEDGED_AUTOMATICALLY)
    elif data.get("acknowledgement", False):
        life.acknowledge(time, facts.ACKNOWLEDGED)
    else:
        if life.waits_for_reply and life.state == WAITING:
            life.handled_by(data)
            life.leave(facts.ANSWERED, time)
            life.answered_at = time
            life.state = CONNECTED
        life.reply(time, data)


def _no_reply_needed(life: Life, time: int, data: dict[str, Any]) -> None:
    if life.waits_for_reply and life.state == WAITING:
        life.leave(facts.FLOWED_OUT, time)
        life.state = CONNECTED
    life.waive(time)


def _excluded(life: Life, time: int, data: dict[str, Any]) -> None:
    """The source says that it is no real contact: that is looked back at (`REFOLDS`)."""
    life.record(time, life.at or _attributed(time, data))
    exclude(life, time)


def _joined(life: Life, time: int, data: dict[str, Any]) -> None:
    """Another agent comes into the conversation."""
    life.take_in_hand(time, data)


def _noted(life: Life, time: int, data: dict[str, Any]) -> None:
    """Nothing changes: that it is in the history is what counts, for who looks there."""


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
    (GONE, "contact.answered"): _answered_when_gone,
    (WAITING, "contact.answered"): _answered,
    (CONNECTED, "contact.held"): _held,
    (ON_HOLD, "contact.resumed"): _resumed,
    **{(state, "contact.resumed"): _taken_back for state in (MENU, WAITING)},
    (CONNECTED, "contact.transferred"): _transferred,
    (ON_HOLD, "contact.transferred"): _transferred,
    (WAITING, "contact.requeued"): _requeued,
    (NEW, "contact.requeued"): _offered,
    (MENU, "contact.requeued"): _offered,
    (NEW, "contact.abandoned"): _abandoned_early,
    (MENU, "contact.abandoned"): _abandoned_early,
    (MENU, "contact.ended"): _over_in_menu,
    **{(MENU, kind): _gone_from_menu for kind in ("contact.flowed_out", "contact.callback_requested", "contact.lost")},
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
    **{(state, "contact.wrapped_up"): _wrapped_up_passed_on for state in (MENU, GONE)},
    **{(state, "message.posted"): _message for state in (NEW, MENU, WAITING, CONNECTED, ON_HOLD)},
    **{(state, "contact.no_reply_needed"): _no_reply_needed for state in (NEW, MENU, WAITING, CONNECTED, ON_HOLD)},
    (WAITING, "contact.confirmed"): _noted,
    **{(state, "contact.answered"): question_answered for state in (CONNECTED, ON_HOLD)},
    **{(state, "contact.flowed_out"): asked_in_vain for state in (CONNECTED, ON_HOLD)},
    **{(state, "contact.joined"): _joined for state in (CONNECTED, ON_HOLD)},
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


REFOLDS: Final = frozenset({CODES["contact.excluded"]})
"""Events that look back at what the life has concluded: with them the history is folded again, into a book of its own."""


def _by_code(table: dict[tuple[str, str], Action]) -> list[dict[str, Action]]:
    """The table by the type's number, then by state: as `step` looks it up."""
    return [{state: action for (state, kind), action in table.items() if CODES[kind] == code} for code in range(len(CODES))]


_REAL_TIME: Final = _by_code(REAL_TIME_TRANSITIONS)
_ASYNCHRONOUS: Final = _by_code(ASYNCHRONOUS_TRANSITIONS)
_OFFERED: Final = CODES["contact.offered"]


def step(life: Life, time: int, code: int, data: dict[str, Any]) -> None:  # noqa: C901, PLR0912 - a call more per event would cost more
    """Take one event, in the order of the history; `code` is the type's number."""
    if life.expires_at is not None and time > life.expires_at:
        life.expire()
    if life.forget_at is not None and time > life.forget_at:
        life.began = {place: len(rows) for place, rows in life.book.items()} if life.owns_book else {}
        life.cuts = (*life.cuts, time)
        life.reset()
    if not life.channel and "channel" in data:
        life.come_by(data["channel"])
        if life.waits_for_reply:
            stop(life, facts.KEEPING, time)
    if "tier" in data:
        life.tier = data["tier"]
    if "root_contact_id" in data:
        life.leg = data["root_contact_id"] != life.contact and data.get("direction") != "outbound"
    state = life.state
    joins = looking_back(life, data["groups"]) if "groups" in data else ()
    if "queue" in data and (state in UNPLACED or not life.queue or (code == _OFFERED and state in OVER)) and data["queue"]:
        life.move(data["queue"])
    action = (_ASYNCHRONOUS if life.waits_for_reply else _REAL_TIME)[code].get(WAITING if state is MISSING else state)
    if action is not None:
        if state is MISSING:
            life.found(time)
        action(life, time, data)
        if life.state is WAITING:
            if state is MISSING and not life.in_level:
                life.wait_again(time)
            life.seen(time)
        else:
            life.expires_at = first_talk.believed_until(life) if life.running and life.state is MENU else None
    if life.running:
        carry(life, time)
    if joins:
        join(life, joins, time)
    if life.state == NEW:
        # Nothing is known but, perhaps, that the centre or the customer wrote first: a stray event is not kept for ever.
        life.forget_at = None if life.human or life.turn_since is not None else time + life.linger


def fold(
    contact: str,
    history: list[Entry],
    short: int,
    linger: int,
    wanted: Container[str] = EVERYTHING,
    patience: Patience = ENDLESS,
    until: int = NOTHING,
) -> Life:
    """The life that a whole sorted history makes, with a book of its own, and what time alone has decided up to `until` (ms)."""
    life = Life(contact, short, linger, {}, wanted, patience)
    life.owns_book = True
    life.history = history
    for time, _, _, code, data in history:
        step(life, time, code, data)
    if life.expires_at is not None and life.expires_at <= until:
        life.expire()
    return life
