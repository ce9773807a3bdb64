"""One stage of one partition number: its mark, its committed entries, and the folding of a batch.

Whatever a record does, the batch goes on: what cannot be decoded is set aside, and so is a record on which the fold itself
raises. Then the stage is made anew from the committed entries and the rest is folded again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stream.core.stage import MARK, marked
from stream.errors import RejectedRecord, StateUnreadable, StoreUnusable
from stream.live.stores.entries import Change

if TYPE_CHECKING:
    from stream.core.stage import Committed, Output, Stage

Decode = Callable[[Sequence[Any]], list[Any]]
"""From consumer records to what the stage folds of each, or to the RejectedRecord that says why it folds nothing."""

Allow = Callable[[int, int], bool]
"""(records seen, records rejected): counts them and says whether it may go on."""


def one_by_one(decode: Callable[[Any], Any]) -> Decode:
    """How records are decoded where `decode` takes one of them, or raises RejectedRecord."""

    def decoded(record: Any) -> Any:
        try:
            return decode(record)
        except RejectedRecord as rejected:
            return rejected.with_traceback(None)  # which would hold the batch

    return lambda records: [decoded(record) for record in records]


NOT_THE_RECORDS: Final = (StateUnreadable, StoreUnusable)
"""What a fold may raise when it reads the state: no record is to blame, and the worker ends."""


FUTURE: Final = RejectedRecord("future", "the event's time is ahead of the worker's clock by more than the tolerance")


@dataclass(frozen=True, slots=True)
class Processor:
    """What a Faust agent of ours does: which topic it reads, how its records are decoded, and the stage that folds them.

    counts: how many of what was decoded are of those of which at most a share may be rejected, and no marks of our own.
    astray, strangers: how many of them name a queue, and how many an agent, that the centre does not declare.
    """

    name: str
    topic: str
    make: Callable[[int], Stage]
    decode: Decode
    counts: Callable[[Sequence[Any]], int] = len
    astray: Callable[[Sequence[Any]], int] = lambda _: 0
    strangers: Callable[[Sequence[Any]], int] = lambda _: 0


@dataclass(slots=True)
class Folded:
    """What came of a batch, before it is committed."""

    outputs: list[Output] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    rejected: list[tuple[Any, RejectedRecord]] = field(default_factory=list)
    folded: list[Any] = field(default_factory=list)
    enough: bool = False  # too many were rejected: what is here is the last
    end: int | None = None  # where the batch was broken off because of that, as a mark


def _read(decoded: Sequence[Any]) -> list[Any]:
    """What could be read."""
    return [one for one in decoded if one.__class__ is not RejectedRecord]


class Section:
    """One stage of one partition number."""

    def __init__(self, processor: Processor, number: int) -> None:
        """Begin empty; `restore` makes the stage.

        topic: Kafka's id of the topic that the mark is of, empty where it is not known. appended: when (ms, Kafka's clock) the last
        record read was appended.
        """
        self.processor = processor
        self.number = number
        self.mark = 0
        self.topic = ""
        self.appended: int | None = None
        self.stage = processor.make(number)
        self.entries: Committed = {}

    def restore(self, entries: Committed) -> None:
        """Take over the committed entries, the mark among them; from then on they follow the commits.

        Raises StateUnreadable where an entry cannot be read.
        """
        where = f"the state of {self.processor.name}, partition {self.number}"
        try:
            self.mark, self.topic = marked(entries.get(MARK) or b"0")
        except ValueError:
            problem = f"The mark in {where} is not a number: make the state anew with `answerable worker --rebuild`."
            raise StateUnreadable(problem) from None
        self.appended = None
        self.entries = entries
        try:
            self._remake()
        except StoreUnusable:
            raise
        except StateUnreadable as unreadable:
            problem = f"An entry in {where} cannot be read. {unreadable}"
            raise StateUnreadable(problem) from unreadable
        except Exception as error:
            problem = (
                f"An entry in {where} cannot be read ({type(error).__name__}: {error}): "
                "run the release that wrote it, or make the state anew with `answerable worker --rebuild`."
            )
            raise StateUnreadable(problem) from error

    def _remake(self) -> None:
        self.stage = self.processor.make(self.number)
        self.stage.restore(self.entries)

    def fold(self, records: Sequence[Any], latest: int | None, allow: Allow) -> Folded:
        """Decode and fold the records. `latest`: events after that time (ms) are refused; `allow` says whether it may go on.

        Where it may not, the batch is broken off behind the record that was one too many. Nothing is committed here; after a raise
        the stage is of no use until `restore`.
        """
        result = Folded()
        decoded: Sequence[Any] = self._decoded(records, latest)
        folded = _read(decoded)
        if len(folded) == len(decoded):
            result.enough = not allow(self.processor.counts(folded), 0)
        else:
            records, decoded = self._set_aside(records, decoded, result, allow)
            folded = _read(decoded)
        end = records[-1].offset
        if folded:
            try:
                result.outputs = list(self.stage.fold(folded, end))
            except NOT_THE_RECORDS:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, one record must not stop the partition
                pairs = [(record, one) for record, one in zip(records, decoded, strict=True) if one.__class__ is not RejectedRecord]
                folded = self._without_poison(pairs, result, allow)
                end = end if result.end is None else result.end - 1
                result.outputs = list(self.stage.fold(folded, end)) if folded else []
        result.folded = folded
        return result

    def _decoded(self, records: Sequence[Any], latest: int | None) -> list[Any]:
        """What each record holds, or why it is set aside."""
        decoded = self.processor.decode(records)
        if latest is None:
            return decoded
        return [FUTURE if one.__class__ is not RejectedRecord and one.time > latest else one for one in decoded]

    def _set_aside(
        self, records: Sequence[Any], decoded: Sequence[Any], result: Folded, allow: Allow
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """Note what is rejected; give what is taken of both, which ends where too much is."""
        taken = self._taken(decoded, allow)
        if taken is not None:
            result.enough = True
            if taken < len(decoded):
                records, decoded = records[:taken], decoded[:taken]
                result.end = records[-1].offset + 1
        result.rejected = [(record, one) for record, one in zip(records, decoded, strict=True) if one.__class__ is RejectedRecord]
        return records, decoded

    def _taken(self, decoded: Sequence[Any], allow: Allow) -> int | None:
        """How many are taken where too many are rejected, up to the one that was one too many; None where it may go on."""
        counts = self.processor.counts
        begin = 0
        for index, one in enumerate(decoded):
            if one.__class__ is RejectedRecord:
                if not allow(1 + counts(decoded[begin:index]), 1):
                    return index + 1
                begin = index + 1
        return None if allow(counts(decoded[begin:]), 0) else len(decoded)

    def _without_poison(self, pairs: Sequence[tuple[Any, Any]], result: Folded, allow: Allow) -> list[Any]:
        """Find the records on which the fold raises, one by one; leave the stage as committed, ready for the rest."""
        good: list[Any] = []
        self._remake()
        for record, decoded in pairs:
            try:
                self.stage.fold([decoded], record.offset)
            except NOT_THE_RECORDS:
                raise
            except Exception as error:  # noqa: BLE001 - see above
                detail = f"the fold raised {type(error).__name__}"
                result.rejected.append((record, RejectedRecord("fold_failed", detail)))
                if not allow(0, 1):
                    result.enough, result.end = True, record.offset + 1
                    result.rejected = [(one, why) for one, why in result.rejected if one.offset <= record.offset]
                    break
                self._remake()
                if good:
                    self.stage.fold(good, record.offset)
            else:
                good.append(decoded)
        self._remake()
        return good

    def changes(self, *, everything: bool) -> list[Change]:
        """The changes since the last call; without `everything`, only those that differ from what is committed."""
        found = self.stage.changes()
        if everything:
            return list(found)
        entries = self.entries
        return [(key, value) for key, value in found if entries.get(key) != value]


class Rejects:
    """The share of recent records that were rejected; above the limit, the worker stops rather than drain a topic."""

    LEAST: Final = 1_000

    def __init__(self, share: float) -> None:
        """Begin at nothing."""
        self._share = share
        self._seen = 0
        self._rejected = 0

    def exceeded(self, seen: int, rejected: int) -> bool:
        """Count; say whether of at least LEAST recent records more than the share were rejected."""
        self._seen += seen
        self._rejected += rejected
        over = self._seen >= self.LEAST and self._rejected > self._share * self._seen
        if self._seen > 2 * self.LEAST:
            self._rejected = self._rejected * self.LEAST // self._seen
            self._seen = self.LEAST
        return over
