"""Links, paths and pictures of the documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import FENCE, LINK, PAGES, ROOT, name_of, spans, text_of

TOP: Final = ("stream", "tests", "topics", "deploy", "docs", "benchmarks", ".ci")
PATH: Final = re.compile(rf"^(?:{'|'.join(map(re.escape, TOP))})/[\w./*-]*$")
PLACES: Final = ("stream", "tests", "topics", "deploy", "docs", "benchmarks")
READ: Final = {".py", ".md", ".yaml", ".yml", ".json", ".toml", ".html", ".txt", ".sh", ""}
OF_A_MACHINE: Final = re.compile(r"(?<![\w.$}])/(?:work|root|home|Users)/\w")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a place of this repository is to a place that is there."""
    links = [link.partition("#")[0] for link in LINK.findall(FENCE.sub("", text_of(page))) if "://" not in link]
    assert [] == [link for link in links if link and not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_paths_are_there(page: Path) -> None:
    """A path in the running text is one that is there, from the top or from beside the page; with a star, one like it is."""
    named = [span.rstrip("/") for span in spans(page) if PATH.match(span)]
    assert [] == [path for path in named if not [*ROOT.glob(path), *page.parent.glob(path)]]


def test_nothing_names_a_path_of_a_machine() -> None:
    """No file of the repository knows where somebody's checkout lies."""
    places = [path for place in PLACES for path in (ROOT / place).rglob("*") if path.is_file() and path.suffix in READ]
    files = [
        path
        for path in (*places, *ROOT.glob("*.*"), ROOT / "Makefile", ROOT / "Dockerfile")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [] == [name_of(path) for path in files if OF_A_MACHINE.search(path.read_text(encoding="utf-8", errors="replace"))]
