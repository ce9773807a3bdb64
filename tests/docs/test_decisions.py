"""Decisions have a number each, and one form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import PAGES, ROOT, name_of, text_of

FOLDER: Final = ROOT / "docs" / "decisions"
DECISIONS: Final = [page for page in PAGES if page.parent == FOLDER and page.name != "README.md"]
HALF_A_PAGE: Final = 350
"""Words."""


def test_numbers_are_unique_and_without_a_hole() -> None:
    """NNNN-what-was-decided.md: 0001, 0002 and so on, none of them twice."""
    expected = [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    assert expected == [match[1] for page in DECISIONS if (match := re.match(r"(\d{4})-[a-z0-9-]+\.md$", page.name))]


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_is_a_sentence_with_three_parts(page: Path) -> None:
    """The title says what was decided; context, decision and consequences follow, half a page in all."""
    text = text_of(page)
    assert ["Context", "Decision", "Consequences"] == re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert re.match(r"# \S.+[^.]\n", text)
    assert len(text.split()) <= HALF_A_PAGE
