"""The sentence of an alert, as a template of Prometheus: what was found, where, and what the standard asks for.

For example: "62 % of calls in billing were answered within 2 minutes; the standard asks for 90 %."
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.config.quantities import say_number, say_share, write_duration
from stream.config.sentences import PLURALS, report
from stream.core.declared import NAMED_CLOCK, REPORTS
from stream.generate.wording import AT_MOST, COUNTED, whom
from stream.sinks import families as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream.core.declared import Standard
    from stream.sinks.families import Family

SPELT: Final = {"d": "day", "h": "hour", "m": "minute", "s": "second", "ms": "millisecond"}
SHARES: Final = {
    "service_level": "of {those} were answered within {within}",
    "first_response": "of {those} got their first response within {within}",
    "response": "of customers' further messages ({those}) were answered within {within}",
    "ringing": "of {those} were answered after at most {within} of ringing",
    "acknowledgement": "of {those} were acknowledged by a person within {within}",
    "abandonment": "of {those} gave up waiting",
}
LEVELS: Final = {
    "waiting": "{figure} {those} wait",
    "waiting_per_agent": "Waiting {those}: {figure}",
    "staffed": "{figure} agents are there",
    "longest_wait": "The one who waits longest ({those}) has waited {figure}",
    "left_at_closing": "{figure} {those} still waited at closing",
    "talk": "The longest talk ({those}) has taken {figure}",
}
MEANS: Final = {
    "answer_wait": "The mean wait for an answer ({those}) is {figure}",
    "handle": "The mean handle time ({those}) is {figure}",
    "first_response": "The mean time to a first response ({those}) is {figure}",
    "response": "The mean time to a further response ({those}) is {figure}",
    "acknowledgement": "The mean time to a person's acknowledgement ({those}) is {figure}",
}
OVERDUE: Final = {
    "wait": "{those} have waited longer than {within} for an answer",
    "first_response": "{those} have waited longer than {within} for a first response",
    "response": "{those} have waited longer than {within} for a further response",
    "acknowledgement": "{those} have waited longer than {within} for a person's acknowledgement",
    "talk": "{those} have been talked for longer than {within}",
    "resolution": "issues have not been resolved within {within}",
}
DECLARED_CLOCK: Final = "issues have passed the {within} of the clock {clock}"


def description(standards: Sequence[Standard]) -> str:
    """What the alert of the standards under one name says of a scope."""
    return f"{_found(standards[0])}; {_asked(standards)}."


def wide(standards: Sequence[Standard], judged: str) -> str:
    """What is said where many queues break it at once; `judged`: the series with how many queues there are."""
    query = f'{judged}{{standard="{standards[0].name}",severity=%q}}'
    counted = f"{{{{ with printf `{query}` $labels.severity | query }}}}{{{{ . | first | value }}}}{{{{ else }}}}the{{{{ end }}}}"
    said = f"{{{{ $value }}}} of {counted} open queues were in breach of it within the last five minutes"
    return f"{said}: {standards[0].title}; {_asked(standards)}."


def spell(milliseconds: int) -> str:
    """A length of time in full words.

    >>> spell(5_400_000)
    '1 hour 30 minutes'
    """
    parts = []
    for part in write_duration(milliseconds).split():
        digits = part.rstrip("dhms")
        parts.append(f"{digits} {SPELT[part[len(digits) :]]}{'' if digits == '1' else 's'}")
    return " ".join(parts)


def _found(standard: Standard) -> str:
    those, where = _those(standard), _where(standard)
    within = spell(standard.within)
    if standard.form in REPORTS:
        return f"{standard.title}: {_figure(standard)}{where}"
    if standard.form == "percentage":
        return f"{_figure(standard)} {_at(SHARES[standard.measure].format(those='{those}', within=within), those, where)}"
    if standard.form == "clock":
        said = OVERDUE.get(standard.measure, DECLARED_CLOCK)
        said = said.format(those="{those}", within=within, clock=standard.measure.removeprefix(NAMED_CLOCK))
        those = "issues" if "{those}" not in said else those
        return f"{_count(standard)} {_at(said, those, where)}{_oldest(standard)}"
    said = (LEVELS if standard.form == "level" else MEANS)[standard.measure]
    return _at(said.replace("{figure}", _figure(standard)), those, where, behind=said.endswith(" wait"))


def _at(said: str, those: str, where: str, *, behind: bool = False) -> str:
    """Say where: behind those whom it is about, or at the end of the sentence."""
    if behind or "{those}" not in said:
        return f"{said.replace('{those}', those)}{where}"
    return said.replace("({those})", f"({those}{where})").replace("{those}", f"{those}{where}")


def _those(standard: Standard) -> str:
    """Whom it is about: calls, chats, ..., by the label where several are possible."""
    channels = (standard.where or {}).get("channel", ())
    if len(channels) == 1:
        return PLURALS[channels[0]]
    if "channel" not in standard.per:
        return "contacts"
    branches = [f'if eq $labels.channel "{name}" }}}}{plural}' for name, plural in PLURALS.items()]
    return "{{ " + "{{ else ".join(branches) + "{{ else }}contacts{{ end }}"


def _where(standard: Standard) -> str:
    """In which scope."""
    places = [f" in {{{{ $labels.{name} }}}}" for name in ("queue",) if name in standard.per]
    places += [f" of the {name} {{{{ $labels.{name} }}}}" for name in standard.per if name not in ("queue", "channel")]
    return "".join(places) or ("" if standard.per else " in the whole centre")


def _of(family: Family, standard: Standard) -> tuple[str, str]:
    """The series of the alert's own scope: what printf makes a selector of, and its arguments."""
    labels = ("standard", "queue", "channel", *(name for name in standard.per if name not in ("queue", "channel")))
    selector = ",".join(f"{name}=%q" for name in labels)
    return f"{family.name}{{{selector}}}", " ".join(f"$labels.{name}" for name in labels)


def _asked_of(query: str, arguments: str, shown: str, otherwise: str) -> str:
    return f"{{{{ with printf `{query}` {arguments} | query }}}}{{{{ . | first | value{shown} }}}}{{{{ else }}}}{otherwise}{{{{ end }}}}"


NOBODY: Final = ' | printf "%v" }}{{ if eq $each "+Inf" }}nobody is there{{ else }}{{ $each }} for each agent who is there{{ end'
"""What is shown of the waiting per agent: without agents it is infinite."""


def _figure(standard: Standard) -> str:
    """The reading: it is never rounded to the side on which it would look kept."""
    series, arguments = _of(f.STANDARD_READING, standard)
    if standard.form == "percentage" or standard.unit in {"share", "ratio"}:
        bad_above = standard.measure in AT_MOST or (standard.form in REPORTS and standard.op in {"<=", "<"})
        query = f"ceil(1000 * max({series}) - 1e-6) / 10" if bad_above else f"floor(1000 * max({series}) + 1e-6) / 10"
        return _asked_of(query, arguments, ' | printf "%v %%"', "An unknown share" if standard.form == "percentage" else "no data")
    timed = standard.unit == "seconds" if standard.form in REPORTS else standard.measure not in COUNTED
    if timed:
        return _asked_of(f"max({series})", arguments, " | humanizeDuration", "an unknown time")
    query = f"round(max({series}), 0.1)"
    if standard.form not in {"band", "trend"}:  # whose side the stream alone knows
        query = f"ceil(10 * max({series}) - 1e-6) / 10" if standard.op in {"<=", "<"} else f"floor(10 * max({series}) + 1e-6) / 10"
    if standard.measure == "waiting_per_agent":
        return _asked_of(query, arguments, NOBODY, "no data").replace("{{ . | first", "{{ $each := . | first")
    return _asked_of(query, arguments, "", "No data: how many")


def _count(standard: Standard) -> str:
    series, arguments = _of(f.OVERDUE, standard)
    return _asked_of(f"max({series}) > 0", arguments, "", "Some")


def _oldest(standard: Standard) -> str:
    """Since when the one is overdue that is so longest, where a worker shows it."""
    series, arguments = _of(f.OLDEST_OVERDUE, standard)
    query = f"time() - min({series})"
    shown = "{{ . | first | value | humanizeDuration }}"
    return f"{{{{ with printf `{query}` {arguments} | query }}}}, the oldest of them for {shown} now{{{{ end }}}}"


def _asked(standards: Sequence[Standard]) -> str:
    """What the standards under one name ask for, in figures: each target, the limits of single contacts, the overrides."""
    first = standards[0]
    if first.form in REPORTS:
        return f"the standard asks for {report(first)}"
    verb = "allows" if _allows(first) else "asks for"
    targets = [one for one in standards if one.target and one.bound == "within" and not one.specific]
    said = " and ".join(f"{_number(one)} ({one.severity})" for one in targets) or _number(first)
    limits = [f"{one.bound} above {spell(one.within)}" for one in standards if one.bound != "within" and not one.specific]
    others = [f"for {whom(one)} {_number(one)}" for one in standards if one.specific and one.bound == "within"]
    return f"the standard {verb} {'; '.join([said, *limits, *others])}"


def _allows(standard: Standard) -> bool:
    if standard.form == "clock":
        return True
    if standard.form == "percentage":
        return standard.measure in AT_MOST
    return standard.op in {"<=", "<"}


def _number(standard: Standard) -> str:
    if standard.form == "percentage":
        return say_share(standard.objective)
    if standard.form == "clock":
        return "none" if not standard.specific else f"{spell(standard.within)}"
    return say_number(standard.limit) if standard.measure in COUNTED else spell(round(standard.limit * 1000))
