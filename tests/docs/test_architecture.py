"""ARCHITECTURE.md says what the code and its checks say."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Final

from stream.core.fact_stage import SENDERS_KEY
from stream.core.forgetting import REQUESTS_KEY
from stream.core.stage import MARK, TIME_KEY
from stream.core.windows import NAMES
from stream.wire.topics import REPOSITORY, load
from tests.docs.pages import ROOT, fences, text_of

PAGE: Final = ROOT / "ARCHITECTURE.md"


def test_packages_stand_in_the_order_in_which_they_may_import() -> None:
    """The table has import-linter's layers, from top to bottom, and every package of `stream`."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    layers = [set(re.findall(r"\w+", layer)) for layer in contract["layers"] if layer != "__main__"]
    table = text_of(PAGE).partition("\n## Packages\n")[2].partition("\n## ")[0]
    rows = [set(re.findall(r"`stream/(\w+)(?:/|\.py)`", row.split("|")[1])) for row in table.splitlines() if row.startswith("| `")]
    packages = {path.stem for path in (ROOT / "stream").iterdir() if (path / "__init__.py").is_file()}

    assert layers == rows
    assert packages <= set().union(*rows)


def test_the_diagram_has_every_topic() -> None:
    """What is declared in topics/ is on the way of the data, and nothing else is."""
    (diagram,) = fences(PAGE, "mermaid")
    drawn = {name for group in re.findall(r'\[\("([^"]+)"\)\]', diagram) for name in group.split("<br/>")}
    assert set(load(REPOSITORY)) == drawn


def test_keys_of_the_state_are_named() -> None:
    """The keys that are no contact's, agent's or scope's stand in the table of keys."""
    assert [] == [key for key in (MARK, TIME_KEY, SENDERS_KEY, REQUESTS_KEY) if f"`{key.decode()}`" not in text_of(PAGE)]


def test_windows_are_the_same_for_the_core_and_the_contract() -> None:
    """A window that is added in one place is missed in the other."""
    schema = json.loads((ROOT / "topics" / "schemas" / "window.v1.schema.json").read_text(encoding="utf-8"))
    assert sorted(NAMES) == sorted(schema["properties"]["name"]["enum"])
