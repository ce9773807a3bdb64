"""A webhook for Alertmanager that opens an incident once, however often it is called.

Copy it, and put your own ticket system in `opened` and `closed`.

Alertmanager calls at least once: it repeats an alert while it fires, tries again when an answer is lost, and a cluster of several may
call from each. The same occurrence of an alert has the same `fingerprint` and the same `startsAt`, so the pair is the incident's
identity, and a unique key in a database is the only lock that is needed. Only the standard library is used.

    python deploy/examples/incidents.py --port 8099 --database incidents.sqlite --alertmanager http://127.0.0.1:9093

An alert that ends while another one mutes it has no end here: Alertmanager leaves it out. With --alertmanager its list is read every two
minutes, and what stands open but is in it no more, twice in a row, is closed. A list without AnswerableWatchdog, which always fires, is
not believed: that Alertmanager has just been started, or hears from no Prometheus.

GET /incidents lists them. It listens on this machine only, unless --host says where: put a proxy with authentication before it then.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

TABLE: Final = """
CREATE TABLE IF NOT EXISTS incidents (
    fingerprint TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, title TEXT NOT NULL, link TEXT NOT NULL,
    PRIMARY KEY (fingerprint, started)
)"""
LARGEST: Final = 4 * 2**20
WATCHDOG: Final = "AnswerableWatchdog"
"""The alert that always fires."""


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
        self._missed: set[tuple[str, str]] = set()
        """What stands open and was not in the last list of Alertmanager."""
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
            "ended": None if alert["status"] == "firing" else alert["endsAt"],
        }
        with closing(self._connect()) as database, database:
            database.execute("BEGIN IMMEDIATE")
            new = database.execute("INSERT OR IGNORE INTO incidents VALUES (:fingerprint, :started, :ended, :title, :link)", row)
            if new.rowcount and row["ended"] is None:
                opened(row)
        if row["ended"] is not None and not new.rowcount:  # else its beginning was never heard: when that comes late, it opens nothing
            self._close(row, row["ended"])

    def compare(self, alerts: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Close what stands open and is not in Alertmanager's list of all alerts, nor was in the last one."""
        if WATCHDOG not in {alert["labels"]["alertname"] for alert in alerts}:
            return
        there = {(alert["fingerprint"], moment(alert["startsAt"])) for alert in alerts}
        missed = set()
        for row in self.listed():
            identity = (row["fingerprint"], row["started"])
            if row["ended"] is None and (row["fingerprint"], moment(row["started"])) not in there:
                missed.add(identity)
                if identity in self._missed:
                    self._close(row, now.isoformat())
        self._missed = missed

    def _close(self, row: Mapping[str, Any], ended: str) -> None:
        with closing(self._connect()) as database, database:
            database.execute("BEGIN IMMEDIATE")
            over = database.execute(
                "UPDATE incidents SET ended = :ended WHERE fingerprint = :fingerprint AND started = :started AND ended IS NULL",
                {"fingerprint": row["fingerprint"], "started": row["started"], "ended": ended},
            )
            if over.rowcount:
                closed(row)

    def listed(self) -> list[dict[str, Any]]:
        """All of them, the oldest first."""
        with closing(self._connect()) as database:
            return [dict(row) for row in database.execute("SELECT * FROM incidents ORDER BY started, fingerprint")]


def moment(written: str) -> int:
    """A time in ms: calls and lists write the same one with more or fewer digits."""
    return int(datetime.fromisoformat(written).timestamp() * 1000)


def reread(incidents: Incidents, alertmanager: str, every: float) -> None:
    """Compare with Alertmanager's list again and again; what cannot be read is tried again."""
    wait = threading.Event()
    while not wait.wait(every):
        try:
            with urllib.request.urlopen(f"{alertmanager.rstrip('/')}/api/v2/alerts", timeout=10) as answer:  # noqa: S310 - whoever runs it says where
                incidents.compare(json.loads(answer.read()), datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - a list that is no list, a ticket system that does not answer: the next turn comes
            print(f"the list of {alertmanager} cannot be compared with: {error}", file=sys.stderr, flush=True)


def server(incidents: Incidents, host: str, port: int) -> ThreadingHTTPServer:
    """A server; port 0 takes a free one."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.headers.get_content_type() != "application/json":  # as a page in a browser could post, without asking
                self._answer(415, {"error": "this is no JSON"})
                return
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

    return ThreadingHTTPServer((host, port), Hook)


def main() -> int:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A webhook that opens an incident once for each alert of Alertmanager.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--database", type=Path, default=Path("incidents.sqlite"))
    parser.add_argument("--alertmanager", metavar="URL", help="close what its list has no more")
    parser.add_argument("--every", type=float, default=120.0, metavar="SECONDS", help="how often the list is read")
    given = parser.parse_args()
    incidents = Incidents(given.database)
    try:
        listening = server(incidents, given.host, given.port)
    except OSError as refused:
        print(f"{given.host}:{given.port} cannot be listened on ({refused.strerror}): choose another --host or --port.", file=sys.stderr)
        return 3
    if given.alertmanager:
        threading.Thread(target=reread, args=(incidents, given.alertmanager, given.every), daemon=True).start()
    with listening as running:
        print(f"listening on http://{given.host}:{running.server_address[1]}/alerts", flush=True)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
