"""One issue: what follows from the set of its events and of the parts that its contacts are.

A help desk's word counts where it says when an issue is resolved; without one an issue is resolved when its contacts are over and
somebody, or the self-service, did something for the customer. Figures count in the window in which the issue was opened.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from itertools import pairwise
from typing import Any, Final

from stream.core import facts
from stream.core.business import Pause, elapsed
from stream.core.centre import ALWAYS, Centre
from stream.core.events import ENTERING, LEAVING
from stream.core.facts import Book
from stream.core.forgetting import ERASED
from stream.core.parts import LINKED, NAMED_AT, NOTE, TOLD, WAS, Part
from stream.core.schedule import Schedule

Said = tuple[int, str, dict[str, Any]]
"""An event of the issue: (time, type, fields)."""

RESOLVED: Final = frozenset({"resolved", "closed"})
PENDING: Final = "pending"
FIELDS: Final = frozenset(
    {"queue", "channel", "customer_ref", "kind", "groups", "tags", "question", "tier", "to_tier", "team", "status", "agent_id"}
    | {"into", "resolvable", "direction", "milestone"}
)
"""What is kept of an event."""
_WORKED_ON: Final = frozenset({"issue.assigned", "issue.escalated"})
_SINGLE: Final = ("queue", "channel", "kind", "team", "tier", "customer_ref", "question", "direction")


Handed = dict[str, Any]
"""What an issue that was merged hands on: "parts" as [contact, began, part], "people" as [time, person], "escalated", how often, and
"resolved", when a help desk said before the merge that it was (ms), where it did and contacts go on with it."""
_HANDED_ON: Final = frozenset(
    {
        "queue",
        "channel",
        "tier",
        "direction",
        "root",
        "people",
        "asked",
        "replied",
        "answered",
        "served",
        "handle",
        "ended",
        "transfers",
        "escalated",
        TOLD,
        LINKED,
        NOTE,
    }
)
"""Of a part: what happened and where. Whose the issue is and what it is about says the issue in which it goes on."""
_PLACE: Final = ("queue", "channel", "tier")


class Issue:
    """What is kept of an issue: events by their id, parts by contact and beginning; what was merged into it, by issue, since when."""

    __slots__ = ("events", "key", "moved", "parts")

    def __init__(self, key: str) -> None:
        """Begin with nothing."""
        self.key = key
        self.events: dict[str, Said] = {}
        self.parts: dict[tuple[str, int], Part] = {}
        self.moved: dict[str, tuple[int, Handed]] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing is known of it."""
        return not self.events and not self.parts and not self.moved

    @property
    def there(self) -> bool:
        """Whether there is an issue: somebody spoke of it, or of a contact that belongs to it."""
        return (
            bool(self.events)
            or any(NOTE not in part for part in self.parts.values())
            or any(NOTE not in part for _, handed in self.moved.values() for _, _, part in handed["parts"])
        )

    @property
    def named(self) -> bool:
        """Whether anything of it says whose it is, or was."""
        said = any("customer_ref" in data for _, _, data in self.events.values())
        return said or any("customer_ref" in part for part in self.parts.values())

    def unname(self, customers: frozenset[str] | None = None, until: int = 0) -> None:
        """Say no more whose it is: of these customers up to `until` (ms), or at all."""
        for time, _, data in self.events.values():
            if "customer_ref" in data and (customers is None or (data["customer_ref"] in customers and time <= until)):
                data["customer_ref"] = ERASED
        for (_, began), part in self.parts.items():
            if "customer_ref" in part and (customers is None or (part["customer_ref"] in customers and named_at(began, part) <= until)):
                part["customer_ref"] = ERASED
                part.pop(WAS, None)


def named_at(began: int, part: Part) -> int:
    """When a contact first said whose it is (ms)."""
    found: int = part.get(NAMED_AT, began)
    return found


def as_of(issue: Issue, until: int) -> Issue:
    """The issue as it was known at `until` (ms)."""
    then = Issue(issue.key)
    then.events = {identity: said for identity, said in issue.events.items() if said[0] <= until}
    then.parts = {(contact, began): _as_of(began, part, until) for (contact, began), part in issue.parts.items() if began <= until}
    for origin, (since, handed) in issue.moved.items():
        if since <= until:
            parts = [[contact, began, _as_of(began, part, until)] for contact, began, part in handed["parts"] if began <= until]
            then.moved[origin] = since, {**handed, "parts": parts}
    return then


def _as_of(began: int, part: Part, until: int) -> Part:
    """A part as it was known at `until` (ms)."""
    known = part.get(WAS, part)
    left_out = {
        WAS,
        *(("customer_ref",) if named_at(began, part) > until else ()),
        *(("ended",) if known.get("ended", until) > until else ()),
    }
    return {name: value for name, value in known.items() if name not in left_out}


def handed_on(issue: Issue, merged: int) -> Handed | None:
    """What goes on with an issue that was merged at `merged` (ms): its own contacts and who worked on it; nothing names a customer."""
    parts = [
        [contact, began, {name: value for name, value in part.items() if name in _HANDED_ON}]
        for (contact, began), part in sorted(issue.parts.items())
        if NOTE not in part or TOLD in part
    ]
    said = sorted((time, identity, kind, data) for identity, (time, kind, data) in issue.events.items() if kind in _WORKED_ON)
    people = [[time, data["agent_id"]] for time, _, kind, data in said if kind == "issue.assigned" and data.get("agent_id")]
    escalated = sum(kind == "issue.escalated" for _, _, kind, _ in said)
    if not parts and not people and not escalated:
        return None
    resolved = sorted(time for time, kind, data in issue.events.values() if time < merged and _step(kind, data) == "resolve")
    return {"parts": parts, "people": people, "escalated": escalated} | ({"resolved": resolved} if resolved and parts else {})


class Course:
    """How an issue went: derived from what is kept, and from nothing else."""

    def __init__(self, issue: Issue, merged: int | None = None) -> None:
        """Go through all that is known. merged: since when (ms) it goes on in another issue."""
        self.key = issue.key
        self.merged = merged
        self.said = sorted((time, kind, identity, data) for identity, (time, kind, data) in issue.events.items())
        moved = [handed for _, handed in issue.moved.values()]
        self.helpers = [(time, person) for handed in moved for time, person in handed["people"]]
        self.escalated = sum(handed["escalated"] for handed in moved)
        self.handed = [(origin, *found) for origin, found in issue.moved.items()]
        told = sorted(((began, contact, part) for (contact, began), part in issue.parts.items()), key=_begun)
        self.waited = [row for row in told if TOLD in row[2]]
        own = [row for row in told if NOTE not in row[2]]
        gone_on = ((began, contact, part) for handed in moved for contact, began, part in handed["parts"] if NOTE not in part)
        others = sorted(gone_on, key=_begun)
        self.parts = sorted([*own, *others], key=_begun) if others else own
        self.of_desk = bool(self.said)
        opened = [time for time, kind, _, _ in self.said if kind == "issue.opened"]
        moments = opened or [row[0] for row in self.said] + [began for began, _, _ in self.parts]
        self.opened = min(moments)
        self.pauses: list[Pause] = []
        self.resolutions: list[int] = []
        self.reopened: list[int] = []
        self.resolved = False
        self._run()
        self.left = self._left()
        self.about = self._about([part for _, _, part in told], [part for _, _, part in others])

    def _steps(self) -> list[tuple[int, str]]:
        """When it was resolved, reopened, paused and taken up again, in order."""
        desk = [(time, step) for time, kind, _, data in self.said if (step := _step(kind, data)) is not None]
        if any(step == "resolve" for _, step in desk):
            return desk
        if any(kind in ("issue.opened", "issue.reopened", "issue.status_changed") for _, kind, _, _ in self.said):
            return desk  # A help desk keeps it, and has not resolved it.
        running = 0
        edges = [(began, 1, part) for began, _, part in self.parts]
        # Who ends makes room for who begins in the same millisecond, but nobody ends before they began.
        edges += [(part["ended"], 0 if part["ended"] > began else 2, part) for began, _, part in self.parts if "ended" in part]
        for time, edge, part in sorted(edges, key=lambda one: one[:2]):
            running += 1 if edge == 1 else -1
            if edge == 1:
                desk.append((time, "open"))
            elif running <= 0 and _helped(part):
                desk.append((time, "resolve"))
        return sorted(desk, key=lambda step: step[0])

    def _run(self) -> None:
        paused: int | None = None
        for time, step in self._steps():
            if paused is not None and step != "pause":
                self.pauses.append((paused, time))
                paused = None
            if step == "resolve":
                if not self.resolved:
                    self.resolutions.append(time)
                self.resolved = True
                continue
            if self.resolved:
                self.reopened.append(time)
                self.resolved = False
            if step == "pause" and paused is None:
                paused = time
        if paused is not None:
            self.pauses.append((paused, None))

    def _about(self, own: list[Part], others: list[Part]) -> dict[str, Any]:
        """What the issue is about: what the help desk says first, else its first contact; where it is, else a contact moved into it."""
        about: dict[str, Any] = {}
        said = [row[3] for row in self.said]
        moved: list[dict[str, Any]] = [{name: part[name] for name in _PLACE if name in part} for part in others]
        rows: list[dict[str, Any]] = [*said, *own, *moved]
        for number, data in enumerate(rows):
            placed = about.get("queue")
            for name in _SINGLE:
                # A contact's tier is that of its queue: it says nothing of an issue that is in another one.
                if name == "tier" and number >= len(said) and placed is not None and placed != data.get("queue"):
                    continue
                if name in data and name not in about:
                    about[name] = data[name]
            for name in ("groups", "tags"):
                if data.get(name):
                    about[name] = sorted({*about.get(name, ()), *data[name]})
            if data.get("resolvable") is False:
                about["resolvable"] = False
        return about

    @property
    def moments(self) -> list[tuple[int, str]]:
        """What happened when, by the names that clocks know: types of events, and milestones."""
        return [(time, data.get("milestone", kind)) for time, kind, _, data in self.said]

    @property
    def people(self) -> list[str]:
        """Everybody who touched it, in order of their first touch, as the systems call them."""
        touched = [(began, person) for began, _, part in self.parts for person in part.get("people", ())]
        touched += [(time, data["agent_id"]) for time, kind, _, data in self.said if kind == "issue.assigned" and data.get("agent_id")]
        touched += self.helpers
        return [person for _, person in sorted(touched, key=lambda row: row[0])]

    @property
    def owners(self) -> list[str]:
        """Who owned it, one after the other."""
        return [data["agent_id"] for _, kind, _, data in self.said if kind == "issue.assigned" and data.get("agent_id")]

    @property
    def settlements(self) -> list[tuple[int, int | None]]:
        """Each time (ms) that a help desk said that it is resolved, and until when nobody said otherwise."""
        steps = [(time, step) for time, kind, _, data in self.said if (step := _step(kind, data)) is not None]
        others = [time for time, step in steps if step != "resolve"]
        return [(time, next((other for other in others if other > time), None)) for time, step in steps if step == "resolve"]

    @property
    def contacts(self) -> list[int]:
        """When each contact of the customer began. What goes on under an id of its own (a transfer) is of the contact that it came from."""
        found, roots = [], set()
        for began, contact, part in self.parts:
            root = part.get("root")
            if part.get("direction") != "outbound" and (root is None or root not in roots):
                found.append(began)
            roots.add(contact if root is None else root)
        return found

    def _left(self) -> int | None:
        """When the last contact was over of an issue that nobody works on: no help desk keeps it, and its contacts resolved nothing."""
        if self.of_desk or self.resolved or not self.parts or any("ended" not in part for _, _, part in self.parts):
            return None
        ended: int = max(part["ended"] for _, _, part in self.parts)
        return ended

    def total(self, name: str) -> int:
        """The sum of a number over the parts."""
        return sum(part.get(name, 0) for _, _, part in self.parts)

    def messages(self, name: str) -> int:
        """How many customer messages ("asked") or replies ("replied") the parts hold."""
        return sum(len(part.get(name, ())) for _, _, part in self.parts)


def _begun(row: tuple[int, str, Part]) -> tuple[int, str]:
    return row[:2]


def _step(kind: str, data: Mapping[str, Any]) -> str | None:
    if kind == "issue.resolved":
        return "resolve"
    if kind in ("issue.reopened", "issue.opened"):
        return "open"
    if kind != "issue.status_changed":
        return None
    status = data.get("status")
    return "resolve" if status in RESOLVED else "pause" if status == PENDING else "open"


def _helped(part: Part) -> bool:
    """Whether somebody talked or wrote to the customer, or the self-service did what they wanted."""
    return bool(part.get("answered") or part.get("replied") or part.get("served"))


def place_of(course: Course, centre: Centre) -> tuple[Any, ...]:
    """Where its figures count: queue, channel, and what else the scopes can be made of."""
    about = course.about
    pairs: list[tuple[str, str]] = [(name, about[name]) for name in ("kind", "team", "tier") if name in about]
    pairs += [("group", group) for group in about.get("groups", ()) if group in centre.groups]
    queue = about.get("queue", "")
    place = (centre.queue(queue) if queue else "", about.get("channel", ""))
    return (*place, tuple(sorted(pairs))) if pairs else place


def changes(persons: list[str]) -> int:
    """How often somebody else came after somebody."""
    return sum(before != after for before, after in pairwise(persons))


def conclude(course: Course, centre: Centre, names: Mapping[str, str], wanted: Container[str], handled: int) -> Book:
    """What is known of the issue, as facts by place. One that was merged counts as that, and goes on in the other one.

    handled: how much longer (ms) its contacts were handled than their parts say (see `stream.core.settling`).
    """
    rows: list[facts.Fact] = []
    opened = course.opened

    def add(kind: str, when: int, value: int = 0, rank: int = LEAVING) -> None:
        family, slash, _ = kind.partition("/")
        if family + slash in wanted:
            rows.append((kind, when, opened, rank, course.key, value, 1, 1))

    if course.merged is not None:
        add(facts.ISSUE_MERGED, course.merged)
        return {place_of(course, centre): rows}
    add(facts.ISSUE_OPENED, opened)
    _add_topics(course, centre, add)
    _add_levels(course, add)
    _add_clocks(course, centre, wanted, rows)
    for time in course.reopened:
        add(facts.ISSUE_REOPENED, time)
    queue = centre.queues.get(course.about.get("queue", ""))
    schedule = centre.schedule(queue.hours if queue else ALWAYS)
    _add_solving(course, schedule, add)
    if course.resolutions:
        first = course.resolutions[0]
        add(facts.RESOLUTION_FIRST, first, elapsed(schedule, opened, course.pauses, first))
    if course.resolved:
        last = course.resolutions[-1]
        add(facts.RESOLUTION_TOTAL, last, elapsed(schedule, opened, course.pauses, last))
        _add_effort(course, names, last, handled, add)
    return {place_of(course, centre): rows} if rows else {}


def _add_topics(course: Course, centre: Centre, add: Any) -> None:
    opened, about = course.opened, course.about
    for tag in sorted({tag if not centre.topics or tag in centre.topics else facts.OTHER_TOPIC for tag in about.get("tags", ())}):
        add(facts.TAGGED + tag[: facts.LONGEST_TOPIC], opened)
    if "question" in about:
        add(facts.ASKED_QUESTION + about["question"][: facts.LONGEST_TOPIC], opened)


def _add_levels(course: Course, add: Any) -> None:
    """It is open from its beginning until it is resolved, and again since it was reopened."""
    begins = [course.opened, *course.reopened]
    ends: list[int | None] = [*course.resolutions, None][: len(begins)]
    if course.left is not None:
        ends[-1] = course.left
    for begin, end in zip(begins, ends, strict=True):
        if end is not None and end <= begin:
            continue
        add(facts.ISSUE_BEGUN, begin, begin, ENTERING)
        if end is not None:
            add(facts.ISSUE_OVER, end, begin)


def _add_solving(course: Course, schedule: Schedule, add: Any) -> None:
    """The clock of the resolution: it runs while somebody has to do something, and not while the customer is asked.

    After a pause it runs as if it had begun later and never stopped, so that whoever watches it needs no pauses.
    """
    end = course.resolutions[0] if course.resolutions else course.left
    begin = since = course.opened
    for paused, again in (*course.pauses, (end, None)):
        stop = end if paused is None or (end is not None and paused >= end) else paused
        if stop is None or stop > begin:
            add(facts.SOLVING, begin, since, ENTERING)
            if stop is not None:
                add(facts.RESTED, stop, since)
        if stop is None or stop == end or again is None:
            return
        begin, since = again, schedule.before(again, elapsed(schedule, course.opened, course.pauses, again))


def _add_clocks(course: Course, centre: Centre, wanted: Container[str], rows: list[facts.Fact]) -> None:
    """The declared clocks: each from the first of its beginnings to the first of its ends after that."""
    for name, clock in centre.clocks.items():
        begin = next((time for time, moment in course.moments if moment == clock.begins), None)
        if begin is None:
            continue
        end = next((time for time, moment in course.moments if moment == clock.ends and time >= begin), None)
        spent = None if end is None else centre.schedule(clock.hours).open_between(begin, end)
        subject = f"{name}{facts.WITHIN}{course.key}"
        found = [(facts.CLOCK_BEGUN, begin, ENTERING, course.key, 0)]
        if end is None or end > begin:
            found.append((facts.CLOCK_RUNS, begin, ENTERING, subject, begin))
        if end is not None and spent is not None:
            found += [(facts.CLOCK_OVER, end, LEAVING, subject, begin)] if end > begin else []
            found.append((facts.CLOCK_DONE, end, LEAVING, course.key, spent))
            found += [(facts.CLOCK_KEPT, end, LEAVING, course.key, 0)] if spent <= clock.within else []
        for kind, when, rank, about, value in found:
            if kind in wanted:
                named = kind + name if kind.endswith("/") else kind
                rows.append((named, when, begin, rank, about, value, 1, 1))


def _add_effort(course: Course, names: Mapping[str, str], last: int, more: int, add: Any) -> None:
    """What it took to resolve it; of what it did not take nothing is said, for that is the rule."""
    people = {names.get(person, person) for person in course.people}
    owners = changes([names.get(owner, owner) for owner in course.owners])
    escalated = course.total("escalated") + course.escalated + sum(kind == "issue.escalated" for _, kind, _, _ in course.said)
    asked, replied = course.messages("asked"), course.messages("replied")
    add(facts.ISSUE_RESOLVED, last)
    effort = {
        facts.ISSUE_RESPONSES: replied,
        facts.ISSUE_HANDLED: course.total("handle") + more,
        facts.ISSUE_PEOPLE: len(people),
        facts.ISSUE_OWNER_CHANGES: owners,
        facts.ISSUE_ESCALATIONS: escalated,
    }
    for kind, value in effort.items():
        if value:
            add(kind, last, value)
    if len(people) > 1 or owners or course.total("transfers"):
        add(facts.ISSUE_PASSED, last)
    if asked:
        add(facts.ISSUE_WRITTEN, last)
        if asked == 1 and replied == 1:
            add(facts.ISSUE_ONE_REPLY, last)
    if "customer_ref" not in course.about:
        add(facts.ISSUE_ANONYMOUS, last)


def topics_of(course: Course) -> list[str]:
    """On what a further contact of the customer would be about the same: the question and all tags."""
    about = course.about
    asked = [f"?{about['question']}"] if "question" in about else []
    return asked + [f"#{tag}" for tag in about.get("tags", ())]


def for_customer(course: Course, place: tuple[Any, ...]) -> dict[str, Any]:
    """What the customer's stage needs of it."""
    found: dict[str, Any] = {"opened": course.opened, "contacts": course.contacts, "place": place}
    found |= {"topics": topics_of(course), "queue": course.about.get("queue", "")}
    if course.resolved:
        found["resolved"] = course.resolutions[0]
    if course.about.get("resolvable") is False:
        found["resolvable"] = False
    return found
