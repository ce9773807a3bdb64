"""deploy/runbooks: every alert has a page, and every page says something of its own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import yaml

from stream.generate.runbooks import SECTIONS, TO_WRITE

DEPLOY = Path(__file__).parents[2] / "deploy"
LEAST_WORDS = 8
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((DEPLOY / "runbooks").glob("*.md"))}


def alerts() -> set[str]:
    """The names of all alerts that are shipped."""
    return {
        rule["alert"]
        for path in (DEPLOY / "prometheus" / "rules").glob("*.yml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


def sections(page: str) -> dict[str, str]:
    """The text under each heading of a page."""
    parts = re.split(r"^## (.*)$", page, flags=re.MULTILINE)
    return {heading: text.strip() for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    """Nobody who is paged is left without words, and no page is about what no longer exists."""
    assert {name.lower(): name for name in sorted(alerts())} == {
        stem: page.splitlines()[0].removeprefix("# ") for stem, page in PAGES.items()
    }


def test_each_page_says_what_to_feel_look_at_do_and_when_to_escalate() -> None:
    """The four questions in this order, each answered in more than a few words, and nothing left to write."""
    assert {stem: list(SECTIONS) for stem in PAGES} == {stem: list(sections(page)) for stem, page in PAGES.items()}
    short = [(stem, title) for stem, page in PAGES.items() for title, text in sections(page).items() if len(text.split()) < LEAST_WORDS]
    assert [] == short
    assert [] == [stem for stem, page in PAGES.items() if TO_WRITE in page]


def test_no_page_repeats_another() -> None:
    """An answer that fits every alert helps with none."""
    found = Counter(text for page in PAGES.values() for text in sections(page).values())
    assert [] == [text for text, times in found.items() if times > 1]
