"""The thirty-four standards that the product measures, as data: the pages of docs/standards/ follow from it.

What is promised and what it means stands here; formulas stand with the measures, examples with the scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One standard. asked: the number that good centres promise; forms: how it can be declared; cadence: whom it calls, and when.

    measures: what it is read from. shipped: the standards in deploy/standards.yaml that are about it. about: what the words mean,
    for an ops lead.
    """

    number: int
    title: str
    asked: str
    forms: tuple[str, ...]
    cadence: str
    measures: tuple[str, ...]
    about: str
    shipped: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The name of its page, and the beginning of its scenario's."""
        words = "".join(sign if sign.isalnum() else "-" for sign in self.title.lower())
        return f"{self.number:02}-{'-'.join(part for part in words.split('-') if part)}"


def _row(number: int, title: str, asked: str, form: str, cadence: str, measures: str, about: str, shipped: str = "") -> Row:
    return Row(
        number=number,
        title=title,
        asked=asked,
        forms=tuple(form.split()),
        cadence=cadence,
        measures=tuple(measures.split()),
        about=about,
        shipped=tuple(shipped.split()),
    )


ROWS: Final = (
    _row(
        1,
        "Queue length",
        "at most 2 waiting per agent, or 15 in the queue",
        "level",
        "page",
        "waiting_per_agent waiting staffed max_waiting",
        "Who waits, over who is staffed: everybody who is logged in and not paused, whoever talks included. Where nobody reports "
        "presence, staffing is unknown: there is no sample and no verdict. Infinite it is only where it is known that nobody is there.",
        shipped="waiting-per-agent queue-length",
    ),
    _row(
        2,
        "Open a new queue",
        "when more than 3 wait",
        "level",
        "page",
        "waiting max_waiting",
        "A signal, early and gentle: it has to be so for a while, and it clears lower than it fires, so that it does not flap.",
        shipped="open-a-new-queue",
    ),
    _row(
        3,
        "Answer the phone",
        "within 3 rings",
        "percentage ratio",
        "ticket",
        "answered_within_rings rings_mean rings rings_from ring_mean_seconds ring_missed",
        "All ringing of the contact until somebody takes it, over the length of one ring. Where a source knows no ringing, the wait "
        "takes its place, and the figure says so. Judged as it happens (`measure: ringing`, `within: 3 rings`) it also counts, unless "
        "`formula: answered` says otherwise, who rang longer than that and was never answered.",
        shipped="three-rings",
    ),
    _row(
        4,
        "Calls answered",
        "90 % within 2 minutes, of all calls",
        "percentage ratio",
        "page",
        "service_level offered answered abandoned flowed_out callback wait_answered_mean_seconds",
        "Service level, under a formula that has a name, because seven formulas give seven numbers for the same calls. Each segment "
        "counts once, when its verdict can no longer change: at the threshold while it still waits. So a percentage counts whoever waits "
        "longer than promised as missed at once, whatever becomes of them, under every formula but `answered`. The measure "
        "`service_level` waits for what becomes of them, and most formulas count only who was answered or abandoned in the end: it may "
        "show another share.",
        shipped="calls-answered calls-answered-day chats-answered",
    ),
    _row(
        5,
        "Queue waiting time",
        "below the time at which the first customers give up",
        "ratio",
        "report",
        "dropout_threshold wait_p90_seconds",
        "When callers lose patience is estimated from those who left, with those who were answered as seen only until then "
        "(Kaplan-Meier). The p90 of waits should lie below.",
    ),
    _row(
        6,
        "First response time",
        "every inquiry within 60 minutes; chat 7 seconds is possible; social at once",
        "percentage mean clock",
        "ticket",
        "first_responses first_response_mean_seconds first_response_since_handoff_mean_seconds first_responses_waived "
        "open_first_response_age_seconds",
        "From the first message that nobody has answered to the first public reply of a person. A bot's words and internal notes are "
        "no reply. What needed none, or was closed or resolved without one, is counted apart and never as met.",
        shipped="first-response chat-first-response social-at-once",
    ),
    _row(
        7,
        "Response time",
        "per channel",
        "percentage mean clock",
        "ticket",
        "responses response_mean_seconds responses_waived open_response_age_seconds open_turns",
        "Each later turn of the conversation has a clock of its own, from the first unanswered message of the turn.",
        shipped="chat-response email-response social-response",
    ),
    _row(
        8,
        "Problem resolution time",
        "within 4 hours",
        "clock ratio",
        "ticket",
        "resolution_first_mean_seconds resolution_total_mean_seconds open_issues oldest_issue_seconds",
        "From opened to resolved, in business hours, and not while the customer is asked. A reopened issue has a first and a total "
        "resolution.",
    ),
    _row(
        9,
        "Instant service to queueing",
        "steady is good",
        "trend ratio",
        "report",
        "instant_service instant_to_queued offered",
        "How many were answered at once, against how many had to wait first; how many came at all stands beside it.",
    ),
    _row(
        10,
        "Single-question rate",
        "below 3 %",
        "ratio",
        "report",
        "single_question one_reply_rate",
        "The largest share that one and the same question has among all inquiries, with its name: who answers it on a page of the web "
        "site has that many contacts less. The issues with one message and one reply stand beside it.",
    ),
    _row(
        11,
        "Topic share",
        "40 % of tickets about one feature is a sign",
        "share",
        "report",
        "topic_share",
        "The share of each tag among all issues.",
    ),
    _row(12, "Responses per issue", "3 on average at most", "ratio", "report", "responses_per_issue", "Public replies per resolved issue."),
    _row(
        13,
        "Minutes per issue",
        "declared",
        "ratio",
        "report",
        "minutes_per_issue",
        "Handle minutes over all contacts of a resolved issue.",
    ),
    _row(
        14,
        "Handovers per issue",
        "declared",
        "ratio",
        "report",
        "people_per_issue owner_changes_per_issue escalations_per_issue",
        "Two figures: how many people touched it, and how often it changed its owner; the first owner is no change. Escalations to "
        "another tier are counted apart.",
    ),
    _row(
        15,
        "Active to idle ratio",
        "around 0.5",
        "band",
        "report",
        "active_idle_ratio occupancy utilisation",
        "Time with a contact in hand (talk, hold, wrap-up) over the time that agents were available with nothing in hand; 0.5 is an "
        "occupancy of a third. Each agent's wall clock counts once, however many chats go on; ringing and pauses are in neither.",
    ),
    _row(
        16,
        "Time kept waiting",
        "a longest time",
        "ratio clock level",
        "report",
        "kept_waiting_mean_seconds kept_waiting_max_seconds longest_wait_seconds talk_longest_seconds talk_max_seconds",
        "Until the caller talks to a person: menus, queues and ringing included; whom the centre calls (`direction: outbound`) waits for "
        "nobody. While it goes on, a `clock` (`kept_waiting`) breaks the "
        "moment somebody was kept for longer than promised, counted from the beginning in the menu; a scope of a queue has it from the "
        "moment they come there. The longest and the mean of those who did talk to a person (`kept_waiting_max_seconds`, "
        "`kept_waiting_mean_seconds`) are promised as a `ratio` of a closed period. A `clock` (`wait`) or a `level` (`longest_wait`) "
        "judges the wait in the queue alone. Who is in a menu for longer than the centre believes any wait (`max_wait`), so that nobody "
        "can have told of their end, is kept no more, until they are heard of again. How long talks last has "
        "figures of its own: `talk`, as a `clock` or a `level` while they last, `talk_max_seconds` as a `ratio`.",
    ),
    _row(
        17,
        "First contact resolution",
        "declared",
        "ratio",
        "report",
        "fcr fcr_net",
        "Resolved in one contact, and nothing more from the customer about it for seven days. Until they are over the figure is "
        "provisional. Net leaves out what the first tier could not have resolved.",
    ),
    _row(
        18,
        "Resolution rate",
        "declared",
        "ratio",
        "report",
        "resolution_rate issues_opened issues_resolved",
        "Resolved of those opened, by when they were opened.",
    ),
    _row(
        19,
        "Customer satisfaction",
        "declared",
        "ratio",
        "report",
        "csat",
        "The share of the two best answers of the scale, with the lower bound of what the sample can say, the response rate and n.",
    ),
    _row(20, "Net promoter score", "leaders reach 75 to 85", "ratio", "report", "nps", "The share of 9 and 10 less the share of 0 to 6."),
    _row(
        21,
        "Effort, and things gone wrong",
        "declared",
        "ratio",
        "report",
        "ces ces_by_scale things_gone_wrong",
        "How hard it was for the customer, and how many things went wrong per hundred answers.",
    ),
    _row(22, "Customer awareness ratio", "declared", "ratio", "report", "awareness", "Customers who knew of it, of those asked."),
    _row(
        23,
        "Retention",
        "declared",
        "ratio",
        "report",
        "retention",
        "Customers of the beginning who are customers at the end. Without events that say who is one there is no data.",
    ),
    _row(
        24,
        "Abandonment",
        "declared",
        "percentage",
        "ticket",
        "abandonment short_abandoned abandoned_before_queue wait_abandoned_mean_seconds",
        "Who gave up, with and without those who left at once.",
        shipped="abandonment",
    ),
    _row(
        25,
        "Time-bound promises",
        "a parcel within 3 days",
        "clock ratio",
        "ticket",
        "clocks",
        "A clock between any two named moments, in business or calendar time: before and when it breaks.",
    ),
    _row(
        26,
        "Accessibility",
        "declared",
        "ratio level",
        "report",
        "accessibility staffed left_at_closing out_of_hours",
        "The share of opening hours in which somebody was there for the channel.",
        shipped="nobody-staffed left-at-closing",
    ),
    _row(
        27,
        "Goals",
        "per team, per agent, per channel",
        "percentage level mean",
        "report",
        "service_level waiting",
        "The same promise with another number for a named scope.",
    ),
    _row(
        28,
        "Customer success ratio",
        "high is good",
        "ratio",
        "report",
        "customer_success",
        "Customers who found what they came for, of those asked.",
    ),
    _row(
        29,
        "Acknowledgement",
        "timely",
        "percentage mean clock ratio",
        "report",
        "acknowledged acknowledgement_mean_seconds acknowledged_automatically automatic_acknowledgement_mean_seconds",
        "The first sign of a person that the message came. It stops no response clock. Judged as it happens (`measure: acknowledgement`), "
        "a first message that still has none counts as missed when its time is over.",
        shipped="acknowledged",
    ),
    _row(
        30,
        "Complaints",
        "resolved, in their own time",
        "clock ratio",
        "ticket",
        "resolution_rate resolution_first_mean_seconds",
        "Issues of the kind complaint are a scope of their own, with clocks of their own.",
    ),
    _row(
        31,
        "Checklist adherence",
        "for example: greeted by name",
        "ratio",
        "report",
        "checklist evaluated",
        "Of the contacts that somebody evaluated, the share in which the item was met.",
    ),
    _row(
        32,
        "Specialists",
        "enough for the queries",
        "level",
        "report",
        "staffed waiting waiting_per_agent offered_per_staffed_hour",
        "Who is staffed with the skill, against who waits for it.",
    ),
    _row(
        33,
        "Resolved without being passed on",
        "declared",
        "ratio",
        "report",
        "resolved_without_handover",
        "Resolved issues that nobody passed on. Passed on is an issue of which a contact was transferred (to a person or to another"
        " queue), whose owner changed, or that two people or more touched: who answered a contact of it, replied, or was assigned "
        "it. A first assignment is no handover, and what machines do is none.",
    ),
    _row(
        34,
        "Self-service",
        "declared",
        "ratio",
        "report",
        "self_service begun self_served handed_off",
        "Ended well in the menu or with the bot, of all that began there.",
    ),
)

OF_NO_ROW: Final = ("usual-load",)
"""Shipped standards that none of the rows is about: how many contacts come is no service, but it explains the others."""
