"""What an object of either kind of stream becomes: contacts by one of two translators, agents by the same."""

from __future__ import annotations

from collections.abc import Callable

from stream.sources.connect import agents, contacts, records
from stream.sources.vendor.document import Document
from stream.sources.vendor.mapping import VendorMapping
from stream.sources.vendor.telling import Tell, Telling

Contact = Callable[[Document, Telling], Telling]


def of_events(mapping: VendorMapping) -> Tell:
    """What an object becomes where contact events tell of contacts."""

    def tell(found: Document, out: Telling) -> Telling:
        detail = found.part("detail") if "detail" in found else found
        if "eventType" in detail and "contactId" in detail:
            return contacts.tell(detail, mapping, out)
        return out.unknown("a contact record: --source amazon-connect-records reads it" if _is_record(found) else _named(found))

    return _with_agents(mapping, tell)


def of_records(mapping: VendorMapping) -> Tell:
    """What an object becomes where contact records tell of contacts."""

    def tell(found: Document, out: Telling) -> Telling:
        return records.tell(found, mapping, out) if _is_record(found) else out.unknown(_named(found))

    return _with_agents(mapping, tell)


def _with_agents(mapping: VendorMapping, contact: Contact) -> Tell:
    def tell(found: Document) -> Telling:
        out = Telling(f"amazon-connect/{mapping.origin}")
        return agents.tell(found, mapping, out) if "AgentARN" in found else contact(found, out)

    return tell


def _is_record(found: Document) -> bool:
    return "ContactId" in found and "InitiationTimestamp" in found and "eventType" not in found


def _named(found: Document) -> str:
    """What an object that tells of no contact calls itself."""
    return found.text("detail-type") or found.part("detail").text("eventType") or found.text("eventType") or "an object of another kind"
