"""What CONTRIBUTING.md shows works as it stands there."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path
from typing import Final

import pytest
import yaml

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core.measures import MEASURES
from stream.sources import SOURCES
from tests.docs.pages import ROOT, fences

PAGE: Final = ROOT / "CONTRIBUTING.md"


def test_the_measure_of_the_example_is_the_one_that_is_there() -> None:
    """What the page shows of the entry stands in the file that it names, and the entry is in the registry."""
    shown = [textwrap.dedent(example).strip() for example in fences(PAGE, "python")]
    source = (ROOT / "stream/core/measures/counts.py").read_text(encoding="utf-8")
    lines = [line.strip().removesuffix(",") for line in source.splitlines()]

    assert 2 == len(shown)
    for example in shown:
        wanted = [line.strip().removesuffix(",") for line in example.splitlines()]
        assert any(wanted == lines[at : at + len(wanted)] for at in range(len(lines))), example
    assert "transferred_share" in {known.name for known in MEASURES}


@pytest.mark.optional("a copy without its history has no commits to show")
def test_the_commits_of_the_examples_touch_the_files_that_the_page_names() -> None:
    """Each file of the table is in that commit, and no other; asked of git, where the history is there."""
    page = PAGE.read_text(encoding="utf-8")
    (commit,) = set(re.findall(r"`git show ([0-9a-f]{7,})`", page))
    table = re.findall(r"^\| `([^`]+)` \|", page.partition("## Add a standard")[0], re.MULTILINE)
    asked = subprocess.run(
        ["git", "show", "--format=", "--name-only", commit], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    if asked.returncode:
        pytest.skip("SKIPPED: the history of the repository is not here, or not all of it")
    assert sorted(table) == sorted(asked.stdout.split())


@pytest.mark.optional("a copy without its history has no commits to show")
def test_the_commit_of_the_standards_touches_the_files_that_the_page_names() -> None:
    """Each file that the page names of it is in that commit, no other is, and they are as many as it says."""
    section = PAGE.read_text(encoding="utf-8").partition("## Add a standard")[2].partition("\n1. ")[0]
    (commit,) = re.findall(r"`git show --stat ([0-9a-f]{7,})`", section)
    named = {name for name in re.findall(r"`([\w./-]+)`", section) if "." in name}
    asked = subprocess.run(
        ["git", "show", "--format=", "--name-only", commit], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    if asked.returncode:
        pytest.skip("SKIPPED: the history of the repository is not here, or not all of it")
    assert sorted(named) == sorted(asked.stdout.split())
    assert "in fourteen files" in section
    assert 14 == len(named)


def test_the_standard_of_the_example_can_be_declared(tmp_path: Path) -> None:
    """The entry can be put under those that are declared, and is taken with them."""
    (example,) = fences(PAGE, "yaml")
    declared = (ROOT / "deploy" / "standards.yaml").read_text(encoding="utf-8")
    path = tmp_path / "standards.yaml"
    path.write_text(declared + textwrap.indent(textwrap.dedent(example), "  "), encoding="utf-8")
    found = read_standards(path, read_centre(ROOT / "deploy" / "centre.yaml"))

    assert len(yaml.safe_load(declared)["standards"]) + 1 == len({one.name for one in found})
    assert ("short-email-backlog", "level", 40.0) == (found[-1].name, found[-1].form, found[-1].limit)


def test_each_source_has_its_module_and_its_tests() -> None:
    """A line of the registry has a module of its name in stream/sources, and tests that hold it to samples."""
    modules = {name: name.replace("-", "_") for name in SOURCES}
    wanted = [path for module in modules.values() for path in (f"stream/sources/{module}.py", f"tests/sources/test_{module}.py")]

    assert {name: name for name in SOURCES} == {name: source.name for name, source in SOURCES.items()}
    assert [] == [path for path in wanted if not (ROOT / path).is_file()]
