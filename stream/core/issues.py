"""The [issues] stage: all that belongs to one matter of a customer, put together from its events and its contacts.

What is kept of an issue are bytes, because there are many and few of them change; a row makes an issue of them, which is folded anew.
The difference to what it was before is sent. An issue is forgotten long after its resolution; a contact that belongs to no issue of a
help desk is its own, and is kept for days only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import Any, Final

import orjson

from stream.core.centre import Centre, Retention
from stream.core.contacts import counts_first
from stream.core.fact_stage import FactStage
from stream.core.facts import CLOCK_KINDS, Book
from stream.core.forgetting import ERASED, names
from stream.core.issue import FIELDS, Course, Issue, as_of, conclude, for_customer, handed_on, place_of
from stream.core.merges import MERGE, MERGE_KEY, Merges
from stream.core.opening import queues_that_close
from stream.core.parts import PART, WAS, Part
from stream.core.settling import Known, Limits, conclude_contacts, forget_known
from stream.core.stage import Committed
from stream.core.tickets import SAID
from stream.core.topology import CUSTOMER_FACTS, ISSUE_FACTS
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import NOTHING

LOOK_AGAIN: Final = 86_400_000
"""How often (ms of event time) it is looked whether merges that are over for long are still needed."""

OF_ISSUE: Final = "issue"
"""The first field of a row for [customers]: ("issue", issue, what `for_customer` says); None instead takes it back."""

LEFT: Final = "left"
"""The same for a customer who is forgotten: ("left", issue, when they asked for it, what `for_customer` said then)."""

MOVED: Final = "moved"
"""The first field of a row of what was merged into an issue: ("moved", from which, since when, what it hands on or None)."""

Outcome = tuple[Book, str, Any, Book]
"""What is known of an issue: facts by place, the customer or "", what the customer's stage needs, and what follows for its contacts."""
NOTHING_KNOWN: Final[Outcome] = ({}, "", None, {})

Recent = tuple[bytes | None, int | None, Outcome, Known]
"""Of an issue as it is kept in these bytes, and merged then (ms): what is known of it, and of its contacts."""
NOT_RECENT: Final[Recent] = (None, None, NOTHING_KNOWN, {})
RECENT: Final = 256
"""Of how many issues with resolutions that is remembered; any number is right."""


class IssueStage(FactStage):
    """One partition of issue-facts."""

    source = "issues"

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool, wanted: Wanted = ALL_WANTED) -> None:
        """See `FactStage`."""
        super().__init__(centre, partition, targets, played=played, wanted=wanted)
        self._kept: dict[str, bytes] = {}
        self._forget: list[tuple[int, str]] = []
        self._names = centre.names_by_id()
        self._merges = Merges()
        self._recent: dict[str, Recent] = {}
        """Whose contacts were folded lately, least lately first; what is kept there follows from what is stored, and from nothing else."""
        self._limits = Limits.of(centre, wanted.kinds)
        self._counted = NOTHING
        """Up to when (ms) what resolutions are for contacts counts in what never goes down; beyond it a reply may still turn up."""
        self._to_count: list[tuple[int, str]] = []
        """When (ms) that is to be looked at next, and of which issue."""
        self.facts.closing = queues_that_close(centre, wanted.kinds)

    def take(self, key: str, rows: Sequence[Any]) -> None:
        """Put rows into the issue, fold it anew and send what differs. Merges come to every partition, under any key."""
        own = []
        for row in rows:
            if row[0] == MERGE:
                self._merge(*row[1:])
                continue
            own.append(row)
            if row[0] == SAID and row[3] == "issue.merged":
                # The event and what every partition is told of it come in records of their own: whichever is first, both are known.
                self._merge(key, row[1], row[2], row[4]["into"])
        if own:
            self._take(key, own)

    def _take(self, key: str, rows: Sequence[Any]) -> None:
        issue = self._issue(key)
        path = self._merges.path(key)
        known: Known = {}
        before, known = self._remembered(key) or (self._known(self._course(issue), known), known)
        self._recent.pop(key, None)
        handed = handed_on(issue, path[0][1]) if path else None
        nobodys = issue.there and before[1] == ERASED and issue.named
        for row in rows:
            _take_row(issue, row, known)
        if nobodys:
            issue.unname()
        course = self._course(issue)
        outcome = self._known(course, known)
        self._send(key, before, outcome)
        if path and (after := handed_on(issue, path[0][1])) != handed:
            for target, since in path:
                self._hand(target, key, since, after)
        self._keep(issue, course)
        if known:
            self._recent[key] = self._kept.get(key), self._merged_at(key), outcome, known
            if len(self._recent) > RECENT:
                del self._recent[next(iter(self._recent))]

    def _remembered(self, key: str) -> tuple[Outcome, Known] | None:
        """What was found of an issue lately, where it is still kept, and merged, as it was then."""
        stored, merged, outcome, known = self._recent.get(key, NOT_RECENT)
        return (outcome, known) if stored is not None and stored is self._kept.get(key) and merged == self._merged_at(key) else None

    def _merge(self, issue: str, time: int, identity: str, into: str) -> None:
        """Take a merge: whatever is here of the issue, and of those that went on in it, goes on elsewhere now."""
        if not self._merges.is_new(issue, time, identity, into):
            return
        here = [self._issue(key) for key in sorted(self._merges.reaching(issue)) if key in self._kept]
        before = [(self._outcome(one), self._merges.path(one.key)) for one in here]
        self._merges.take(issue, time, identity, into)
        self._merges.keep(issue, time + self.centre.retention.issues)
        for one, (known, path) in zip(here, before, strict=True):
            self._send(one.key, known, self._outcome(one))
            self._redirect(one, path, self._merges.path(one.key))
            self._keep(one)

    def _redirect(self, issue: Issue, before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
        """Hand what an issue hands on to those in which it goes on now, and take it back from the others."""
        was, handed = (handed_on(issue, path[0][1]) if path else None for path in (before, after))
        sent, now = dict(before), dict(after)
        for target in sent.keys() - now.keys() if was is not None else ():
            self._hand(target, issue.key, 0, None)
        for target, since in now.items() if handed is not None else ():
            if sent.get(target) != since or was != handed:
                self._hand(target, issue.key, since, handed)

    def _hand(self, target: str, origin: str, since: int, handed: Any) -> None:
        self.facts.keyed[ISSUE_FACTS].setdefault(target, []).append((MOVED, origin, since, handed))

    def _merged_at(self, key: str) -> int | None:
        """Since when an issue goes on in another one (ms)."""
        path = self._merges.path(key)
        return path[0][1] if path else None

    def _outcome(self, issue: Issue, until: int | None = None) -> Outcome:
        """What is known of an issue; `until`: of what was known then (ms)."""
        return self._known(self._course(issue, until))

    def _course(self, issue: Issue, until: int | None = None) -> Course | None:
        """How an issue went; None of one of which nothing is known but what was merged into it."""
        if not issue.there:
            return None
        merged = self._merged_at(issue.key)
        return Course(issue, None if merged is None or (until is not None and merged > until) else merged)

    def _known(self, course: Course | None, known: Known | None = None) -> Outcome:
        if course is None:
            return NOTHING_KNOWN
        contacts, handled = conclude_contacts(course, self._limits, known)
        book = conclude(course, self.centre, self._names, self.wanted.kinds, handled)
        customer = course.about.get("customer_ref", "")
        told = for_customer(course, place_of(course, self.centre)) if customer and course.merged is None else None
        return book, customer, told, contacts

    def _send(self, key: str, before: Outcome, after: Outcome) -> None:
        self.facts.amend(before[0], after[0])
        self.facts.amend(before[3], after[3], self._counted)
        rows = self.facts.keyed.get(CUSTOMER_FACTS)
        if rows is None or before[1:3] == after[1:3]:
            return
        if before[2] is not None and (after[2] is None or after[1] != before[1]):
            rows.setdefault(before[1], []).append((OF_ISSUE, key, None))
        if after[2] is not None:
            rows.setdefault(after[1], []).append((OF_ISSUE, key, after[2]))

    def _issue(self, key: str) -> Issue:
        issue = Issue(key)
        stored = self._kept.get(key)
        if stored is not None:
            _, events, parts, *moved = orjson.loads(stored)
            issue.events = {identity: (time, kind, data) for identity, time, kind, data in events}
            issue.parts = {(contact, began): part for contact, began, part in parts}
            if moved:
                issue.moved = {origin: (since, handed) for origin, since, handed in moved[0]}
        return issue

    def _keep(self, issue: Issue, course: Course | None = None) -> None:
        """Put an issue away as bytes; `course`: how it went, where that is known already."""
        key = issue.key
        self.changed(key)
        if issue.empty:
            self._kept.pop(key, None)
            return
        course = course or self._course(issue)
        at = forget_at(issue, course, self.centre.retention)
        events = sorted([identity, *said] for identity, said in issue.events.items())
        parts = sorted(([contact, began, part] for (contact, began), part in issue.parts.items()), key=lambda row: row[:2])
        known = kept_until(self._kept.get(key))
        moved = [sorted([origin, *found] for origin, found in issue.moved.items())] if issue.moved else []
        self._kept[key] = orjson.dumps([at, events, parts, *moved])
        if course is not None and course.settlements:
            self._expect(key, (time for time, _ in course.settlements), (since for since, _ in issue.moved.values()))
        if at is not None and (known is None or at < known):
            heappush(self._forget, (at, key))  # one that is put off is looked at when it was due before

    def _expect(self, key: str, *moments: Iterable[int]) -> None:
        """Look at the issue again once all is known up to these moments (ms), of which any may be that of a resolution."""
        for moment in chain(*moments):
            if moment > self._counted:
                heappush(self._to_count, (moment, key))

    def _count(self, settled: int) -> None:
        """Count for good what resolutions up to `settled` (ms) are for contacts: by now every reply before them is known."""
        since, self._counted = self._counted, settled
        keys = set()
        while self._to_count and self._to_count[0][0] <= settled:
            keys.add(heappop(self._to_count)[1])
        for key in sorted(keys & self._kept.keys()):
            remembered = self._remembered(key)
            outcome = self._outcome(self._issue(key)) if remembered is None else remembered[0]
            for place, rows in outcome[3].items():
                # Without a weight: it stands in every figure already.
                told = [(*row[:6], 0, 1) for row in rows if row[7] and since < row[1] <= settled and row[0] not in CLOCK_KINDS]
                if told:
                    self.facts.book.setdefault(place, []).extend(told)

    def settle(self, settled: int) -> None:
        """Count what is known for good, and forget what is over for long."""
        self._count(settled)
        due = self._forget
        while due and due[0][0] < settled:
            at, key = heappop(due)
            until = kept_until(self._kept.get(key))
            if until == at:
                del self._kept[key]
                self.changed(key)
            elif until is not None and until > at:
                heappush(due, (until, key))
        for key in list(self._merges.due(settled)):
            if self._merges.reaching(key).isdisjoint(self._kept):
                self._merges.forget(key)
            else:
                self._merges.keep(key, settled + LOOK_AGAIN)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """The issues, and the merges."""
        return super().changes() + self._merges.changes()

    def put_back(self, key: bytes, stored: Any) -> None:
        """Take the merges of an issue back."""
        issue = key[len(MERGE_KEY) :].decode()
        self._merges.restore(issue, stored)
        self._merges.keep(issue, stored[0][0] + self.centre.retention.issues)

    def encoded(self, key: str) -> Any:
        """The issue as it is kept."""
        stored = self._kept.get(key)
        return None if stored is None else orjson.Fragment(stored)

    def decode(self, key: str, stored: Any) -> None:
        """Take an issue back."""
        self._kept[key] = orjson.dumps(stored)
        for identity, time, kind, data in stored[1]:
            # Of state that is older than the entries of merges; else it is known.
            if kind == "issue.merged" and self._merges.is_new(key, time, identity, data["into"]):
                self._merges.take(key, time, identity, data["into"])
                self._merges.keep(key, time + self.centre.retention.issues)
        if stored[0] is not None:
            heappush(self._forget, (stored[0], key))
        self._expect(key, (said[1] for said in stored[1]), (found[1] for found in (stored[3] if stored[3:] else ())))

    def restore(self, committed: Committed) -> None:
        """See `FactStage`: up to where all senders had come all is counted."""
        super().restore(committed)
        self._counted = self.senders.settled
        self._to_count = [due for due in self._to_count if due[0] > self._counted]
        heapify(self._to_count)

    def forget(self, customers: frozenset[str], until: int) -> None:
        """Take the customers out of the issues that were theirs at `until`; these are nobody's from then on."""
        rows = self.facts.keyed.get(CUSTOMER_FACTS)
        for key, stored in list(self._kept.items()):
            if not names(stored, customers):
                continue
            issue = self._issue(key)
            _, now, told, _ = self._outcome(issue)
            _, customer, known, _ = self._outcome(as_of(issue, until), until)
            issue.unname(customers, until)
            if customer in customers:
                issue.unname()
                if rows is not None:
                    rows.setdefault(customer, []).append((LEFT, key, until, known))
                    if told is not None and now != customer:
                        rows.setdefault(now, []).append((OF_ISSUE, key, None))
            self._keep(issue)


def kept_until(stored: bytes | None) -> int | None:
    """When an issue that is kept as these bytes may be forgotten (ms); None: not yet, or there is none."""
    text = b"null" if stored is None else stored[1 : stored.index(b",")]
    return None if text == b"null" else int(text)


def _take_row(issue: Issue, row: Any, known: Known) -> None:
    """Put a row into the issue; of the contacts that it is about nothing is known any more."""
    if row[0] == PART:
        _, contact, began, part = row
        forget_known(known, "", contact, began)
        if part is None:
            issue.parts.pop((contact, began), None)
        else:
            issue.parts[contact, began] = _of_whom(issue.parts.get((contact, began)), part)
    elif row[0] == SAID:
        _take_event(issue, *row[1:])
    elif row[0] == MOVED:
        _, origin, since, moved = row
        forget_known(known, origin)
        if moved is None:
            issue.moved.pop(origin, None)
        else:
            issue.moved[origin] = since, moved


def _of_whom(known: Part | None, part: Part) -> Part:
    """The part in the place of the one that is known: whether its customer is forgotten is decided here, by the time of this stage."""
    if known is not None:
        was = known.get("customer_ref")
        if was is not None and ERASED in (was, part.get("customer_ref")):
            part["customer_ref"] = was
        if was != ERASED and WAS in known:
            part.setdefault(WAS, known[WAS])
    if part.get("customer_ref") == ERASED:
        part.pop(WAS, None)
    return part


def _take_event(issue: Issue, time: int, identity: str, kind: str, data: dict[str, Any]) -> None:
    """Of two events with one id the same one counts, whichever comes first."""
    said = (time, kind, {name: value for name, value in data.items() if name in FIELDS})
    known = issue.events.get(identity)
    if known is not None and known[2].get("customer_ref") == ERASED and "customer_ref" in said[2]:
        said[2]["customer_ref"] = ERASED
    if known is None or not counts_first((known[0], 0, identity, 0, {"": known[1:]}), (time, 0, identity, 0, {"": said[1:]})):
        issue.events[identity] = said


def forget_at(issue: Issue, course: Course | None, kept: Retention) -> int | None:
    """When an issue may be forgotten (ms) that went like this; None: not yet."""
    if course is None:
        worked: list[int] = [time for since, handed in issue.moved.values() for time in (since, *(at for at, _ in handed["people"]))]
        return max([*worked, *(began for _, began in issue.parts)], default=0) + kept.issues
    merged = course.merged
    over = all("ended" in part for _, _, part in course.parts)
    last: int = max([row[0] for row in course.said] + [part.get("ended", began) for began, _, part in course.parts])
    if course.of_desk:
        return last + (kept.issues if course.resolved or merged is not None else kept.unresolved)
    if not over:
        return None
    alone = not issue.moved and merged is None and all(contact == issue.key for contact, _ in issue.parts)
    return last + (kept.contacts if alone else kept.issues)
