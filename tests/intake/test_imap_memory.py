"""What a mailbox source keeps survives every crash: read again in other portions, each mail is told as it was told before."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.events import Event, order
from stream.errors import DataError, PartMissing
from stream.intake.imap_memory import REMEMBERED, Memory, Position
from stream.sources.mail.conversations import Conversations
from tests.intake.mailboxes import exported, mail
from tests.sources.test_imap import carried

NOW = 1_800_000_000_000


def step(memory: Memory, mails: list[Event], *, crash: int = 0, now: int = NOW) -> list[Event]:
    """A step as the intake takes it. crash: 1 before anything is told, 2 before it is kept that it was told."""
    fresh = memory.unread([one.id for one in mails])
    some = sorted((one for one in mails if one.id in fresh), key=order)
    conversations = Conversations("email", memory.known(some))
    told = list(conversations.tell(some))
    memory.decide(conversations.known, now)
    if crash == 1:
        return []
    if crash != 2:
        memory.settle(conversations.known, [one.data["message_id"] for one in told], fresh, {"here": Position(1, 1)}, now)
    return told


def asked(conversation: int, count: int) -> list[bytes]:
    """Mails of which each but the first names only the one before it, as some programs write them."""
    first = conversation * 10
    return [mail(first + at, first + at, after=(first + at - 1,) if at else (), agent="a1" if at % 2 else "") for at in range(count)]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 10**6))
@settings(max_examples=15)
def test_no_crash_makes_two_of_one(counts: list[int], seed: int) -> None:
    """Whatever is read in whatever order, and wherever it stops: a message has one conversation and one content, and none is missing."""
    random = Random(seed)
    mails = [carried(one) for number, count in enumerate(counts) for one in asked(number, count)]
    found: dict[str, Event] = {}
    with tempfile.TemporaryDirectory() as place:
        path, shuffled = Path(place) / "state", mails.copy()
        random.shuffle(shuffled)
        for crash in [random.randrange(3) for _ in range(6)] + [0]:
            with closing(Memory(path, "email")) as memory:
                size = random.randrange(1, 4)
                portions = [shuffled[at : at + size] for at in range(0, len(shuffled), size)]
                for number, some in enumerate(portions):
                    stops = crash if number == len(portions) // 2 else 0
                    for event in step(memory, some, crash=stops):
                        assert found.setdefault(event.id, event) == event
                    if stops:
                        break
    assert {one.id for one in mails if "queue" in one.data} <= {one.data["message_id"] for one in found.values()}


def test_an_answer_waits_for_its_question_over_a_restart(tmp_path: Path) -> None:
    """It was read first; both are told once the question is there, and never again."""
    mails = [mail(1, 0), mail(2, 1, agent="a1", after=(1,))]
    question, answer = map(carried, mails)
    found = []
    for some in ([answer], [question], [answer, question]):
        with closing(Memory(tmp_path / "state", "email")) as memory:
            found.append(step(memory, some))
            assert Position(1, 1) == memory.position("here")
    expected = exported(mails)
    for event in found[1] + expected:
        for name in ("customer", "customer_ref"):
            event.data.pop(name, None)
    assert [[], expected, []] == found


def test_old_conversations_are_forgotten_and_others_kept(tmp_path: Path) -> None:
    """After 400 days without a mail nothing is known; positions stay."""
    old, new = carried(mail(1, 0)), carried(mail(2, 1))
    with closing(Memory(tmp_path / "state", "email")) as memory:
        step(memory, [old], now=NOW - REMEMBERED - 1)
        step(memory, [new])
        memory.forget(NOW)
        assert {old.id} == memory.unread([old.id, new.id])
        assert {new.data["own"]} == set(memory.known([old, new]).threads)
        assert not memory.empty()


def test_a_file_that_is_anothers_is_refused(tmp_path: Path) -> None:
    """In use, of another origin, no file of ours, or nowhere: each in one sentence. Only its user may read it."""
    path = tmp_path / "state"
    with closing(Memory(path, "email")), pytest.raises(PartMissing, match="Another intake uses"):
        Memory(path, "email")
    assert 0o600 == path.stat().st_mode & 0o777
    with pytest.raises(DataError, match="is the saved position of the origin email"):
        Memory(path, "acme")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("update about set version = 9")
    with pytest.raises(DataError, match="no saved position of this version"):
        Memory(path, "email")
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(DataError, match="no saved position of this version: remove it to read the mailboxes from their beginning"):
        Memory(path, "email")
    with pytest.raises(PartMissing, match="cannot be written"):
        Memory(path / "below", "email")
