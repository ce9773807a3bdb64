"""The wallboard in a real browser: what it says of the readings that it is given, and how it looks when they are old."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

PAGE = files("stream.live").joinpath("wallboard/index.html").read_bytes()
NOON = 1_772_449_200_000
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def level(formula: str, seconds: int, numerator: int, denominator: int) -> dict[str, Any]:
    """One service level of a reading."""
    return {
        "formula": formula,
        "within_seconds": seconds,
        "numerator": numerator,
        "denominator": denominator,
        "ratio": numerator / denominator if denominator else None,
    }


def reading(scope: dict[str, str], window: str | None, measures: dict[str, Any], *standards: dict[str, Any]) -> dict[str, Any]:
    """One reading."""
    return {"scope": scope, "window": window and {"name": window}, "as_of": NOON, "measures": measures, "standards": list(standards)}


def verdict(name: str, status: str, *, breached: bool, target: float) -> dict[str, Any]:
    """One standard of a reading."""
    return {"standard": name, "severity": "critical", "status": status, "value": None, "target": target, "breached": breached}


CALLS = {"queue": "billing", "channel": "call"}
LETTERS = {"queue": "billing", "channel": "email"}
ANSWER: dict[str, Any] = {
    "as_of": NOON + 1_000,
    "settled": NOON,
    "clock": "played",
    "centre": {"name": "Sample centre", "zone": "Europe/Berlin"},
    "readings": [
        reading({}, None, {"waiting": 19, "longest_wait_seconds": 402.0, "staffed": None, "waiting_per_agent": None}),
        reading({}, "day", {"offered": 210, "abandoned": 7}),
        reading(
            CALLS,
            None,
            {"waiting": 16, "longest_wait_seconds": 402.0, "staffed": 4, "waiting_per_agent": 4.0},
            verdict("queue-length", "missed", breached=True, target=15),
            verdict("calls-answered", "missed", breached=True, target=0.9),
        ),
        reading(CALLS, "15m", {"service_level": [level("answered", 120, 9, 12), level("strict", 120, 9, 17)]}),
        reading(CALLS, "day", {"abandoned": 7, "service_level": [level("strict", 120, 180, 200)]}),
        reading(LETTERS, None, {"waiting": 3, "longest_wait_seconds": 4_000.0, "staffed": None, "waiting_per_agent": None}),
        reading({"queue": "<b>odd</b>", "channel": "chat"}, None, {"waiting": 2, "staffed": 0, "waiting_per_agent": None}),
    ],
    "breaches": [
        {
            "id": "queue-length/billing/call/1",
            "revision": 1,
            "status": "firing",
            "standard": "queue-length",
            "title": "At most fifteen wait in a queue",
            "scope": CALLS,
            "value": 16,
            "target": 15,
            "op": "<=",
            "unit": "contacts",
            "started_at": "2026-03-02T10:58:30.000Z",
            "ended_at": None,
        },
        {
            "id": "calls-answered/billing/call/1",
            "revision": 2,
            "status": "resolved",
            "standard": "calls-answered",
            "title": "Nine calls in ten",
            "scope": CALLS,
            "value": 0.5,
            "target": 0.9,
            "op": ">=",
            "unit": "share",
            "started_at": "2026-03-02T09:00:00.000Z",
            "ended_at": "2026-03-02T09:10:30.000Z",
        },
        *(
            {
                "revision": 1,
                "status": "firing",
                "standard": "first-reply",
                "title": "A reply within an hour",
                "form": "clock",
                "scope": LETTERS,
                "value": 3600.0,
                "target": 3600.0,
                "op": "<=",
                "unit": "seconds",
                "started_at": f"2026-03-02T10:{minute}:00.000Z",
                "ended_at": None,
            }
            for minute in (50, 40)
        ),
    ],
}


@contextmanager
def serving(answer: dict[str, Any] | None) -> Iterator[str]:
    """The page and one answer for it, on this machine; None answers 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api = self.path == "/api/readings"
            body = json.dumps(answer).encode() if api else PAGE
            self.send_response(503 if api and answer is None else 200)
            self.send_header("Content-Type", "application/json" if api else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()


def rendered(chromium: Path, profile: Path, answer: dict[str, Any] | None, seconds: int) -> str:
    """The document as the browser has it after so many (virtual) seconds."""
    with serving(answer) as url:
        call = [str(chromium), *FLAGS, f"--user-data-dir={profile}", f"--virtual-time-budget={seconds * 1000}", "--dump-dom", url]
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=120).stdout


def texts(document: str, pattern: str) -> list[str]:
    """The plain texts of what the pattern finds."""
    return [" ".join(re.sub(r"<[^>]+>", " ", found).split()) for found in re.findall(pattern, document, re.DOTALL)]


@pytest.fixture(scope="module")
def board(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The board three seconds after it was opened."""
    return rendered(chromium, tmp_path_factory.mktemp("profile"), ANSWER, 3)


def test_a_tile_says_what_waits_who_is_there_and_how_the_standards_stand(board: str) -> None:
    """Each queue's channel is a tile; a state is a word and a sign, never a colour alone."""
    assert texts(board, r'<article class="tile.*?</article>') == [
        "Chat – no verdict 2 waiting oldest – agents 0 per agent ∞ abandoned – answered in 1 min · of – –",
        "Calls ✕ 2 broken 16 waiting oldest 6:42 agents 4 per agent 4.0 abandoned 7 answered in 2 min · of 17 52.9 %",
        "Email – no verdict 3 waiting oldest 1 h 06 agents unknown per agent unknown abandoned – first reply, mean · of – –",
    ]


def test_the_head_sums_up_the_centre(board: str) -> None:
    """Unknown staffing is said to be unknown, and what is broken is counted."""
    assert texts(board, r'<div class="figure.*?</div>') == [
        "Waiting now 19 contacts",
        "Oldest waiting 6:42",
        "Calls answered in 2 min today 90 % of 200",
        "Abandoned today 7 of 210",
        "Agents unknown",
        "Standards ✕ 2 broken now",
    ]


def test_breaches_stand_with_their_times_in_the_centres_zone(board: str) -> None:
    """A firing breach says since when, one that is over how long it lasted; those of single contacts stand together."""
    assert texts(board, r'<li class="breach.*?</li>') == [
        "billing · Calls ✕ firing At most fifteen wait in a queue 16, should be ≤ 15 since 11:58, 1:30",
        "billing · Email ✕ firing A reply within an hour 2 contacts, should be ≤ 1 h 00 since 11:40, 20:00",
        "billing · Calls ✓ resolved Nine calls in ten 50 %, should be ≥ 90 % from 10:00, 10:30",
    ]
    assert texts(board, r'<span class="clock".*?</span>') == ["12:00:00"]


def test_text_from_the_data_is_never_markup(board: str) -> None:
    """A queue's name is shown as it is written."""
    assert "&lt;b&gt;odd&lt;/b&gt;" in board
    assert "<b>odd</b>" not in board


def test_fresh_figures_are_not_marked(board: str) -> None:
    """The body is marked only when the data are old."""
    assert texts(board, r'<span class="state" id="state".*?</span>') == ["▶ played day"]
    assert '<body class="stale"' not in board


def test_a_stale_board_looks_stale(chromium: Path, tmp_path: Path) -> None:
    """When nothing new is counted for 20 s, the board says so in words and greys its figures."""
    document = rendered(chromium, tmp_path, ANSWER, 40)
    assert '<body class="stale">' in document
    (banner,) = texts(document, r'<p class="banner".*?</p>')
    assert re.fullmatch(r"These figures are 0:\d\d old: nothing new has been counted since\.", banner)


@pytest.mark.parametrize(("behind", "words"), [(61_000, "● live"), (600_000, "✕ stale for 10:00")])
def test_on_the_wall_clock_figures_may_wait_for_their_lateness_and_no_longer(
    chromium: Path, tmp_path: Path, behind: int, words: str
) -> None:
    """That figures are settled a minute later is usual; when they are ten minutes behind the worker's clock, they are stale."""
    document = rendered(chromium, tmp_path, {**ANSWER, "clock": "wall", "as_of": NOON + behind}, 3)
    assert texts(document, r'<span class="state" id="state".*?</span>') == [words]
    assert texts(document, r'<span class="clock".*?</span>') == ["12:00:00"]


def test_a_board_without_data_says_so(chromium: Path, tmp_path: Path) -> None:
    """Figures are dashes, not zeros, while the worker gives none."""
    document = rendered(chromium, tmp_path, None, 3)
    assert texts(document, r'<p class="banner".*?</p>') == ["No data: the worker answers 503."]
    assert texts(document, r'<div class="figure.*?</div>')[0] == "Waiting now – contacts"


def test_the_page_has_no_outside_parts() -> None:
    """Nothing is loaded from another host, and the page forbids it to itself."""
    text = PAGE.decode()
    assert set(re.findall(r"https?://[^\s'\"]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'; connect-src 'self'" in text
