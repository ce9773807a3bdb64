"""A webhook for Alertmanager that opens an incident once, however often it is called.

Copy it, and put your own ticket system in `opened` and `closed`.

Alertmanager calls at least once: it repeats an alert while it fires, tries again when an answer is lost, and a cluster of several may
call from each. The same occurrence of an alert has the same `fingerprint` and the same `startsAt`, so the pair is the incident's
identity, and a unique key in a database is the only lock that is needed. Only the standard library is used.

    python deploy/examples/incidents.py --port 8099 --database incidents.sqlite

GET /incidents lists them. It listens on this machine only; put a proxy with authentication before it if Alertmanager is elsewhere.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

TABLE: Final = """
CREATE TABLE IF NOT EXISTS incidents (
    fingerprint TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, title TEXT NOT NULL, link TEXT NOT NULL,
    PRIMARY KEY (fingerprint, started)
)"""
LARGEST: Final = 4 * 2**20


def opened(incident: Mapping[str, Any]) -> None:
    """Called once for each incident: open a ticket here."""
    print(f"opened {incident['fingerprint']} {incident['started']}: {incident['title']}", flush=True)


def closed(incident: Mapping[str, Any]) -> None:
    """Called once for each incident that is over: close the ticket here."""
    print(f"closed {incident['fingerprint']} {incident['started']}: {incident['title']}", flush=True)


class Incidents:
    """What is open and what is over, on disk, so that a restart opens nothing again."""

    def __init__(self, path: Path | str) -> None:
        """Make the table where there is none."""
        self._path = str(path)
        with closing(self._connect()) as database, database:
            database.execute(TABLE)

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=10)
        database.row_factory = sqlite3.Row
        return database

    def take(self, alert: Mapping[str, Any]) -> None:
        """Take one alert of a call. The ticket is made before the commit: if it fails, Alertmanager calls again."""
        note = alert.get("annotations", {})
        row = {
            "fingerprint": alert["fingerprint"],
            "started": alert["startsAt"],
            "title": note.get("description") or note.get("summary") or alert["labels"]["alertname"],
            "link": note.get("runbook_url", ""),
        }
        with closing(self._connect()) as database, database:
            database.execute("BEGIN IMMEDIATE")
            if alert["status"] == "firing":
                new = database.execute("INSERT OR IGNORE INTO incidents VALUES (:fingerprint, :started, NULL, :title, :link)", row)
                if new.rowcount:
                    opened(row)
                return
            over = database.execute(
                "UPDATE incidents SET ended = :ended WHERE fingerprint = :fingerprint AND started = :started AND ended IS NULL",
                row | {"ended": alert["endsAt"]},
            )
            if over.rowcount:
                closed(row)

    def listed(self) -> list[dict[str, Any]]:
        """All of them, the oldest first."""
        with closing(self._connect()) as database:
            return [dict(row) for row in database.execute("SELECT * FROM incidents ORDER BY started, fingerprint")]


def server(incidents: Incidents, port: int) -> ThreadingHTTPServer:
    """A server on this machine; port 0 takes a free one."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            if length > LARGEST:
                self._answer(413, {"error": "too large"})
                return
            problem = ""
            try:
                for alert in json.loads(self.rfile.read(length))["alerts"]:
                    try:
                        incidents.take(alert)
                    except (ValueError, KeyError, TypeError, AttributeError) as error:
                        problem = f"an alert of this call is none: {error!r}"  # the others of the call are taken
            except (ValueError, KeyError, TypeError) as error:
                problem = f"this is no call of Alertmanager: {error}"
            except Exception as error:  # noqa: BLE001 - whatever the ticket system did: Alertmanager shall call again
                self._answer(500, {"error": str(error)})
                return
            self._answer(400, {"error": problem}) if problem else self._answer(200, {})

        def do_GET(self) -> None:
            self._answer(200, incidents.listed()) if self.path == "/incidents" else self._answer(404, {})

        def _answer(self, status: int, body: object) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing of each call."""

    return ThreadingHTTPServer(("127.0.0.1", port), Hook)


def main() -> int:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A webhook that opens an incident once for each alert of Alertmanager.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--database", type=Path, default=Path("incidents.sqlite"))
    given = parser.parse_args()
    try:
        opened = server(Incidents(given.database), given.port)
    except OSError as refused:
        print(f"127.0.0.1:{given.port} cannot be listened on ({refused.strerror}): choose another --port.", file=sys.stderr)
        return 3
    with opened as running:
        print(f"listening on http://127.0.0.1:{running.server_address[1]}/alerts", flush=True)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
