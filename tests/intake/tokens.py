"""A made-up authorisation server on a real socket: gives tokens, and tells a mail server whom they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final
from urllib.parse import parse_qs

CLIENT: Final = "look-alike-client"
SECRET: Final = "look-alike-secret"


class TokenServer:
    """One user's tokens. life: how long (s) they are said to live. Each refresh token holds once, and is replaced."""

    def __init__(self, username: str, refresh: str = "refresh-0") -> None:
        """Nothing was given yet."""
        self.username = username
        self.refresh = refresh
        self.life: object = 3600
        self.given: list[str] = []
        self.grants: list[str] = []
        self.valid: set[str] = set()
        self.answer: tuple[int, bytes] | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = {key: value[0] for key, value in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
                status, body = server.token(form) if self.path.startswith("/token") else server.introspect(form)
                self.send_response(status)
                if status in range(300, 400):
                    self.send_header("Location", f"{server.url}/elsewhere")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def token(self, form: dict[str, str]) -> tuple[int, bytes]:
        """What RFC 6749 says of both grants."""
        if self.answer is not None:
            return self.answer
        grant = form["grant_type"]
        self.grants.append(grant)
        if (form["client_id"], form["client_secret"]) != (CLIENT, SECRET):
            return 401, json.dumps({"error": "invalid_client", "error_codes": [7000215], "error_description": "PRIVATE"}).encode()
        if grant == "refresh_token" and form["refresh_token"] != self.refresh:
            return 400, json.dumps({"error": "invalid_grant"}).encode()
        token = f"token-{len(self.given)}"
        self.given.append(token)
        self.valid.add(token)
        found: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.life}
        if grant == "refresh_token":
            self.refresh = f"refresh-{len(self.given)}"
            found["refresh_token"] = self.refresh
        return 200, json.dumps(found).encode()

    def introspect(self, form: dict[str, str]) -> tuple[int, bytes]:
        """What RFC 7662 says."""
        if form["token"] not in self.valid:
            return 200, b'{"active": false}'
        return 200, json.dumps({"active": True, "username": self.username}).encode()


@contextmanager
def token_server(username: str) -> Iterator[TokenServer]:
    """A running one."""
    running = TokenServer(username)
    try:
        yield running
    finally:
        running.close()
