"""The keys of the wallboard, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.made_up import Made, calm, served
from tests.parts.browser import open_browser

DESK = "!document.querySelector('#desk').hidden"
TOLD = "document.querySelector('#keys')?.innerText"


@pytest.mark.parametrize(("address", "on"), [("", True), ("?keys=off", False)])
def test_keys_that_are_letters_can_be_switched_off(chromium: Path, tmp_path: Path, address: str, *, on: bool) -> None:
    """Whoever speaks to the browser says a `d` without meaning the desk (WCAG 2.1.4); Escape is no letter and goes on."""
    made = Made()
    calm(made)
    states = {True: "Keys on", False: "Keys off"}
    with open_browser(chromium, tmp_path) as browser, served(made) as url:
        browser.open(url + address)
        browser.until(TOLD, lambda said: said == states[on])
        for now in (on, not on):
            browser.press("d")
            assert now == browser.ask("location.hash === '#desk'")
            browser.ask("location.hash = '#desk'")
            browser.until(DESK)
            browser.press("Escape")
            browser.until("!document.querySelector('#wall').hidden")
            browser.ask("document.querySelector('#keys').click()")
            assert states[not now] == browser.ask(TOLD)
        assert [] == [problem for problem in browser.problems if "Failed to load resource" not in problem]
