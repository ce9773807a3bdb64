"""Every source and every running intake has its page, with what an administrator needs, and stands in the index."""

from __future__ import annotations

import re
from typing import Final

import pytest

from stream.intake.running import INTAKES
from stream.sources import SOURCES
from tests.docs.pages import ROOT, fences, text_of

SHARED: Final = {"amazon-connect-records": "amazon-connect"}
"""Sources that stand on the page of another one."""
SECTIONS: Final = (r"In ten minutes", r"What .+", r"Traps", r"Being safe", r"Grade")
PAGES: Final = ROOT / "docs/sources"
NAMES: Final = sorted({*SOURCES, *INTAKES})


@pytest.mark.parametrize("name", NAMES)
def test_each_source_has_its_page(name: str) -> None:
    """How to connect it, what becomes of what, its traps, how it is safe, and its grade; and a command with its name."""
    page = PAGES / f"{SHARED.get(name, name)}.md"
    titles = re.findall(r"^## (.+)$", text_of(page), re.MULTILINE)
    assert [] == [wanted for wanted in SECTIONS if not any(re.fullmatch(wanted, title) for title in titles)]
    assert "Grade" == titles[-1]
    assert re.search(rf"answerable \w+ --source {name}\b(?!-)", "".join(fences(page, "console")) + text_of(page))


def test_each_page_is_in_the_index() -> None:
    """With a link, so that whoever looks for their system finds it."""
    index = text_of(PAGES / "README.md")
    assert [] == [page.name for page in sorted(PAGES.glob("*.md")) if page.name != "README.md" and f"({page.name})" not in index]
