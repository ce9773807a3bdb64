"""One stage of one partition: what cannot be read or folded is set aside, and the rest is folded as if it had never been there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from stream.core.stage import MARK
from stream.errors import RejectedRecord, StateUnreadable
from stream.live.section import Processor, Rejects, Section, one_by_one
from tests.live.installation import record
from tests.live.stages import FACTS, Counting, decode


@dataclass
class Read:
    """A consumer record, as far as a section looks at it."""

    offset: int
    value: bytes


def section(entries: dict[bytes, bytes] | None = None) -> Section:
    """A section of the counting stage."""
    made = Section(Processor("contacts", "contact-events", lambda _: Counting(FACTS), one_by_one(decode)), 0)
    made.restore(entries or {})
    return made


def allow(_: int, __: int) -> bool:
    """Stop nothing."""
    return True


def test_a_batch_is_folded_from_the_committed_state() -> None:
    """The counts go on from the entries, and the changes are what the batch changed."""
    here = section({MARK: b"7", b"k": b"4"})
    folded = here.fold([Read(7, record("e1", "k")), Read(8, record("e2", "k"))], None, allow)
    assert 7 == here.mark
    assert [(FACTS, b"k", {"id": "e1", "k": "k", "n": 5}), (FACTS, b"k", {"id": "e2", "k": "k", "n": 6})] == folded.outputs
    assert [(b"k", b"6")] == here.changes(everything=True)


def test_a_mark_may_say_of_which_topic_it_is() -> None:
    """An earlier release wrote the offset alone."""
    old, new = section({MARK: b"7"}), section({MARK: b"7 d2Vpc3N0"})
    assert [(7, ""), (7, "d2Vpc3N0")] == [(one.mark, one.topic) for one in (old, new)]


def test_poison_and_garbage_leave_no_trace() -> None:
    """Records on which the fold raises half-way, and bytes that are no JSON, are set aside; the rest counts without them."""
    here = section({b"k": b"1"})
    values = [record("e1", "k"), record("poison-1", "k"), b"no json", record("e2", "k"), record("poison-2", "k"), record("e3", "other")]
    folded = here.fold([Read(offset, value) for offset, value in enumerate(values)], None, allow)
    assert [("e1", 2), ("e2", 3), ("e3", 1)] == [(value["id"], value["n"]) for _, _, value in folded.outputs]
    assert [(2, "undecodable"), (1, "fold_failed"), (4, "fold_failed")] == [(r.offset, why.reason) for r, why in folded.rejected]
    assert [(b"k", b"3"), (b"other", b"1")] == sorted(here.changes(everything=True))


def test_a_batch_of_poison_alone_changes_nothing() -> None:
    """Nothing is left to fold, and the stage is as it was committed."""
    here = section({b"k": b"1"})
    folded = here.fold([Read(0, record("poison-1", "k"))], None, allow)
    assert ([], []) == (folded.outputs, here.changes(everything=True))


def test_a_batch_is_broken_off_at_the_record_that_was_one_too_many() -> None:
    """What was set aside until then is kept, and the mark says where to go on; what follows is left for the next start."""
    rejected = 0

    def two(_: int, more: int) -> bool:
        nonlocal rejected
        rejected += more
        return rejected < 3

    here = section()
    values = [record("e1", "k"), b"no json", record("poison-1", "k"), record("poison-2", "k"), record("e2", "k"), record("poison-3", "k")]
    folded = here.fold([Read(offset, value) for offset, value in enumerate(values)], None, two)
    assert (True, 4) == (folded.enough, folded.end)
    assert [1, 2, 3] == [one.offset for one, _ in folded.rejected]
    assert ([(FACTS, b"k", {"id": "e1", "k": "k", "n": 1})], [(b"k", b"1")]) == (folded.outputs, here.changes(everything=True))


def test_what_cannot_be_read_is_not_set_aside_beyond_what_is_allowed() -> None:
    """A batch of a wrong schema is broken off behind the record that is one too many; what follows is read with the next start.

    A record on which the fold raises counts as well, and is the last where it stands before that one.
    """
    values = [record("e1", "k"), *[b"no json"] * 2, record("e2", "k"), *[b"no json"] * 5, record("e3", "k")]

    def fold(values: list[bytes]) -> tuple[list[int], list[str], int | None]:
        here = section()
        rejects = Rejects(0.5)
        rejects.exceeded(Rejects.LEAST, Rejects.LEAST // 2 - 1)
        folded = here.fold([Read(offset, value) for offset, value in enumerate(values)], None, lambda *more: not rejects.exceeded(*more))
        assert folded.enough
        return [one.offset for one, _ in folded.rejected], [value["id"] for _, _, value in folded.outputs], folded.end

    assert ([1, 2, 4, 5, 6], ["e1", "e2"], 7) == fold(values)
    assert ([1], ["e1"], 2) == fold([values[0], record("poison-1", "k"), *values[1:]])


def test_marks_do_not_count_beside_rejects() -> None:
    """What says only how far time has come makes the share of the rejected no smaller."""
    said: list[tuple[int, int]] = []

    def not_marks(found: Sequence[dict[str, str]]) -> int:
        return sum(one["id"] != "mark" for one in found)

    here = section()
    here.processor = Processor("contacts", "contact-events", lambda _: Counting(FACTS), one_by_one(decode), not_marks)
    values = [record("mark", "k")] * 5 + [b"no json", record("e1", "k")]

    def noted(seen: int, rejected: int) -> bool:
        said.append((seen, rejected))
        return True

    here.fold([Read(offset, value) for offset, value in enumerate(values)], None, noted)
    assert [(1, 1), (1, 0)] == said


def test_only_real_changes_count_where_nothing_was_read() -> None:
    """What a tick says anew but unchanged needs no transaction."""
    here = section({b"k": b"1"})
    stage = here.stage
    assert isinstance(stage, Counting)
    stage.dirty.add("k")
    assert [] == here.changes(everything=False)


def test_state_that_cannot_be_read_stops_recovery() -> None:
    """Neither a mark that is no number nor an entry that the stage cannot read is passed over."""
    with pytest.raises(StateUnreadable, match="The mark in the state of contacts, partition 0 is not a number"):
        section({MARK: b"seven"})
    with pytest.raises(StateUnreadable, match="An entry in the state of contacts, partition 0 cannot be read"):
        section({b"k": b"many"})


def test_a_few_rejects_are_allowed_many_are_not() -> None:
    """The share counts once a thousand records were seen, and old records weigh less and less."""
    rejects = Rejects(0.1)
    assert not rejects.exceeded(900, 900)
    assert rejects.exceeded(100, 0)
    calm = Rejects(0.1)
    assert not calm.exceeded(10_000, 900)
    assert calm.exceeded(1_000, 1_000)


def test_events_of_the_future_are_refused() -> None:
    """What lies behind the latest time is set aside with its record; what cannot be read stays what it was."""

    @dataclass
    class Timed(dict[str, str]):
        """A decoded record with a time."""

        time: int

        def __getitem__(self, _: str) -> str:
            return "k"

    def timed(record: Read) -> Timed:
        if not record.value.isdigit():
            raise RejectedRecord("undecodable", "no time")
        return Timed(int(record.value))

    here = section()
    here.processor = Processor("contacts", "contact-events", lambda _: Counting(FACTS), one_by_one(timed))
    folded = here.fold([Read(offset, value) for offset, value in enumerate((b"5", b"6", b"none", b"4"))], 5, allow)
    assert ([5, 4], [(1, "future"), (2, "undecodable")]) == (
        [one.time for one in folded.folded],
        [(record.offset, why.reason) for record, why in folded.rejected],
    )
