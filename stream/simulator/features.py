"""What a synthetic day may hold besides the plain one: one name for each thing."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What happens; nothing of it by default, and then a day is the plain one.

    transfers: talks are handed on, blind into a queue or attended to a person, some to a higher tier.
    requeues: who waits too long goes on waiting in another queue.
    flow_outs: a time-out ends some waits, and nobody waits where nobody is there.
    callbacks: some would rather be called back, and are: a new contact of the same issue.
    outages: once a day the telephone system drops everybody who waits, and nobody comes for some minutes.
    conferences: a colleague joins the talk. ring_misses: more rings that nobody hears. short_abandons: more who leave at once.
    self_service: some are served in the menu. bots: a bot talks to chats first, and hands on what it cannot do.
    acknowledgements: people and machines say that a letter has come. no_reply: some letters need none.
    overnight: letters that nobody answered by the evening stay until the next day, and some come at night.
    reopenings: threads that were over go on. groups: some customers are important (vip). priorities: those wait at the head.
    heartbeats: the people say every minute what they do.
    surveys: customers are asked what they think, contacts are evaluated, and who is a customer changes.
    issues: contacts are about something, with owners, states, tags and questions, and customers come again about it or not.
    """

    transfers: bool = False
    requeues: bool = False
    flow_outs: bool = False
    callbacks: bool = False
    outages: bool = False
    conferences: bool = False
    ring_misses: bool = False
    short_abandons: bool = False
    self_service: bool = False
    bots: bool = False
    acknowledgements: bool = False
    no_reply: bool = False
    overnight: bool = False
    reopenings: bool = False
    groups: bool = False
    priorities: bool = False
    heartbeats: bool = False
    surveys: bool = False
    issues: bool = False

    @property
    def any(self) -> bool:
        """Whether the day is not the plain one."""
        return self != NOTHING


NOTHING = Features()
NAMES = tuple(each.name.replace("_", "-") for each in fields(Features))
"""The features by the names that people write."""
ALL = Features(**{each.name: True for each in fields(Features)})


def named(names: str) -> Features:
    """The features of "all", "none" or names with commas between them. Raises ValueError with the name that is none."""
    if names in {"all", "none"}:
        return ALL if names == "all" else NOTHING
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in NAMES:
            raise ValueError(name)
    return Features(**{name.replace("-", "_"): True for name in wanted})
