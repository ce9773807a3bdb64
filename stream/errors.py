"""Every exception that the project raises on purpose, in one tree.

    AnswerableError                 exit code 1
    ├── DataError                   exit code 1: the data says no
    │   ├── RejectedRecord          one record cannot be read or folded: it goes to dead-letters
    │   ├── TooManyRejects          so many records were rejected that the worker stops
    │   └── StateUnreadable         a changelog record cannot be read: recovery stops
    ├── WrongUse                    exit code 2: the call, or a file that the user wrote, is wrong
    │   └── DeclarationError        a YAML file with an unknown key or a nonsense value, with its line
    └── PartMissing                 exit code 3: a broker or another part is not there
        ├── BrokerMissing
        ├── SignInRefused           a system that is connected takes no password or token of ours
        └── StoreUnusable           the directory of the state: not writable, or the disk is full

Messages are one sentence that says what to do. Only `stream.cli` prints them. The type says whose fault it is.
"""

from __future__ import annotations

from pathlib import Path


class AnswerableError(Exception):
    """The base of all; `exit_code` is what the command ends with."""

    exit_code = 1


class DataError(AnswerableError):
    """The data, not the call, is at fault."""


class RejectedRecord(DataError):
    """A record that can never be processed.

    `reason` is one of `REASONS` and bounded, because it is the label of cc_events_rejected_total; `detail` is for people.
    """

    REASONS = ("undecodable", "unknown_type", "missing_field", "bad_value", "future", "fold_failed")

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason (a bounded word) and the detail (a sentence)."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class TooManyRejects(DataError):
    """More records than the set share were rejected: the producer or the schema is wrong, so the worker stops."""


class StateUnreadable(DataError):
    """A record of a changelog cannot be read; going on would lose state silently."""


class WrongUse(AnswerableError):
    """The command line or a file that the user wrote is wrong."""

    exit_code = 2


class DeclarationError(WrongUse):
    """A declaration (centre, standards, mapping, topic) that is refused.

    The message names file and line and says what to write instead.
    """

    def __init__(self, path: str, line: int | None, problem: str) -> None:
        """Keep where the problem is (`line` counts from 1, None when it is the whole file) and what it is."""
        super().__init__(f"{path}:{line}: {problem}" if line is not None else f"{path}: {problem}")
        self.path = path
        self.line = line
        self.problem = problem


class PartMissing(AnswerableError):
    """A part that the command needs (broker, Java, a port) is not there."""

    exit_code = 3


class BrokerMissing(PartMissing):
    """No Kafka broker answers at the configured address."""


class SignInRefused(PartMissing):
    """Another system is there, and does not take our password or token: trying again and again would lock the account."""


class StoreUnusable(PartMissing):
    """The directory in which the state is kept cannot be used. The changelogs in Kafka have all of it."""

    def __init__(self, place: Path, why: str) -> None:
        """Keep the directory, and what the system or RocksDB said."""
        super().__init__(
            f"The state cannot be kept in {place} ({why}): make room and let this user write there, or set ANSWERABLE_DATA_DIR "
            "to another place, then start the worker again; Kafka has all of the state."
        )
        self.place = place
        self.why = why


def with_extra(extra: str) -> str:
    """How to get the packages of an extra, for the sentence that says what they are needed for. The project is on no index."""
    return f"pip install '.[{extra}]' in the checkout"
