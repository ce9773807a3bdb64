"""A moment as people write it in an option: ISO 8601, local where it names no zone."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

import click

from stream.wire.times import EPOCH, FIRST, LAST, MILLISECOND, YEARS

EXAMPLE: Final = "2026-03-02T12:00 or 2026-03-02T11:00:00Z"


def moment(text: str, zone: tzinfo, option: str) -> int:
    """The moment in ms since the epoch; raises click.BadParameter, which names `option`, for what is none or lies too far away."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time: write it like {EXAMPLE}", param_hint=option) from None
    found = ((read if read.tzinfo else read.replace(tzinfo=zone)) - EPOCH) // MILLISECOND
    if not FIRST <= found <= LAST:
        raise click.BadParameter(
            f"{text!r} lies outside of the years {YEARS.start} to {YEARS.stop - 1}: write it like {EXAMPLE}", param_hint=option
        )
    return found
