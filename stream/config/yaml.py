"""YAML files that people write, read strictly: every refusal names file and line and says what to write instead.

Plain scalars are taken as they stand (`no` is the text "no", not false); what a value means is decided by whoever asks for it.
A reader first calls `Section.only` with all keys that it knows, then asks for them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

import yaml

from stream.config.quantities import read_duration, read_number, read_share
from stream.errors import DeclarationError, WrongUse

Value = TypeVar("Value")

SHIPPED: Final = Path("deploy")
"""Where the files of the checkout lie that are read when nobody names others."""
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say what `word` may have been meant to be: the nearest of `known`, or all of them."""
    options = [str(option) for option in known]
    near = get_close_matches(word.casefold(), [option.casefold() for option in options], n=1, cutoff=0.7)
    if near:
        return f"did you mean {next(option for option in options if option.casefold() == near[0])}?"
    return f"write one of {', '.join(options)}" if options else "leave it out"


@dataclass(frozen=True, slots=True)
class Item:
    """One scalar of the file and where it stands."""

    path: str
    line: int
    text: str
    quoted: bool = False

    def error(self, problem: str) -> DeclarationError:
        """The refusal of this value, with its line."""
        return DeclarationError(self.path, self.line, problem)

    @property
    def absent(self) -> bool:
        """Whether nothing was written (an empty plain scalar or null)."""
        return not self.quoted and self.text in NULLS


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a section with its node."""

    key: Item
    node: yaml.Node


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of the file: keys are read by type, and each refusal carries the line of its key or value."""

    path: str
    line: int
    name: str
    entries: dict[str, Entry]

    def error(self, problem: str, key: str | None = None) -> DeclarationError:
        """The refusal of the section, or of one of its keys."""
        entry = self.entries.get(key) if key is not None else None
        return DeclarationError(self.path, entry.key.line if entry else self.line, problem)

    def only(self, *known: str) -> None:
        """Refuse a key that is not among `known`, naming the nearest one."""
        for key, entry in self.entries.items():
            if key not in known:
                raise entry.key.error(f"{self.name} has no key {key}: {suggestion(key, known)}")

    def __contains__(self, key: str) -> bool:
        """Whether the key is there with a value."""
        entry = self.entries.get(key)
        return entry is not None and not (isinstance(entry.node, yaml.ScalarNode) and self._item(entry.node).absent)

    def keys(self) -> tuple[Item, ...]:
        """All keys with their lines, in the order of the file."""
        return tuple(entry.key for entry in self.entries.values())

    def item(self, key: str) -> Item:
        """The scalar under `key`; refused where it is missing, empty, a list or a mapping."""
        entry = self.entries.get(key)
        if entry is None:
            raise self.error(f"{self.name} needs {key}: add it")
        if not isinstance(entry.node, yaml.ScalarNode):
            raise self.error(f"{key} takes one value, not a {_kind(entry.node)}", key)
        item = self._item(entry.node)
        if item.absent:
            raise self.error(f"{key} is empty: write a value or leave the key out", key)
        return item

    def text(self, key: str, default: str | None = None) -> str:
        """The text under `key`."""
        return default if default is not None and key not in self else self.item(key).text

    def choice(self, key: str, options: Sequence[str], default: str | None = None) -> str:
        """One word out of `options`."""
        if default is not None and key not in self:
            return default
        item = self.item(key)
        if item.text not in options:
            raise item.error(f"{key} cannot be {item.text}: {suggestion(item.text, options)}")
        return item.text

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        return self.choice(key, ("true", "false"), "true" if default else "false") == "true"

    def duration(self, key: str, default: int | None = None) -> int:
        """A length of time with its unit, in milliseconds."""
        return self._quantity(key, default, read_duration)

    def share(self, key: str, default: float | None = None) -> float:
        """A share between 0 and 1, written as 90% or 0.9."""
        return self._quantity(key, default, read_share)

    def number(self, key: str, default: float | None = None) -> float:
        """A number that is not negative."""
        return self._quantity(key, default, read_number)

    def quantity(self, key: str, read: Callable[[str], Value]) -> Value:
        """What `read` makes of the text; its ValueError says what to write instead."""
        return self._quantity(key, None, read)

    def items(self, key: str) -> tuple[Item, ...]:
        """The list of scalars under `key`; one scalar alone is a list of one, a missing key is an empty list."""
        if key not in self:
            return ()
        node = self.entries[key].node
        if isinstance(node, yaml.ScalarNode):
            return (self._item(node),)
        if isinstance(node, yaml.SequenceNode) and all(isinstance(child, yaml.ScalarNode) for child in node.value):
            return tuple(self._item(child) for child in node.value)
        raise self.error(f"{key} takes a list of words, for example [one, two]", key)

    def words(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """The list of words under `key`, each of them once."""
        if key not in self:
            return tuple(default)
        found = self.items(key)
        for index, item in enumerate(found):
            if item.text in {earlier.text for earlier in found[:index]}:
                raise item.error(f"{key} names {item.text} twice: leave one out")
        return tuple(item.text for item in found)

    def section(self, key: str) -> Section:
        """The mapping under `key`."""
        entry = self.entries.get(key)
        if entry is None:
            raise self.error(f"{self.name} needs {key}: add it")
        return _section(self.path, entry.node, key)

    def sections(self, key: str) -> tuple[Section, ...]:
        """The list of mappings under `key`."""
        entry = self.entries.get(key)
        if entry is None:
            raise self.error(f"{self.name} needs {key}: add it")
        if not isinstance(entry.node, yaml.SequenceNode):
            raise self.error(f"{key} takes a list: begin each entry with a dash", key)
        return tuple(_section(self.path, child, f"an entry of {key}") for child in entry.node.value)

    def _item(self, node: yaml.ScalarNode) -> Item:
        return Item(self.path, node.start_mark.line + 1, str(node.value), node.style in {"'", '"', "|", ">"})

    def _quantity(self, key: str, default: Value | None, read: Callable[[str], Value]) -> Value:
        if default is not None and key not in self:
            return default
        item = self.item(key)
        try:
            return read(item.text)
        except ValueError as refused:
            raise item.error(f"{key} cannot be {item.text}: {refused}") from None


def load(path: Path) -> Section:
    """Read a YAML file whose top is a mapping."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        here = "name yours (--centre, --standards), go to the checkout" if path.parent == SHIPPED else "check the name"
        raise WrongUse(f"There is no file {path}: {here}, or write it first.") from None
    except OSError as refused:
        raise WrongUse(f"{path} cannot be read: {refused.strerror}.") from None
    except UnicodeDecodeError:
        raise DeclarationError(str(path), None, "this is not UTF-8 text: save the file in UTF-8") from None
    return parse(text, str(path))


def parse(text: str, path: str) -> Section:
    """Read YAML text; `path` is only named in refusals."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as refused:
        mark = refused.problem_mark
        raise DeclarationError(path, mark.line + 1 if mark else None, _not_yaml(str(refused.problem))) from None
    except yaml.YAMLError:
        raise DeclarationError(path, None, "the file has characters that YAML does not allow: save it as plain UTF-8 text") from None
    if node is None:
        raise DeclarationError(path, None, "the file is empty: write at least `version: 1`")
    return _section(path, node, "the file")


def version(section: Section) -> None:
    """Refuse a file of another version than 1."""
    item = section.item("version")
    if item.text != "1":
        raise item.error(f"version cannot be {item.text}: write version: 1")


def _section(path: str, node: yaml.Node, name: str) -> Section:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise DeclarationError(path, line, f"{name} takes keys with values, not a {_kind(node)}")
    entries: dict[str, Entry] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise DeclarationError(path, at, f"a key of {name} must be a word")
        word = str(key.value)
        if word in entries:
            raise DeclarationError(path, at, f"{name} has {word} twice: the first is in line {entries[word].key.line}, leave one out")
        entries[word] = Entry(Item(path, at, word), value)
    return Section(path, line, name, entries)


def _not_yaml(problem: str) -> str:
    """What the parser says, in plain words where it is one of the common slips."""
    if "'\\t'" in problem:
        return "indent with spaces, not with tabs"
    if "<block end>" in problem:
        return "this is not YAML: check the indentation of this line and the one before it"
    if problem.startswith("mapping values"):
        return "this is not YAML: check the indentation of this line and the one before it, and quote a text that has a colon"
    return f"this is not YAML: {problem}"


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "mapping"
    return "list" if isinstance(node, yaml.SequenceNode) else "single value"
