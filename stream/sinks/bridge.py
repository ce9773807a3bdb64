"""Breaches of single contacts as alerts for Alertmanager's API v2: only those that were chosen, at most so many, under pseudonyms.

People get one alert per standard and queue from Prometheus. Who wants some contacts one by one (every complaint, every vip) asks for
them here. An alert is sent again as long as it fires, and with its end for a while after it, as Alertmanager's API asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stream.core.pseudonyms import Pseudonyms
from stream.sinks.breaches import judged

ALERT: Final = "ContactOverdue"
MORE: Final = "ContactsOverdueMore"
"""The one alert in the place of all that are above the cap."""
LASTS: Final = timedelta(minutes=3)
"""Until when an alert stands that is not sent again: several turns, so that it ends by itself where this ends."""
SAY_OVER: Final = timedelta(minutes=5)
"""How long the end of one is repeated: a call may be lost."""
DIMENSIONS: Final = ("queue", "channel", "team", "tier", "skill", "group", "kind")
"""What becomes a label. Agents never do."""


class Bridge:
    """What fires and what is over, of the standards that were chosen. A record of Kafka goes in, a list for the API comes out."""

    def __init__(self, standards: Iterable[str], most: int, pseudonyms: Pseudonyms) -> None:
        """`most`: how many single contacts fire at once; the others are counted in one alert for each standard."""
        self._standards = frozenset(standards)
        self._most = most
        self._pseudonyms = pseudonyms
        self._firing: dict[str, Mapping[str, Any]] = {}
        self._over: dict[str, tuple[dict[str, Any], datetime]] = {}
        self._sent: dict[str, dict[str, Any]] = {}
        """By breach or name, the alerts that Alertmanager believes to fire."""

    def take(self, breach: Mapping[str, Any]) -> None:
        """Hear of a breach; the last record of an id holds. What is not chosen or not of one contact says nothing."""
        if breach["standard"] not in self._standards or "contact_id" not in breach:
            return
        if breach["status"] == "firing":
            self._firing[breach["id"]] = breach
        else:
            self._firing.pop(breach["id"], None)

    def alerts(self, now: datetime) -> list[dict[str, Any]]:
        """What is to be sent now: those that fire, the oldest first up to the cap, then what is no longer among them, with its end."""
        oldest = sorted(self._firing.values(), key=lambda breach: (breach["started_at"], breach["id"]))
        firing = {breach["id"]: self._alert(breach) for breach in oldest[: self._most]}
        firing |= self._more(oldest[self._most :])
        for name in self._sent.keys() - firing.keys():
            self._over[name] = (self._sent[name], now)
        self._sent = firing
        self._over = {name: (alert, at) for name, (alert, at) in self._over.items() if name not in firing and now - at < SAY_OVER}
        ends = [alert | {"endsAt": _iso(at)} for alert, at in self._over.values()]
        return [alert | {"endsAt": _iso(now + LASTS)} for alert in firing.values()] + ends

    def _alert(self, breach: Mapping[str, Any]) -> dict[str, Any]:
        contact = self._pseudonyms.of("contact", breach["contact_id"])
        return {
            "labels": {"alertname": ALERT, **_labels(breach), "contact": contact},
            "annotations": {
                "summary": "A contact has waited longer than its standard allows.",
                "description": f"{breach['title']}: {judged(breach)}; over its time since {breach['started_at']}.",
                **({"runbook_url": breach["runbook"]} if breach["runbook"] else {}),
            },
            "startsAt": breach["started_at"],
        }

    def _more(self, others: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """One alert for each standard with contacts above the cap."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for breach in others:
            found.setdefault(breach["standard"], []).append(breach)
        return {f"{MORE}/{name}": self._in_place_of(breaches) for name, breaches in found.items()}

    def _in_place_of(self, breaches: list[Mapping[str, Any]]) -> dict[str, Any]:
        first = breaches[0]
        return {
            "labels": {"alertname": MORE, **{name: first[name] for name in ("standard", "severity", "cadence")}},
            "annotations": {
                "summary": "More contacts are over their time than are shown one by one.",
                "description": f"{len(breaches)} more contacts break the standard: {first['title']}. At most {self._most} are shown.",
            },
            "startsAt": first["started_at"],
        }


def _labels(breach: Mapping[str, Any]) -> dict[str, str]:
    scope = breach["scope"]
    limit = {"limit": breach["limit"]} if breach.get("limit") else {}
    return (
        {name: breach[name] for name in ("standard", "severity", "cadence")}
        | limit
        | {name: scope[name] for name in DIMENSIONS if scope.get(name)}
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
