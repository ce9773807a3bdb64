"""Which Avro schemas a value of a few bytes can abuse: those that make its reader go on without end.

A type that contains itself is read by calls within calls, in a library that does not count them: some thousands of bytes end the whole
process. And an array says first how many items it has: of items that take no bytes it may say as many as it likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

EMPTY: Final = "null"


def refuse_endless(schema: Any, named: Mapping[str, Any]) -> None:
    """Raise ValueError, with a reason for people, where a value of a parsed schema could be read without end.

    `named`: the parsed schemas of the names that it may use.
    """
    _Look(named).takes_bytes(schema, ())


class _Look:
    """One walk through a schema and all that it names; what was seen whole is not looked at again."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named
        self._known: dict[str, bool] = {}

    def takes_bytes(self, schema: Any, within: tuple[str, ...]) -> bool:
        """Whether each value takes at least a byte. `within`: the names of the types around it."""
        if isinstance(schema, list):  # a union: the number of its branch is a byte
            for one in schema:
                self.takes_bytes(one, within)
            return True
        if not isinstance(schema, Mapping):
            return self._of_name(schema, within) if schema in self._named else schema != EMPTY
        kind = schema["type"]
        if kind in ("record", "error"):
            return self._of_record(schema, within)
        if kind in ("array", "map"):
            self._of_many(schema, within)
            return True
        return bool(schema["size"]) if kind == "fixed" else kind == "enum" or self.takes_bytes(kind, within)

    def _of_many(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> None:
        if schema["type"] == "map":  # each value has a key
            self.takes_bytes(schema["values"], within)
        elif not self.takes_bytes(schema["items"], within):
            raise ValueError("it has an array whose items take no bytes, of which a value could have any number")

    def _of_name(self, name: str, within: tuple[str, ...]) -> bool:
        if name not in self._known:
            self._known[name] = self.takes_bytes(self._named[name], within)
        return self._known[name]

    def _of_record(self, record: Mapping[str, Any], within: tuple[str, ...]) -> bool:
        name = record["name"]
        if name in within:
            raise ValueError(f"its type {name} contains itself, so that a value could be as deep as it likes")
        found = [self.takes_bytes(field["type"], (*within, name)) for field in record["fields"]]
        self._known[name] = any(found)
        return self._known[name]
