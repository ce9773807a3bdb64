"""The synthetic contact: offered and answered at once, in a queue of its own that no figure of the centre knows.

It takes the whole way: Kafka, the processors contacts and scopes, the metrics page. What comes through is
`cc_canary_timestamp_seconds`; AnswerableCanaryLate says when nothing does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Final

from stream.config.settings import Settings
from stream.core.events import Event
from stream.core.scopes import CANARY
from stream.errors import AnswerableError
from stream.intake.publish import Sending

SOURCE: Final = "/answerable/canary"
PATIENCE: Final = 20.0
"""How long (s) the brokers may take; the next one is due soon."""


def contact(at: int) -> list[Event]:
    """The events of the synthetic contact of a moment (ms). Each has another key, and so in turn all partitions are tried."""
    name = f"{CANARY}-{at}"
    data = {"contact_id": name, "queue": CANARY, "channel": "call"}
    kinds = ("contact.offered", "contact.answered", "contact.ended")
    return [Event(at, kind, name, f"{SOURCE}|{name}-{number}", dict(data)) for number, kind in enumerate(kinds)]


def send(settings: Settings, at: int) -> None:
    """Send one. Raises BrokerMissing or PartMissing."""
    with closing(Sending(settings, SOURCE, patience=PATIENCE)) as sending:
        for event in contact(at):
            sending.send(event)
        sending.flush()


def keep_sending(settings: Settings, now: Callable[[], int], wait: Callable[[], bool], say: Callable[[str], None]) -> int:
    """Send one, `wait`, and so on until that says True; give how many were sent.

    What Kafka refuses is said once for each trouble and tried again at the next turn: an alert is raised by what does not arrive.
    """
    sent, trouble = 0, ""
    while True:
        try:
            send(settings, now())
        except AnswerableError as error:
            if str(error) != trouble:
                trouble = str(error)
                say(trouble)
        else:
            sent, trouble = sent + 1, ""
        if wait():
            return sent
