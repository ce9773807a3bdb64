"""Which record of a breach the demo believes."""

from __future__ import annotations

from typing import Any

from stream.config.settings import Settings
from stream.demo.reading import Breaches


def test_the_last_record_of_a_breach_is_true() -> None:
    """Also where its revision is lower: revisions begin again with a state that was made anew. A status is told once."""
    told: list[dict[str, Any]] = []
    breaches = Breaches(Settings(), told.append)
    records = [
        {"id": "a", "status": status, "revision": revision}
        for status, revision in (("firing", 1), ("resolved", 2), ("resolved", 3), ("firing", 1))
    ]

    for record in records:
        breaches.take(record)

    assert {"a": records[3]} == breaches.latest
    assert [records[0], records[1], records[3]] == told
    assert {"a"} == breaches.fired
