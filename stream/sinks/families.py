"""Every metric family that /metrics shows: one entry each. The page, the rules and their checks read this table.

Names are prefixed `cc_`, units are base units, counters end in `_total`. Labels are bounded by the centre's declaration; none is
ever a contact or a customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]

SCOPE: Final = ("queue", "channel")
STANDARD: Final = ("standard", "queue", "channel")
"""Labels of every standard; of one that is judged for teams, tiers or the like the series has that label, too."""
PARTITION: Final = ("topic", "partition")


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name, its type, what it says, and its label names (a label whose value is empty is left out)."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


TOTALS: Final = {
    "offered": Family("cc_contacts_offered_total", "counter", "Contacts that entered the queue.", SCOPE),
    "answered": Family("cc_contacts_answered_total", "counter", "Contacts that were connected to a person.", SCOPE),
    "abandoned": Family("cc_contacts_abandoned_total", "counter", "Contacts that gave up while they waited.", SCOPE),
    "short_abandoned": Family(
        "cc_contacts_short_abandoned_total", "counter", "Those of the abandoned that gave up at once, as the centre declares it.", SCOPE
    ),
    "flowed_out": Family("cc_contacts_flowed_out_total", "counter", "Contacts that left the queue for another place.", SCOPE),
    "callback": Family("cc_contacts_callback_total", "counter", "Contacts that left the queue for a promised call back.", SCOPE),
    "lost": Family("cc_contacts_lost_total", "counter", "Contacts that a fault ended while they waited.", SCOPE),
    "transferred": Family("cc_contacts_transferred_total", "counter", "Answered contacts that an agent passed on.", SCOPE),
    "requeued": Family("cc_contacts_requeued_total", "counter", "Contacts that were put back into a queue.", SCOPE),
    "ring_missed": Family("cc_contacts_ring_missed_total", "counter", "Times a contact rang at an agent who did not take it.", SCOPE),
    "closed": Family(
        "cc_contacts_closed_total", "counter", "Times that a contact was over; one that goes on in another queue counts again.", SCOPE
    ),
    "reopened": Family("cc_contacts_reopened_total", "counter", "Contacts that began again after they had ended.", SCOPE),
    "corrections": Family("cc_corrections_total", "counter", "First conclusions that a later event corrected.", SCOPE),
}
"""The counters of contacts, by the name of the total in a ScopeSnapshot."""

DURATIONS: Final = {
    "answer_wait": Family("cc_answer_wait_seconds", "histogram", "Wait of the contacts that were answered.", SCOPE),
    "abandon_wait": Family("cc_abandon_wait_seconds", "histogram", "Wait of the contacts that were abandoned.", SCOPE),
    "ring": Family("cc_ring_seconds", "histogram", "Ringing until the answer, over all attempts.", SCOPE),
    "first_response": Family(
        "cc_first_response_seconds", "histogram", "From the first customer message to the first public reply of a person.", SCOPE
    ),
    "response": Family("cc_response_seconds", "histogram", "From a later customer message to the next public reply of a person.", SCOPE),
    "handle": Family("cc_handle_seconds", "histogram", "Talk, hold and wrap-up of a contact.", SCOPE),
    "talk": Family("cc_talk_seconds", "histogram", "Talk of a contact, without hold.", SCOPE),
    "hold": Family("cc_hold_seconds", "histogram", "Hold of a contact.", SCOPE),
    "resolution": Family(
        "cc_resolution_seconds", "histogram", "Open time of an issue from opening to its first resolution, less what was pending.", SCOPE
    ),
    "replies": Family("cc_contact_replies", "histogram", "Public replies of people in a contact with messages, when it is over.", SCOPE),
}
"""The histograms, by the name in a ScopeSnapshot."""

WAITING: Final = Family("cc_contacts_waiting", "gauge", "Contacts that wait now.", SCOPE)
OPEN: Final = Family(
    "cc_contacts_open",
    "gauge",
    "Contacts that wait now, or were answered and are not over: talks that go on, conversations that nobody has ended.",
    SCOPE,
)
OLDEST_WAITING: Final = Family(
    "cc_oldest_waiting_timestamp_seconds",
    "gauge",
    "Since when the longest waiting contact waits; absent when nobody waits, and where longest_wait_seconds is not kept.",
    SCOPE,
)
QUEUE_OPEN: Final = Family("cc_queue_open", "gauge", "1 within the opening hours of the queue, else 0, as settled.", SCOPE)
WINDOW_CONTACTS: Final = Family(
    "cc_window_contacts", "gauge", "Contacts of an event-time window, by outcome.", (*SCOPE, "window", "outcome")
)
DROPOUT: Final = Family(
    "cc_dropout_threshold_seconds",
    "gauge",
    "Wait at which the first customers are lost, of the last 28 closed days; absent with fewer than 100 abandons.",
    SCOPE,
)
AGENTS: Final = Family("cc_agents", "gauge", "Agents of the queue by state; absent when nobody reports them.", ("queue", "state"))
AGENTS_SHARE: Final = Family(
    "cc_agents_share", "gauge", "Staffed agents of the queue, where one who serves n queues counts 1/n in each of them.", ("queue",)
)
STATE_SECONDS: Final = Family(
    "cc_agent_state_seconds_total", "counter", "Time that agents of the queue spent in a state, as settled.", ("queue", "state")
)
OVER_LIMIT: Final = Family(
    "cc_agents_over_limit", "gauge", "Agents with more contacts of the queue in hand than their capacity, as settled.", ("queue",)
)
WAITING_PER_AGENT: Final = Family(
    "cc_waiting_per_agent", "gauge", "Waiting contacts per staffed agent; absent when staffing is unknown or both are 0.", ("queue",)
)


@dataclass(frozen=True, slots=True)
class Apart:
    """The families of one further dimension: its contacts by outcome, who waits, its agents, and how these spend their time."""

    contacts: Family
    waiting: Family
    agents: Family
    waiting_per_agent: Family
    spent: Family

    @property
    def families(self) -> tuple[Family, ...]:
        """All of them."""
        return (self.contacts, self.waiting, self.agents, self.waiting_per_agent, self.spent)


def _apart(name: str, of: str) -> Apart:
    return Apart(
        Family(f"cc_{name}_contacts_total", "counter", f"Contacts of {of}, by outcome.", (name, "outcome")),
        Family(f"cc_{name}_contacts_waiting", "gauge", f"Contacts of {of} that wait now.", (name,)),
        Family(f"cc_{name}_agents", "gauge", f"Agents of {of} by state; absent when nobody reports them.", (name, "state")),
        Family(f"cc_{name}_waiting_per_agent", "gauge", f"Waiting contacts per staffed agent of {of}.", (name,)),
        Family(f"cc_{name}_seconds_total", "counter", f"Time that agents of {of} spent in a state, as settled.", (name, "state")),
    )


APART: Final = {name: _apart(name, of) for name, of in (("team", "the team"), ("tier", "the tier"), ("skill", "the skill"))}
"""By dimension. A contact or agent may be in several of these series, or in none: they are not for adding up."""
AGENT: Final = (
    Family(
        "cc_agent_contacts_total",
        "counter",
        "Contacts that the agent took or passed on; off unless agent_figures is set.",
        ("agent", "outcome"),
    ),
    Family("cc_agent_seconds_total", "counter", "Time that the agent spent in a state, as settled.", ("agent", "state")),
)

STANDARD_BREACHED: Final = Family(
    "cc_standard_breached", "gauge", "1 while the standard is in breach, else 0.", ("standard", "severity", "queue", "channel")
)
STANDARD_READING: Final = Family(
    "cc_standard_reading", "gauge", "The figure that the standard is judged by; absent without data.", STANDARD
)
STANDARD_TARGET: Final = Family("cc_standard_target", "gauge", "The figure that the standard asks for.", STANDARD)
STANDARD_CONTACTS: Final = Family(
    "cc_standard_contacts_total", "counter", "Contacts that were judged by the standard (percentages and clocks).", STANDARD
)
STANDARD_BREACHES: Final = Family(
    "cc_standard_breaches_total", "counter", "Contacts that broke the standard (percentages and clocks).", STANDARD
)
AT_RISK: Final = Family(
    "cc_contacts_at_risk", "gauge", "Contacts whose clock still runs and has at most a fifth of its time left.", STANDARD
)
OVERDUE: Final = Family(
    "cc_contacts_overdue",
    "gauge",
    "Contacts whose clock has run out and still runs; under limit=late or unacceptable those beyond that limit of single contacts.",
    ("standard", "limit", "queue", "channel"),
)
OLDEST_OVERDUE: Final = Family(
    "cc_oldest_overdue_timestamp_seconds",
    "gauge",
    "Since when the contact is overdue that is so longest, with limit as above; absent where none is.",
    ("standard", "limit", "queue", "channel"),
)
STANDARD_SECONDS: Final = Family("cc_standard_seconds_total", "counter", "Time under judgement (levels).", STANDARD)
STANDARD_BREACH_SECONDS: Final = Family("cc_standard_breach_seconds_total", "counter", "Time in breach (levels).", STANDARD)

EVENTS_PROCESSED: Final = Family("cc_events_processed_total", "counter", "Events that were folded.", ("topic",))
EVENTS_REJECTED: Final = Family("cc_events_rejected_total", "counter", "Records set aside to dead-letters.", ("topic", "reason"))
EVENTS_LATE: Final = Family("cc_events_late_total", "counter", "Events older than the watermark minus the lateness.", ("topic",))
EVENTS_DUPLICATE: Final = Family("cc_events_duplicate_total", "counter", "Events that had been seen before.", ("topic",))
EVENTS_UNKNOWN_QUEUE: Final = Family(
    "cc_events_unknown_queue_total", "counter", "Events of a queue that the centre does not declare: they count as other.", ("topic",)
)
EVENTS_UNKNOWN_AGENT: Final = Family(
    "cc_events_unknown_agent_total", "counter", "Events of an agent that the centre does not declare, where it declares any.", ("topic",)
)
EVENT_DELAY: Final = Family("cc_event_delay_seconds", "histogram", "From an event's time to its processing.", ("topic",))
WATERMARK: Final = Family(
    "cc_event_time_watermark_timestamp_seconds", "gauge", "Event time up to which an owned partition is settled.", PARTITION
)
SCOPE_SETTLED: Final = Family(
    "cc_scope_settled_timestamp_seconds",
    "gauge",
    "Event time up to which the verdicts of a scope with standards are settled; of teams, tiers and the like with that label.",
    SCOPE,
)
LAG: Final = Family("cc_consumer_lag_messages", "gauge", "Records of an owned partition that are not yet processed.", PARTITION)
ASSIGNED: Final = Family("cc_partitions_assigned", "gauge", "Partitions that this worker owns.", ("topic",))
CANARY: Final = Family(
    "cc_canary_timestamp_seconds",
    "gauge",
    "When the newest synthetic contact was answered that came all the way to this page; 0 where one is expected and none came yet.",
)
REBALANCES: Final = Family("cc_rebalances_total", "counter", "Assignments of partitions that this worker went through.")
READY: Final = Family("cc_worker_ready", "gauge", "1 when all owned partitions are recovered and served.")
BUILD_INFO: Final = Family("cc_build_info", "gauge", "Always 1; the version is a label.", ("version",))

FAMILIES: Final = (
    *TOTALS.values(),
    *DURATIONS.values(),
    WAITING,
    OPEN,
    OLDEST_WAITING,
    QUEUE_OPEN,
    WINDOW_CONTACTS,
    DROPOUT,
    AGENTS,
    AGENTS_SHARE,
    STATE_SECONDS,
    OVER_LIMIT,
    WAITING_PER_AGENT,
    *(family for apart in APART.values() for family in apart.families),
    *AGENT,
    STANDARD_BREACHED,
    STANDARD_READING,
    STANDARD_TARGET,
    STANDARD_CONTACTS,
    STANDARD_BREACHES,
    AT_RISK,
    OVERDUE,
    OLDEST_OVERDUE,
    STANDARD_SECONDS,
    STANDARD_BREACH_SECONDS,
    EVENTS_PROCESSED,
    EVENTS_REJECTED,
    EVENTS_LATE,
    EVENTS_DUPLICATE,
    EVENTS_UNKNOWN_QUEUE,
    EVENTS_UNKNOWN_AGENT,
    EVENT_DELAY,
    WATERMARK,
    SCOPE_SETTLED,
    LAG,
    ASSIGNED,
    CANARY,
    REBALANCES,
    READY,
    BUILD_INFO,
)
