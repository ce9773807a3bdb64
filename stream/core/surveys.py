"""The [surveys] stage: what customers were asked and answered, checklists that were gone through, and who is a customer.

What a survey concludes is a function of the set of its events: of several answers the latest counts, and so of several evaluations.
Of the customer nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any, Final

import orjson

from stream.core import facts
from stream.core.centre import Centre
from stream.core.events import LEAVING, Event
from stream.core.facts import Book
from stream.core.scopes import Extras
from stream.core.stage import STATE, VERSION, EventStage, unpacked
from stream.core.topology import CUSTOMER_FACTS
from stream.core.wanted import ALL_WANTED, Wanted

SENT: Final = "survey.sent"
ANSWERED: Final = "survey.answered"
EVALUATED: Final = "evaluation.completed"
STATUS: Final = "customer.status_changed"
STATUS_ROW: Final = "status"
"""The first field of a row for [customers]: ("status", time, id, whether the customer is one from now on)."""

CORRECTED_FOR: Final = 3 * 86_400_000
"""How long after the last answer (ms of event time) another one of the same survey corrects it; a later one counts for itself."""
REPLIED_WITHIN: Final = 7 * 86_400_000
"""How long after a survey was sent (ms of event time) its answer counts for the share of those asked who answered."""
LONGEST_ITEM: Final = 80
KEPT_FIELDS: Final = frozenset({"survey", "score", "scale_max", "items", "queue", "channel", "team", "tier", "kind", "groups", "agent_id"})

Said = tuple[int, str, str, dict[str, Any]]
"""One event of a survey: (time, id, type, fields). Sorted by `_in_order`."""
Found = tuple[str, int]
"""What an answer says: a kind of fact and its value."""


def _csat(score: int, best: int | None) -> list[Found] | None:
    """The two best grades are good; of a scale with fewer than four grades only the best one is."""
    scale = 5 if best is None else best
    if score > scale:
        return None
    good = score >= scale - 1 if scale >= 4 else score == scale  # noqa: PLR2004 - see above
    return [(facts.CSAT, score), *([(facts.CSAT_GOOD, score)] if good else [])]


def _nps(score: int, best: int | None) -> list[Found] | None:
    """It is asked on a scale from 0 to 10, or it is none."""
    if score > 10 or best not in (None, 10):  # noqa: PLR2004 - the scale
        return None
    found = [(facts.NPS, score)]
    if score >= 9:  # noqa: PLR2004 - promoters say 9 or 10
        found.append((facts.NPS_PROMOTERS, score))
    elif score <= 6:  # noqa: PLR2004 - detractors say 0 to 6
        found.append((facts.NPS_DETRACTORS, score))
    return found


def _ces(score: int, best: int | None) -> list[Found] | None:
    """Grades of different scales have no mean, so each is told with its scale, too."""
    if best is None:
        return [(facts.CES, score)]
    return None if score > best else [(facts.CES, score), (f"{facts.CES_SCALE}{best}", score)]


def _things_gone_wrong(score: int, best: int | None) -> list[Found] | None:
    del best  # a count has no best grade
    return [(facts.THINGS_GONE_WRONG, score)]


def _yes(asked: str, yes: str) -> Any:
    def found(score: int, best: int | None) -> list[Found] | None:
        del best  # 0 is no, 1 is yes
        return [(asked, score), *([(yes, score)] if score else [])]

    return found


ANSWERS: Final = {
    "csat": _csat,
    "nps": _nps,
    "ces": _ces,
    "things_gone_wrong": _things_gone_wrong,
    "awareness": _yes(facts.AWARENESS, facts.AWARE),
    "success": _yes(facts.SUCCESS, facts.SUCCEEDED),
}
"""By what was asked: (score, best grade) -> what is concluded; None where the score is none of the scale."""


def standing(history: Iterable[Said]) -> list[Said]:
    """What counts of a survey's sorted events: the first time that it was sent, the last answer, the last evaluation.

    Where one survey asks several things, that is so of each. An answer later than CORRECTED_FOR after the one before begins anew, so
    the one before stands as well.
    """
    out: list[Said] = []
    last: dict[tuple[str, str], int] = {}
    for said in history:
        time, _, kind, data = said
        about = kind, data.get("survey", "")
        known = last.get(about)
        if known is None or time - out[known][0] > CORRECTED_FOR:
            last[about] = len(out)
            out.append(said)
        elif kind != SENT:
            out[known] = said
    return out


def replied(stands: list[Said]) -> list[tuple[int, Said]]:
    """The surveys that were sent and got an answer within REPLIED_WITHIN, before they were sent again: each with when it came (ms)."""
    out = []
    sent: dict[str, Said] = {}
    for said in stands:
        time, _, kind, data = said
        if kind == SENT:
            sent[data["survey"]] = said
        elif kind == ANSWERED and _concluded(kind, data) and (asked := sent.pop(data["survey"], None)) is not None:
            out += [(time, asked)] if time - asked[0] <= REPLIED_WITHIN else []
    return out


def kept_until(history: list[Said]) -> int:
    """Until when (ms) anything that comes may change what the events of a survey conclude."""
    asked = [time + REPLIED_WITHIN for time, _, kind, _ in history if kind == SENT]
    return max([history[-1][0] + CORRECTED_FOR, *asked])


class SurveyStage(EventStage):
    """One partition of survey-events."""

    source = "surveys"

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool, wanted: Wanted = ALL_WANTED) -> None:
        """See `EventStage`."""
        super().__init__(centre, partition, targets, played=played, wanted=wanted)
        self._histories: dict[str, list[Said]] = {}
        self._dirty: set[str] = set()
        self._forget: list[tuple[int, str]] = []
        self._names = centre.names_by_id()
        self._groups = frozenset(centre.groups)
        self._by_agent = any("agent" in kind for kind in wanted.dimensions)

    def take(self, event: Event) -> None:
        """Fold one event into its survey; who is a customer is handed on."""
        if event.type == STATUS:
            rows = self.facts.keyed.get(CUSTOMER_FACTS)
            if rows is not None:
                row = (STATUS_ROW, event.time, event.id, bool(event.data["active"]))
                rows.setdefault(event.subject, []).append(row)
            return
        history = self._histories.setdefault(event.subject, [])
        said: Said = (event.time, event.id, event.type, {name: value for name, value in event.data.items() if name in KEPT_FIELDS})
        twin = next((known for known in history if known[1] == event.id), None)
        if twin is not None:
            self.figures["duplicate"] += 1
            if twin == said or _before(twin, said):
                return
        before = self._book(event.subject, history)
        if twin is not None:
            history.remove(twin)
        history.append(said)
        history.sort(key=_in_order)
        self.facts.amend(before, self._book(event.subject, history))
        self._dirty.add(event.subject)
        heappush(self._forget, (kept_until(history), event.subject))

    def _book(self, survey: str, history: list[Said]) -> Book:
        """What the events of one survey conclude, by place."""
        book: Book = {}
        stands = standing(history)
        for time, _, kind, data in stands:
            for fact, value in _concluded(kind, data):
                wanted = fact.partition("/")[0] + "/" if "/" in fact else fact
                if wanted in self.wanted.kinds:
                    book.setdefault(self._place(data), []).append((fact, time, time, LEAVING, survey, value, 1, 1))
        for when, (time, _, _, data) in replied(stands):
            fact = facts.SURVEYS_REPLIED[data["survey"]]
            if fact in self.wanted.kinds:
                book.setdefault(self._place(data), []).append((fact, when, time, LEAVING, survey, 0, 1, 1))
        return book

    def _place(self, data: dict[str, Any]) -> tuple[Any, ...]:
        pairs: list[tuple[str, str]] = [(name, data[name]) for name in ("team", "tier", "kind") if name in data]
        pairs += [("group", group) for group in set(data.get("groups", ())) & self._groups]
        if self._by_agent and "agent_id" in data:
            pairs.append(("agent", self._names.get(data["agent_id"], data["agent_id"])))
        extras: Extras = tuple(sorted(pairs))
        queue = data.get("queue", "")
        place = (self.centre.queue(queue) if queue else "", data.get("channel", ""))
        return (*place, extras) if extras else place

    def forget(self, settled: int) -> None:
        """Forget surveys that nothing can correct any more."""
        due = self._forget
        while due and due[0][0] < settled - self.centre.lateness:
            at, survey = heappop(due)
            history = self._histories.get(survey)
            if history is not None and kept_until(history) == at:
                del self._histories[survey]
                self._dirty.add(survey)

    def state_changes(self) -> list[tuple[bytes, bytes | None]]:
        """Each changed survey's events."""
        out: list[tuple[bytes, bytes | None]] = []
        for survey in self._dirty:
            history = self._histories.get(survey)
            out.append((STATE + survey.encode(), None if history is None else orjson.dumps([VERSION, history])))
        self._dirty.clear()
        return out

    def put_back(self, key: bytes, value: bytes) -> None:
        """Take a survey's events back."""
        survey = key[len(STATE) :].decode()
        history: list[Said] = [tuple(said) for said in unpacked(value)]
        self._histories[survey] = history
        heappush(self._forget, (kept_until(history), survey))


def _in_order(said: Said) -> tuple[int, bool, str]:
    """Within a millisecond a survey is sent before it is answered, whatever the ids are."""
    return said[0], said[2] != SENT, said[1]


def _before(known: Said, other: Said) -> bool:
    """Which of two events with one id counts, whichever comes first: the earlier, and of one time the lesser text."""
    if known[0] != other[0]:
        return known[0] < other[0]
    return orjson.dumps(known[2:], option=orjson.OPT_SORT_KEYS) < orjson.dumps(other[2:], option=orjson.OPT_SORT_KEYS)


def _concluded(kind: str, data: dict[str, Any]) -> list[Found]:
    """What one event says."""
    if kind == SENT:
        return [(facts.SURVEYS_SENT[data["survey"]], 0)]
    if kind == ANSWERED:
        return ANSWERS[data["survey"]](data["score"], data.get("scale_max")) or []
    found = [(facts.EVALUATED, 0)]
    for item, met in data["items"].items():
        name = item[:LONGEST_ITEM]
        found += [(facts.EVALUATED_ITEM + name, 0), *([(facts.MET_ITEM + name, 0)] if met else [])]
    return found
