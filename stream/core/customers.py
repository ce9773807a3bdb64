"""The [customers] stage: what comes together of one customer, over all their issues and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

from stream.core.centre import Centre
from stream.core.customer import MONTHS_KEPT, Customer
from stream.core.fact_stage import FactStage
from stream.core.facts import Book
from stream.core.issues import LEFT, OF_ISSUE
from stream.core.periods import Periods
from stream.core.surveys import STATUS_ROW
from stream.core.wanted import ALL_WANTED, Wanted
from stream.core.watermark import NOTHING
from stream.core.windows import Calendar


class CustomerStage(FactStage):
    """One partition of customer-facts."""

    source = "customers"

    def __init__(self, centre: Centre, partition: int, targets: int, *, played: bool, wanted: Wanted = ALL_WANTED) -> None:
        """See `FactStage`."""
        super().__init__(centre, partition, targets, played=played, wanted=wanted)
        self._customers: dict[str, Customer] = {}
        self._months = Periods("month", Calendar(centre.zone))
        self._due: list[tuple[int, str]] = []
        self._settled = NOTHING
        """Up to when conclusions were drawn from time."""

    def take(self, key: str, rows: Sequence[Any]) -> None:
        """Put rows into what is known of the customer, and send what differs."""
        customer = self._customers.setdefault(key, Customer())
        before = self._book(customer, self._settled, self._settled)
        late: list[str] = []
        for row in rows:
            if row[0] == OF_ISSUE:
                _, issue, found = row
                if found is None:
                    customer.issues.pop(issue, None)
                elif issue in customer.issues or found.get("resolved", self._settled) + self.centre.retention.customers >= self._settled:
                    customer.issues[issue] = found  # Else it was counted and forgotten, and what comes so late changes nothing.
            elif row[0] == LEFT:
                _, issue, until, found = row
                if until <= self._settled:
                    late.append(issue)
                elif found is None:
                    customer.issues.pop(issue, None)
                else:
                    customer.issues[issue] = {**found, "left": until}
            elif row[0] == STATUS_ROW:
                _, time, identity, active = row
                _take_status(customer, time, identity, active)
        self.facts.amend(before, self._book(customer, self._settled, self._settled))
        for issue in late:  # Whatever was concluded of it stays.
            customer.issues.pop(issue, None)
        self._keep(key, customer)

    def _book(self, customer: Customer, settled: int, newest: int) -> Book:
        """What was known at `settled`, as far as is looked at when time has come to `newest`."""
        book = customer.conclude(settled, newest - MONTHS_KEPT, self.centre.fcr_window, self._months)
        wanted = self.wanted.kinds
        return {place: kept for place, rows in book.items() if (kept := [row for row in rows if row[0] in wanted])}

    def _keep(self, key: str, customer: Customer) -> None:
        self.changed(key)
        if customer.empty:
            self._customers.pop(key, None)
            return
        self._look_again(key, customer)

    def _look_again(self, key: str, customer: Customer) -> None:
        """Note the next moment at which time alone says something, unless it is looked at before that anyway."""
        due = customer.due(self._settled, self.centre.fcr_window, self.centre.retention.customers, self._months)
        if due is not None and (customer.looked_at is None or due < customer.looked_at):
            customer.looked_at = due
            heappush(self._due, (due, key))

    def settle(self, settled: int) -> None:
        """Conclude what follows from time, of those customers of whom anything does."""
        earlier, self._settled = self._settled, max(self._settled, settled)
        moved: set[str] = set()
        while self._due and self._due[0][0] <= settled:
            moved.add(heappop(self._due)[1])
        for key in moved:
            customer = self._customers.get(key)
            if customer is None:
                continue
            customer.looked_at = None
            self.facts.amend(self._book(customer, earlier, settled), self._book(customer, settled, settled))
            customer.forget(settled, self.centre.retention.customers, settled - MONTHS_KEPT)
            self._keep(key, customer)

    def encoded(self, key: str) -> Any:
        """Issues and changes of status."""
        customer = self._customers.get(key)
        return None if customer is None else [customer.issues, customer.statuses]

    def decode(self, key: str, stored: Any) -> None:
        """Take a customer back."""
        customer = self._customers[key] = Customer()
        customer.issues, statuses = stored
        customer.statuses = [tuple(status) for status in statuses]

    def restore(self, committed: Any) -> None:
        """Take everything back; how far time had come is what the senders said."""
        super().restore(committed)
        self._settled = max(self._settled, self.senders.settled)
        for key, customer in self._customers.items():
            self._look_again(key, customer)

    def forget(self, customers: frozenset[str], until: int) -> None:
        """Conclude what is known at `until`, then forget it: what was counted stays counted, what was provisional stays so."""
        self.settle(until)
        for key in customers:
            customer = self._customers.get(key)
            if customer is None:
                continue
            customer.issues = {name: issue for name, issue in customer.issues.items() if issue.get("left", until + 1) > until}
            customer.statuses = [status for status in customer.statuses if status[0] > until]
            self._keep(key, customer)


def _take_status(customer: Customer, time: int, identity: str, active: bool) -> None:  # noqa: FBT001 - it is what the row says
    """Of two changes with one id the earlier counts, and of one time the lesser."""
    found = {status[1]: status for status in customer.statuses}
    known = found.get(identity)
    new = (time, identity, active)
    if known is None or (new[0], new[2]) < (known[0], known[2]):
        found[identity] = new
        customer.statuses = sorted(found.values())
