"""Whether a topic is still the one that was read up to a mark: one that was deleted and made anew begins again at 0.

Its records would be taken for those that were folded before, and be passed over without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.errors import PartMissing

if TYPE_CHECKING:
    from faust.types.tuples import TP

    from stream.live.inbox import Chunk
    from stream.live.section import Section


def check_source(tp: TP, section: Section, end: int, topic: str) -> None:
    """Raise PartMissing where the source of a section, which ends at `end`, cannot be what it was read from up to its mark.

    `topic`: Kafka's id of it, empty where the broker has none to tell.
    """
    if section.mark > end:
        raise _replaced(tp, section.mark, f"ends at {end} now")
    if section.mark and topic and section.topic not in {"", topic}:
        raise _replaced(tp, section.mark, "is another topic of that name now")


def check_chunk(tp: TP, chunk: Chunk) -> None:
    """Raise PartMissing where reading on brought records from before: the source was replaced or cut off while it was read."""
    if chunk.records[0].offset < chunk.begin:
        raise _replaced(tp, chunk.begin, f"goes on at {chunk.records[0].offset} now")


def _replaced(tp: TP, mark: int, found: str) -> PartMissing:
    return PartMissing(
        f"{tp.topic}, partition {tp.partition}, was read up to before offset {mark} and {found}, so it was deleted and made anew, or cut "
        "off, and what it holds would be lost: stop all workers, then restore the topic, or make the state anew of what it holds with "
        "`answerable worker --rebuild` under a new --application-id."
    )
