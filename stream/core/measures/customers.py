"""Customers: resolved in the first contact, and retained. What is not over yet is said apart, and never counted before."""

from __future__ import annotations

from typing import Any, Final

from stream.core import facts
from stream.core.measures.entry import COUNT, Measure, View

FCR: Final = "resolved with one contact and no further one of the customer on the topic within the centre's `fcr_window` (7 days)"


def _fcr(view: View) -> dict[str, Any]:
    found = view.share(view.n(facts.FCR_MET), view.n(facts.FCR_CASE))
    return {**found, "provisional": view.n(facts.FCR_PROVISIONAL), "anonymous": view.n(facts.ISSUE_ANONYMOUS)}


def _fcr_net(view: View) -> dict[str, Any]:
    met = view.n(facts.FCR_MET) - view.n(facts.FCR_HOPELESS_MET)
    return view.share(met, view.n(facts.FCR_CASE) - view.n(facts.FCR_HOPELESS))


def _retention(view: View) -> dict[str, Any]:
    return view.share(view.n(facts.CUSTOMER_KEPT), view.n(facts.CUSTOMER_AT_START))


CUSTOMERS = (
    Measure(
        name="fcr",
        help="Share of the resolved issues that took one contact, with its parts; provisional: issues whose days are not over; "
        "anonymous: issues of customers of whom no pseudonym is known. Both are left out.",
        unit="ratio",
        kind="ratio",
        source=FCR,
        folds=tuple((kind, COUNT) for kind in (facts.FCR_MET, facts.FCR_CASE, facts.FCR_PROVISIONAL, facts.ISSUE_ANONYMOUS)),
        read=_fcr,
    ),
    Measure(
        name="fcr_net",
        says="Share of the issues that the first tier could resolve and that took one contact",
        help="The same of the issues alone that the first tier could have resolved at all.",
        unit="ratio",
        kind="ratio",
        source=FCR,
        folds=tuple(
            (kind, COUNT) for kind in (facts.FCR_MET, facts.FCR_CASE, facts.FCR_PROVISIONAL, facts.FCR_HOPELESS, facts.FCR_HOPELESS_MET)
        ),
        read=_fcr_net,
    ),
    Measure(
        name="retention",
        help="Share of the customers at the start of a calendar month who still are at its end; counts on the month's first day.",
        unit="ratio",
        kind="ratio",
        source="customers of the start still active at the end, from customer.status_changed",
        folds=((facts.CUSTOMER_KEPT, COUNT), (facts.CUSTOMER_AT_START, COUNT)),
        read=_retention,
    ),
)
