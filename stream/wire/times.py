"""RFC 3339 times as bytes or text <-> integer milliseconds since the epoch, UTC.

Fast, because it is done once per record: the second is looked up in a cache, the fraction in a table. A second that is not there yet
is made of its minute, because a quiet file has a new second in every line.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from stream.errors import RejectedRecord

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
CACHED_SECONDS: Final = 16_384
YEARS: Final = range(1900, 3000)
"""Of the times that are read. What lies outside is no moment but the zero or the end of somebody's calendar (0001-01-01, 9999-12-31),
and days and windows around it could not be named."""
FIRST: Final = (datetime(YEARS.start, 1, 1, tzinfo=UTC) - EPOCH) // MILLISECOND
LAST: Final = (datetime(YEARS.stop, 1, 1, tzinfo=UTC) - EPOCH) // MILLISECOND - 1
"""The first and the last of them, in ms."""

FRACTIONS: Final[dict[bytes, int]] = {b"Z": 0} | {b".%03dZ" % ms: ms for ms in range(1000)}
SECONDS: Final[dict[bytes, int]] = {b"%02d" % second: second * 1000 for second in range(60)}
_texts: Final = [f".{ms:03d}Z" for ms in range(1000)]
_stamps: Final[dict[bytes, int]] = {}
_minutes: Final[dict[bytes, int]] = {}
_seconds: Final[dict[int, str]] = {}

_RFC_3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d+))?(?:([Zz])|([+-])((?:[01]\d|2[0-3])):([0-5]\d))",
    re.ASCII,
)


def parse_time(text: bytes) -> int:
    """Turn an RFC 3339 time with its offset into milliseconds; what is finer than a millisecond is cut off.

    Raises RejectedRecord(bad_value) for anything else, a time without an offset and one outside of YEARS included.
    """
    try:
        return _stamps[text[:19]] + FRACTIONS[text[19:]]
    except KeyError:
        return _new_second(text)


def _new_second(text: bytes) -> int:
    second, fraction = SECONDS.get(text[17:19]), FRACTIONS.get(text[19:])
    if second is None or fraction is None:  # another writing, or no time at all
        return _slowly(text)
    minute = _minutes.get(text[:17])
    if minute is None:
        minute = _slowly(text) - second - fraction
        if len(_minutes) >= CACHED_SECONDS:
            _minutes.clear()
        _minutes[text[:17]] = minute
    if len(_stamps) >= CACHED_SECONDS:
        _stamps.clear()
    _stamps[text[:19]] = minute + second
    return minute + second + fraction


def _slowly(text: bytes) -> int:
    try:
        match = _RFC_3339.fullmatch(text.decode("ascii"))
        if match is None:
            raise _not_a_time()
        date, clock, fraction, _, sign, hours, minutes = match.groups()
        away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        zone = timezone(-away if sign == "-" else away)
        moment = datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=zone)
    except ValueError:
        raise _not_a_time() from None
    if moment.year not in YEARS:
        raise RejectedRecord("bad_value", f"a time lies in the years {YEARS.start} to {YEARS.stop - 1}")
    return (moment - EPOCH) // MILLISECOND + int(((fraction or "") + "000")[:3])


def _not_a_time() -> RejectedRecord:
    return RejectedRecord("bad_value", "a time is written as RFC 3339 with its offset, like 1999-02-01T05:02:47.000Z")


def format_time(stamp: int) -> str:
    """Write milliseconds since the epoch as RFC 3339 in UTC, always with three digits of the second."""
    second, ms = divmod(stamp, 1000)
    text = _seconds.get(second)
    if text is None:
        if len(_seconds) >= CACHED_SECONDS:
            _seconds.clear()
        text = (EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
        _seconds[second] = text
    return text + _texts[ms]
