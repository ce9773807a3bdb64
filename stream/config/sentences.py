"""A declared standard as one plain sentence, for people who check what they wrote."""

from __future__ import annotations

from typing import Final

from stream.config.centre import ALWAYS, QUEUES_OWN
from stream.config.quantities import say_duration, say_number, say_share
from stream.core.declared import Standard

AT: Final = {"<=": "at most", "<": "fewer than", ">=": "at least", ">": "more than"}
PLURALS: Final = {"call": "calls", "chat": "chats", "email": "e-mails", "social": "social messages"}
FORMULAS: Final = {
    "answered": "of the answered ones",
    "strict": "of all {those}",
    "no_short": "of all {those} but short abandons",
    "no_abandon_in_target": "of all {those} but those abandoned in time",
    "removed": "of all {those}, abandoned in time counts as kept",
    "with_flow_out": "of all {those}, also those that flowed out",
    "live": "of all {those}, also those that still wait too long",
}
PERCENTAGES: Final = {
    "service_level": "answered within {within}, {formula} ({name})",
    "first_response": "get their first response within {within}",
    "response": "get each further response within {within}",
}
LEVELS: Final = {
    "waiting": "{at} {limit} waiting",
    "waiting_per_agent": "{at} {limit} waiting per staffed agent",
    "longest_wait": "nobody waits {longer} {limit}",
    "staffed": "{at} {limit} agents staffed",
    "left_at_closing": "{at} {limit} still waiting at closing, until they are gone or it opens again",
}
MEANS: Final = {
    "answer_wait": "mean wait for an answer",
    "handle": "mean handle time",
    "first_response": "mean first response time",
    "response": "mean response time",
}
CLOCKS: Final = {"wait": "each answered", "first_response": "each gets its first response", "response": "each further message answered"}


def sentence(standard: Standard) -> str:
    """Say what is promised, for whom, over which time, and how loud a breach is.

    For example: "Calls: at least 90 % answered within 2 min, of all calls (strict), over a rolling 30 min, per queue and channel;
    critical, page".
    """
    parts = [f"{_subject(standard)}: {_promise(standard)}"]
    if standard.form in {"percentage", "mean"}:
        parts.append(f"over a rolling {say_duration(standard.window)}")
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
    return subject[0].upper() + subject[1:] + queues


def _those(standard: Standard) -> str:
    return " and ".join(PLURALS[channel] for channel in (standard.where or {}).get("channel", ())) or "contacts"


def _promise(standard: Standard) -> str:
    within = say_duration(standard.within)
    if standard.measure == "abandonment":
        short = ", short abandons left out" if standard.formula == "no_short" else ""
        return f"at most {say_share(standard.objective)} abandoned{short}"
    if standard.form == "percentage":
        formula = FORMULAS[standard.formula].format(those=_those(standard))
        promise = PERCENTAGES[standard.measure].format(within=within, formula=formula, name=standard.formula)
        return f"at least {say_share(standard.objective)} {promise}"
    if standard.form == "clock":
        return f"{CLOCKS[standard.measure]} within {within}"
    limit = _limit(standard, standard.limit)
    if standard.form == "mean":
        return f"{MEANS[standard.measure]} {'at most' if standard.op == '<=' else 'below'} {limit}"
    said = LEVELS[standard.measure].format(at=AT[standard.op], limit=limit, longer="longer than" if standard.op == "<=" else "as long as")
    return said.replace("1 agents", "1 agent") if standard.limit == 1 else said


def _limit(standard: Standard, limit: float) -> str:
    if standard.form == "mean" or standard.measure == "longest_wait":
        return say_duration(round(limit * 1000))
    return say_number(limit)
