"""What becomes of the wallboard's page each second: who presses, selects or listens is not disturbed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.made_up import CALLS, QUEUES, Made, busy, calm, served, verdict
from tests.parts.browser import Browser, open_browser

DRAWN = "document.querySelectorAll('#figures dd').length === 12 && document.querySelectorAll('#rows .row').length === 3"
LINED = "document.querySelectorAll('#lines tbody tr').length === 20"

VIEWS = pytest.mark.parametrize(
    ("view", "there", "link", "figure"),
    [
        ("#wall", DRAWN, "#rows a", "#rows .facts dd"),
        ("#desk", LINED, "#lines tbody a", "#lines tbody td:nth-child(3)"),
    ],
    ids=["wall", "desk"],
)


@pytest.fixture(scope="module")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests, as wide as a wall's screen, whose page is the one that is typed into."""
    with open_browser(chromium, tmp_path_factory.mktemp("profile")) as found:
        found.look(1600, 900)
        found.call("Emulation.setFocusEmulationEnabled", enabled=True)
        yield found


@contextmanager
def looked_at(browser: Browser, view: str, there: str) -> Iterator[Made]:
    """A busy minute in the browser, drawn."""
    made = Made()
    busy(made)
    with served(made) as url:
        browser.open(url + view)
        browser.until(there)
        yield made


def more_wait(made: Made, browser: Browser, waiting: int, figure: str) -> None:
    """A second later more wait in the calls of billing; until the page says so."""
    made.queue(CALLS, verdict("queue-length", breached=True, value=float(waiting), target=15.0), waiting=waiting, wait=402.0)
    made.now += 1_000
    made.settle()
    browser.until(f"document.querySelector({figure!r}).innerText", lambda said: str(waiting) in said)


@VIEWS
def test_an_update_changes_what_differs_and_nothing_else(browser: Browser, view: str, there: str, link: str, figure: str) -> None:
    """Rows and figures are the nodes that they were; what is selected stays so; who is on a link hears of it once."""
    with looked_at(browser, view, there) as made:
        kept = f"[...document.querySelectorAll('#rows .row, #lines tr, #figures > div, {figure}, {link}')]"
        browser.ask(f"window.kept = {kept}; window.focused = 0; addEventListener('focusin', () => focused++); 0")
        browser.ask(f"document.querySelector({link!r}).focus(); getSelection().selectAllChildren(document.querySelector({link!r}))")
        for waiting in (17, 18, 19):
            more_wait(made, browser, waiting, figure)
        assert browser.ask(f"kept.length > 3 && kept.every((node, at) => node === {kept}[at])")
        assert (1, "billing · Calls") == (browser.ask("focused"), browser.ask("getSelection().toString().trim()"))


@VIEWS
def test_a_press_that_lasts_over_an_update_opens_the_row(browser: Browser, view: str, there: str, link: str, figure: str) -> None:
    """Two of five were lost of those that lasted for 150 ms."""
    with looked_at(browser, view, there) as made:
        browser.button(link, down=True)
        more_wait(made, browser, 17, figure)
        browser.button(link, down=False)
        browser.until("location.hash", lambda at: at == "#row=channel%3Dcall%2Cqueue%3Dbilling")


def test_rows_that_change_places_are_the_rows_that_they_were(browser: Browser) -> None:
    """Sales becomes the worst: its line goes up, and whoever is on it goes with it."""
    made = Made()
    busy(made)
    order = "[...document.querySelectorAll('#lines tbody a')].map(link => link.innerText)"
    with served(made) as url:
        browser.open(url + "#desk")
        first, second, third, *rest = browser.until(order, lambda found: len(found) == 20)
        assert ("billing · Calls", "sales · Calls") == (first, third)
        browser.ask("window.link = document.querySelectorAll('#lines tbody a')[2]; link.focus()")
        for name in ("one", "two", "three"):
            made.breach(name, {"queue": "sales", "channel": "call"}, made.now, value=9.0, target=3.0, op="<=", unit="contacts")
        made.now += 1_000
        made.settle()
        assert [third, first, second, *rest] == browser.until(order, lambda found: found[0] == third)
        assert browser.ask("document.activeElement === link && link === document.querySelector('#lines tbody a')")


def test_who_copies_a_contact_of_a_row_is_not_disturbed_when_it_is_asked_for_again(browser: Browser) -> None:
    """Each ten seconds: the contacts that are still listed stand in the lines that they stood in."""
    made = Made()
    busy(made)
    lines = "document.querySelectorAll('#detail tbody tr')"
    with served(made) as url:
        browser.open(f"{url}#row=channel%3Demail%2Cqueue%3Dbilling")
        browser.until(f"{lines}.length === 3")
        second = browser.ask(f"window.second = {lines}[1]; getSelection().selectAllChildren(second.firstChild); getSelection().toString()")
        made.follower.take_breach(next(key for key in made.follower.fires if key.endswith(b"m1")), None)
        made.now += 1_000
        browser.until(f"{lines}.length === 2")
        assert browser.ask(f"second === {lines}[0]")
        assert (12, second) == (len(second.strip()), browser.ask("getSelection().toString()"))


def test_screen_readers_hear_of_what_gets_worse_and_of_what_breaks_again(browser: Browser) -> None:
    """A warning that becomes critical, and the same once more after it was kept; not what is left when the gravest is over."""
    made = Made()
    calm(made)
    few: dict[str, Any] = {"value": 16.0, "op": "<=", "unit": "contacts"}
    expected = ["billing · Calls: 16 waiting, at most 3"]
    with served(made) as url:
        said = news(browser, url)
        made.queue(CALLS, verdict("queue-length", breached=True, value=16.0), waiting=16)
        made.breach("open-a-new-queue", CALLS, made.now, severity="warning", target=3.0, **few)
        made.now += 1_000
        assert expected == browser.until(said, bool)
        for _ in range(2):
            made.breach("queue-length", CALLS, made.now, target=15.0, **few)
            made.now += 1_000
            expected.append("billing · Calls: 16 waiting, at most 15")
            assert expected == browser.until(said, lambda found: len(found) == len(expected))
            made.breach("queue-length", CALLS, made.now, status="resolved")
            made.now += 1_000
            browser.until("document.querySelector('#news').textContent === ''")
        assert expected == browser.ask(said)


def test_of_many_rows_that_break_at_once_screen_readers_hear_how_many_more_there_are(browser: Browser) -> None:
    """Three are named."""
    made = Made()
    calm(made)
    with served(made) as url:
        said = news(browser, url)
        for name in QUEUES[:5]:
            scope = {"queue": name, "channel": "call"}
            made.queue(scope, verdict("queue-length", breached=True, value=16.0), waiting=16)
            made.breach("queue-length", scope, made.now, value=16.0, target=15.0, op="<=", unit="contacts")
        made.now += 1_000
        (told,) = browser.until(said, bool)
    assert ["16 waiting, at most 15"] * 3 == re.findall("16 waiting, at most 15", told)
    assert told.endswith(". And 2 more.")


def news(browser: Browser, url: str) -> str:
    """Open a calm board; the script that gives all that was said to screen readers since."""
    browser.open(url)
    browser.until("document.querySelector('#fine').innerText", bool)
    heard = "new MutationObserver(() => told.push(node.textContent)).observe(node, {childList: true, characterData: true, subtree: true})"
    browser.ask(f"window.told = []; (node => {{ {heard}; }})(document.querySelector('#news'))")
    return "told.filter(Boolean)"
