"""Who the customer is does not get past here: what a source calls them becomes a keyed pseudonym."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from stream.core.events import Event
from stream.core.pseudonyms import Pseudonyms
from stream.errors import WrongUse
from stream.sources.records import CUSTOMER, Rejected, Unknown

REMEMBERED: Final = 65_536
"""How many customers are remembered with their pseudonym; any number is right."""


def refuse_without_key(key: str, *, personal: bool, whose: str = "") -> None:
    """Whose customers have no key for their pseudonyms is told so, where the mapping names a customer.

    whose: the source, where there are several. Raises WrongUse.
    """
    if personal and not key:
        mapping = f"The mapping of {whose}" if whose else "The mapping"
        raise WrongUse(f"{mapping} names a customer, whom nobody may see: set ANSWERABLE_PSEUDONYM_KEY or pseudonym_key_file first.")


def concealed(found: Iterable[Event | Rejected | Unknown], pseudonyms: Pseudonyms) -> Iterator[Event | Rejected | Unknown]:
    """The events with `customer_ref` in the place of the customer as the source knows them."""
    known = lru_cache(REMEMBERED)(lambda name: pseudonyms.of("customer", name))
    for event in found:
        if isinstance(event, Event) and (name := event.data.pop(CUSTOMER, None)):
            event.data["customer_ref"] = known(name)
        yield event
