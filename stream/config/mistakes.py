"""Every mistake of an entry that can be known at once, beside the first one that ended its reading.

What a key says by itself is right or wrong whatever the others say, so each such key is read by itself, under the form and the measure
where these decide how it is read. What follows from several keys
together (that a limit is longer than another) is known only when these are right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stream.config.promise import COMMON, FORM_KEYS, alone, unknown
from stream.core.declared import FORMS
from stream.errors import DeclarationError

if TYPE_CHECKING:
    from stream.config.yaml import Section
    from stream.core.centre import Centre

NEEDED: Final = ("name", "title", "form", "measure")
PARTS: Final = ("targets", "overrides")
"""What an entry says again for some of its places, or for another severity."""


def mistakes(section: Section, centre: Centre, first: DeclarationError) -> list[DeclarationError]:
    """`first`, which ended the reading of the entry, and all others that can be known, in the order of the file, each once."""
    found = {(first.line, first.problem): first}
    for refused in _found(section, centre):
        found.setdefault((refused.line, refused.problem), refused)
    return sorted(found.values(), key=lambda one: one.line or 0)


def _found(section: Section, centre: Centre) -> Iterator[DeclarationError]:
    said = section.entries["form"].node.value if "form" in section else ""
    form = said if said in FORMS else ""
    if form:
        yield from unknown(section, form)
    for key in NEEDED:
        if key not in section:
            yield from _refused(partial(section.item, key))
    named = section.entries["measure"].node.value if "measure" in section else ""
    measure = named if isinstance(named, str) else ""
    yield from _of_keys(section, form, measure, centre)
    for name in PARTS:
        if name in section:
            try:
                parts = section.sections(name)
            except DeclarationError as refused:
                yield refused
            else:
                for part in parts:
                    yield from _of_keys(part, form, measure, centre)


def _of_keys(section: Section, form: str, measure: str, centre: Centre) -> Iterator[DeclarationError]:
    known = (*COMMON, *FORM_KEYS.get(form, ()))
    for key, read in alone(form, measure, centre).items():
        if key in section and key in known:
            yield from _refused(partial(read, section))


def _refused(read: Callable[[], Any]) -> Iterator[DeclarationError]:
    try:
        read()
    except DeclarationError as refused:
        yield refused
