"""What leaves as a CloudEvent in binary mode: breaches. The value is the record itself; the attributes stand in ce_* headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stream.core.stage import STANDARD_BREACHES

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOUD_EVENT_TOPICS: Final = (STANDARD_BREACHES,)
BREACH_TYPE: Final = b"cc.breach.v1"


def breach_headers(breach: Mapping[str, Any], installation: str) -> list[tuple[str, bytes]]:
    """The attributes of a breach's record.

    ce_id is unique per record: the breach's id and its revision. ce_subject is the breach, so the last record of a subject holds.
    """
    return [
        ("ce_specversion", b"1.0"),
        ("ce_type", BREACH_TYPE),
        ("ce_source", f"/answerable/{installation}".encode()),
        ("ce_id", f"{breach['id']}/{breach['revision']}".encode()),
        ("ce_time", breach["at"].encode()),
        ("ce_subject", breach["id"].encode()),
        ("content-type", b"application/json"),
    ]
