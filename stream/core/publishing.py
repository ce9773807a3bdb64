"""What is told of breaches: each change once, and nothing that does not agree with what is."""

from __future__ import annotations

from collections.abc import Container, Iterable

from stream.core.breach import Record
from stream.core.judges import Judge

Published = dict[str, tuple[Record, int]]
"""By the id of a breach that may still change, the last record and its revision."""
Found = dict[str, list[tuple[Record, bool]]]
"""By the id of a breach, its new records in order, each with whether it is provisional."""


def mend(found: Found, published: Published, judges: Iterable[Judge]) -> None:
    """Make what was said agree with what is: a breach that goes on was said, and one that nobody knows of is taken back.

    That is so where a provisional breach did not hold, a restart came in between, or a standard is declared no more.
    """
    still_open = {record["id"]: record for judge in judges for record in judge.open_records()}
    for identity, record in still_open.items():
        told = found.get(identity)
        if told is None and (identity not in published or _is_ended(published[identity][0])):
            found[identity] = [(record, False)]
        elif told is not None and told[-1][0]["status"] == "resolved" and not told[-1][1]:
            told.append((record, False))  # ended by a change of the standards, and begun again by the next one
    for identity, (record, _) in published.items():
        if identity in found or is_over(record):
            continue
        if identity not in still_open:
            found[identity] = [({**record, "status": "withdrawn"}, False)]
        elif record["provisional"]:
            found[identity] = [(still_open[identity], False)]


def is_over(record: Record) -> bool:
    """Whether nothing of a breach goes on: it is kept for its revision alone, in case that its id comes again."""
    return record["status"] == "withdrawn" or _is_ended(record)


def _is_ended(record: Record) -> bool:
    return record["status"] == "resolved" and not record["provisional"]


def publish(
    identity: str, records: list[tuple[Record, bool]], published: Published, told: set[str], kept: Container[str] = ()
) -> list[Record]:
    """What is to be sent of one breach: its last state, and its beginning before that where nobody heard of it.

    `told` collects the ids of which something was sent. `kept`: those that a change of the standards has ended, which the next one may
    begin again under the same id; all others cannot come again once they are resolved.
    """
    wanted = records[-1:] if identity in published or len(records) == 1 else [records[0], records[-1]]
    out = []
    for record, provisional in wanted:
        last, revision = published.get(identity, (None, 0))
        sent = {**record, "provisional": provisional, "at": record["ended_at"] or record["started_at"]}
        if last == sent:
            continue
        published[identity] = (sent, revision + 1)
        told.add(identity)
        out.append({**sent, "revision": revision + 1})
    last, _ = published[identity]
    if _is_ended(last) and identity not in kept:
        del published[identity]
    return out
