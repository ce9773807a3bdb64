"""One entry of the standards' file as the standards that follow from it: overrides, targets, and limits of single contacts.

    overrides:                             the same, but with another number for a narrower scope
      - {where: {group: [vip]}, objective: 95%}
    targets:                               warning before critical
      - {severity: warning, objective: 92%}
      - {severity: critical, objective: 90%}
    late: 5m                               every contact above it is a breach of its own
    unacceptable: 10m

An override is read as if its keys stood in the entry, and so is a target: nothing is allowed there that is not allowed in an entry.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import yaml

from stream.config.promise import CLOCKED, LIMITS, bounds, promise
from stream.config.yaml import Entry, Item, Section
from stream.core.declared import CLOCK_OF, DIMENSIONS, SEVERITIES, Standard

if TYPE_CHECKING:
    from stream.core.centre import Centre

FIXED: Final = ("name", "title", "form", "measure", "per", "formula", "calendar", "overrides", "usual")
"""What an override or a target cannot change: it would be another standard."""
OF_PLACES: Final = ("where", "hours", "grace", "targets")
"""What an override can change, and a target cannot."""


def variants(section: Section, centre: Centre) -> tuple[Standard, ...]:
    """All standards of one entry; what holds everywhere comes first."""
    found = list(_targets(section, centre))
    for override in _parts(section, "overrides"):
        merged = _override(section, override, found[0])
        derived = [replace(one, specific=len(override.section("where").entries)) for one in _targets(merged, centre)]
        if [_without_place(one) for one in derived] == [_without_place(one) for one in _entry(found)]:
            raise override.error("this override changes nothing: write what is different there, or leave it out")
        found += [one for one in derived if not _as_everywhere(one, found)]
    return tuple(found)


def _as_everywhere(derived: Standard, found: list[Standard]) -> bool:
    """Whether it asks for the places of an override what the entry asks for everywhere: the same breach would be told twice."""
    return any(_without_place(derived) == _without_place(one) for one in _entry(found))


def _entry(found: list[Standard]) -> list[Standard]:
    return [one for one in found if not one.specific]


def _parts(section: Section, key: str) -> tuple[Section, ...]:
    return section.sections(key) if key in section else ()


def _override(section: Section, override: Section, base: Standard) -> Section:
    """The entry as it would read for the places of the override."""
    _only(override, FIXED, "an override")
    where = override.section("where") if "where" in override else None
    if where is None or not where.entries:
        raise override.error("an override needs where: write for whom it is, for example where: {group: [vip]}")
    where.only(*DIMENSIONS)
    for dimension, allowed in (base.where or {}).items():
        for item in where.items(dimension):
            if item.text not in allowed:
                among = ", ".join(allowed)
                raise item.error(f"{base.name} is not about the {dimension} {item.text}, so this would never hold: write some of {among}")
    merged = _merged(section, override)
    places = section.section("where").entries if "where" in section else {}
    merged.entries["where"] = Entry(override.entries["where"].key, _mapping({**places, **where.entries}, override.entries["where"].node))
    per: list[str] = [dimension for dimension in DIMENSIONS if dimension in base.per or dimension in where.entries]
    merged.entries["per"] = Entry(override.entries["where"].key, _words(per, override.entries["where"].node))
    return merged


def _targets(section: Section, centre: Centre) -> tuple[Standard, ...]:
    """The standards of the targets of an entry, each with its severity, and of its limits for single contacts."""
    parts = _parts(section, "targets")
    alone = _merged(section, Section(section.path, section.line, section.name, {}), without=("targets", "overrides"))
    if not parts:
        return _bounds(alone, [promise(alone, centre)])
    found: list[Standard] = []
    for part in parts:
        _only(part, (*FIXED, *OF_PLACES, *CLOCKED), "a target")
        severity = part.choice("severity", SEVERITIES)
        if severity in {one.severity for one in found}:
            raise part.error(f"two targets are {severity}: give each another severity, or leave one out", "severity")
        found.append(replace(promise(_merged(alone, part), centre), target=severity))
        if found[1:]:
            _in_order(found[-2], found[-1], part)
    if len(parts) == 1 and (twice := [key for key in parts[0].entries if key in section and key != "severity"]):
        said = f"the one target takes the place of {twice[0]} here, which would hold nowhere"
        raise section.error(f"{said}: make it a second target, with its severity, or leave one of the two out", twice[0])
    return _bounds(alone, found)


def _in_order(first: Standard, second: Standard, part: Section) -> None:
    """The louder target must be the one that is missed later, or the quieter one would never speak first."""
    louder, quieter = sorted((first, second), key=lambda one: SEVERITIES.index(one.severity))
    if _laxity(louder) <= _laxity(quieter):
        problem = f"the target {quieter.severity} would not speak before {louder.severity}: make it the stricter of the two"
        raise part.error(problem, "severity")


def _laxity(standard: Standard) -> tuple[float, ...]:
    """How much a target lets pass: the larger, the later it is missed."""
    low = standard.op in {"<=", "<"}
    share = standard.objective if low else -standard.objective
    limit = standard.limit if low else -standard.limit
    return share, limit, standard.high - standard.low, standard.factor, standard.within, standard.hold


def _bounds(section: Section, found: list[Standard]) -> tuple[Standard, ...]:
    """Add the clocks of single contacts: late speaks with the first target, unacceptable with the loudest."""
    first, loudest = found[0], min(found, key=lambda one: SEVERITIES.index(one.severity))
    limits = bounds(section)
    if not limits:
        return tuple(found)
    clocks = [_clock(first if key == CLOCKED[0] else loudest, key, within) for key, within in limits.items()]
    return (*(replace(one, several=True) for one in found), *clocks)


def _clock(standard: Standard, key: str, within: int) -> Standard:
    plain = Standard(name="", title="", form="clock", measure="wait")
    return replace(
        standard,
        form="clock",
        measure=CLOCK_OF.get(standard.measure, standard.measure),
        within=within,
        op="<=",
        objective=0.0,
        formula=plain.formula,
        window=plain.window,
        calendar="",
        confidence=plain.confidence,
        hold=0,
        clear_hold=0,
        target="",
        bound=key,
        several=True,
    )


def _only(part: Section, refused: tuple[str, ...], name: str) -> None:
    for key in part.keys():  # noqa: SIM118 - a section is no dict: its keys carry their lines
        if key.text in refused:
            raise key.error(f"{name} cannot change {key.text}: write a standard of its own for that")


def _merged(section: Section, part: Section, without: tuple[str, ...] = ()) -> Section:
    """The entries of a section with those of a part of it instead; of limits that exclude each other the part's hold."""
    dropped = {*without, *(LIMITS if part.entries.keys() & LIMITS.keys() else ())}
    if "targets" in part.entries:
        dropped |= {"severity"}
    kept = {key: entry for key, entry in section.entries.items() if key not in dropped}
    return Section(section.path, part.line if part.entries else section.line, section.name, {**kept, **part.entries})


def _mapping(entries: dict[str, Entry], node: yaml.Node) -> yaml.MappingNode:
    pairs = [(_scalar(key, entry.key, node), entry.node) for key, entry in entries.items()]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, node.start_mark, node.end_mark)


def _words(words: list[str], node: yaml.Node) -> yaml.SequenceNode:
    scalars = [yaml.ScalarNode("tag:yaml.org,2002:str", word, node.start_mark, node.end_mark) for word in words]
    return yaml.SequenceNode("tag:yaml.org,2002:seq", scalars, node.start_mark, node.end_mark)


def _scalar(text: str, at: Item, node: yaml.Node) -> yaml.ScalarNode:
    mark = yaml.Mark(node.start_mark.name, 0, at.line - 1, 0, None, 0)
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, mark, mark)


def _without_place(standard: Standard) -> Standard:
    return replace(standard, where=None, per=(), specific=0)
