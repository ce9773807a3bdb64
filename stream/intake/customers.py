"""Who the customer is does not get past here: what a source calls them becomes a keyed pseudonym."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from stream.core.events import Event
from stream.core.pseudonyms import Pseudonyms
from stream.sources.records import CUSTOMER, Rejected, Unknown

REMEMBERED: Final = 65_536
"""How many customers are remembered with their pseudonym; any number is right."""


def concealed(found: Iterable[Event | Rejected | Unknown], pseudonyms: Pseudonyms) -> Iterator[Event | Rejected | Unknown]:
    """The events with `customer_ref` in the place of the customer as the source knows them."""
    known = lru_cache(REMEMBERED)(lambda name: pseudonyms.of("customer", name))
    for event in found:
        if isinstance(event, Event) and (name := event.data.pop(CUSTOMER, None)):
            event.data["customer_ref"] = known(name)
        yield event
