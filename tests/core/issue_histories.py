"""Histories with help desks in them: issues that are opened, assigned, merged and reopened, their contacts, and customers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stream.core.events import ISSUE_EVENTS, Event, order
from tests.core.histories import BEGIN, GAPS, STARTS, histories

ISSUES = ("i1", "i2", "i3")
CUSTOMERS = ("c1", "c2")
STATUSES = ("new", "open", "pending", "on_hold", "resolved", "closed")


@st.composite
def issue_events(draw: st.DrawFn, number: int) -> list[Event]:
    """What a help desk says of one issue: an ordinary course, or anything."""
    issue = ISSUES[number]
    ordinary = ("issue.opened", "issue.assigned", "issue.status_changed", "issue.assigned", "issue.resolved", "issue.reopened")
    kinds = draw(st.one_of(st.just(ordinary), st.lists(st.sampled_from(ISSUE_EVENTS), max_size=6)))
    time = BEGIN + draw(st.sampled_from(STARTS))
    out = []
    for index, kind in enumerate(kinds):
        out.append(Event(time, kind, issue, f"d{number}-{index}", {"issue_id": issue, **draw(_fields(kind))}))
        time += draw(st.sampled_from(GAPS))
    return out


@st.composite
def _fields(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if kind in ("issue.opened", "issue.tagged"):
        data["tags"] = draw(st.lists(st.sampled_from(("invoice", "parcel")), max_size=2))
        if draw(st.booleans()):
            data |= {"question": "due", "kind": "complaint", "resolvable": draw(st.booleans())}
    if kind == "issue.opened":
        data |= draw(st.sampled_from(({}, {"queue": "billing", "channel": "email"}, {"customer_ref": "c1", "queue": "unheard-of"})))
    if kind == "issue.status_changed":
        data["status"] = draw(st.sampled_from(STATUSES))
    if kind == "issue.assigned":
        data |= draw(st.sampled_from(({}, {"agent_id": "a1"}, {"agent_id": "a2", "team": "north"})))
    if kind == "issue.escalated":
        data["to_tier"] = "2"
    if kind == "issue.merged":
        data["into"] = draw(st.sampled_from(ISSUES))
    if kind == "milestone.reached":
        data["milestone"] = "parcel_delivered"
    return data


@st.composite
def desk_histories(draw: st.DrawFn) -> list[Event]:
    """Contacts and agents as ever, of which some say whose they are and to which issue they belong, now or later; and issues."""
    out = draw(histories())
    for event in out:
        if event.type.startswith(("contact.", "message.")) and draw(st.integers(0, 2)) == 0:
            event.data |= draw(
                st.sampled_from(
                    (
                        *({"issue_id": issue} for issue in ISSUES),
                        *({"customer_ref": customer, "tags": ["invoice"]} for customer in CUSTOMERS),
                        {"agent_id": "a1"},
                        {"agent_id": "a2", "root_contact_id": "contact-0"},
                        {"question": "due"},
                    )
                )
            )
    for number in range(draw(st.integers(1, len(ISSUES)))):
        out += draw(issue_events(number))
    return sorted(out, key=order)


@st.composite
def merging_histories(draw: st.DrawFn) -> list[Event]:
    """Issues of which many are merged, in chains, circles, and into what nobody else knows; contacts that belong to them; replies."""
    issues = (*ISSUES, "i4", "i5", "contact-0")
    out = draw(histories())
    for event in out:
        if event.type.startswith(("contact.", "message.")) and draw(st.integers(0, 1)) == 0:
            event.data |= draw(st.sampled_from((*({"issue_id": issue} for issue in issues), {"agent_id": "a1"}, {"agent_id": "a2"})))
    for number, issue in enumerate(issues):
        time = BEGIN + draw(st.sampled_from(STARTS))
        kinds = draw(st.lists(st.sampled_from(("issue.opened", "issue.resolved", "issue.assigned", "issue.escalated")), max_size=3))
        for index, kind in enumerate([*kinds, *["issue.merged"] * draw(st.integers(0, 2))]):
            data: dict[str, Any] = {"issue_id": issue}
            data |= {
                "issue.merged": {"into": draw(st.sampled_from(issues))},
                "issue.assigned": {"agent_id": draw(st.sampled_from(("a1", "a3")))},
                "issue.escalated": {"to_tier": "2"},
                "issue.opened": draw(st.sampled_from(({}, {"queue": "billing", "channel": "email", "customer_ref": "c1"}))),
            }.get(kind, {})
            out.append(Event(time, kind, issue, f"m{number}-{index}", data))
            time += draw(st.sampled_from(GAPS))
    return sorted(out, key=order)
