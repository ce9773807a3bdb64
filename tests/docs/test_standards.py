"""The page about standards: what it shows can be used, and it shows all there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.centre import read_centre
from stream.config.promise import COMMON, FORM_KEYS
from stream.config.standards import read_standards
from stream.core.declared import DIMENSIONS, FORMS
from tests.docs.pages import ROOT, fences, text_of

PAGE = ROOT / "docs/standards.md"
EXAMPLES = fences(PAGE, "yaml")


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_can_be_used(number: int, tmp_path: Path) -> None:
    """It is read against the shipped centre."""
    path = tmp_path / "standards.yaml"
    path.write_text(EXAMPLES[number], encoding="utf-8")
    read_standards(path, read_centre(ROOT / "deploy/centre.yaml"))


def test_every_form_has_an_example(tmp_path: Path) -> None:
    """Whoever looks for a form finds one to copy."""
    path = tmp_path / "standards.yaml"
    path.write_text(EXAMPLES[0], encoding="utf-8")
    assert set(FORMS) == {one.form for one in read_standards(path, read_centre(ROOT / "deploy/centre.yaml"))}


def test_every_key_is_named() -> None:
    """On the page, or where the file's keys are listed in full."""
    text = text_of(PAGE) + text_of(ROOT / "stream/config/standards.py")
    keys = {*COMMON, *DIMENSIONS, *(key for known in FORM_KEYS.values() for key in known)}
    assert set() == {key for key in keys if key not in text}
