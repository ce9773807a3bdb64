"""What all judges share: one standard in one scope, fed with facts in the order of event time.

A judge never looks at a clock. `apply` takes a fact that the levels have taken already; `due` is the next moment (ms) at which
time alone changes something; `on_time` is called then, after all facts up to that moment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import Any, Final

from stream.core.breach import Hysteresis, Record, finite, target_of
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.facts import Fact
from stream.core.levels import Levels
from stream.core.schedule import OpenNow, Schedule
from stream.core.windows import Calendar

NEVER: Final = 2**62
SILENT: Final = frozenset({"no_data", "closed"})
"""What a standard says of which there is nothing to say."""


class Judge(ABC):
    """What all judges share: the standard, its opening hours, and its breaches."""

    kinds: frozenset[str]

    def __init__(self, standard: Standard, scope: str, centre: Centre, schedule: Schedule, calendar: Calendar) -> None:
        """`schedule`: the opening hours that hold for this standard in this scope."""
        self.standard = standard
        self.scope = scope
        self.centre = centre
        self.schedule = schedule
        self.hours = OpenNow(schedule, standard.grace)
        self.hysteresis = Hysteresis(standard, scope, calendar)
        self.value: float | None = None
        self.status = "no_data"
        self.contacts = 0
        self.breaches = 0
        self.due = NEVER

    @abstractmethod
    def apply(self, fact: Fact, levels: Levels) -> None:
        """Take a fact of one of `kinds`."""

    @abstractmethod
    def on_time(self, at: int, levels: Levels) -> None:
        """Look again at `at`, for which `due` asked."""

    def late(self, fact: Fact, levels: Levels, position: int) -> None:
        """Take a level's change that came when its time was settled: what goes on is judged from now on, nothing closed again."""
        self.due = min(self.due, position + 1)

    @abstractmethod
    def restored(self, levels: Levels, position: int) -> None:
        """After a restart, or for a new standard: what follows from the levels is made of them, and not stored."""

    @property
    def breached(self) -> bool:
        """Whether the standard is in breach."""
        return self.hysteresis.open is not None

    @property
    def spoke(self) -> bool:
        """Whether it had a verdict since it began, kept or broken: who never had one was not kept, but never judged."""
        return self.status not in SILENT or self.contacts > 0

    def take_changed(self) -> list[Record]:
        """Breach records since the last call."""
        return self.hysteresis.take_changed()

    def open_records(self) -> list[Record]:
        """The breaches that go on."""
        return [] if self.hysteresis.open is None else [self.hysteresis.open]

    def verdict(self) -> dict[str, Any]:
        """The standard as it stands, for readings and reports."""
        made = {
            "standard": self.standard.name,
            "severity": self.standard.severity,
            "status": self.status,
            "value": finite(self.value),
            "target": target_of(self.standard),
            "breached": self.breached,
        }
        if self.standard.several:
            made["limit"] = self.standard.bound
        return made

    @property
    def kind(self) -> str:
        """What the stored state is of: under the same name another form or measure begins anew."""
        return f"{self.standard.form}/{self.standard.measure}"

    def copy_from(self, other: Judge) -> None:
        """Become as `other`, a judge of the same standard and scope, is."""
        self.decode(other.encode())

    def encode(self) -> list[Any]:
        """What must survive; subclasses add theirs."""
        value = "inf" if self.value == inf else self.value
        return [self.kind, self.hysteresis.encode(), value, self.status, self.contacts, self.breaches, self.due, self.encode_own()]

    def decode(self, stored: list[Any]) -> None:
        """Take it back."""
        _, breach, value, self.status, self.contacts, self.breaches, self.due, own = stored
        self.value = inf if value == "inf" else value
        self.hysteresis.decode(breach)
        self.decode_own(own)

    @abstractmethod
    def encode_own(self) -> Any:
        """The subclass's part."""

    @abstractmethod
    def decode_own(self, stored: Any) -> None:
        """Take the subclass's part back."""

    def _closed(self, at: int) -> int | None:
        """Outside opening hours there is no verdict: end what is open. Gives the moment when that changes, NEVER if never."""
        is_open, until = self.hours.at(at)
        if is_open:
            return None
        self.status = "closed"
        self.hysteresis.resolve(at, self.value)
        return NEVER if until is None else until


COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
}
