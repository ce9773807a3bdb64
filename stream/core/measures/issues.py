"""Issues: how many, how long, with how much effort, and about what. All count when the issue was opened: so shares are by cohort."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from stream.core import facts
from stream.core.measures.entry import COUNT, LEVEL, SUM, Measure, View, averaged, counted

DESKS: Final = "help desks: first and full resolution time, replies per ticket, reopens"
RATES: Final = "issues by the day that they were opened"
OPEN: Final = ((facts.ISSUE_BEGUN, LEVEL), (facts.ISSUE_OVER, LEVEL))


_mean_time = partial(averaged, source=DESKS, spread=True)


def _per_issue(name: str, kind: str, help_text: str, unit: str) -> Measure:
    def read(view: View) -> float | None:
        issues = view.n(facts.ISSUE_RESOLVED)
        return view.n(f"{kind}+") / issues if issues > 0 else None

    folds = ((facts.ISSUE_RESOLVED, COUNT), (kind, SUM))
    return Measure(name=name, help=help_text, unit=unit, kind="mean", source=DESKS, folds=folds, read=read)


def _minutes(view: View) -> float | None:
    issues, spent = view.n(facts.ISSUE_RESOLVED), view.n(f"{facts.ISSUE_HANDLED}+")
    return spent / 60_000 / issues if issues > 0 and spent > 0 else None


def _share(name: str, numerator: str, denominator: str, help_text: str) -> Measure:
    def read(view: View) -> dict[str, Any]:
        return view.share(view.n(numerator), view.n(denominator))

    folds = ((numerator, COUNT), (denominator, COUNT))
    return Measure(name=name, help=help_text, unit="ratio", kind="ratio", source=RATES, folds=folds, read=read)


def _named(view: View, family: str) -> list[tuple[int, str]]:
    """The names of a family, the most frequent first."""
    return [(-n, name) for n, name in sorted((-n, name) for name, n in view.members(family))]


def _topics(view: View) -> list[dict[str, Any]]:
    opened = view.n(facts.ISSUE_OPENED)
    return [{"topic": name, **view.share(n, opened)} for n, name in _named(view, facts.TAGGED)]


def _clocks(view: View) -> list[dict[str, Any]]:
    """Every clock that began in the window."""
    rows = []
    for begun, name in _named(view, facts.CLOCK_BEGUN):
        done, spent = view.n(facts.CLOCK_DONE + name), view.n(f"{facts.CLOCK_DONE}{name}+")
        mean = spent / done / 1000 if done > 0 else None
        rows.append({"clock": name, "begun": begun, "mean_seconds": mean, **view.share(view.n(facts.CLOCK_KEPT + name), done)})
    return rows


def _single_question(view: View) -> dict[str, Any]:
    asked = _named(view, facts.ASKED_QUESTION)
    n, question = asked[0] if asked else (0, None)
    return {"question": question, **view.share(n, view.n(facts.ISSUE_OPENED) if asked else 0)}


def _not_passed(view: View) -> dict[str, Any]:
    resolved = view.n(facts.ISSUE_RESOLVED)
    return view.share(resolved - view.n(facts.ISSUE_PASSED), resolved)


def _open(view: View) -> int:
    return len(view.open_turns.get("resolution", ()))


def _oldest(view: View) -> float | None:
    since = view.open_turns.get("resolution")
    return max(0, view.as_of - since[0]) / 1000 if since else None


ISSUES = (
    Measure(
        name="clocks",
        says="Declared clocks of issues",
        help="Declared clocks between two named moments: how many began; of those that are over, how many in time, and their mean.",
        unit="issues",
        kind="table",
        source="any promise of a time: a parcel within three days",
        folds=((facts.CLOCK_BEGUN, COUNT), (facts.CLOCK_DONE, COUNT), (facts.CLOCK_DONE, SUM), (facts.CLOCK_KEPT, COUNT)),
        read=_clocks,
    ),
    counted("issues_opened", facts.ISSUE_OPENED, "Issues that were opened.", unit="issues", source=RATES),
    counted("issues_resolved", facts.ISSUE_RESOLVED, "Issues opened that are resolved.", unit="issues", source=RATES),
    counted("issues_reopened", facts.ISSUE_REOPENED, "Times that issues were reopened.", unit="times", source=DESKS),
    counted(
        "issues_merged",
        facts.ISSUE_MERGED,
        "Issues that go on in another one: their contacts and who worked on them count there, they themselves nowhere else.",
        unit="issues",
        source=DESKS,
    ),
    _mean_time(
        "resolution_first_mean_seconds",
        facts.RESOLUTION_FIRST,
        "Open time of the queue from opening to the first resolution, without the time in which the customer was asked.",
    ),
    _mean_time(
        "resolution_total_mean_seconds",
        facts.RESOLUTION_TOTAL,
        "Open time of the queue from opening to the last resolution, without the time in which the customer was asked.",
    ),
    _per_issue("responses_per_issue", facts.ISSUE_RESPONSES, "Public replies of people per resolved issue.", "replies"),
    Measure(
        name="minutes_per_issue",
        help="Handle time over all contacts of a resolved issue; nothing where no handle time is known of any.",
        unit="minutes",
        kind="mean",
        source=DESKS,
        folds=((facts.ISSUE_RESOLVED, COUNT), (facts.ISSUE_HANDLED, SUM)),
        read=_minutes,
    ),
    counted("issues_handled", facts.ISSUE_HANDLED, "Resolved issues of which a handle time is known.", unit="issues", source=DESKS),
    _per_issue("people_per_issue", facts.ISSUE_PEOPLE, "Distinct people who touched a resolved issue.", "people"),
    _per_issue(
        "owner_changes_per_issue",
        facts.ISSUE_OWNER_CHANGES,
        "Changes of owner of a resolved issue; the first assignment is none.",
        "changes",
    ),
    _per_issue("escalations_per_issue", facts.ISSUE_ESCALATIONS, "How often a resolved issue went to a higher tier.", "escalations"),
    _share("resolution_rate", facts.ISSUE_RESOLVED, facts.ISSUE_OPENED, "Share of the issues opened that are resolved, with its parts."),
    Measure(
        name="resolved_without_handover",
        help="Share of the resolved issues that one person, or nobody, touched, with no change of owner and no transfer.",
        unit="ratio",
        kind="ratio",
        source=RATES,
        folds=((facts.ISSUE_PASSED, COUNT), (facts.ISSUE_RESOLVED, COUNT)),
        read=_not_passed,
    ),
    _share(
        "one_reply_rate",
        facts.ISSUE_ONE_REPLY,
        facts.ISSUE_WRITTEN,
        "Share of the resolved issues with customer messages that took one message and one reply.",
    ),
    Measure(
        name="single_question",
        says="Share of the question that is asked most often",
        help="The question that is asked most often, and its share of all issues opened.",
        unit="ratio",
        kind="ratio",
        source="largest share of one question among all inquiries",
        folds=((facts.ASKED_QUESTION, COUNT), (facts.ISSUE_OPENED, COUNT)),
        read=_single_question,
    ),
    Measure(
        name="topic_share",
        says="Share of the issues opened that are about a topic",
        help="By topic, the share of the issues opened that are tagged with it; of one tagged twice each counts. At most 200 in a scope.",
        unit="ratio",
        kind="table",
        source="tagged / opened",
        folds=((facts.TAGGED, COUNT), (facts.ISSUE_OPENED, COUNT)),
        read=_topics,
    ),
    Measure(name="open_issues", help="Issues that are open now.", unit="issues", kind="level", source=DESKS, folds=OPEN, read=_open),
    Measure(
        name="oldest_issue_seconds",
        help="Age of the issue that is open longest.",
        unit="seconds",
        kind="level",
        source=DESKS,
        folds=OPEN,
        read=_oldest,
    ),
)
