"""The source `cloudevents`: our own CloudEvents, as anybody posts them to the webhook gateway.

What steers workers, or makes them forget somebody, is for those who run them: it is refused from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section, version
from stream.core.events import CONTROLS, ERASURE_REQUESTED, Event
from stream.sources.events import translate
from stream.sources.records import CUSTOMER, Decode, Prepared, Rejected, Translation

NAME: Final = "cloudevents"
INSIDE: Final = frozenset({*CONTROLS, ERASURE_REQUESTED})


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator. An event may name its customer under `customer`, as a text; the gateway makes a pseudonym of it."""
    del zone
    if mapping is not None:
        mapping.only("version")
        version(mapping)
    return Prepared(lambda lines: _from_outside(lines, decode))


def _from_outside(lines: Iterable[bytes], decode: Decode) -> Translation:
    for raw in lines:
        for found in translate([raw], decode):
            if isinstance(found, Event) and found.type in INSIDE:
                yield Rejected("unknown_type", f"{found.type} is not taken from outside: use the command for it", raw, 0)
            elif isinstance(found, Event) and not isinstance(found.data.get(CUSTOMER, ""), str):
                yield Rejected("bad_value", f"{found.type}: {CUSTOMER} is a text", raw, 0)
            else:
                yield found
