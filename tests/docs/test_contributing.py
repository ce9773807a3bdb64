"""What CONTRIBUTING.md shows works as it stands there."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any, Final

import yaml

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.core import facts
from stream.core.distributions import Bounds
from stream.core.measures import MEASURES
from stream.core.measures.entry import Measure, View
from stream.core.windows import Cell
from stream.sources import SOURCES
from tests.docs.pages import ROOT, fences

PAGE: Final = ROOT / "CONTRIBUTING.md"


def view(answered: int, transferred: int) -> View:
    """What a measure reads of a window with so many talks."""
    cell = Cell(0, 1)
    cell.n.update({facts.ANSWERED: answered, facts.TRANSFERRED: transferred})
    return View(cell=cell, bounds=Bounds(), within=(), as_of=1, waits=(), staffed=None)


def test_the_measure_of_the_example_measures() -> None:
    """The entry can be pasted: it reads a share, and no data where nothing was answered."""
    (example,) = fences(PAGE, "python")
    names: dict[str, Any] = {}
    exec(textwrap.dedent(example), names)  # noqa: S102 - our own page
    (measure,) = [found for found in names.values() if isinstance(found, Measure)]

    assert measure.name not in {known.name for known in MEASURES}
    assert [0.25, None] == [measure.read(view(4, 1)), measure.read(view(0, 0))]


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
