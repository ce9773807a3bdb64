"""The vendors that the gateway knows: where each posts to, how it shows who it is, what it sends, and who translates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.intake.webhooks import checks, posts
from stream.intake.webhooks.checks import Check
from stream.intake.webhooks.posts import Split
from stream.sources import (
    amazon_connect,
    amazon_connect_records,
    chatwoot,
    cloud_events,
    genesys_cloud,
    intercom,
    twilio_taskrouter,
    zammad,
    zendesk,
)
from stream.sources.records import Prepare

MEBIBYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor. path: where it posts to; largest: bytes of a body, unless the mapping says otherwise.

    translator: its pure translator, for one record of `split` at a time: it keeps nothing between them, because requests come in any
    order, again, and to any of several gateways.
    """

    path: str
    check: Check
    split: Split
    translator: Prepare
    largest: int = MEBIBYTE
    public: bool = False
    """Whether its signature covers the URL, so that the gateway has to know its public one."""
    looked_at: bool = False
    """Whether it posts once, so that its API is looked at where the mapping says how (`api`)."""


VENDORS: Final[dict[str, Vendor]] = {
    "cloudevents": Vendor("/cloudevents", checks.key, posts.as_cloud_events, cloud_events.prepare),
    "amazon-connect": Vendor("/amazon-connect", checks.key, posts.as_json, amazon_connect.prepare),
    "amazon-connect-firehose": Vendor("/amazon-connect-firehose", checks.firehose, posts.as_firehose, amazon_connect.prepare, 8 * MEBIBYTE),
    "amazon-connect-records": Vendor(
        "/amazon-connect-records", checks.firehose, posts.as_firehose, amazon_connect_records.prepare, 8 * MEBIBYTE
    ),
    "chatwoot": Vendor("/chatwoot", checks.chatwoot, posts.as_json, chatwoot.prepare, looked_at=True),
    "genesys-cloud": Vendor("/genesys-cloud", checks.key, posts.as_json, genesys_cloud.prepare),
    "intercom": Vendor("/intercom", checks.hub_sha1, posts.as_json, intercom.prepare),
    "twilio-taskrouter": Vendor("/twilio-taskrouter", checks.twilio, posts.as_form_or_json, twilio_taskrouter.prepare, public=True),
    "zammad": Vendor("/zammad", checks.hub_sha1, posts.as_json, zammad.prepare),
    "zendesk": Vendor("/zendesk", checks.zendesk, posts.as_json, zendesk.prepare),
}
