"""Who may see the board, and what is noted of it."""

from __future__ import annotations

import http.client
import json
import logging
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stream.config.settings import Settings, load
from stream.core.scopes import key_by
from stream.errors import WrongUse
from stream.live.access import loopback
from tests.live.made_up import CALLS, MAIL, TEAM, Made, busy, served, verdict
from tests.live.screenshots import opened

VIEWER = "a-token-to-read-with"
SUPERVISOR = "a-token-to-look-after-people"
ROW = "/api/board/row?key=channel%3Demail%2Cqueue%3Dbilling"
PLACES = ("/", "/api/board", "/api/board/events", ROW)


def asked(url: str, path: str, method: str = "GET", body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body; nothing is followed. `_` in a header's name stands for -."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, sent)
    answer = connection.getresponse()
    read = answer.read1() if path.endswith("events") and answer.status == 200 else answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, read.decode()


def bearer(token: str) -> str:
    """The header that shows a token."""
    return f"Bearer {token}"


def test_off_loopback_nobody_sees_anything_without_a_token() -> None:
    """Where none is set, it says which to set; the page leads to the form, which is closed too."""
    made = Made(Settings(web_host="0.0.0.0"))  # noqa: S104 - this is what is tested; the test's server listens on 127.0.0.1
    busy(made)
    with served(made) as url:
        assert [303, 401, 401, 401] == [asked(url, path)[0] for path in PLACES]
        assert "ANSWERABLE_BOARD_TOKEN" in asked(url, "/api/board")[2]
        assert "ANSWERABLE_BOARD_TOKEN" in asked(url, "/sign-in")[2]


def test_a_token_opens_the_board_by_header_or_by_the_form() -> None:
    """The cookie is no token, and no script can read it; a wrong one opens nothing."""
    made = Made(Settings(board_token=VIEWER))
    busy(made)
    with served(made) as url:
        assert [401, 200] == [asked(url, "/api/board", Authorization=bearer(token))[0] for token in ("wrong", VIEWER)]
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        assert "sign-in?wrong" == asked(url, "/sign-in", "POST", "token=wrong", **form)[1]["location"]
        status, headers, _ = asked(url, "/sign-in", "POST", f"token={VIEWER}", **form)
        cookie, *rest = headers["set-cookie"].split("; ")
        assert (303, True, False) == (status, {"HttpOnly", "SameSite=Strict"} <= set(rest), VIEWER in cookie)
        assert [200] * 4 == [asked(url, path, Cookie=cookie)[0] for path in PLACES]
        assert [401] == [asked(url, "/api/board", Cookie=cookie[:-1])[0]]


def test_whoever_shows_another_token_hears_that_it_is_not_this_boards() -> None:
    """And not to show one, which was done; the token that was shown is in no answer, and neither is ours."""
    with served(Made(Settings(board_token=VIEWER))) as url:
        said = [asked(url, path, Authorization=bearer("another-token"))[2] for path in ("/api/readings", "/api/board")]
        nothing = asked(url, "/api/readings")[2]
    assert [{"problem": "That is not the token of this board: ask whoever runs it."}] * 2 == [json.loads(one) for one in said]
    assert "Show the board's token" in nothing


def test_a_proxy_on_this_machine_opens_nothing_to_others() -> None:
    """It asks from loopback, for somebody who is elsewhere."""
    made = Made()
    with served(made) as url:
        assert [200, 401] == [asked(url, "/api/board", **more)[0] for more in ({}, {"X_Forwarded_For": "203.0.113.7"})]


def test_what_is_no_text_is_a_wrong_token() -> None:
    """In the header, in the cookie, in the form: no error of ours."""
    made = Made(Settings(board_token=VIEWER))
    with served(made) as url:
        odd = "caf\xe9"
        assert 401 == asked(url, "/api/board", Authorization=bearer(odd))[0]
        assert 401 == asked(url, "/api/board", Cookie=f"answerable_board={odd}")[0]
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        assert "sign-in?wrong" == asked(url, "/sign-in", "POST", f"token={odd}", **form)[1]["location"]


def test_details_of_a_played_day_are_of_its_own_time() -> None:
    """Whoever waits does not wait since last spring, when a day of then is played."""
    made = Made(clock="played")
    busy(made)
    played, made.now = made.now, made.now + 268 * 86_400_000
    with served(made) as url:
        assert played == json.loads(asked(url, ROW)[2])["at"]


def test_every_answer_forbids_what_the_page_does_not_need() -> None:
    """Scripts, styles and connections of this worker alone; no frame around it, nothing kept."""
    with served(Made()) as url:
        for path in ("/", "/sign-in", "/board/main.js", "/api/board"):
            headers = asked(url, path)[1]
            assert "default-src 'none'; script-src 'self'; style-src 'self';" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert ("no-store", "nosniff", "no-referrer") == tuple(
                headers[name] for name in ("cache-control", "x-content-type-options", "referrer-policy")
            )


def test_a_name_of_somebody_else_that_leads_to_loopback_reads_nothing() -> None:
    """A web page in the same browser could else read the board under its own name."""
    with served(Made()) as url:
        assert [200, 401] == [asked(url, "/api/board", Host=host)[0] for host in ("localhost:6066", "elsewhere.example")]


def test_a_supervisor_sees_contacts_by_their_ids_and_that_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    """When, with which token, how much: no contact, no agent, no token is in the record. Viewers see pseudonyms, and are not noted."""
    made = Made(Settings(board_token=VIEWER, supervisor_token=SUPERVISOR))
    busy(made)
    caplog.set_level(logging.INFO, "answerable.audit")
    with served(made) as url:
        seen = asked(url, ROW, Authorization=bearer(VIEWER))[2]
        assert [] == caplog.messages
        named = json.loads(asked(url, ROW, Authorization=bearer(SUPERVISOR))[2])
        assert 403 == asked(url, "/api/board/agents", Authorization=bearer(VIEWER))[0]
    assert '"m1"' not in seen
    assert ["m1", "m2", "m3"] == [one["contact"] for one in named["groups"][0]["contacts"]]
    (note,) = map(json.loads, caplog.messages)
    token = note.pop("token")
    assert {"audit": "contacts_shown", "at": made.now, "role": "supervisor", "scope": "channel=email,queue=billing", "shown": 3} == note
    assert (12, False) == (len(token), SUPERVISOR.startswith(token))


def test_with_whom_a_late_contact_talks_is_for_supervisors() -> None:
    """Beside the contacts that missed a share; viewers see the contacts under pseudonyms, and nobody's name."""
    made = Made(Settings(board_token=VIEWER, supervisor_token=SUPERVISOR))
    busy(made)
    share = verdict("first-response", breached=True, numerator=1, denominator=2)
    rows = [["m1", made.now, 190_000, "answered", "anna"]]
    made.queue(MAIL, share, misses=[{"standard": "first-response", "severity": "critical", "contacts": rows}])
    with served(made) as url:
        seen, named = (json.loads(asked(url, ROW, Authorization=bearer(token))[2])["groups"][-1] for token in (VIEWER, SUPERVISOR))
    assert {"contact": "m1", "since": made.now, "took": 190_000, "became": "was answered", "agent": "anna"} == named["contacts"][0]
    assert {"since", "took", "became", "contact"} == seen["contacts"][0].keys()
    assert ("m1" != seen["contacts"][0]["contact"], "1 of 2 missed") == (True, seen["says"])


def test_readings_of_single_agents_are_for_supervisors(caplog: pytest.LogCaptureFixture) -> None:
    """Viewers get all the others; that a supervisor was shown some is noted, with how many."""
    made = Made(Settings(board_token=VIEWER, supervisor_token=SUPERVISOR))
    busy(made)
    made.read({"agent": "a17"}, "day", {"answered": 3})
    made.breach("long-talks", {"agent": "a17"}, made.now - 5_000)
    caplog.set_level(logging.INFO, "answerable.audit")
    with served(made) as url:
        seen = asked(url, "/api/readings", Authorization=bearer(VIEWER))[2]
        assert (True, False, []) == ("billing" in seen, "a17" in seen, caplog.messages)
        said = json.loads(asked(url, "/api/readings", Authorization=bearer(SUPERVISOR))[2])
        assert 401 == asked(url, "/api/readings")[0]
    assert {"agent": "a17"} in [one["scope"] for one in said["readings"]]
    assert {"agent": "a17"} in [one["scope"] for one in said["breaches"]]
    assert [("agents_read", 2)] == [(note["audit"], note["shown"]) for note in map(json.loads, caplog.messages)]


def test_tokens_come_from_the_environment_or_a_file_and_are_no_words(tmp_path: Path) -> None:
    """A short one can be guessed; one for both would make every viewer a supervisor."""
    file = tmp_path / "token"
    file.write_text(VIEWER + "\n")
    assert VIEWER == load(environ={"ANSWERABLE_BOARD_TOKEN_FILE": str(file)}).board_token
    for wrong in ({"BOARD_TOKEN": "short"}, {"BOARD_TOKEN": VIEWER, "SUPERVISOR_TOKEN": VIEWER}):
        with pytest.raises(WrongUse):
            load(environ={f"ANSWERABLE_{name}": value for name, value in wrong.items()})


def test_what_is_loopback() -> None:
    """An address that only this machine reaches."""
    assert [True, True, True, True] == [loopback(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost")]
    assert [False, False, False] == [loopback(host) for host in ("0.0.0.0", "10.0.0.1", "board.example")]  # noqa: S104 - as above


def test_the_pictures_show_a_centre_that_could_be() -> None:
    """Who still waits of those that missed stands among those who wait longest, twenty are listed, and the whole is what its queues are."""
    made = Made()
    opened(made)
    found = made.board.detail(key_by(CALLS), made.now, "supervisor")
    assert found is not None
    missed, longest = ([row["contact"] for row in group["contacts"] if row.get("took") is None] for group in found["groups"])
    assert (20, set()) == (len(found["groups"][0]["contacts"]), set(missed) - set(longest))
    assert found["groups"][0]["says"] == "21 of 45 missed, the last 20 of them"
    board = made.board.look(made.now)
    by_queue = {row["queue"]: row["agents"] for row in board["rows"].values() if row["queue"]}
    assert {state: sum(one[state] for one in by_queue.values()) for state in TEAM} == board["head"]["agents"]
