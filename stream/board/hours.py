"""Which scopes are closed at a moment: what waits there then is no breach, and not fine either."""

from __future__ import annotations

from stream.core.centre import Centre
from stream.core.opening import hours_of
from stream.core.schedule import Schedule
from stream.core.scopes import scope_of


class Hours:
    """The opening hours of scopes, each looked up once."""

    def __init__(self, centre: Centre) -> None:
        """`centre`: declares them."""
        self._centre = centre
        self._known: dict[str, Schedule | None] = {}

    def closed(self, key: str, at: int) -> bool:
        """Whether the scope is closed at `at` (ms); what no declared queue belongs to never is."""
        if key not in self._known:
            self._known[key] = hours_of(self._centre, scope_of(key))
        schedule = self._known[key]
        return schedule is not None and at > 0 and not schedule.is_open(at)
