"""Refuses standards that could never be broken, or never be kept: what is seen without a single event."""

from __future__ import annotations

from math import ceil, log
from typing import TYPE_CHECKING, Final

from stream.config import never_counted, never_reported, never_there
from stream.config.centre import ALWAYS, QUEUES_OWN
from stream.config.quantities import write_duration
from stream.core.centre import REAL_TIME
from stream.core.declared import BOUNDS, CLOCK_OF, DIMENSIONS, REPORTS
from stream.core.events import CHANNELS
from stream.core.periods import LONGEST

if TYPE_CHECKING:
    from stream.config.yaml import Section
    from stream.core.centre import Centre, Queue
    from stream.core.declared import Standard

MOST_CONTACTS: Final = 1_000
"""Of so many contacts a window is full at most where it matters: a verdict that needs more of them is none."""
MESSAGES: Final = frozenset({"first_response", "response", "acknowledgement"})
MESSAGE_CHANNELS: Final = frozenset(CHANNELS) - {"call"}


def refuse(standard: Standard, section: Section, centre: Centre) -> None:
    """Raise DeclarationError for a standard that can never fire, or always does."""
    if standard.form in REPORTS:
        never_reported.refuse(standard, section)
    else:
        _objective(standard, section)
        _limit(standard, section)
        _hold(standard, section)
    _places(standard, section)
    never_there.refuse(standard, section, centre)
    channels = _channels(standard, section, centre)
    if standard.measure in MESSAGES and not channels & MESSAGE_CHANNELS:
        raise section.error(f"{standard.measure} can never be measured here: calls have no messages, name chat, email or social", "where")
    if standard.measure == "abandonment" and not channels & REAL_TIME:
        raise section.error("abandonment can never be measured here: only calls and chats are abandoned, name call or chat", "where")
    if standard.measure == "ringing" and not channels & REAL_TIME:
        raise section.error("ringing can never be measured here: only calls and chats ring, name call or chat", "where")
    never_counted.refuse(standard, section, _asked(standard, centre), channels, centre)
    _patience(standard, section, centre, channels)
    if standard.form not in REPORTS:
        _opening(standard, section, centre)
        _closing(standard, section, centre)


def _objective(standard: Standard, section: Section) -> None:
    if standard.form != "percentage":
        return
    if standard.op == ">=" and standard.objective <= 0:
        raise section.error("objective cannot be 0: at least 0 % is always kept, write the share that is promised", "objective")
    if standard.op == "<=" and standard.objective >= 1:
        raise section.error("objective cannot be 100%: at most 100 % is always kept, write the share that is borne", "objective")
    bad = standard.objective if standard.op == "<=" else 1 - standard.objective
    if 0 < bad < 1 and (contacts := ceil(log(standard.confidence) / log(bad))) > MOST_CONTACTS:
        said = f"even {MOST_CONTACTS:,} missed contacts in a row could be chance, it takes {contacts:,}"
        raise section.error(f"this could hardly ever be broken: {said}; promise more, or lower the confidence", "objective")


def _limit(standard: Standard, section: Section) -> None:
    if standard.form not in {"level", "mean"} or standard.limit > 0:
        return
    if standard.op == "<":
        raise section.error("below cannot be 0: nothing is, so it would always be broken; write at_most: 0 or a larger number", "below")
    if standard.op == ">=":
        raise section.error("at_least cannot be 0: everything is, so it could never be broken; write at_least: 1 or more", "at_least")
    if standard.form == "mean":
        raise section.error("at_most cannot be 0s: no mean is that short, write the time that is promised", "at_most")


def _hold(standard: Standard, section: Section) -> None:
    """What is missed for longer than the window has no witness left of how it began; with each period of a calendar all begins anew."""
    if standard.form not in {"percentage", "mean"}:
        return
    if standard.calendar and standard.hold >= LONGEST[standard.calendar]:
        period = standard.calendar.replace("_", " ")
        problem = f"hold cannot be {section.text('hold')}: no {period} lasts longer, so it would never count; write a shorter one"
        raise section.error(problem, "hold")
    if not standard.calendar and standard.hold > standard.window:
        window = section.text("window", write_duration(standard.window))
        problem = f"hold cannot be {section.text('hold')}: what broke it has left the window by then, write at most the window, {window}"
        raise section.error(problem, "hold")


def _patience(standard: Standard, section: Section, centre: Centre, channels: frozenset[str]) -> None:
    """Who waits on the telephone or in a chat for longer than the centre believes has been given up for lost by then."""
    longest = centre.max_wait
    if longest is None or not channels <= REAL_TIME:
        return
    limits: dict[str, float] = {}
    if CLOCK_OF.get(standard.measure, standard.measure) == "wait":
        limits |= {key: section.duration(key) for key in BOUNDS[1:] if key in section}
    if (standard.form, standard.measure) == ("clock", "wait"):
        limits["within"] = standard.within
    elif (standard.form, standard.measure, standard.op) == ("level", "longest_wait", "<="):
        limits["at_most"] = standard.limit * 1_000
    key = next((key for key, limit in limits.items() if limit >= longest), None)
    if key is not None:
        believed = write_duration(longest)
        problem = f"no wait is that long: after {believed} (max_wait of the centre) it counts as lost; write a shorter one"
        raise section.error(problem, key if key in section else "measure")


def _places(standard: Standard, section: Section) -> None:
    """What `where` chooses from must be told apart by `per`: figures are kept per queue, per channel, and per both."""
    for dimension in standard.where or {}:
        if dimension not in standard.per:
            per = ", ".join(one for one in DIMENSIONS if one in {*standard.per, dimension})
            problem = f"where names a {dimension}, but the standard is not judged per {dimension}: write per: [{per}]"
            raise section.error(problem, "per" if "per" in section else "where")


def _asked(standard: Standard, centre: Centre) -> list[Queue]:
    """The queues of the centre that the standard is about."""
    named = (standard.where or {}).get("queue")
    return [queue for queue in centre.queues.values() if named is None or queue.name in named]


def _channels(standard: Standard, section: Section, centre: Centre) -> frozenset[str]:
    """The channels over which contacts come that the standard is about; each name in `where` must have some."""
    named = (standard.where or {}).get("channel", CHANNELS)
    if not centre.queues:
        return frozenset(named)
    queues = _asked(standard, centre)
    there = frozenset(channel for queue in queues for channel in queue.channels)
    if standard.where is not None and "channel" in standard.where:
        where = section.section("where")
        for item in where.items("channel"):
            if item.text not in there:
                among = ", ".join(channel for channel in CHANNELS if channel in there)
                raise item.error(f"no queue that this standard is about has the channel {item.text}: write some of {among}")
    if standard.where is not None and "queue" in standard.where:
        for item in section.section("where").items("queue"):
            if not frozenset(centre.queues[item.text].channels) & frozenset(named):
                raise item.error(f"the queue {item.text} has none of these channels: leave it out, or name one of its channels")
    return there & frozenset(named)


def _opening(standard: Standard, section: Section, centre: Centre) -> None:
    """A grace or a hold time as long as every opening would leave no time for a verdict."""
    names = {queue.hours for queue in _asked(standard, centre)} if standard.hours == QUEUES_OWN else {standard.hours}
    for name in sorted(names - {ALWAYS}):
        schedule = centre.hours.get(name)
        if schedule is None or schedule.always:
            continue
        longest = max(end - begin for day in (*schedule.week, *schedule.days.values()) for begin, end in day)
        if standard.grace >= longest * 60_000:
            problem = f"grace is as long as the opening hours {name}: there would never be a verdict, write a shorter one"
            raise section.error(problem, "grace")
        if standard.grace + standard.hold >= longest * 60_000:
            problem = f"hold and grace are together as long as the opening hours {name}: it would never count, write shorter ones"
            raise section.error(problem, "hold")


def _closing(standard: Standard, section: Section, centre: Centre) -> None:
    """Who is left at closing can only be told where something closes."""
    if standard.measure != "left_at_closing":
        return
    if standard.hours == ALWAYS:
        raise section.error("left_at_closing can never be measured here: what is always open never closes, name opening hours", "hours")
    if standard.hours != QUEUES_OWN or not centre.queues:
        return
    if "queue" not in standard.per:
        problem = "left_at_closing has no hours here: only queues have their own, write per: [queue] or name opening hours"
        raise section.error(problem, "per" if "per" in section else "measure")
    if all(queue.hours == ALWAYS for queue in _asked(standard, centre)):
        raise section.error("left_at_closing can never be measured here: none of these queues ever closes, give them hours", "measure")
