"""One customer: whether their issues were resolved in the first contact, and whether they stay.

Both are known only when some time has passed. What is concluded is a function of the set of rows and of how far time has come.

First contact resolution, gross: an issue that took one contact, and no further contact of the customer on the topic within the days
that the centre declares, by all resolved issues; net: by those alone that could be resolved in the first contact at all. A further
contact is one that began after the issue was opened: who calls to ask where the answer to an e-mail stays was not helped by the first.
"""

from __future__ import annotations

from typing import Any, Final

from stream.core import facts
from stream.core.events import LEAVING
from stream.core.facts import Book
from stream.core.periods import Periods

MONTHS_KEPT: Final = 70 * 86_400_000
"""How far back (ms) a late change of a customer's status corrects the months."""

Status = tuple[int, str, bool]
"""(time, id of the event, whether the customer is one from then on)"""


class Customer:
    """What is kept of a customer: issues by id as `stream.core.issue.for_customer` tells them, and changes of status.

    An issue with "left" was the customer's until then (ms), when they asked to be forgotten; it has nothing to do with later ones.
    """

    __slots__ = ("issues", "looked_at", "statuses")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.issues: dict[str, dict[str, Any]] = {}
        self.statuses: list[Status] = []
        self.looked_at: int | None = None
        """When (ms) the stage looks at it again; not stored, because it follows from the rest."""

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not self.issues and not self.statuses

    def conclude(self, settled: int, since: int, window: int, months: Periods) -> Book:
        """What is known at `settled` (ms). `since`: months that ended before are not looked at any more."""
        book: Book = {}
        for key, issue in self.issues.items():
            self._resolution(book, key, issue, settled, window)
        self._retention(book, settled, since, months)
        return book

    def _resolution(self, book: Book, key: str, issue: dict[str, Any], settled: int, window: int) -> None:
        resolved = issue.get("resolved")
        if resolved is None or not issue["contacts"]:
            return
        queue, channel, *extras = issue["place"]
        place = (queue, channel, *(tuple((name, value) for name, value in pairs) for pairs in extras))
        rows = book.setdefault(place, [])
        over = resolved + window

        def add(kind: str, when: int) -> None:
            rows.append((kind, when, issue["opened"], LEAVING, key, 0, 1, 1))

        if over > settled:
            add(facts.FCR_PROVISIONAL, resolved)
            return
        met = sum(began <= over for began in issue["contacts"]) == 1 and not any(
            issue["opened"] < began <= over
            for other, found in self.issues.items()
            if other != key and same_topic(found, issue) and found.get("left") == issue.get("left")
            for began in found["contacts"]
        )
        add(facts.FCR_CASE, over)
        if met:
            add(facts.FCR_MET, over)
        if not issue.get("resolvable", True):
            add(facts.FCR_HOPELESS, over)
            if met:
                add(facts.FCR_HOPELESS_MET, over)

    def _retention(self, book: Book, settled: int, since: int, months: Periods) -> None:
        if not self.statuses:
            return
        begin, end = months.around(max(since, self.statuses[0][0]))
        while end <= settled:
            if end > since and self.active(begin):
                rows = book.setdefault(("", ""), [])
                rows.append((facts.CUSTOMER_AT_START, end, begin, LEAVING, "", 0, 1, 1))
                if self.active(end):
                    rows.append((facts.CUSTOMER_KEPT, end, begin, LEAVING, "", 0, 1, 1))
            begin, end = months.around(end)

    def active(self, at: int) -> bool:
        """Whether the customer is one at the beginning of the moment `at`."""
        return next((active for time, _, active in reversed(self.statuses) if time < at), False)

    def due(self, settled: int, window: int, kept: int, months: Periods) -> int | None:
        """The next moment after `settled` (ms) at which time alone concludes something or lets something go; `kept`: see `Retention`."""
        found = [issue["resolved"] + window for issue in self.issues.values() if "resolved" in issue]
        found += [last_of(issue) + kept + 1 for issue in self.issues.values()]
        if self.statuses and (self.statuses[-1][2] or self.statuses[-1][0] + MONTHS_KEPT > settled):
            found.append(months.around(max(settled, self.statuses[0][0]))[1])
        return min((at for at in found if at > settled), default=None)

    def forget(self, settled: int, kept: int, since: int) -> None:
        """Let issues go that are over for longer than `kept` (ms), and all changes of status but the last one before `since`."""
        self.issues = {key: issue for key, issue in self.issues.items() if last_of(issue) + kept >= settled}
        older = [status for status in self.statuses if status[0] < since]
        if older:
            self.statuses = self.statuses[len(older) - 1 :]
        if len(self.statuses) == 1 and not self.statuses[0][2] and self.statuses[0][0] < since:
            self.statuses = []


def same_topic(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two issues are about the same: a question or a tag of both; where nothing is said of one, the same queue."""
    (topics, queue), (others, elsewhere) = topics_and_queue(one), topics_and_queue(other)
    return not topics.isdisjoint(others) if topics and others else queue == elsewhere


def topics_and_queue(issue: dict[str, Any]) -> tuple[frozenset[str], str]:
    """What an issue is about. Issues that were stored before had one topic: a question, a tag, or the queue behind an @."""
    if "topics" in issue:
        return frozenset(issue["topics"]), issue["queue"]
    topic: str = issue["topic"]
    return (frozenset(), topic[1:]) if topic.startswith("@") else (frozenset({topic}), issue["place"][0])


def last_of(issue: dict[str, Any]) -> int:
    """When anything happened last to an issue, as far as is known here (ms)."""
    found: int = max([issue["opened"], issue.get("resolved", 0), *issue["contacts"]])
    return found
