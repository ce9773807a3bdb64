"""Secrets of the systems that are connected: named in a mapping file, never written there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from stream.config.yaml import Section
from stream.errors import WrongUse


def read_secret(section: Section, key: str, environ: Mapping[str, str] | None = None) -> str:
    """The secret that `{key}_env` or `{key}_file` names; a caller lists both among the keys that it knows.

    Raises DeclarationError where neither or both are written, WrongUse where what they name is not there or empty.
    """
    variable, file = f"{key}_env", f"{key}_file"
    if (variable in section) == (file in section):
        near = [one for one in section.entries if one not in {variable, file} and get_close_matches(one, (variable, file), 1, 0.8)]
        meant = f": did you mean it by {near[0]}?" if near else ""
        needed = f"{variable} (the name of an environment variable) or {file} (the name of a file), one of them"
        raise section.error(f"{section.name} needs {needed}{meant}")
    if variable in section:
        name = section.text(variable)
        if not (value := (os.environ if environ is None else environ).get(name, "")):
            raise WrongUse(f"The environment variable {name} is not set: {section.name} takes its {key} from it.")
        return value
    path = Path(section.text(file))
    try:
        found = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise WrongUse(f"There is no file {path}: write the {key} into it, or name another one with {file} in {section.path}.") from None
    except OSError as refused:
        raise WrongUse(f"{path}, which holds the {key}, cannot be read ({refused.strerror}): allow it, or name another {file}.") from None
    except UnicodeDecodeError:
        raise WrongUse(f"{path} cannot be read, because it is no UTF-8 text: write the {key} into it, and nothing else.") from None
    if not found:
        raise WrongUse(f"{path} is empty: write the {key} into it, or name another one with {file} in {section.path}.")
    return found
