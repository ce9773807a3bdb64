"""Scopes: what a figure is about, and the key under which its facts and figures travel."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote
from zlib import crc32

ALL = "all"


@lru_cache(maxsize=65_536)
def key_of(queue: str | None, channel: str | None) -> str:
    """The key of a scope: "all", "queue=billing", "channel=call" or "channel=call,queue=billing"."""
    parts = []
    if channel is not None:
        parts.append(f"channel={quote(channel, safe='')}")
    if queue is not None:
        parts.append(f"queue={quote(queue, safe='')}")
    return ",".join(parts) or ALL


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


@lru_cache(maxsize=65_536)
def scopes_of(queue: str, channel: str, kinds: frozenset[tuple[str, ...]] = EVERY_KIND) -> tuple[str, ...]:
    """The keys of all scopes that a contact in `queue` over `channel` belongs to; an unknown queue ("") has no queue scope."""
    keys = []
    if () in kinds:
        keys.append(ALL)
    if channel and ("channel",) in kinds:
        keys.append(key_of(None, channel))
    if queue and ("queue",) in kinds:
        keys.append(key_of(queue, None))
    if queue and channel and ("channel", "queue") in kinds:
        keys.append(key_of(queue, channel))
    return tuple(keys)


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
