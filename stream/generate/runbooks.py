"""The frame of a runbook: made once for an alert that has none, then its people's own. Those in deploy/runbooks are written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.config.quantities import say_duration
from stream.generate.pipeline import PIPELINE
from stream.generate.wide import CENTRE_WIDE, QUEUE_BLIND
from stream.generate.wording import alert_name, all_ask, by_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream.core.declared import Standard

TO_WRITE: Final = "Write here"
"""What stands where people have to write; a test refuses it in the pages that are shipped."""
SECTIONS: Final = {
    "What the customer feels": "what it is like for those who wait, in a sentence or two.",
    "What to look at": "the figures that tell the causes apart, in the order in which to look.",
    "What to do": "what your centre does: whom to call in, which queue to open, which announcement to play.",
    "When to escalate": "to whom, after how long, and when at once.",
}


def frames(standards: Sequence[Standard]) -> dict[str, str]:
    """Give the frame of each alert by its name; alerts of standards whose runbook is elsewhere have none."""
    found = {alert_name(all_of[0]): _about(all_of) for all_of in by_name(standards).values() if not all_of[0].runbook}
    found |= {alert.name: alert.summary for alert in PIPELINE}
    found |= {QUEUE_BLIND: "No worker shows a queue that the centre declares.", CENTRE_WIDE: "Many queues break the same standard at once."}
    return {name: _frame(name, about) for name, about in found.items()}


def _frame(name: str, about: str) -> str:
    sections = "\n".join(f"## {title}\n\n{TO_WRITE} {what}\n" for title, what in SECTIONS.items())
    return f"# {name}\n\n{about}\n\n{sections}"


def _about(standards: Sequence[Standard]) -> str:
    standard = standards[0]
    places = " and ".join(standard.per) or "the whole centre"
    held = f" It counts once it has been so for {say_duration(standard.hold)}." if standard.hold else ""
    owner = f"\n\nOwner: {standard.owner}." if standard.owner else ""
    return f"**{standard.title}**: the standard asks for {all_ask(standards)}, judged per {places}.{held}{owner}"
