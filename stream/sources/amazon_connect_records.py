"""The source `amazon-connect-records`: Amazon Connect's contact records, and its agent event stream -> events.

JSON objects, one or several a line, as Kinesis and Firehose deliver them: at least once, and again when there is more to say.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section
from stream.sources.connect.shared import ORIGIN
from stream.sources.connect.telling import of_records
from stream.sources.records import Decode, Prepared
from stream.sources.vendor.mapping import read_vendor
from stream.sources.vendor.telling import prepared

NAME: Final = "amazon-connect-records"
HELP: Final = "Amazon Connect's contact records and agent events, one JSON object per line"


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional. `customers: true` in it names the customer, for a pseudonym."""
    del decode, zone
    found = read_vendor(mapping, ORIGIN)
    return prepared(of_records(found), personal=found.customers)
