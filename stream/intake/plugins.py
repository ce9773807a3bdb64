"""Sources of third parties: packages that name one under the entry-point group `stream.sources`, found without importing them.

They are trusted no further than they have to be: what they break is one sentence, and an event that is none is rejected.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import orjson

from stream.config.yaml import Section, suggestion
from stream.core.events import CONTROLS, Event
from stream.errors import AnswerableError, DataError, PartMissing, RejectedRecord, WrongUse
from stream.sources import SOURCES
from stream.sources.records import CUSTOMER, Decode, Following, Lines, Prepared, Rejected, Source, Unknown
from stream.wire.fields import EVENT_TYPES, check
from stream.wire.times import FIRST, LAST

GROUP: Final = "stream.sources"
LONGEST_ID: Final = 500
LONGEST_DETAIL: Final = 500
LONGEST_FILE: Final = 2**62
"""Lines; a number beyond it is of no line, and no JSON holds it."""
REFERENCE: Final = "customer_ref"


def source_names() -> list[str]:
    """The names of all sources, ours and others', in their order."""
    return sorted({*SOURCES, *_found()})


def find(name: str) -> Source:
    """The source of a name; ours go before others'.

    Raises WrongUse where there is none or two packages have one, PartMissing where the package that has it is broken.
    """
    if name in SOURCES:
        return SOURCES[name]
    found = _found().get(name)
    if not found:
        raise WrongUse(f"There is no source {name}: {suggestion(name, source_names())}")
    if len(found) > 1:
        packages = " and ".join(sorted(_package(one) for one in found))
        raise WrongUse(f"The source {name} is in {packages}: uninstall all of them but one.")
    return _loaded(found[0])


@lru_cache(maxsize=1)
def _found_in(_path: tuple[str, ...]) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for one in entry_points(group=GROUP):
        found.setdefault(one.name, []).append(one)
    return found


def _found() -> dict[str, list[EntryPoint]]:
    """The entry points by name; looked for again where the places change in which packages are."""
    return _found_in(tuple(sys.path))


def _package(entry: EntryPoint) -> str:
    """The package and its version, for people."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value


def _loaded(entry: EntryPoint) -> Source:
    blame = f"The source {entry.name} of {_package(entry)}"
    try:
        source = entry.load()
    except Exception as broken:  # noqa: BLE001 - somebody else's module: whatever it raises
        raise PartMissing(f"{blame} cannot be loaded ({_said(broken)}): update it, or uninstall it.") from None
    if not isinstance(source, Source) or source.name != entry.name:
        raise PartMissing(f"{blame} is no stream.sources.records.Source of that name: update it, or uninstall it.")

    def prepare(mapping: Section | None, decode: Decode, zone: Any = None) -> Prepared:
        try:
            prepared = source.prepare(mapping, decode, zone)
        except AnswerableError:
            raise
        except Exception as broken:  # noqa: BLE001 - as above
            raise PartMissing(f"{blame} cannot be made ready ({_said(broken)}): update it, or uninstall it.") from None
        if not isinstance(prepared, Prepared):
            raise PartMissing(f"{blame} cannot be made ready (it gives no Prepared): update it, or uninstall it.")
        return _guarded(prepared, blame)

    return replace(source, prepare=prepare)


def _said(error: Exception) -> str:
    """An error in half a line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def _guarded(prepared: Prepared, blame: str) -> Prepared:
    fold, following = prepared.fold, prepared.following
    return replace(
        prepared,
        # What is folded later are no events yet: their form is the source's own.
        translate=lambda lines: _whole(lambda: prepared.translate(lines), blame, checked=fold is None),
        fold=None if fold is None else lambda events: _events(_whole(lambda: fold(events), blame, checked=True)),
        following=None if following is None else lambda: GuardedFollowing(following(), blame),
    )


def _whole(begin: Any, blame: str, *, checked: bool) -> Lines:
    """What a translation of files gives. Raises DataError where it ends with an error: what is behind that would be missing."""
    try:
        for one in begin():
            yield judged(one) if checked else one
    except AnswerableError:
        raise
    except Exception as broken:  # noqa: BLE001 - as above
        raise DataError(f"{blame} failed while it read ({_said(broken)}): tell its makers; nothing of the files is used.") from None


def _events(found: Iterable[Event | Rejected | Unknown]) -> Iterator[Event]:
    for one in found:
        if isinstance(one, Event):
            yield one
        elif isinstance(one, Rejected):
            raise DataError(f"A source made an event that is none ({one.detail}): tell its makers; nothing of the files is used.")


class GuardedFollowing:
    """A translator of a log that grows: a line that it fails on is rejected, and it goes on with the next."""

    def __init__(self, inner: Following, blame: str) -> None:
        """Guard `inner`; `blame`: whose it is, for people."""
        self._inner = inner
        self._blame = blame

    def begin(self) -> None:
        """The next line is the first one of another file."""
        self._call(self._inner.begin)

    def feed(self, raw: bytes) -> list[Event | Rejected | Unknown]:
        """What one whole line tells."""
        try:
            return [_of_line(judged(one), raw) for one in self._inner.feed(raw)]
        except Exception as broken:  # noqa: BLE001 - as above
            return [Rejected("undecodable", f"the source failed on the line ({type(broken).__name__})", raw, 0)]

    def save(self) -> list[Any]:
        """What has to be kept to go on."""
        return list(self._call(self._inner.save))

    def restore(self, state: list[Any]) -> None:
        """Go on where `save` was."""
        self._call(lambda: self._inner.restore(state))

    def _call(self, what: Any) -> Any:
        try:
            return what()
        except Exception as broken:  # noqa: BLE001 - as above
            raise DataError(f"{self._blame} failed ({_said(broken)}): tell its makers.") from None


def _of_line(one: Event | Rejected | Unknown, raw: bytes) -> Event | Rejected | Unknown:
    return replace(one, raw=raw) if isinstance(one, Rejected) and not one.raw else one


def judged(one: Any) -> Event | Rejected | Unknown:
    """What a source gives, where it is what it may give; an event that is none is rejected."""
    if isinstance(one, Rejected):
        return _refused(one)
    if isinstance(one, Unknown):
        return Unknown(_text(one.word))
    if not isinstance(one, Event):
        return Rejected("undecodable", "the source gave neither an event nor a reason", b"", 0)
    try:
        return _checked(one)
    except RejectedRecord as refused:
        return Rejected(refused.reason, refused.detail, b"", 0)
    except Exception as broken:  # noqa: BLE001 - as above
        return Rejected("bad_value", f"the source gave an event that is none ({type(broken).__name__})", b"", 0)


def _refused(one: Any) -> Rejected:
    """A line that the source refuses, as dead-letters can hold it."""
    reason = one.reason if one.reason in RejectedRecord.REASONS else "undecodable"
    raw = one.raw if isinstance(one.raw, bytes) else b""
    line = one.line if one.line.__class__ is int and 0 <= one.line <= LONGEST_FILE else 0
    return Rejected(reason, _text(one.detail), raw, line, _text(one.path))


def _text(given: object) -> str:
    """What should be a text, as one that is not too long and that can be written."""
    return str(given)[:LONGEST_DETAIL].encode("utf-8", "replace").decode()


def _checked(event: Event) -> Event:
    kind = EVENT_TYPES.get(event.type)
    if kind is None or event.type in CONTROLS:
        raise RejectedRecord("unknown_type", "the source gave an event of no type of the contract")
    if REFERENCE in event.data:
        raise RejectedRecord("bad_value", f"{event.type}: the source gave {REFERENCE}; it gives {CUSTOMER}, of which the intake makes it")
    customer = event.data.get(CUSTOMER)
    data = check(kind, {name: value for name, value in event.data.items() if name != CUSTOMER})
    if customer is not None:
        data[CUSTOMER] = str(customer)
    time: Any = event.time
    identity: Any = event.id
    if not (time.__class__ is int and FIRST <= time <= LAST):
        raise RejectedRecord("bad_value", f"{event.type}: the time is no number of milliseconds within any calendar")
    if not (isinstance(identity, str) and 0 < len(identity) <= LONGEST_ID) or event.subject != data[kind.key]:
        raise RejectedRecord("bad_value", f"{event.type}: the id is a text, and the subject is its {kind.key}")
    orjson.dumps([identity, data])  # what no bytes can be made of is no event
    event.data.clear()
    event.data.update(data)
    return event
