"""What names of queues, agents, teams and the like may look like: they become keys, labels and lines of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stream.config.yaml import Item

LONGEST_NAME: Final = 80


def check_name(item: Item, kind: str) -> None:
    """Refuse a name that cannot be shown; `kind`: what it would be the name of, with its article."""
    if not item.text or item.text != item.text.strip() or len(item.text) > LONGEST_NAME or not item.text.isprintable():
        raise item.error(f"{kind} needs a name of 1 to {LONGEST_NAME} printable signs without blanks around it")
