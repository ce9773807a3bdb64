"""The wallboard in a real browser: what it says of the readings that it is given, and how it looks when they are old."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import axe_core_python
import pytest

from tests.live.made_up import CALLS, MINUTE, NOON, Made, a_moment, busy, calm, in_trouble, served, verdict
from tests.parts.browser import Browser, open_browser

WORDS = "[...document.querySelectorAll({0!r})].map(node => node.innerText.replace(/\\s+/g, ' ').trim())"
ROWS = WORDS.format("#rows .row:not(.free)")
DRAWN = "document.querySelectorAll('#figures dd').length === 12"


@pytest.fixture(scope="module")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests; each opens its own board."""
    with open_browser(chromium, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(autouse=True)
def screen(browser: Browser) -> Iterator[None]:
    """A wall's screen, dark; nothing may go wrong in the page, nor anything be forbidden by its own policy."""
    browser.look(1600, 900)
    browser.problems.clear()
    yield
    assert [] == [problem for problem in browser.problems if "Failed to load resource" not in problem]


def test_a_row_says_what_is_broken_since_when_and_why(browser: Browser) -> None:
    """Worst first; a state is a word and a sign, never a colour alone."""
    made = Made()
    busy(made)
    expected = [
        [
            "billing · Calls",
            "✕ 53.3 % in time, at least 90 % and 1 more broken · since 11:55, for 5 min",
            "calls 40 % above usual; 6 of 14 paused; 7:10 a call, usual 5:02",
        ],
        [
            "billing · Email",
            "✕ 3 e-mails over 1 h 00 · since 11:36, for 24 min",
            "e-mails 43 % above usual; 6 of 14 paused",
        ],
        [
            "sales · Calls",
            "✕ 5 waiting, at most 3 · since 11:58, for 1 min",
            "calls 57 % above usual",
        ],
    ]
    with served(made) as url:
        browser.open(url)
        browser.until(ROWS, lambda found: len(found) == 3)
        said = [browser.ask(WORDS.format(f"#rows .row {part}")) for part in ("h3", ".what", ".cause")]
        figures = browser.ask(WORDS.format("#rows .row:first-child .facts div"))
    assert expected == [list(row) for row in zip(*said, strict=True)]
    assert [
        "waiting 16 at most 15",
        "longest 6:42 90 % in 2:00",
        "available 0",
        "on contact 7",
        "wrap-up 1",
        "paused 6",
        "in 2:00 53.3 % at least 90 %",
        "today 53.3 %",
        "gave up 17",
        "callbacks 2",
    ] == figures


def test_a_row_says_of_the_gravest_since_when_it_is_broken(browser: Browser) -> None:
    """A critical standard of a minute ago is not four hours old for the warning beside it, of which the time is said apart."""
    made = Made()
    in_trouble(made)
    made.breach("open-a-new-queue", CALLS, made.now - 240 * MINUTE, severity="warning", value=16.0, target=3.0, op="<=", unit="contacts")
    with served(made) as url:
        browser.open(url)
        said = browser.until(WORDS.format("#rows .what"), bool)
    assert ["✕ 16 waiting, at most 15 and 1 more broken · since 11:56, for 3 min (first since 08:00)"] == said


def test_the_whole_centre_stands_below_in_reading_order(browser: Browser) -> None:
    """Waiting, agents, service levels, who gave up, callbacks, what is owed in writing."""
    made = Made()
    busy(made)
    with served(made) as url:
        browser.open(url)
        browser.until(DRAWN)
        assert [
            "Calls, chats waiting 29",
            "Longest of them 6:42",
            "Available 27",
            "On contact 70",
            "Wrap-up 10",
            "Paused 15",
            "Calls in 2:00, 30 min 88.8 % of 270",
            "Today 91.9 % of 2100",
            "Gave up today 53 of 4200",
            "Callbacks asked today 20",
            "Mail, social overdue 3",
            "Due in 60 min 33",
        ] == browser.ask(WORDS.format("#figures > div"))


def test_a_breach_of_a_wider_scope_does_not_stand_beside_the_word_that_all_is_fine(browser: Browser) -> None:
    """Each queue keeps what is promised of it, and all calls together do not."""
    made = Made()
    calm(made)
    percentage: dict[str, Any] = {"form": "percentage", "value": 0.84, "target": 0.9, "op": ">=", "unit": "share"}
    made.breach("calls-answered", {"channel": "call"}, made.now - MINUTE, **percentage)
    with served(made) as url:
        browser.open(url)
        fine = browser.until("document.querySelector('#fine').innerText", bool)
        assert "All 10 queues fine by themselves: what is in breach is of several together." == fine
        assert "In breach over several queues" == browser.ask("document.querySelector('#wall-title').innerText")


def test_a_calm_board_says_that_all_is_well_and_a_new_breach_is_told_at_once(browser: Browser) -> None:
    """Over server-sent events, without anybody asking; screen readers hear of it once."""
    made = Made()
    calm(made)
    with served(made) as url:
        browser.open(url)
        browser.until("document.querySelector('#fine').innerText", lambda text: text == "All 10 queues fine.")
        in_trouble(made)
        made.now += 1_000
        made.settle()
        assert len(browser.until(ROWS, bool)) == 1
        assert "billing · Calls: 16 waiting, at most 15" == browser.ask("document.querySelector('#news').textContent")
        made.breach("queue-length", CALLS, NOON, status="resolved")
        made.now += 1_000
        made.settle()
        browser.until(ROWS, lambda found: found == ["billing · Calls ✓ kept again"])


def test_old_figures_look_old_and_do_not_grow_older_unseen(browser: Browser) -> None:
    """In red and in words, when nothing is counted any more; and again when the worker is gone."""
    made = Made()
    busy(made)
    with served(made) as url:
        browser.open(url)
        browser.until(DRAWN)
        assert "● live" in browser.ask("document.querySelector('#age').innerText")
        made.now += 272_000
        browser.until("document.body.classList.contains('stale')")
        browser.until(
            "document.querySelector('#banner').innerText", lambda text: text.startswith("These figures are 4:32 old: nothing new")
        )
        browser.until(WORDS.format("#figures dd"), lambda found: found[1] == "6:42")
        made.now += 1_000
        made.settle()
        browser.until("!document.body.classList.contains('stale')")
    browser.until("document.querySelector('#banner').innerText", lambda text: text.endswith("old: the worker does not answer."))


def test_of_two_hundred_queues_the_wall_shows_eight_and_the_desk_all(browser: Browser) -> None:
    """The rest is counted; the wall fits its screen; the desk finds a queue by its name and leads to it by keyboard."""
    made = Made()
    for number in range(200):
        scope = {"queue": f"queue-{number:03}", "channel": "call"}
        made.queue(scope, verdict("queue-length", breached=number < 8, value=16.0))
        if number < 8:
            made.weeks(scope, 18, 14)
            made.breach("queue-length", scope, NOON - 60_000, value=16.0, target=15.0, op="<=", unit="contacts")
    made.whole(200, 20.0, None)
    with served(made) as url:
        browser.open(url)
        assert len(browser.until(ROWS, bool)) == 8
        assert "192 queues fine." == browser.ask("document.querySelector('#fine').innerText")
        assert "unknown" == browser.ask(WORDS.format("#figures dd"))[2]
        assert browser.ask("document.documentElement.scrollHeight <= innerHeight"), "eight rows do not fit the wall"
        made.breach("queue-length", {"queue": "queue-100", "channel": "call"}, NOON, value=16.0, target=15.0, op="<=", unit="contacts")
        made.now += 1_000
        fine = browser.until("document.querySelector('#fine').innerText", lambda text: "191" in text)
        assert "1 more in breach: see Desk. 191 queues fine." == fine
        browser.press("d")
        browser.until("document.querySelectorAll('#lines tbody tr').length === 200")
        browser.ask("document.querySelector('#filter').focus()")
        browser.call("Input.insertText", text="queue-007")
        browser.until("document.querySelector('#matches').innerText === '1 found'")
        browser.ask("document.querySelector('#lines tbody a').focus()")
        a_moment()  # the next event draws the line anew: who is on it stays on it
        browser.press("Enter")
        browser.until("document.querySelector('#detail-title')?.innerText", lambda text: text == "queue-007 · Calls")
        assert browser.ask("document.activeElement.id === 'detail-title'")
        browser.press("Escape")
        browser.until("!document.querySelector('#desk').hidden")


def test_the_contacts_behind_a_red_figure_stand_under_pseudonyms(browser: Browser) -> None:
    """Those over their time, and those that wait longest; never by their ids."""
    made = Made()
    busy(made)
    with served(made) as url:
        browser.open(f"{url}#row=channel%3Dcall%2Cqueue%3Dbilling")
        first = browser.until(WORDS.format("#detail tbody tr"), lambda found: len(found) == 16)[0]
        assert re.fullmatch(r"[0-9a-f]{12} Mon,? 11:53 6:42", first)
        browser.open(f"{url}#row=channel%3Demail%2Cqueue%3Dbilling")
        captions = browser.until(WORDS.format("#detail caption"), bool)
        assert ["Every inquiry gets a first answer within an hour: 3 e-mails over 1 h 00"] == captions
        assert not browser.ask("/\\bm[123]\\b/.test(document.body.innerText)")


def test_a_row_says_who_waits_where_a_wait_is_red_and_why_nobody_is_listed(browser: Browser) -> None:
    """Nothing is broken yet where one call waits for seven minutes; nobody waits any more where a share is missed."""
    made = Made()
    calm(made)
    sales = {"queue": "sales", "channel": "call"}
    made.queue(sales, verdict("calls-answered"), waiting=2, wait=402.0, longest=[["c1", made.now - 402_000], ["c2", made.now - 20_000]])
    percentage: dict[str, Any] = {"form": "percentage", "value": 0.53, "target": 0.9, "op": ">=", "unit": "share"}
    made.queue(CALLS, waiting=0, wait=None, served=(53, 100))
    made.breach("calls-answered", CALLS, made.now - 5 * MINUTE, **percentage)
    with served(made) as url:
        browser.open(f"{url}#row=channel%3Dcall%2Cqueue%3Dsales")
        assert ["Waiting longest: 2 calls"] == browser.until(WORDS.format("#detail caption"), bool)
        assert ["longest 6:42 90 % in 2:00"] == browser.ask(WORDS.format("#detail .red"))
        browser.open(f"{url}#row=channel%3Dcall%2Cqueue%3Dbilling")
        (note,) = browser.until(WORDS.format("#detail .note"), bool)
        assert 0 == browser.ask("document.querySelectorAll('#detail table').length")
    assert note.startswith("Nobody waits here now, and what is red is no share that a standard judges")


def test_the_contacts_that_missed_a_red_share_are_listed(browser: Browser) -> None:
    """The last of them, the newest first, under pseudonyms: when each counted as missed, how long it took, what became of it."""
    made = Made()
    calm(made)
    share = verdict("calls-answered", breached=True, value=0.62, target=0.9, numerator=62, denominator=100)
    rows = [["c1", made.now - MINUTE, None, "", None], ["c2", made.now - 2 * MINUTE, 190_000, "answered", "anna"]]
    made.queue(CALLS, share, waiting=1, served=(62, 100), misses=[{"standard": "calls-answered", "severity": "critical", "contacts": rows}])
    percentage: dict[str, Any] = {"form": "percentage", "value": 0.62, "target": 0.9, "op": ">=", "unit": "share"}
    made.breach("calls-answered", CALLS, made.now - 5 * MINUTE, **percentage)
    with served(made) as url:
        browser.open(f"{url}#row=channel%3Dcall%2Cqueue%3Dbilling")
        says = "Nine calls in ten are answered within two minutes: 38 of 100 missed, the last 2 of them"
        assert [says] == browser.until(WORDS.format("#detail caption"), bool)
        assert ["Contact missed at took then"] == browser.ask(WORDS.format("#detail thead tr"))
        waits, late = browser.ask(WORDS.format("#detail tbody tr"))
        assert not browser.ask("/\\b(c1|c2|anna)\\b/.test(document.body.innerText)")
        top, head, cause, table = browser.ask(
            "['.back', '#detail h2', '#detail .cause', '#detail table'].map(one => document.querySelector(one).getBoundingClientRect().top)"
        )
        assert browser.ask("document.querySelector('header').getBoundingClientRect().bottom") <= top < head < cause < table
    assert re.fullmatch(r"[0-9a-f]{12} Mon,? 11:59 – still waits", waits)
    assert re.fullmatch(r"[0-9a-f]{12} Mon,? 11:58 3:10 was answered", late)


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize(("width", "height", "phone"), [(1600, 900, False), (390, 844, True)], ids=["wall", "phone"])
def test_it_is_readable_for_everybody(browser: Browser, width: int, height: int, dark: bool, phone: bool) -> None:  # noqa: FBT001 - pytest's
    """Axe finds nothing in any view, in either colours, and nothing needs scrolling sideways; what matters on a wall is large."""
    made = Made()
    busy(made)
    axe = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    browser.look(width, height, dark=dark, phone=phone)
    with served(made) as url:
        for view, there in (
            ("#wall", DRAWN),
            ("#desk", "document.querySelector('#lines tbody tr')"),
            ("#row=channel%3Dcall%2Cqueue%3Dbilling", "document.querySelector('#detail table')"),
            ("sign-in", "document.querySelector('form')"),
        ):
            browser.open(url + view)
            browser.until(f"Boolean({there})")
            browser.ask(axe + "; 0")
            found = browser.ask("axe.run().then(all => all.violations.map(one => [one.id, one.nodes.map(node => node.html)]))")
            assert [] == found, (view, found)
            assert browser.ask("document.documentElement.scrollWidth <= innerWidth"), view
        browser.open(url)
        browser.until(DRAWN)
        assert ("dark" if dark else "light") == browser.ask("document.documentElement.dataset.theme")
        if not phone:
            # On a wall of 1.2 m this is 15 mm and more: what five metres ask for.
            assert browser.ask("parseFloat(getComputedStyle(document.querySelector('.row .cause')).fontSize) / innerWidth") * 1_200 > 13


def test_text_from_the_data_is_never_markup(browser: Browser) -> None:
    """A queue's name is shown as it is written."""
    made = Made()
    made.queue({"queue": "<b>odd</b>", "channel": "chat"})
    with served(made) as url:
        browser.open(f"{url}#desk")
        assert ["<b>odd</b> · Chat"] == browser.until(WORDS.format("#lines tbody th"), bool)


def test_a_full_wall_fits_its_screen(browser: Browser) -> None:
    """Eight rows with all that can stand in one, and below them the centre: nobody can scroll a wall."""
    made = Made()
    busy(made)
    agents = {"available": 0, "reserved": 2, "on_contact": 18, "wrap_up": 11, "paused": 14}
    for number in range(6):
        scope = {"queue": f"a queue with a long name {number}", "channel": "call"}
        more: dict[str, Any] = {"wait": 4020.0, "agents": agents, "offered": 2084, "handle": 430.0, "served": (530, 1000), "abandoned": 417}
        made.queue(scope, verdict("queue-length", breached=True, value=120.0, target=15.0), waiting=120, **more)
        made.weeks(scope, 30, 60)
        told: dict[str, Any] = {"value": 120.0, "target": 15.0, "op": "<=", "unit": "contacts"}
        made.breach("queue-length", scope, made.now - 2_000_000, **told)
        made.breach("second", scope, made.now - 2_000_000, **told)
    with served(made) as url:
        for size in ((1600, 900), (1920, 1080)):
            browser.look(*size)
            browser.open(url)
            browser.until("document.querySelectorAll('#rows .broken').length === 8 && document.querySelectorAll('#figures dd').length > 0")
            assert browser.ask("document.documentElement.scrollHeight <= innerHeight"), size
            assert browser.ask("document.querySelector('#figures').getBoundingClientRect().bottom <= innerHeight"), size


def test_the_page_has_no_outside_parts_and_nothing_inline() -> None:
    """Nothing is loaded from another host, and no part stands in the page that a strict policy forbids."""
    for part in files("stream.live").joinpath("wallboard").iterdir():
        text = part.read_text(encoding="utf-8")
        assert {"http://www.w3.org/2000/svg"} >= set(re.findall(r"https?://[^\s'\"]+", text)), part
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|innerHTML", text), part
        assert text.count("\n") < 500, part
