"""A declared standard as one plain sentence, for people who check what they wrote."""

from __future__ import annotations

from typing import Final

from stream.config.centre import ALWAYS, QUEUES_OWN
from stream.config.figures import figure
from stream.config.quantities import say_duration, say_number, say_share
from stream.core.declared import DIMENSIONS, NAMED_CLOCK, REPORTS, Standard
from stream.core.windows import DAYS_28

AT: Final = {"<=": "at most", "<": "fewer than", ">=": "at least", ">": "more than"}
PLURALS: Final = {"call": "calls", "chat": "chats", "email": "e-mails", "social": "social messages"}
ONES: Final = {"call": "call", "chat": "chat", "email": "e-mail", "social": "social message"}
"""One of them."""
FORMULAS: Final = {
    "answered": "of the answered ones",
    "strict": "of all {those}",
    "no_short": "of all {those} but short abandons",
    "no_abandon_in_target": "of all {those} but those abandoned in time",
    "removed": "of all {those}, abandoned in time counts as kept",
    "with_flow_out": "of all {those}, also those that flowed out",
    "live": "of all {those}, also those that still wait too long",
}
RINGING: Final = {"strict": "of all {those} that are answered or ring longer", "answered": "of the answered ones"}
PERCENTAGES: Final = {
    "service_level": "answered within {within}, {formula} ({name})",
    "first_response": "get their first response within {within}",
    "response": "get each further response within {within}",
    "ringing": "answered after at most {within} of ringing, {formula} ({name})",
    "acknowledgement": "get a person's first sign of receipt within {within}",
}
LEVELS: Final = {
    "waiting": "{at} {limit} waiting",
    "waiting_per_agent": "{at} {limit} waiting per staffed agent",
    "longest_wait": "nobody waits {longer} {limit}",
    "talk": "nobody talks {longer} {limit}",
    "staffed": "{at} {limit} {agents} staffed",
    "left_at_closing": "{at} {limit} still waiting at closing, until they are gone or it opens again",
}
MEANS: Final = {
    "answer_wait": "mean wait for an answer",
    "handle": "mean handle time",
    "first_response": "mean first response time",
    "response": "mean response time",
    "acknowledgement": "mean time to a person's first sign of receipt",
}
CLOCKS: Final = {
    "wait": "each answered",
    "first_response": "each gets its first response",
    "response": "each further message answered",
    "talk": "each talk over",
    "kept_waiting": "each connected to a person, menus and ringing included,",
    "resolution": "each issue resolved",
    "acknowledgement": "each acknowledged by a person",
}


ELSE: Final = {"within": "", "late": " or it is late", "unacceptable": " or it is unacceptable"}
PERIODS: Final = {
    "half_hour": "in each half-hour, judged when it is over",
    "day": "in each day, judged when it is over",
    "week": "in each week, judged when it is over",
    "month": "in each month, judged when it is over",
    DAYS_28: "in the last 28 days, judged when a day is over",
}
SO_FAR: Final = {
    "half_hour": "over the half-hour so far",
    "day": "over the day so far",
    "week": "over the week so far",
    "month": "over the month so far",
}
USUAL: Final = {"days": "the mean of the last 28 days", "weekdays": "the mean of the same weekday in the last four weeks"}


def sentence(standard: Standard) -> str:
    """Say what is promised, for whom, over which time, and how loud a breach is.

    For example: "Calls: at least 90 % answered within 2 min, of all calls (strict), over a rolling 30 min, per queue and channel;
    critical, page".
    """
    if standard.form in REPORTS:
        parts = [f"{_subject(standard)}: {report(standard)}", PERIODS[standard.calendar]]
    else:
        parts = [f"{_subject(standard)}: {_promise(standard)}"]
    if standard.form in {"percentage", "mean"}:
        parts.append(SO_FAR[standard.calendar] if standard.calendar else f"over a rolling {say_duration(standard.window)}")
    if standard.hold:
        parts.append(f"a breach after {say_duration(standard.hold)}")
    if standard.clear is not None and standard.clear != standard.limit:
        parts.append(f"cleared at {_limit(standard, standard.clear)}")
    parts.append(f"per {' and '.join(standard.per)}" if standard.per else "for the whole centre")
    if standard.hours == ALWAYS:
        parts.append("at all times")
    elif standard.hours != QUEUES_OWN:
        parts.append(f"in the hours {standard.hours}")
    return f"{', '.join(parts)}; {standard.severity}, {standard.cadence}"


def _subject(standard: Standard) -> str:
    where = standard.where or {}
    subject = "People" if standard.measure == "staffed" and "channel" not in where else _those(standard)
    queues = f" of {' and '.join(where['queue'])}" if "queue" in where else ""
    others = "".join(f", {name} {' or '.join(where[name])}" for name in DIMENSIONS[2:] if name in where)
    return subject[0].upper() + subject[1:] + queues + others


def _those(standard: Standard) -> str:
    return " and ".join(PLURALS[channel] for channel in (standard.where or {}).get("channel", ())) or "contacts"


def _promise(standard: Standard) -> str:
    within = say_duration(standard.within)
    if standard.measure == "abandonment":
        short = ", short abandons left out" if standard.formula == "no_short" else ""
        return f"at most {say_share(standard.objective)} abandoned{short}"
    if standard.form == "percentage":
        formulas = FORMULAS | RINGING if standard.measure == "ringing" else FORMULAS
        formula = formulas[standard.formula].format(those=_those(standard))
        promise = PERCENTAGES[standard.measure].format(within=within, formula=formula, name=standard.formula)
        return f"at least {say_share(standard.objective)} {promise}"
    if standard.form == "clock":
        named = f"each {standard.measure.removeprefix(NAMED_CLOCK)} done"
        return f"{CLOCKS.get(standard.measure, named)} within {within}{ELSE[standard.bound]}"
    limit = _limit(standard, standard.limit)
    if standard.form == "mean":
        return f"{MEANS[standard.measure]} {'at most' if standard.op == '<=' else 'below'} {limit}"
    longer, agents = "longer than" if standard.op == "<=" else "as long as", "agent" if standard.limit == 1 else "agents"
    return LEVELS[standard.measure].format(at=AT[standard.op], limit=limit, longer=longer, agents=agents)


def _limit(standard: Standard, limit: float) -> str:
    if standard.form == "mean" or standard.measure in ("longest_wait", "talk"):
        return say_duration(round(limit * 1000))
    return say_number(limit)


def report(standard: Standard) -> str:
    """What a form of closed periods promises: "share answered within 2 min, of all calls (strict), at least 85 %"."""
    measured = figure(standard.measure, {name: said.format(those=_those(standard)) for name, said in FORMULAS.items()})
    measured += "," if "," in measured else ""
    if standard.form == "band":
        return f"{measured} between {amount(standard.low, standard.unit)} and {amount(standard.high, standard.unit)}"
    if standard.form == "trend":
        return f"{measured} within a factor of {say_number(standard.factor)} of its usual, {usually(standard)}"
    said = f"{AT[standard.op].replace('fewer', 'less')} {amount(standard.limit, standard.unit)}"
    if standard.form == "share" and "[" not in standard.measure:
        return f"the largest {measured} {said}"
    return f"{measured} {said}"


def usually(standard: Standard) -> str:
    """What a trend calls usual: "the mean of the last 28 days"."""
    return USUAL[standard.usual] if standard.calendar == "day" else f"{USUAL[standard.usual]} at the same time"


def amount(value: float, unit: str) -> str:
    """A number in the unit of a report."""
    if unit in {"share", "ratio"}:
        return say_share(value)
    return say_duration(round(value * 1000)) if unit == "seconds" else f"{say_number(value)} {unit}"
