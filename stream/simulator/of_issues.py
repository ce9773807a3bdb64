"""The exact figures of issues, counted with plain loops over the notes. Not a line of the core's folds or measures is used here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from stream.simulator.expected import mean, share

if TYPE_CHECKING:
    from stream.simulator.matters import Matter

Spans = tuple[tuple[int, int], ...] | None
"""From when to when a queue is open (ms); None: always."""

FCR_WINDOW: Final = 7 * 86_400_000
"""So long (ms) after its resolution a further contact on the topic shows that an issue was not resolved in the first one."""


def issue_measures(matters: list[Matter], everything: list[Matter], opening: dict[str, Spans], as_of: int) -> dict[str, Any]:
    """The measures of issues by their names. everything: those of other scopes too; opening: by queue; as_of: the last event (ms)."""
    whole = put_together(everything)
    matters, everything = [whole[matter.id] for matter in matters], list(whole.values())
    opened = [matter for matter in matters if not matter.merged]
    done = [matter for matter in opened if matter.resolved]
    first = [spent(matter, matter.resolutions[0], opening[matter.queue]) for matter in opened if matter.resolutions]
    total = [spent(matter, matter.resolutions[-1], opening[matter.queue]) for matter in done]
    alone = [matter for matter in done if len(matter.people) <= 1 and not changes(matter.owners) and not matter.transfers]
    written = [matter for matter in done if matter.asked]
    return {
        "issues_opened": len(opened),
        "issues_resolved": len(done),
        "issues_reopened": sum(len(matter.reopened) for matter in opened),
        "issues_merged": len(matters) - len(opened),
        "open_issues": len(opened) - len(done),
        "oldest_issue_seconds": oldest([matter for matter in opened if not matter.resolved], as_of),
        "resolution_first_mean_seconds": mean(first),
        "resolution_total_mean_seconds": mean(total),
        "responses_per_issue": per_issue([matter.replies for matter in done]),
        "minutes_per_issue": per_issue([matter.handled / 60_000 for matter in done]) if any(matter.handled for matter in done) else None,
        "issues_handled": sum(1 for matter in done if matter.handled),
        "people_per_issue": per_issue([len(matter.people) for matter in done]),
        "owner_changes_per_issue": per_issue([changes(matter.owners) for matter in done]),
        "escalations_per_issue": per_issue([matter.escalations for matter in done]),
        "resolution_rate": share(len(done), len(opened)),
        "resolved_without_handover": share(len(alone), len(done)),
        "one_reply_rate": share(sum(1 for matter in written if matter.asked == 1 and matter.replies == 1), len(written)),
        "single_question": single_question(opened),
        "topic_share": topic_share(opened),
        **first_contact(done, everything, as_of),
    }


def oldest(matters: list[Matter], as_of: int) -> float | None:
    """For how long the oldest of these is open at the end (ms), since it was opened or taken up again; None where none is."""
    return max(((as_of - (matter.reopened or [matter.opened])[-1]) / 1_000 for matter in matters), default=None)


def put_together(everything: list[Matter]) -> dict[str, Matter]:
    """The issues by their ids, each with what happened in those that were merged into it, or into one of those."""
    whole = {matter.id: replace(matter, contacts=[*matter.contacts], people={*matter.people}) for matter in everything}
    for matter in everything:
        last = matter
        while last.into is not None:
            last = last.into
        if last is matter:
            continue
        other = whole[last.id]
        other.contacts += matter.contacts
        other.people |= matter.people
        other.asked += matter.asked
        other.replies += matter.replies
        other.handled += matter.handled
        other.transfers += matter.transfers
        other.escalations += matter.escalations
    return whole


def per_issue(values: list[int] | list[float]) -> float | None:
    """The mean, None of nothing."""
    return sum(values) / len(values) if values else None


def changes(owners: list[str]) -> int:
    """How often somebody else became the owner; the first one is no change."""
    return sum(1 for index in range(1, len(owners)) if owners[index] != owners[index - 1])


def spent(matter: Matter, until: int, opening: Spans) -> int:
    """Open time (ms) from the opening of the issue until then, without the time in which the customer was asked."""
    spans = ((matter.opened, until),) if opening is None else opening
    found = 0
    for opens, closes in spans:
        begin, end = max(opens, matter.opened), min(closes, until)
        if end > begin:
            found += end - begin - sum(max(0, min(end, to) - max(begin, since)) for since, to in matter.pauses)
    return found


def topic_share(opened: list[Matter]) -> list[dict[str, Any]]:
    """By topic, the most frequent first, its share of the issues opened."""
    counts: dict[str, int] = {}
    for matter in opened:
        for tag in matter.tags:
            counts[tag] = counts.get(tag, 0) + 1
    return [{"topic": tag, **share(count, len(opened))} for tag, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def single_question(opened: list[Matter]) -> dict[str, Any]:
    """The question that is asked most often."""
    counts: dict[str, int] = {}
    for matter in opened:
        if matter.question:
            counts[matter.question] = counts.get(matter.question, 0) + 1
    if not counts:
        return {"question": None, **share(0, 0)}
    most = min(counts, key=lambda question: (-counts[question], question))
    return {"question": most, **share(counts[most], len(opened))}


def first_contact(done: list[Matter], everything: list[Matter], as_of: int) -> dict[str, Any]:
    """Resolved in the first contact: of all, and of those that could be; those whose days are not over are provisional."""
    over = [matter for matter in done if matter.resolutions[0] + FCR_WINDOW <= as_of]
    met = [matter for matter in over if once(matter, everything)]
    could, did = ([matter for matter in some if matter.resolvable] for some in (over, met))
    return {
        "fcr": {**share(len(met), len(over)), "provisional": len(done) - len(over), "anonymous": 0},
        "fcr_net": share(len(did), len(could)),
    }


def once(matter: Matter, everything: list[Matter]) -> bool:
    """Whether one contact was enough: no second one, and none of the customer on the topic within the days after."""
    until = matter.resolutions[0] + FCR_WINDOW
    if sum(1 for began in matter.contacts if began <= until) != 1:
        return False
    for other in everything:
        if other is matter or other.merged or other.customer != matter.customer or not alike(matter, other):
            continue
        if any(matter.opened < began <= until for began in other.contacts):
            return False
    return True


def alike(one: Matter, other: Matter) -> bool:
    """Whether two are about the same: they share the question or a tag; of one without either only the queue is known."""
    topics = [{*matter.tags, *([f"question {matter.question}"] if matter.question else [])} for matter in (one, other)]
    if all(topics):
        return bool(topics[0] & topics[1])
    return one.queue == other.queue
