"""What Chatwoot's API shows, where its webhooks cannot tell it: conversations after a gap, and who of the agents is there."""

from __future__ import annotations

from stream.sources import chatwoot
from stream.sources.chatwoot import Mapped
from stream.sources.chatwoot_api.agents import EVENT, tell
from stream.sources.records import Prepared
from stream.sources.vendor.document import Document
from stream.sources.vendor.telling import Telling, prepared


def translator(mapped: Mapped) -> Prepared:
    """For what `Account` and `Staff` make of a look: the events that webhooks would have made, and those of agents."""
    webhook = chatwoot.teller(mapped)

    def tell_either(found: Document) -> Telling:
        return tell(found, Telling(f"{chatwoot.NAME}/{mapped.vendor.origin}")) if found.text("event") == EVENT else webhook(found)

    return prepared(tell_either, personal=mapped.vendor.customers)
