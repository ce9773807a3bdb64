"""The metrics page of a running intake (`answerable listen`): the `cc_source_*` families, on an address of this machine.

A web server of the standard library's, because an intake is one thread that waits: the page must answer while it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from stream.errors import PartMissing
from stream.sinks.families import Family
from stream.sinks.prometheus import CONTENT_TYPE

SOURCE: Final = ("source",)


class Figures(Protocol):
    """What an intake tells of one source; times in ms, lag in bytes, backlog in rows, messages or records."""

    source: str
    lines: int
    events: int
    rejected: dict[str, int]
    unknown: int
    last_event: int | None
    backlog: int | None
    gaps: int
    connected: bool
    refused: dict[str, int]
    silent_after: int | None
    channels: frozenset[str]

    @property
    def lag(self) -> int | None:
        """Counted when it is asked for."""


LINES: Final = Family("cc_source_lines_total", "counter", "Lines read whose events Kafka has acknowledged.", SOURCE)
EVENTS: Final = Family("cc_source_events_total", "counter", "Events that Kafka has acknowledged.", SOURCE)
REJECTED: Final = Family("cc_source_rejected_total", "counter", "Lines that cannot be read, now in dead-letters.", ("source", "reason"))
REFUSED: Final = Family("cc_source_refused_total", "counter", "Requests of webhooks that were not taken.", ("source", "reason"))
UNKNOWN: Final = Family("cc_source_unknown_total", "counter", "Lines of events that the source does not know and passes over.", SOURCE)
GAPS: Final = Family("cc_source_gaps_total", "counter", "Times a part of the source was gone before it was read.", SOURCE)
LAST_EVENT: Final = Family("cc_source_last_event_timestamp_seconds", "gauge", "The newest event time that was published.", SOURCE)
LAG: Final = Family("cc_source_lag_bytes", "gauge", "What of the log Kafka does not have yet.", SOURCE)
BACKLOG: Final = Family("cc_source_backlog", "gauge", "Rows, messages or records of the source that are not read yet.", SOURCE)
CONNECTED: Final = Family(
    "cc_source_connected", "gauge", "Whether Kafka and the source are there: 0 while one of them is waited for.", SOURCE
)
SILENT_AFTER: Final = Family(
    "cc_source_silent_after_seconds",
    "gauge",
    "For how long the source may be silent while queues are open, for each channel that its events are known to be of.",
    ("source", "channel"),
)
FAMILIES: Final = (LINES, EVENTS, REJECTED, REFUSED, UNKNOWN, GAPS, LAST_EVENT, LAG, BACKLOG, CONNECTED, SILENT_AFTER)


def render(sources: Sequence[Figures]) -> bytes:
    """The families of all sources in Prometheus' text format; what has no value is left out."""
    samples: dict[Family, dict[str, float]] = {family: {} for family in FAMILIES}
    for one in sources:
        for family, values in _samples(one).items():
            samples[family].update(values)
    out: list[str] = []
    for family, values in samples.items():
        if values:
            out.append(f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.kind}\n")
            out += [f"{family.name}{labels} {value}\n" for labels, value in values.items()]
    return "".join(out).encode()


def _samples(figures: Figures) -> dict[Family, dict[str, float]]:
    mine = f'{{source="{figures.source}"}}'
    return {
        LINES: {mine: figures.lines},
        EVENTS: {mine: figures.events},
        REJECTED: _by_reason(figures.source, figures.rejected),
        REFUSED: _by_reason(figures.source, figures.refused),
        UNKNOWN: {mine: figures.unknown},
        GAPS: {mine: figures.gaps},
        LAST_EVENT: {} if figures.last_event is None else {mine: figures.last_event / 1000},
        LAG: {} if (lag := figures.lag) is None else {mine: lag},
        BACKLOG: {} if figures.backlog is None else {mine: figures.backlog},
        CONNECTED: {mine: int(figures.connected)},
        SILENT_AFTER: _by_channel(figures) if figures.silent_after else {},
    }


def _by_channel(figures: Figures) -> dict[str, float]:
    channels = [f',channel="{channel}"' for channel in sorted(figures.channels)] or [""]
    return {f'{{source="{figures.source}"{channel}}}': (figures.silent_after or 0) / 1000 for channel in channels}


def _by_reason(source: str, counts: dict[str, int]) -> dict[str, float]:
    return {f'{{source="{source}",reason="{reason}"}}': count for reason, count in sorted(counts.copy().items())}


class SourcePage:
    """Serves /metrics and /healthz; `address` says where. Close it at the end."""

    def __init__(self, figures: Callable[[], Sequence[Figures]], host: str, port: int) -> None:
        """Listen. Raises PartMissing where the port is taken or the address is not this machine's."""
        process = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=process)

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(200, CONTENT_TYPE, render(figures()) + generate_latest(process))
                elif self.path == "/healthz":
                    self._answer(200, "application/json", b'{"status": "ok"}')
                else:
                    self._answer(404, "text/plain", b"There is /metrics and /healthz.\n")

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing of who asks."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as refused:
            raise PartMissing(f"{host}:{port} cannot be listened on ({refused.strerror}): choose another --web-port, or 0.") from None
        self._server.daemon_threads = True
        self.address = f"http://{host}:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
