"""The declarations that come with the project, for commands that also work where nobody has written any yet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

INSTALLED: Final = Path(__file__).parents[1] / "_deploy"
REPOSITORY: Final = Path(__file__).parents[2] / "deploy"
USUAL: Final = Path("deploy")


def or_shipped(path: Path) -> Path:
    """The file itself; for one of deploy/ that is not there, the one that came with the project."""
    if not path.is_relative_to(USUAL) or path.exists():
        return path
    return next((found for home in (INSTALLED, REPOSITORY) if (found := home / path.relative_to(USUAL)).exists()), path)
