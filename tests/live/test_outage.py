"""While a broker is away, the log stays readable."""

from __future__ import annotations

import logging

from aiokafka.errors import GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError

from stream.live.outage import BEGINNING, SILENCE, Beginning, OncePerMatter


def test_a_matter_is_told_once_and_later_again() -> None:
    """By wording, not by node; each wording has its own time, and our own lines are all written."""
    now = 0.0
    once = OncePerMatter(lambda: now)

    def written(name: str, text: str, *about: object) -> bool:
        return once.filter(logging.LogRecord(name, logging.ERROR, "", 0, text, about, None))

    connect = [written("aiokafka", "Unable connect to node with id %s", node) for node in (1, 2, 1)]
    assert [True, False, False] == connect
    assert written("aiokafka.consumer.fetcher", "Failed fetch messages from %s", 1)
    assert [True, True] == [written("stream.live.partition", "partition %d ends here", number) for number in (1, 2)]
    now = SILENCE
    assert [True, False] == [written("aiokafka", "Unable connect to node with id %s", node) for node in (1, 2)]


def test_what_passes_at_the_beginning_is_written_only_later() -> None:
    """That nobody listens is said in a sentence, a first group's coordinator comes by itself; other causes stand nowhere else."""
    now = 0.0
    beginning = Beginning(lambda: now)

    def written(name: str, text: str, *about: object) -> bool:
        return beginning.filter(logging.LogRecord(name, logging.ERROR, "", 0, text, about, None))

    def passing() -> list[bool]:
        nobody = ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 1)")
        missing = GroupCoordinatorNotAvailableError()
        return [
            written("aiokafka", 'Unable connect to "%s:%s": %s', "127.0.0.1", 1, nobody),
            written("aiokafka.consumer.group_coordinator", "Group Coordinator Request failed: %s", missing),
        ]

    assert [False, False] == passing()
    assert written("aiokafka", 'Unable connect to "%s:%s": %s', "127.0.0.1", 1, OSError("certificate verify failed"))
    assert written("aiokafka", "Unable connect to node with id %s: %s", 1, ConnectionRefusedError(111, "Connect call failed"))
    assert written("aiokafka.consumer.group_coordinator", "Group Coordinator Request failed: %s", NotCoordinatorForGroupError())
    assert written("stream.live.recovery", "read again")
    now = BEGINNING
    assert [True, True] == passing()
