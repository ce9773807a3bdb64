"""The file in which an intake keeps how far it came: replaced at once, on the disk before it has its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import orjson

from stream.errors import DataError, PartMissing

VERSION: Final = 1


def replace(path: Path, content: bytes) -> None:
    """Give a file, which only its owner can read, another content at once: whoever is killed leaves the old one or the new one.

    Raises OSError; the directory is there.
    """
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Replace the file, with the version added. Raises PartMissing where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, orjson.dumps({"version": VERSION, **state}))
    except OSError as refused:
        raise PartMissing(f"{path} cannot be written ({refused.strerror}): make room, or name another file with --state.") from None


def load_state(path: Path, kinds: dict[str, type], again: str = "read the source from its beginning") -> dict[str, Any] | None:
    """What was saved; None where nothing was. Raises DataError where it is damaged.

    kinds: the keys that must be there, with the type of each value. again: what happens without the file, for people.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise PartMissing(f"{path} cannot be read ({refused.strerror}): allow it, or name another file with --state.") from None
    try:
        state = orjson.loads(content)
    except orjson.JSONDecodeError:
        state = None
    if (
        not isinstance(state, dict)
        or state.get("version") != VERSION
        or not all(isinstance(state.get(key), kind) for key, kind in kinds.items())
    ):
        raise DataError(f"{path} is no saved position of this version: remove it to {again}.")
    return state
