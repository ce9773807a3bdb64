"""A schema registry's reading interface on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from stream.embedded.ports import free_ports

PASSWORD: Final = "not-for-logs"
SERIALIZED: Final[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "sources/topic/serializers.json").read_text())
"""What Confluent's own serializers for Python (2.16) made of a made-up call, in hex, and what they had registered for it."""


class Served:
    """A registry that lets in `reader` with PASSWORD. asked: the paths; it can be ended and begun again on its port."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        """Begin to serve `answers`, by their paths."""
        self._answers = answers
        self.port = free_ports(1)[0]
        self.asked: list[str] = []
        self.begin()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Serve."""
        asked, answers = self.asked, self._answers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                allowed = self.headers["Authorization"] == "Basic cmVhZGVyOm5vdC1mb3ItbG9ncw=="
                status = (200 if self.path in answers else 404) if allowed else 401
                body = json.dumps(
                    answers.get(self.path, {"error_code": 40403 if self.path.startswith(("/schemas/", "/subjects/")) else 404})
                ).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(answers: Mapping[str, Any]) -> Iterator[Served]:
    """A registry until the end of the block."""
    served = Served(answers)
    try:
        yield served
    finally:
        with suppress(OSError):
            served.end()
