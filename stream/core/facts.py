"""Facts: what an event settled, on its way from a contact or an agent to the scopes that it belongs to.

A fact is a plain tuple, because several are made per event and they travel as JSON arrays:

    (kind, when, at, rank, subject, value, weight, first)

kind:    one of the names below.
when:    event time (ms) at which it became true; facts of a scope are ordered by (when, rank, subject, kind).
at:      event time (ms) of the window that it counts in: when the segment was offered, or the customer's message came.
rank:    order within a millisecond: agents 0, leaving 1, entering 2 (see `stream.core.events`).
subject: the contact's or the agent's id.
value:   milliseconds, or what the kind says.
weight:  1, or -1 where an earlier fact is withdrawn.
first:   1 when it is the first conclusion of its kind; Prometheus counters, which never go down, count only these.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import Any, Final

Fact = tuple[str, int, int, int, str, int, int, int]
Conclusion = tuple[tuple[Any, ...], str, int, int, int, str, int]
"""What a life concluded, before it is weighed: (place, kind, when, at, rank, subject, value)."""

Book = dict[tuple[Any, ...], list[Fact]]
"""Facts by the place that they are about: (queue, channel), or (queue, channel, extras); the queue may be "". See `Scoping`."""

RECORDED: Final = "recorded"
EXCLUDED: Final = "excluded"
OFFERED: Final = "offered"
OUT_OF_HOURS: Final = "out_of_hours"  # offered outside the opening hours of its queue
ANSWERED: Final = "answered"  # value: wait
ABANDONED: Final = "abandoned"  # value: wait
SHORT_ABANDONED: Final = "short_abandoned"
ABANDONED_BEFORE_QUEUE: Final = "abandoned_before_queue"
FLOWED_OUT: Final = "flowed_out"  # value: wait
CALLBACK: Final = "callback"  # value: wait
LOST: Final = "lost"  # value: wait
TRANSFERRED: Final = "transferred"
REQUEUED: Final = "requeued"
RING_MISSED: Final = "ring_missed"
RANG: Final = "rang"  # value: all ringing of the contact until the answer
WAITED_RINGS: Final = "waited_rings"  # of a call whose source says nothing of ringing; value: its wait
HANDLED: Final = "handled"  # value: talk and hold, or the source's own handle time
WRAPPED_UP: Final = "wrapped_up"  # value: wrap-up; added to the handle time
TALKED: Final = "talked"
HELD: Final = "held"
CONVERSATION_OVER: Final = "conversation_over"  # of an answered segment of an asynchronous channel: its conversation is
CLOSED: Final = "closed"
REOPENED: Final = "reopened"
FIRST_RESPONSE: Final = "first_response"  # value: from the first unanswered customer message
FIRST_RESPONSE_SINCE_HANDOFF: Final = "first_response_since_handoff"
FIRST_RESPONSE_WAIVED: Final = "first_response_waived"
RESPONSE: Final = "response"
RESPONSE_WAIVED: Final = "response_waived"
ACKNOWLEDGED: Final = "acknowledged"  # value: from the first unanswered customer message to a person's first sign of receipt
ACKNOWLEDGED_AUTOMATICALLY: Final = "acknowledged_automatically"  # the same, to a machine's
REPLIES: Final = "replies"  # of a contact with messages that is over; value: public replies of people
BEGUN: Final = "begun"  # in a menu or with a bot
SELF_SERVED: Final = "self_served"  # ended there with success
HANDED_OFF: Final = "handed_off"  # from there to a queue or a person
ESCALATED: Final = "escalated"  # handed on to a higher tier

WHEN_LEFT: Final = {one: f"{one}@left" for one in (ANSWERED, ABANDONED, SHORT_ABANDONED, FLOWED_OUT, CALLBACK, LOST)}
"""By outcome, the same fact in the window in which the wait ended, wherever the segment was offered."""
ANSWERED_WHEN_ENDED: Final = "answered@ended"  # value: wait; in the window in which the talk, or the conversation, ended
RANG_OUT: Final = "rang_out"  # of a contact that rang and is over without an answer since; value: all that ringing
UNSEEN: Final = "unseen"  # the first unanswered customer message has no person's sign of receipt; value: when it came
SEEN: Final = "seen"  # it has one, or needs none any more; value: when it had come

CSAT: Final = "csat"  # an answer; value: the grade
CSAT_GOOD: Final = "csat_good"  # one of the two best grades
NPS: Final = "nps"
NPS_PROMOTERS: Final = "nps_promoters"
NPS_DETRACTORS: Final = "nps_detractors"
CES: Final = "ces"  # value: the grade
CES_SCALE: Final = "ces/"  # the same, with the best grade of its scale behind it, where that was said
THINGS_GONE_WRONG: Final = "things_gone_wrong"  # an answer; value: how many things
AWARENESS: Final = "awareness"  # an answer
AWARE: Final = "aware"  # that was yes
SUCCESS: Final = "success"
SUCCEEDED: Final = "succeeded"
SURVEYS_SENT: Final = {one: f"{one}_sent" for one in (CSAT, NPS, CES, THINGS_GONE_WRONG, AWARENESS, SUCCESS)}
"""By what was asked, the kind of fact that it was."""
SURVEYS_REPLIED: Final = {one: f"{one}_replied" for one in SURVEYS_SENT}
"""By what was asked, that it got an answer; it counts when it was asked."""
EVALUATED: Final = "evaluated"
EVALUATED_ITEM: Final = "evaluated/"  # with the item of the checklist behind it
MET_ITEM: Final = "met/"

ISSUE_OPENED: Final = "issue_opened"  # all facts of an issue count when it was opened
ISSUE_RESOLVED: Final = "issue_resolved"
ISSUE_REOPENED: Final = "issue_reopened"
ISSUE_MERGED: Final = "issue_merged"
RESOLUTION_FIRST: Final = "resolution_first"  # value: open time from opening to the first resolution, without what was pending
RESOLUTION_TOTAL: Final = "resolution_total"  # the same to the last one
ISSUE_RESPONSES: Final = "issue_responses"  # of a resolved issue; value: public replies of people
ISSUE_HANDLED: Final = "issue_handled"  # value: handle time of all its contacts
ISSUE_PEOPLE: Final = "issue_people"  # value: distinct people who touched it
ISSUE_OWNER_CHANGES: Final = "issue_owner_changes"  # value: how often the owner changed
ISSUE_ESCALATIONS: Final = "issue_escalations"  # value: how often it went to a higher tier
ISSUE_PASSED: Final = "issue_passed"  # resolved, with a handover
ISSUE_WRITTEN: Final = "issue_written"  # a resolved issue with a customer message
ISSUE_ONE_REPLY: Final = "issue_one_reply"  # with one message and one reply
ISSUE_ANONYMOUS: Final = "issue_anonymous"  # resolved, and of nobody knows whom
TAGGED: Final = "tagged/"  # with the topic behind it
ASKED_QUESTION: Final = "asked/"  # with the question behind it
OTHER_TOPIC: Final = "other"
LONGEST_TOPIC: Final = 80

FCR_CASE: Final = "fcr_case"  # a resolved issue of a known customer whose time for further contacts is over
FCR_MET: Final = "fcr_met"
FCR_HOPELESS: Final = "fcr_hopeless"  # a case that could not be resolved in the first contact at all
FCR_HOPELESS_MET: Final = "fcr_hopeless_met"  # which was all the same
FCR_PROVISIONAL: Final = "fcr_provisional"  # whose time is not over
CUSTOMER_AT_START: Final = "customer_at_start"  # active at the start of the month
CUSTOMER_KEPT: Final = "customer_kept"  # and still at its end

ISSUE_BEGUN: Final = "issue_begun"  # the level of open issues; value: when it was opened
ISSUE_OVER: Final = "issue_over"  # value: when it had been opened
SOLVING: Final = "solving"  # the clock of the resolution runs; value: since when, as if it had never been paused
RESTED: Final = "rested"  # it is resolved, or the customer is asked; value: as of its SOLVING
CLOCK_RUNS: Final = "clock_runs"  # a declared clock; subject: its name and the issue, see WITHIN; value: when it began
CLOCK_OVER: Final = "clock_over"  # value: when it had begun
CLOCK_BEGUN: Final = "clock_begun/"  # with the clock's name behind it
CLOCK_DONE: Final = "clock_done/"  # value: how long it ran, of its hours
CLOCK_KEPT: Final = "clock_kept/"
ENTERED: Final = "entered"  # the waiting level; value: when the wait began
LEFT: Final = "left"  # value: when the wait had begun
ASKED_FIRST: Final = "asked_first"  # a first-response clock starts; value: when it began
HEARD_FIRST: Final = "heard_first"  # ... and stops; value: when it had begun
ASKED: Final = "asked"
HEARD: Final = "heard"
KEEPING: Final = "keeping"  # a caller is kept waiting for a person; value: since when, menus included
KEPT: Final = "kept"  # ... and is not any more; value: since when they were
TALK_BEGAN: Final = "talk_began"  # a person talks; value: since when
TALK_ENDED: Final = "talk_ended"  # value: since when they had talked
HAND_TAKEN: Final = "hand_taken"  # an agent has a contact in hand; of agent and contact; value: since when
HAND_LEFT: Final = "hand_left"
KEPT_WAITING: Final = "kept_waiting"  # value: from the beginning to the first connection to a person
AGENT_STATE: Final = "agent_state"  # value: index into AGENT_STATES, -1 when the agent left the scope
AGENT_SLOTS: Final = "agent_slots"  # value: contacts that the agent may have at once; 1 where nothing is said
AGENT_REASON: Final = "agent_reason"  # value: why the agent pauses, index into the centre's pause_reasons, or beyond it
AGENT_QUEUES: Final = "agent_queues"  # value: how many queues the agent serves; 1 where nothing is said

FROM: Final[dict[str, str]] = {
    **dict.fromkeys((CSAT, CSAT_GOOD, NPS, NPS_PROMOTERS, NPS_DETRACTORS, CES, THINGS_GONE_WRONG, AWARENESS, AWARE), "surveys"),
    **dict.fromkeys((SUCCESS, SUCCEEDED, CES_SCALE, *SURVEYS_SENT.values(), *SURVEYS_REPLIED.values()), "surveys"),
    **dict.fromkeys((EVALUATED, EVALUATED_ITEM, MET_ITEM), "surveys"),
    **dict.fromkeys((ISSUE_OPENED, ISSUE_RESOLVED, ISSUE_REOPENED, ISSUE_MERGED, RESOLUTION_FIRST, RESOLUTION_TOTAL), "issues"),
    **dict.fromkeys((ISSUE_RESPONSES, ISSUE_HANDLED, ISSUE_PEOPLE, ISSUE_OWNER_CHANGES, ISSUE_ESCALATIONS, ISSUE_PASSED), "issues"),
    **dict.fromkeys((ISSUE_WRITTEN, ISSUE_ONE_REPLY, ISSUE_ANONYMOUS, TAGGED, ASKED_QUESTION, ISSUE_BEGUN, ISSUE_OVER), "issues"),
    **dict.fromkeys((SOLVING, RESTED, CLOCK_RUNS, CLOCK_OVER, CLOCK_BEGUN, CLOCK_DONE, CLOCK_KEPT), "issues"),
    **dict.fromkeys((FCR_CASE, FCR_MET, FCR_HOPELESS, FCR_HOPELESS_MET, FCR_PROVISIONAL), "customers"),
    **dict.fromkeys((CUSTOMER_AT_START, CUSTOMER_KEPT), "customers"),
}
"""By kind, the processor that concludes it, where it is neither [contacts] nor [agents]: who asks for the kind needs it."""

ENTER_KINDS: Final = {
    ENTERED: "waiting",
    ASKED_FIRST: "first_response",
    ASKED: "response",
    TALK_BEGAN: "talk",
    HAND_TAKEN: "hand",
    ISSUE_BEGUN: "resolution",
    SOLVING: "solving",
    CLOCK_RUNS: "clock",
    UNSEEN: "acknowledgement",
    KEEPING: "kept_waiting",
}
LEAVE_KINDS: Final = {
    LEFT: "waiting",
    HEARD_FIRST: "first_response",
    HEARD: "response",
    TALK_ENDED: "talk",
    HAND_LEFT: "hand",
    ISSUE_OVER: "resolution",
    RESTED: "solving",
    CLOCK_OVER: "clock",
    SEEN: "acknowledgement",
    KEPT: "kept_waiting",
}
"""Kinds that open and close a clock, and the name of the clock."""
CLOCK_KINDS: Final = frozenset({*ENTER_KINDS, *LEAVE_KINDS})

TURN_KINDS: Final = frozenset(
    {ASKED_FIRST, HEARD_FIRST, ASKED, HEARD, FIRST_RESPONSE, FIRST_RESPONSE_SINCE_HANDOFF, FIRST_RESPONSE_WAIVED, RESPONSE}
    | {RESPONSE_WAIVED, ACKNOWLEDGED, ACKNOWLEDGED_AUTOMATICALLY, UNSEEN, SEEN}
)
"""What is known of messages that ask for a reply."""

SAID_KINDS: Final = {AGENT_SLOTS: "slots", AGENT_REASON: "reasons", AGENT_QUEUES: "queues"}
"""Kinds that say a number of an agent beside the state, and where it is kept."""
AGENT_KINDS: Final = frozenset({AGENT_STATE, *SAID_KINDS})

WITHIN: Final = "\x1f"
"""Between a person and what is told of apart: the id in one of several systems, or the contact in hand."""


ASKED_FOR: Final = frozenset({*WHEN_LEFT.values(), ANSWERED_WHEN_ENDED, RANG_OUT, UNSEEN, SEEN, KEEPING, KEPT})
"""Kinds that are sent only where a measure or a standard asks for them by its name."""


class _Everything:
    """Holds whatever is asked for, but what is sent only where somebody names it, and nobody does."""

    __slots__ = ("_unasked",)

    def __init__(self, asked: Collection[str] = ()) -> None:
        self._unasked = ASKED_FOR.difference(asked)

    def __contains__(self, kind: object) -> bool:
        return kind not in self._unasked


EVERYTHING: Final[Container[str]] = _Everything()
"""All kinds of facts are wanted, less those of ASKED_FOR."""


def everything_and(asked: Collection[str]) -> Container[str]:
    """All kinds of facts, and of ASKED_FOR those that are `asked`."""
    return EVERYTHING if ASKED_FOR.isdisjoint(asked) else _Everything(asked)


def conclusions(book: Book) -> list[tuple[Conclusion, int]]:
    """What a book of one contact holds, as (conclusion, weight)."""
    return [((place, *fact[:6]), fact[6]) for place, rows in book.items() for fact in rows]


def net(before: list[tuple[Conclusion, int]], after: list[tuple[Conclusion, int]]) -> list[tuple[Conclusion, int, int]]:
    """The difference between two foldings of one history, as (conclusion, weight, first).

    What `before` concluded and `after` does not is withdrawn. An added conclusion that replaces a withdrawn one of the
    same kind, or that takes a withdrawal back, is no first conclusion.
    """
    weights: dict[Conclusion, int] = {}
    for conclusion, weight in after:
        weights[conclusion] = weights.get(conclusion, 0) + weight
    stands = {conclusion for conclusion, weight in weights.items() if weight > 0}
    for conclusion, weight in before:
        weights[conclusion] = weights.get(conclusion, 0) - weight
    withdrawn: dict[str, int] = {}
    out: list[tuple[Conclusion, int, int]] = []
    # Backwards, so that a level is left as it was entered: what ended a wait is taken back before what began it.
    for conclusion, _ in reversed(before):
        weight = weights[conclusion]
        if weight < 0:
            weights[conclusion] = 0
            withdrawn[conclusion[1]] = withdrawn.get(conclusion[1], 0) - weight
            out.extend([(conclusion, -1, 0)] * -weight)
    for conclusion, weight in weights.items():
        out.extend([(conclusion, -1, 0)] * -weight)
        for _ in range(weight):
            replaces = withdrawn.get(conclusion[1], 0)
            if replaces:
                withdrawn[conclusion[1]] = replaces - 1
            out.append((conclusion, 1, 0 if replaces or conclusion not in stands else 1))
    return out
