"""The frame of a standard's runbook: written once, then its people's own. The pipeline's runbooks are written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.config.quantities import say_duration
from stream.generate.wording import alert_name, all_ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream.core.declared import Standard


def frame(standards: Sequence[Standard]) -> str:
    """Write the page that the alert of the standards under one name points to."""
    standard = standards[0]
    places = " and ".join(standard.per) or "the whole centre"
    held = f" It counts once it has been so for {say_duration(standard.hold)}." if standard.hold else ""
    owner = f"\n\nOwner: {standard.owner}." if standard.owner else ""
    return f"""# {alert_name(standard)}

**{standard.title}**: the standard asks for {all_ask(standards)}, judged per {places}.{held}{owner}

## What it means

The stream found the standard broken in the scope that the alert names.
The alert ends when the standard is kept again, not when somebody looks at it.

## What to look at

1. The wallboard or `cc_standard_reading{{standard="{standard.name}"}}`: how far from the target, and since when.
2. `cc_contacts_waiting` and `cc_agents` of the queue: too many contacts, or too few people?
3. `cc_event_time_watermark_timestamp_seconds`: are the figures current?

## What to do

Write here what your centre does: whom to call in, which queue to open, which announcement to play.
"""
