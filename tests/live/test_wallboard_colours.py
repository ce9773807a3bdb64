"""The wallboard's greys: figures that are old look old, and can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.live.made_up import Made, busy, served
from tests.parts.browser import open_browser

TEXTS: Final = """(() => {
  const over = node => node ? [node, ...over(node.parentElement)] : [];
  const solid = node => over(node).map(one => getComputedStyle(one).backgroundColor).find(colour => colour !== "rgba(0, 0, 0, 0)");
  const said = node => [...node.childNodes].some(child => child.nodeType === Node.TEXT_NODE && child.data.trim());
  return [...document.querySelectorAll("main *")].filter(node => said(node) && node.checkVisibility()).map(node => {
    const style = getComputedStyle(node);
    const through = over(node).every(one => getComputedStyle(one).filter === "none" && getComputedStyle(one).opacity === "1");
    return [node.innerText, style.color, solid(node), parseFloat(style.fontSize), Number(style.fontWeight), through];
  });
})()"""
"""Of each text in the page: the text, its colour, its ground, how large (px) and heavy it is, and whether nothing lies over it."""
VIEWS: Final = (
    ("#wall", "document.querySelectorAll('#figures dd').length === 12"),
    ("#desk", "document.querySelectorAll('#lines tbody tr').length === 20"),
    ("#row=channel%3Dcall%2Cqueue%3Dbilling", "document.querySelectorAll('#detail table').length > 0"),
)


def channels(colour: str) -> list[int]:
    """Red, green and blue of `rgb(1, 2, 3)`, each 0 to 255."""
    return [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(", ")]


def luminance(colour: str) -> float:
    """How light a colour is, 0 to 1, as WCAG 2 reckons it."""
    linear = [part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in channels(colour)]
    return sum(part * share for part, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    """Of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_the_guideline_has_it() -> None:
    """Black on white is 21, a colour on itself 1, and #767676 on white the greyest that may stand in small letters."""
    white = "rgb(255, 255, 255)"
    found = [contrast(white, other) for other in ("rgb(0, 0, 0)", white, "rgb(118, 118, 118)")]
    assert [21.0, 1.0, 4.54] == [round(one, 2) for one in found]


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
def test_figures_that_are_old_are_grey_and_can_be_read(chromium: Path, tmp_path: Path, *, dark: bool) -> None:
    """Each text of each view: 4.5 against its ground, 3 where it is large (24 px, or 18.66 px and bold), and no colour of its own."""
    made = Made()
    busy(made)
    made.board.look(made.now)
    made.now += 272_000
    with open_browser(chromium, tmp_path) as browser, served(made) as url:
        browser.look(1600, 900, dark=dark)
        for view, there in VIEWS:
            browser.open(url + view)
            browser.until(f"document.body.classList.contains('stale') && {there}")
            texts = browser.ask(TEXTS)
            assert len(texts) > 50, view
            for text, colour, ground, size, weight, through in texts:
                least = 3.0 if size >= 24 or (size >= 18.66 and weight >= 700) else 4.5
                assert through, (view, text)
                assert contrast(colour, ground) >= least, (view, text, colour, ground)
                assert len(set(channels(colour))) == 1, (view, text, colour)
