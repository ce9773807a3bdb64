"""The source `amazon-connect`: Amazon Connect's contact events (EventBridge) and its agent event stream (Kinesis) -> events.

JSON objects, one or several a line. They tell of a contact while it goes on; `amazon-connect-records` tells of it when it is over: connect
one of the two.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from typing import Final

from stream.config.yaml import Section
from stream.sources.connect.shared import ORIGIN
from stream.sources.connect.telling import of_events
from stream.sources.records import Decode, Prepared
from stream.sources.vendor.mapping import read_vendor
from stream.sources.vendor.telling import prepared

NAME: Final = "amazon-connect"
HELP: Final = "Amazon Connect's contact events and agent events, one JSON object per line"


def prepare(mapping: Section | None, decode: Decode, zone: tzinfo | None = None) -> Prepared:
    """Ready the translator; the mapping is optional. `customers` may stand in it for the records, and changes nothing here."""
    del decode, zone
    # Contact events know queues by their ARN only, so the agents' queues go by it, too.
    return prepared(of_events(replace(read_vendor(mapping, ORIGIN), names=False)), personal=False)
