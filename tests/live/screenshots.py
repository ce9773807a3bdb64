"""`make screenshots`: a calm, a busy and a broken minute, the page of a row and the board on a phone, as pictures in docs/images."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from stream.core.scopes import key_by
from stream.embedded import debian
from tests.live.made_up import CALLS, NOON, Made, busy, calm, in_trouble, served, verdict, who_missed
from tests.parts.browser import Browser, open_browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def broken(made: Made) -> None:
    """A busy minute, since when nothing was counted."""
    busy(made)
    made.board.look(made.now)
    made.now = NOON + 272_000


def opened(made: Made) -> None:
    """A busy minute, in which somebody looks at the calls of billing."""
    busy(made)
    share = verdict("calls-answered", breached=True, value=24 / 45, target=0.9, numerator=24, denominator=45)
    in_trouble(made, share, misses=[{"standard": "calls-answered", "severity": "critical", "contacts": who_missed(made)}])


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as profile, open_browser(debian.find("chromium"), Path(profile)) as browser:
        for name, minute in (("calm", calm), ("wallboard", busy), ("broken", broken)):
            take(browser, name if name == "wallboard" else f"wallboard-{name}", minute)
        take(browser, "wallboard-light", busy, dark=False)
        take(browser, "wallboard-desk", busy, view="#desk")
        take(browser, "wallboard-row", opened, view=f"#row={quote(key_by(CALLS))}", ready="#detail tbody tr", size=(1600, 1200))
        take(browser, "wallboard-phone", busy, size=(390, 844), phone=True)


def take(
    browser: Browser,
    name: str,
    minute: Callable[[Made], None],
    *,
    view: str = "",
    size: tuple[int, int] = (1600, 900),
    dark: bool = True,
    phone: bool = False,
    ready: str = "#figures dd, #lines td",
) -> None:
    """One picture."""
    made = Made()
    minute(made)
    browser.look(*size, dark=dark, phone=phone)
    with served(made) as url:
        browser.open(url + view)
        browser.until(f"document.querySelectorAll('{ready}').length > 0")
        browser.picture(IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
