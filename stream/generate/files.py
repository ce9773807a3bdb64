"""Writes what is generated, and says what is stale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from stream.generate import rules, runbooks, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream.core.centre import Centre
    from stream.core.declared import Standard

RULES: Final = Path("prometheus/rules")
RUNBOOKS: Final = Path("runbooks")
HEAD: Final = "# Generated from standards.yaml and centre.yaml by `answerable standards generate`; edit those files, not this one.\n"


def generated(standards: Sequence[Standard], centre: Centre | None = None) -> dict[Path, str]:
    """Give every generated file's text by its path below deploy/."""
    made = {RULES / name: HEAD + _yaml(content) for name, content in rules.files(standards, centre).items()}
    return {**made, Path(schema.NAME): schema.text()}


def frames(standards: Sequence[Standard]) -> dict[Path, str]:
    """Give the runbook frame of every alert by its path below deploy/; people go on writing in them."""
    return {RUNBOOKS / f"{name.lower()}.md": text for name, text in runbooks.frames(standards).items()}


def write(standards: Sequence[Standard], deploy: Path, centre: Centre | None = None) -> list[Path]:
    """Write what is stale or missing below `deploy` and give the paths that were written."""
    wanted = generated(standards, centre)
    written = stale(standards, deploy, centre)
    for path in written:
        target = deploy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted.get(path) or frames(standards)[path], encoding="utf-8")
    return written


def stale(standards: Sequence[Standard], deploy: Path, centre: Centre | None = None) -> list[Path]:
    """Name the files below `deploy` that differ from their declarations, and the runbooks that are missing."""
    differing = [path for path, text in generated(standards, centre).items() if _read(deploy / path) != text]
    return differing + [path for path in frames(standards) if not (deploy / path).exists()]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1_000)
