"""The [tickets] stage: what help desks say of issues, handed on to the partition of the issue's key.

Its own state is only the time: the history of an issue is kept where all that belongs to it comes together, in [issues].
A duplicate is handed on, too; there it changes nothing. A merge is told to every partition of the issues: so each knows in which
issue its own go on, over any number of merges.
"""

from __future__ import annotations

from stream.core.events import Event
from stream.core.merges import MERGE
from stream.core.stage import EventStage
from stream.core.topology import ISSUE_FACTS

SAID = "event"
"""The first field of a row that is an event: ("event", time, id, type, data)."""


class TicketStage(EventStage):
    """One partition of issue-events."""

    source = "tickets"

    def take(self, event: Event) -> None:
        """Hand one event on."""
        rows = self.facts.keyed.get(ISSUE_FACTS)
        if rows is None:
            return
        into = event.data.get("into")
        if event.type == "issue.merged" and into != event.subject:
            for key in self._everyone:
                rows.setdefault(key.decode(), []).append((MERGE, event.subject, event.time, event.id, into))
        data, queue = event.data, event.data.get("queue", "")
        if (known := self.centre.queue_names.get(queue, queue)) != queue:
            data = {**data, "queue": known}
        rows.setdefault(event.subject, []).append((SAID, event.time, event.id, event.type, data))

    def forget(self, settled: int) -> None:
        """Nothing is kept."""

    def state_changes(self) -> list[tuple[bytes, bytes | None]]:
        """Nothing is kept."""
        return []

    def put_back(self, key: bytes, value: bytes) -> None:
        """Nothing is kept."""
