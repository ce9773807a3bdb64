"""Pure translators: the bytes of a file -> events. A source is one module, one line of `SOURCES` and its samples in tests/sources."""

from __future__ import annotations

from typing import Final

from stream.sources import (
    amazon_connect,
    amazon_connect_records,
    asterisk_cdr,
    asterisk_cel,
    asterisk_queue_log,
    call_log,
    chatwoot,
    email,
    events,
    freeswitch,
    genesys_cloud,
    intercom,
    twilio_taskrouter,
    zammad,
    zendesk,
)
from stream.sources.records import Source

SOURCES: Final[dict[str, Source]] = {
    amazon_connect.NAME: Source(amazon_connect.NAME, amazon_connect.HELP, amazon_connect.prepare),
    amazon_connect_records.NAME: Source(amazon_connect_records.NAME, amazon_connect_records.HELP, amazon_connect_records.prepare),
    asterisk_cdr.NAME: Source(asterisk_cdr.NAME, asterisk_cdr.HELP, asterisk_cdr.prepare, grows=False),
    asterisk_cel.NAME: Source(asterisk_cel.NAME, asterisk_cel.HELP, asterisk_cel.prepare),
    asterisk_queue_log.NAME: Source(asterisk_queue_log.NAME, asterisk_queue_log.HELP, asterisk_queue_log.prepare),
    call_log.NAME: Source(call_log.NAME, call_log.HELP, call_log.prepare, grows=False),
    chatwoot.NAME: Source(chatwoot.NAME, chatwoot.HELP, chatwoot.prepare),
    email.NAME: Source(email.NAME, email.HELP, email.prepare, grows=False),
    events.NAME: Source(events.NAME, events.HELP, events.prepare, grows=False),
    freeswitch.NAME: Source(freeswitch.NAME, freeswitch.HELP, freeswitch.prepare),
    genesys_cloud.NAME: Source(genesys_cloud.NAME, genesys_cloud.HELP, genesys_cloud.prepare),
    intercom.NAME: Source(intercom.NAME, intercom.HELP, intercom.prepare),
    twilio_taskrouter.NAME: Source(twilio_taskrouter.NAME, twilio_taskrouter.HELP, twilio_taskrouter.prepare),
    zammad.NAME: Source(zammad.NAME, zammad.HELP, zammad.prepare),
    zendesk.NAME: Source(zendesk.NAME, zendesk.HELP, zendesk.prepare),
}
