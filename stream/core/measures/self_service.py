"""Self-service (tier 0): what menus and bots finish by themselves, what they hand on, and what goes to a higher tier."""

from __future__ import annotations

from typing import Any, Final

from stream.core import facts
from stream.core.measures.entry import COUNT, Measure, View, counted

SOURCE: Final = "ended in bot or menu with success / all begun there; Chatwoot conversation_bot_resolved, conversation_bot_handoff"


def _share(view: View) -> dict[str, Any]:
    return view.share(view.n(facts.SELF_SERVED), view.n(facts.BEGUN))


SELF_SERVICE = (
    counted("begun", facts.BEGUN, "Contacts that began in a menu or with a bot.", unit="contacts", source=SOURCE),
    counted("self_served", facts.SELF_SERVED, "Contacts that ended in a menu or with a bot with success.", unit="contacts", source=SOURCE),
    counted(
        "handed_off", facts.HANDED_OFF, "Contacts that went on from a menu or a bot to a queue or a person.", unit="contacts", source=SOURCE
    ),
    Measure(
        name="self_service",
        help="Share of the contacts that began in a menu or with a bot and ended there with success, with its parts.",
        unit="ratio",
        kind="ratio",
        source=SOURCE,
        folds=((facts.SELF_SERVED, COUNT), (facts.BEGUN, COUNT)),
        read=_share,
    ),
    counted(
        "escalated",
        facts.ESCALATED,
        "Talks handed on to a higher tier; where nothing is said of tiers, from the first one.",
        unit="contacts",
        source="contact.transferred with to_tier above the tier where it was",
    ),
)
