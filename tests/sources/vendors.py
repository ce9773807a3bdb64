"""How the tests read vendors' JSON: samples in, events and figures out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.core.events import Event
from stream.sources import SOURCES
from stream.sources.records import Prepared, Rejected, Unknown
from stream.wire.codec import from_json, to_json_line
from tests.sources.queue_logs import figures

HERE: Final = Path(__file__).parent
COUNTS: Final = ("offered", "answered", "abandoned", "flowed_out", "callback", "waiting")
DAY: Final = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)
"""The day of the samples."""


def source(name: str, mapping: str = "") -> Prepared:
    """A source, with a mapping of this text where there is one."""
    return SOURCES[name].prepare(parse(f"version: 1\n{mapping}", "mapping.yaml") if mapping else None, from_json)


def sample(path: str) -> list[bytes]:
    """The lines of a sample."""
    return (HERE / path).read_bytes().splitlines(keepends=True)


def told(name: str, lines: Iterable[bytes], mapping: str = "") -> list[Event | Rejected | Unknown]:
    """What lines become."""
    return list(source(name, mapping).translate(lines))


def events_of(name: str, lines: Iterable[bytes], mapping: str = "") -> list[Event]:
    """The events of lines."""
    return [one for one in told(name, lines, mapping) if isinstance(one, Event)]


def counted(events: Iterable[Event]) -> dict[str, tuple[int, ...]]:
    """COUNTS by queue; "" is the whole."""
    return {queue: tuple(found[name] for name in COUNTS) for queue, found in figures(events).items()}


def said(events: Iterable[Event]) -> list[tuple[str, str, dict[str, Any]]]:
    """Events of a sample as time of day, type, and data without the subject's id."""
    return [
        (
            str(datetime.fromtimestamp(one.time / 1000, UTC).time()),
            one.type,
            {key: value for key, value in one.data.items() if key not in ("contact_id", "agent_id") or one.data[key] != one.subject},
        )
        for one in events
    ]


def delivered_again(lines: list[bytes], seed: int) -> list[bytes]:
    """The lines in another order, some of them several times: what at-least-once and best-effort deliveries do."""
    random = Random(seed)
    found = [*lines, *random.choices(lines, k=len(lines))]
    random.shuffle(found)
    return found


def fits_on_the_wire(events: Iterable[Event]) -> bool:
    """Whether each event is read back as it was written."""
    for one in events:
        again = from_json(json.loads(to_json_line(one, "test")))
        if (again.time, again.type, again.subject, again.data) != (one.time, one.type, one.subject, one.data):
            return False
    return True


def broken(lines: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Lines of a sample with values of any kind in the place of some, beside bytes of any kind."""
    texts = st.one_of(st.text(max_size=8), st.just("\ud800"), st.just("İ" * 3_000))
    values = st.one_of(st.none(), st.booleans(), st.integers(), texts, st.just([]), st.just({}), st.floats(allow_nan=False))
    objects = [json.loads(line) for line in lines]
    names = sorted({key for one in objects for key in _keys(one)})

    def spoilt(one: Any, key: str, value: Any) -> bytes:
        return json.dumps(_with(one, key, value)).encode() + b"\n"

    one = st.one_of(
        st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b"") + b"\n"),
        st.builds(spoilt, st.sampled_from(objects), st.sampled_from(names), values),
        st.recursive(values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(names), inner, max_size=4)).map(
            lambda value: json.dumps(value).encode() + b"\n"
        ),
    )
    return st.lists(one, max_size=12)


def _keys(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def _with(value: Any, key: str, new: Any) -> Any:
    if isinstance(value, dict):
        return {name: new if name == key else _with(inner, key, new) for name, inner in value.items()}
    return [_with(inner, key, new) for inner in value] if isinstance(value, list) else value
