"""What the tests of mailboxes share: made-up mails of shared mailboxes, the mapping, and what an export of them becomes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from stream.core.events import Event, order
from stream.core.pseudonyms import Pseudonyms
from stream.sources import email
from stream.sources.records import CUSTOMER
from tests.intake.listening import KEY
from tests.sources.vendors import source

BEGUN: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
BILLING: Final = "billing@acme.example"
SALES: Final = "sales@acme.example"
WHO: Final = f"""
domains: [acme.example]
queues: {{ {BILLING}: billing, {SALES}: sales }}
agents: {{ a1: [a1@acme.example] }}
agent_header: X-Agent
customers: true
"""


def mail(number: int, minute: float, *, to: str = BILLING, after: tuple[int, ...] = (), agent: str = "", more: str = "") -> bytes:
    """A mail of a customer to a mailbox; where an agent is named, the answer out of it. after: what it refers to, oldest first."""
    when = format_datetime(BEGUN + timedelta(minutes=minute))
    lines = [f"Message-ID: <m{number}@mail.example>", f"Date: {when}", "Subject: PRIVATE matter"]
    if agent:
        lines += [f"From: {to}", f"To: c{after[0] if after else 0}@web.example", f"X-Agent: {agent}"]
    else:
        lines += [f"Received: from web.example by mx.acme.example; {when}", f"From: Someone <c{number}@web.example>", f"To: {to}"]
    if after:
        lines.append("References: " + "\n ".join(f"<m{one}@mail.example>" for one in after))
        lines.append(f"In-Reply-To: <m{after[-1]}@mail.example>")
    return "\n".join([*lines, *more.splitlines(), "", "PRIVATE text", ""]).encode()


def exported(mails: Iterable[bytes]) -> list[Event]:
    """The events of files into which all mails are exported, with the customers' pseudonyms."""
    made = source(email.NAME, WHO)
    assert made.fold is not None
    lines = [one for raw in mails for one in made.translate(raw.splitlines(keepends=True)) if isinstance(one, Event)]
    events = list(made.fold(sorted(lines, key=order)))
    pseudonyms = Pseudonyms(KEY.encode())
    for event in events:
        if customer := event.data.pop(CUSTOMER, None):
            event.data["customer_ref"] = pseudonyms.of("customer", customer)
    return events
