"""Pure translators: the bytes of a file -> events. A source is one module, one line of `SOURCES` and its samples in tests/sources."""

from __future__ import annotations

from typing import Final

from stream.sources import asterisk_cdr, asterisk_queue_log, call_log, events
from stream.sources.records import Source

SOURCES: Final[dict[str, Source]] = {
    asterisk_cdr.NAME: Source(asterisk_cdr.NAME, asterisk_cdr.HELP, asterisk_cdr.prepare),
    asterisk_queue_log.NAME: Source(asterisk_queue_log.NAME, asterisk_queue_log.HELP, asterisk_queue_log.prepare),
    call_log.NAME: Source(call_log.NAME, call_log.HELP, call_log.prepare),
    events.NAME: Source(events.NAME, events.HELP, events.prepare),
}
