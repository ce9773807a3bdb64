"""Scopes: what a figure is about, and the key under which its facts and figures travel."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import Any, Final
from urllib.parse import quote, unquote
from zlib import crc32

ALL = "all"
REMEMBERED: Final = 65_536
"""How many places are remembered with their scopes; any number is right."""


CANARY: Final = "answerable-canary"
"""The queue of synthetic contacts: they travel the whole way, and are in no scope but one that nothing is counted in."""
DIMENSIONS: Final = ("agent", "channel", "group", "kind", "queue", "skill", "team", "tier")
"""What scopes are made of, in the order of the key. group: a declared group of contacts; kind: of an issue."""


MEANT: Final = frozenset(',="')
"""Signs that mean something where a scope is shown."""


def key_by(dimensions: Mapping[str, str]) -> str:
    """The key of a scope: "all", "queue=billing", "channel=call,queue=billing", "skill=french"."""
    return ",".join(f"{name}={quote(dimensions[name], safe='')}" for name in sorted(dimensions)) or ALL


CANARY_SCOPE: Final = key_by({"queue": CANARY})


def shown(dimensions: Mapping[str, str], between: str = ",") -> str:
    """A scope as people read it, with names as they wrote them: "queue=Kundendienst Süd"; "all" for the whole.

    No two scopes look alike: a name with a sign in it that means something here, or that cannot be seen, stands in quotes as in JSON.
    """
    return between.join(f"{name}={_quoted(dimensions[name])}" for name in sorted(dimensions)) or ALL


def _quoted(name: str) -> str:
    if name and name == name.strip() and name.isprintable() and MEANT.isdisjoint(name):
        return name
    text = json.dumps(name, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)


@lru_cache(maxsize=65_536)
def key_of(queue: str | None, channel: str | None) -> str:
    """The key of a scope of queue and channel, either of which may be left out."""
    return key_by({name: value for name, value in (("channel", channel), ("queue", queue)) if value is not None})


@lru_cache(maxsize=65_536)
def _parsed(key: str) -> tuple[tuple[str, str], ...]:
    if key == ALL:
        return ()
    pairs = (part.partition("=") for part in key.split(","))
    return tuple(sorted((name, unquote(value)) for name, _, value in pairs))


def scope_of(key: str) -> dict[str, str]:
    """The scope of a key, queue last: {} for the whole."""
    return dict(_parsed(key))


EVERY_KIND: Final[frozenset[tuple[str, ...]]] = frozenset({(), ("channel",), ("queue",), ("channel", "queue")})
"""The kinds of scopes, each by its dimensions in the order of the key: the whole, a channel, a queue, a channel in a queue."""


PERSON: Final = "person"
"""Among the extras of a place: an agent, with whatever the centre knows of them (team, tier, skills, figures of their own)."""
HANDLER: Final = "handler"
"""The same, only as far as they have figures of their own."""

Extras = tuple[tuple[str, str], ...]
"""Further dimensions with their values, as (name, value), sorted; one name may have several values."""


def scopes_at(values: Mapping[str, Collection[str]], kinds: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The keys of all scopes of these kinds for what has these values by dimension; one with several values is in several scopes."""
    keys = set()
    for kind in kinds:
        for chosen in product(*(values.get(name, ()) for name in kind)):
            keys.add(key_by(dict(zip(kind, chosen, strict=True))))
    return tuple(sorted(keys, key=lambda key: (key != ALL, key.count("="), key)))


@lru_cache(maxsize=65_536)
def scopes_of(queue: str, channel: str, kinds: frozenset[tuple[str, ...]] = EVERY_KIND) -> tuple[str, ...]:
    """The keys of all scopes that a contact in `queue` over `channel` belongs to; an unknown queue ("") has no queue scope."""
    return scopes_at({"queue": (queue,) if queue else (), "channel": (channel,) if channel else ()}, kinds)


KNOWN_BEFORE: Final = 3
"""Where in a place the extras stand that were known before: see `Scoping`."""


def is_for_more(place: tuple[Any, ...]) -> bool:
    """Whether a place is only for the scopes of what became known later."""
    return len(place) > KNOWN_BEFORE


def moved(place: tuple[Any, ...], *others: tuple[Any, ...]) -> tuple[Any, ...]:
    """The place, with only those of its scopes that are no scopes of any of the others."""
    queue, channel, *extras = place
    return (queue, channel, extras[0] if extras else (), (), *others)


def shared(place: tuple[Any, ...], other: tuple[Any, ...], *others: tuple[Any, ...]) -> tuple[Any, ...]:
    """The place, with only those of its scopes that are scopes of the other, too, and of none of `others`."""
    return moved(place, moved(place, other), *others)


def is_moved(place: tuple[Any, ...]) -> bool:
    """Whether a place was made by `moved`, or by `shared`."""
    return len(place) > KNOWN_BEFORE + 1


def is_shared(place: tuple[Any, ...]) -> bool:
    """Whether a place was made by `shared`."""
    return is_moved(place) and is_moved(place[KNOWN_BEFORE + 1])


class Scoping:
    """Finds the scopes of a place: (queue, channel), or (queue, channel, extras) where more is known of the contact.

    (queue, channel, extras, before): more of it became known than `before`, which is () or the earlier extras alone in a tuple; the
    place has only the scopes that follow from the rest. Of a place that `moved` made, only those that the other places lack.

    A queue's own team, tier and skills, as the centre declares them, are dimensions of all that happens in it; what an extra says
    of the same dimension takes their place.
    """

    __slots__ = ("_known", "kinds", "of_agent", "of_queues")

    def __init__(
        self,
        of_queues: Mapping[str, Extras],
        kinds: frozenset[tuple[str, ...]] = EVERY_KIND,
        of_agent: Callable[[str], Extras] = lambda _: (),
    ) -> None:
        """`of_queues`: what the centre says of each queue, `of_agent`: of an agent; `kinds`: the kinds of scopes that are kept."""
        self.of_queues = of_queues
        self.of_agent = of_agent
        self.kinds = kinds
        self._known: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def of(self, place: tuple[Any, ...]) -> tuple[str, ...]:
        """The keys of all scopes of a place."""
        found = self._known.get(place)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            queue, channel, *extras = place[:KNOWN_BEFORE]
            found = (CANARY_SCOPE,) if queue == CANARY else scopes_at(self.values(queue, channel, *extras), self.kinds)
            if is_for_more(place):
                others = place[KNOWN_BEFORE + 1 :] if is_moved(place) else ((queue, channel, *place[KNOWN_BEFORE]),)
                earlier = {key for other in others for key in self.of(other)}
                found = tuple(key for key in found if key not in earlier)
            self._known[place] = found
        return found

    def values(self, queue: str, channel: str, extras: Extras = ()) -> dict[str, list[str]]:
        """The values of a place by dimension."""
        if any(name in (PERSON, HANDLER) for name, _ in extras):
            extras = self._of_agents(extras)
        said = {name for name, _ in extras}
        values: dict[str, list[str]] = {"queue": [queue] if queue else [], "channel": [channel] if channel else []}
        for name, value in (*(pair for pair in self.of_queues.get(queue, ()) if pair[0] not in said), *extras):
            values.setdefault(name, []).append(value)
        return values

    def _of_agents(self, extras: Extras) -> Extras:
        """Extras with what is known of the agents in them instead of the agents."""
        out: list[tuple[str, str]] = []
        for name, value in extras:
            if name in (PERSON, HANDLER):
                out += [pair for pair in self.of_agent(value) if name == PERSON or pair[0] == "agent"]
            else:
                out.append((name, value))
        return tuple(out)


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of scope-facts that owns a scope: crc32 of its key, modulo the count."""
    return crc32(key) % partitions


@lru_cache(maxsize=1024)
def keys_to_all(partitions: int) -> tuple[bytes, ...]:
    """One key per partition, each of which `partition_of` sends there: for what every partition must hear."""
    found: dict[int, bytes] = {}
    number = 0
    while len(found) < partitions:
        key = b"!%d" % number
        found.setdefault(partition_of(key, partitions), key)
        number += 1
    return tuple(found[index] for index in range(partitions))


def with_extras(place: tuple[Any, ...], more: Extras) -> tuple[Any, ...]:
    """A place with further dimensions; those that it has already it has once."""
    queue, channel, *extras = place
    known = {*(extras[0] if extras else ()), *more}
    return (queue, channel, tuple(sorted(known))) if known else (queue, channel)
