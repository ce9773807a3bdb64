"""`make screenshots`: a calm, a busy and a broken minute, and the board on a phone, as pictures in docs/images."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from stream.embedded import debian
from tests.live.made_up import NOON, Made, busy, calm, served
from tests.parts.browser import Browser, open_browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def broken(made: Made) -> None:
    """A busy minute, since when nothing was counted."""
    busy(made)
    made.board.look(made.now)
    made.now = NOON + 272_000


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as profile, open_browser(debian.find("chromium"), Path(profile)) as browser:
        for name, minute in (("calm", calm), ("wallboard", busy), ("broken", broken)):
            take(browser, name if name == "wallboard" else f"wallboard-{name}", minute)
        take(browser, "wallboard-light", busy, dark=False)
        take(browser, "wallboard-desk", busy, view="#desk")
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
) -> None:
    """One picture."""
    made = Made()
    minute(made)
    browser.look(*size, dark=dark, phone=phone)
    with served(made) as url:
        browser.open(url + view)
        browser.until("document.querySelectorAll('#figures dd, #lines td').length > 0")
        browser.picture(IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
