"""The sentence of an alert, as a template of Prometheus: what was found, where, and what the standard asks for.

For example: "62 % of calls in billing were answered within 2 minutes; the standard asks for 90 %."
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stream.config.quantities import say_number, say_share, write_duration
from stream.config.sentences import AT, ONES, PLURALS, usually
from stream.core.declared import BOUNDS, NAMED_CLOCK, REPORTS, governing
from stream.core.judges.report import path_of
from stream.core.measures.paths import DEFAULT
from stream.core.measures.saying import says
from stream.core.windows import DAYS_28
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
COUNTABLE: Final = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")
"""In a sentence: [many|one], by the number that is said."""
LEVELS: Final = {
    "waiting": "{figure} {those} [wait|waits]",
    "waiting_per_agent": "Waiting {those}: {figure}",
    "staffed": "{figure} [agents are|agent is] there",
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
    "wait": "{those} [have|has] waited longer than {within} for an answer",
    "first_response": "{those} [have|has] waited longer than {within} for a first response",
    "response": "{those} [have|has] waited longer than {within} for a further response",
    "acknowledgement": "{those} [have|has] waited longer than {within} for a person's acknowledgement",
    "kept_waiting": "{those} [have|has] been kept waiting for a person for longer than {within}",
    "talk": "{those} [have|has] been talked for longer than {within}",
    "resolution": "[issues have|issue has] not been resolved within {within}",
}
TIMED: Final = ("service_level", "service_level_by_answer", "service_level_by_end")
"""The measures of which a row names its time."""
REPORTED: Final = {
    **dict.fromkeys(TIMED, f"{{figure}} {SHARES['service_level']}"),
    "abandonment": f"{{figure}} {SHARES['abandonment']}",
    "answered_within_rings": "{figure} of answered {those} rang at most three times",
    "offered": "{figure} {those} came",
    "answered": "{figure} {those} [were|was] answered",
    "abandoned": "{figure} {those} gave up waiting",
    "max_waiting": "{figure} {those} waited at once at the most",
    "wait_answered_mean_seconds": "The mean wait for an answer ({those}) was {figure}",
    "wait_max_seconds": "The longest wait ({those}) was {figure}",
    "handle_mean_seconds": "The mean handle time ({those}) was {figure}",
    "first_response_mean_seconds": "The mean time to a first response ({those}) was {figure}",
    "response_mean_seconds": "The mean time to a further response ({those}) was {figure}",
    "acknowledgement_mean_seconds": "The mean time to a person's acknowledgement ({those}) was {figure}",
    "csat": "{figure} of the answers ({those}) gave one of the two best grades",
    "fcr": "{figure} of the resolved issues took one contact",
    "resolution_rate": "{figure} of the issues opened are resolved",
    "occupancy": "Agents had a contact in hand for {figure} of their time",
}
"""By the measure of a report, a sentence of its own; of all others the measure itself says what it is (`stream.core.measures.saying`)."""
ROWS: Final = {**dict.fromkeys(TIMED, 2), "abandonment": 1}
"""How many words name one row of a table: without them it is about the largest row, whichever that is."""
WHEN: Final = {
    "half_hour": "in the last half-hour",
    "day": "yesterday",
    "week": "last week",
    "month": "last month",
    DAYS_28: "in the last 28 days",
}
"""When it was that a report is about while its alert fires: the last period that is over."""
DECLARED_CLOCK: Final = "[issues have|issue has] passed the {within} of the clock {clock}"


def description(standards: Sequence[Standard]) -> str:
    """What the alert of the standards under one name says of a scope.

    Targets and overrides that differ in their time have a sentence each, which the labels of the alert choose.
    """
    promises = _promises(standards)
    if len({_measured(one) for one in promises}) == 1:
        return _sentence(standards)
    first, *others = promises
    others.sort(key=lambda one: (-one.specific, -standards.index(one)))  # as `governing` has it: the most specific, of those the last
    said = "{{ else ".join(f"if {_holds(one, promises)} }}}}{_own(one, standards)}" for one in others)
    return f"{{{{ {said}{{{{ else }}}}{_own(first, standards)}{{{{ end }}}}"


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


def _sentence(standards: Sequence[Standard], *, shown: bool = True) -> str:
    """What was found and what is asked for. shown: whether the series hold the figures of the first of them."""
    return f"{_beyond(standards) + _found(standards[0]) if shown else _missed(standards[0])}; {_asked(standards)}."


def _beyond(standards: Sequence[Standard]) -> str:
    """Who is beyond a limit of single contacts, of the gravest that anybody is beyond: it leads, whatever the share says.

    Whether the share is missed as well, the stream alone judges, and no reading tells.
    """
    first, limits = standards[0], [one for one in standards if one.form == "clock" and one.bound != BOUNDS[0] and not one.specific]
    if first.form != "percentage" or not limits:
        return ""
    overdue, arguments = _of(f.OVERDUE, first)
    branches = []
    for limit in sorted(limits, key=lambda one: BOUNDS.index(one.bound), reverse=True):
        beyond = overdue.replace("{", f'{{limit="{limit.bound}",', 1)
        said = _by_number(f"{{figure}} {_overdue(limit)}, which is {limit.bound}; ", "{{ . | first | value }}")
        branches.append(f"with printf `max({beyond}) > 0` {arguments} | query }}}}{said}")
    return "{{ " + "{{ else }}{{ ".join(branches) + "{{ end }}" * len(branches)


def _promises(standards: Sequence[Standard]) -> list[Standard]:
    """The targets and overrides, without the limits of single contacts beside them."""
    return [one for one in standards if one.bound == BOUNDS[0]]


def _measured(standard: Standard) -> tuple[int, int]:
    """What makes the figure another one."""
    return standard.within, standard.window


def _own(standard: Standard, standards: Sequence[Standard]) -> str:
    """The sentence of one target or override, with the limits that speak as loudly.

    The series of a scope hold the figures of its first target alone (`stream.sinks.prometheus`).
    """
    where = standard.where or {}
    shown = governing(_promises(standards), {name: where.get(name, ("",))[0] for name in standard.per})[0]
    alike = [one for one in standards if (one.where, one.severity) == (standard.where, standard.severity) and one is not standard]
    limits = [one for one in alike if one.bound != BOUNDS[0]]
    alone = [replace(one, target="", specific=0) for one in (standard, *limits)]
    return _sentence(alone, shown=shown.key == standard.key or _measured(shown) == _measured(standard))


def _holds(standard: Standard, promises: Sequence[Standard]) -> str:
    """The condition of a template for an alert of this target or override, where none that is more specific holds."""
    places = (standard.where or {}) if standard.specific else {}
    everywhere = promises[0].where or {}
    found = [(name, values) for name, values in places.items() if values != everywhere.get(name)]
    if len({one.severity for one in promises}) > 1:
        found.append(("severity", (standard.severity,)))
    tests = [" ".join((f"eq $labels.{name}", *(f'"{value}"' for value in values))) for name, values in found]
    return tests[0] if len(tests) == 1 else f"and {' '.join(f'({test})' for test in tests)}"


def _many(said: str) -> str:
    """Of a sentence without a number the words for many."""
    return COUNTABLE.sub(r"\1", said)


def _missed(standard: Standard) -> str:
    """The same without figures: those of another target would be said."""
    those, where = _those(standard), _where(standard)
    if standard.form == "percentage":
        few = "Too many" if standard.measure in AT_MOST else "Too few"
        said = SHARES[standard.measure].removeprefix("of ").format(those="{those}", within=spell(standard.within))
        return f"{few} {_at(said, those, where)}"
    if standard.form == "clock":
        return _many(f"Some {_overdue(standard)}")
    return _at(MEANS[standard.measure].replace("{figure}", "too long"), those, where)


def _overdue(standard: Standard) -> str:
    said = OVERDUE.get(standard.measure, DECLARED_CLOCK)
    said = said.format(those="{those}", within=spell(standard.within), clock=standard.measure.removeprefix(NAMED_CLOCK))
    return _at(said, _those(standard, counted=True), _where(standard))


def _found(standard: Standard) -> str:
    those, where = _those(standard), _where(standard)
    within = spell(standard.within)
    if standard.form in REPORTS:
        return f"{_reported(standard)}{_usually(standard)}"
    if standard.form == "percentage":
        return f"{_figure(standard)} {_at(SHARES[standard.measure].format(those='{those}', within=within), those, where)}"
    if standard.form == "clock":
        return _by_number(f"{{figure}} {_overdue(standard)}{_oldest(standard)}", _count(standard))
    said = (LEVELS if standard.form == "level" else MEANS)[standard.measure]
    if said.startswith("{figure} "):
        those = _those(standard, counted=True)
    return _by_number(_at(said, those, where, behind=said.startswith("{figure} {those} [")), _figure(standard))


def _by_number(said: str, figure: str) -> str:
    """The sentence with its figure, and words as that one asks for: where it is 1 those for one."""
    if not COUNTABLE.search(said):
        return said.replace("{figure}", figure)
    noted = figure.replace("{{ . | first | value }}", "{{ . | first | value }}{{ $one = eq (. | first | value) 1.0 }}")
    chosen = COUNTABLE.sub(r"{{ if $one }}\2{{ else }}\1{{ end }}", said)
    return "{{ $one := false }}" + chosen.replace("{figure}", noted)


def _reported(standard: Standard) -> str:
    """What a closed period says, of whom and when."""
    those, where, when, path = _those(standard), _where(standard), WHEN[standard.calendar], path_of(standard)
    figure = _figure(standard)
    said = REPORTED.get(path.measure)
    if said is None or path.field != DEFAULT or len(path.keys) != ROWS.get(path.measure, 0):
        whose = where.removeprefix(" ") if those == "contacts" else f"{those}{where}"
        unit = "" if standard.unit in {"share", "ratio", "seconds", "contacts", "count"} else f" {_counted(standard.unit)}"
        return _by_number(f"{says(path)} ({whose}): {{figure}}{unit} {when}", figure)
    within = spell(round(float(path.keys[1]) * 1000)) if path.measure in TIMED else ""
    if said.startswith("{figure} {those} "):
        those = _those(standard, counted=True)
    said = said.replace("{within}", within)
    return f"{_by_number(_at(said, those, where), figure)} {when}"


def _counted(unit: str) -> str:
    """A unit, by the number before it: "[issues|issue]", "[contacts|contact] per hour"."""
    many, per, what = unit.partition(" per ")
    return f"[{many}|{many.removesuffix('s')}]{per}{what}" if many.endswith("s") else unit


def _usually(standard: Standard) -> str:
    """What is usual, of a trend: the series of its target has the edge on the side to which it went."""
    if standard.form != "trend":
        return ""
    (reading, arguments), (edge, _) = (_of(family, standard, numbered=True) for family in (f.STANDARD_READING, f.STANDARD_TARGET))
    usual, shown = f"max({edge}) / {standard.factor:g} and max({reading}) > max({edge}) or max({edge}) * {standard.factor:g}", ""
    if standard.unit in {"share", "ratio"}:
        usual, shown = f"round(1000 * ({usual})) / 10", ' | printf "%v %%"'
    elif standard.unit == "seconds":
        shown = " | humanizeDuration"
    else:
        usual = f"round({usual}, 0.1)"
    return f"{{{{ with printf `{usual}` {arguments} | query }}}}, usually {{{{ . | first | value{shown} }}}}{{{{ end }}}}"


def _at(said: str, those: str, where: str, *, behind: bool = False) -> str:
    """Say where: behind those whom it is about, or at the end of the sentence."""
    if behind or "{those}" not in said:
        return f"{said.replace('{those}', those)}{where}"
    return said.replace("({those})", f"({those}{where})").replace("{those}", f"{those}{where}")


def _those(standard: Standard, *, counted: bool = False) -> str:
    """Whom it is about: calls, chats, ..., by the label where several are possible. counted: as one, too, behind a number."""
    named = {name: f"[{plural}|{ONES[name]}]" if counted else plural for name, plural in PLURALS.items()}
    others = "[contacts|contact]" if counted else "contacts"
    channels = (standard.where or {}).get("channel", ())
    if len(channels) == 1:
        return named[channels[0]]
    if "channel" not in standard.per:
        return others
    branches = [f'if eq $labels.channel "{name}" }}}}{words}' for name, words in named.items()]
    return "{{ " + "{{ else ".join(branches) + f"{{{{ else }}}}{others}{{{{ end }}}}"


def _where(standard: Standard) -> str:
    """In which scope."""
    places = [f" in {{{{ $labels.{name} }}}}" for name in ("queue",) if name in standard.per]
    places += [f" of the {name} {{{{ $labels.{name} }}}}" for name in standard.per if name not in ("queue", "channel")]
    return "".join(places) or ("" if standard.per else " in the whole centre")


def _of(family: Family, standard: Standard, *, numbered: bool = False) -> tuple[str, str]:
    """The series of the alert's own scope: what printf makes a selector of, and its arguments. numbered: it may stand several times."""
    labels = ("standard", "queue", "channel", *(name for name in standard.per if name not in ("queue", "channel")))
    selector = ",".join(f"{name}=%[{number}]q" if numbered else f"{name}=%q" for number, name in enumerate(labels, 1))
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
        return _asked_of(query, arguments, ' | printf "%v %%"', "An unknown share")
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
    return f"{{{{ with printf `{query}` {arguments} | query }}}}, [the oldest of them|over it] for {shown} now{{{{ end }}}}"


def _asked(standards: Sequence[Standard]) -> str:
    """What the standards under one name ask for, in figures: each target, the limits of single contacts, the overrides."""
    first = standards[0]
    verb = "allows" if _allows(first) else "asks for"
    timed = len({one.within for one in _promises(standards)}) > 1
    targets = [one for one in standards if one.target and one.bound == BOUNDS[0] and not one.specific]
    said = " and ".join(f"{_number(one, timed=timed)} ({one.severity})" for one in targets) or _number(first, timed=timed)
    limits = [f"{one.bound} above {spell(one.within)}" for one in standards if one.bound != BOUNDS[0] and not one.specific]
    others = [f"for {whom(one)} {_number(one, timed=timed)}" for one in standards if one.specific and one.bound == BOUNDS[0]]
    usual = [f"usual is {usually(first)}"] if first.form == "trend" else []
    return f"the standard {verb} {'; '.join([said, *limits, *others, *usual])}"


def _allows(standard: Standard) -> bool:
    if standard.form == "clock":
        return True
    if standard.form == "percentage":
        return standard.measure in AT_MOST
    if standard.form in REPORTS:
        return standard.form == "trend"
    return standard.op in {"<=", "<"}


def _number(standard: Standard, *, timed: bool) -> str:
    """The figure; of a share or a clock its time, too, where there are several (`timed`)."""
    if standard.form == "percentage":
        return say_share(standard.objective) + (f" within {spell(standard.within)}" if timed else "")
    if standard.form == "clock":
        return "none" + (f" above {spell(standard.within)}" if timed else "")
    if standard.form in REPORTS:
        return _edges(standard)
    return say_number(standard.limit) if standard.measure in COUNTED else spell(round(standard.limit * 1000))


def _edges(standard: Standard) -> str:
    """Within which edges a report asks its figure to be."""
    if standard.form == "trend":
        return f"a factor of {say_number(standard.factor)} either way"
    if standard.form == "band":
        return f"between {_amount(standard.low, standard.unit)} and {_amount(standard.high, standard.unit)}"
    return f"{AT[standard.op].replace('fewer', 'less')} {_amount(standard.limit, standard.unit)}"


def _amount(value: float, unit: str) -> str:
    if unit in {"share", "ratio"}:
        return say_share(value)
    if unit == "seconds":
        return spell(round(value * 1000))
    return say_number(value) if unit == "contacts" else f"{say_number(value)} {_one(unit) if value == 1 else unit}"


def _one(unit: str) -> str:
    """A unit as it stands behind 1."""
    return COUNTABLE.sub(r"\2", _counted(unit))
