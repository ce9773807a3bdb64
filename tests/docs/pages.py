"""The documents, and how the tests read them: code blocks, code spans, links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "topics").glob("*.md"), *(ROOT / "deploy").rglob("*.md")]
)
FENCE: Final = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INDENTED: Final = re.compile(r"^ {4}\S.*$", re.MULTILINE)
SPAN: Final = re.compile(r"`([^`\n]+)`")
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    """How a page is called in the list of tests."""
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    """What stands on a page."""
    return page.read_text(encoding="utf-8")


def fences(page: Path, language: str) -> list[str]:
    """The contents of the fenced blocks in a language."""
    return [content for found, content in FENCE.findall(text_of(page)) if found == language]


def spans(page: Path) -> list[str]:
    """The code spans in the running text."""
    return SPAN.findall(FENCE.sub("", text_of(page)))


def commands(page: Path) -> list[str]:
    """The command lines on a page: in consoles after the prompt, in indented blocks, and in the running text."""
    shown = [line.removeprefix("$ ") for block in fences(page, "console") for line in map(str.strip, block.splitlines())]
    indented = [line.strip() for line in INDENTED.findall(FENCE.sub("", text_of(page)))]
    found = [line.partition(" # ")[0].strip() for line in (*shown, *indented, *spans(page))]
    return [line.removeprefix(".venv/bin/") for line in found if re.match(r"(\.venv/bin/)?(answerable|make)( |$)", line)]
