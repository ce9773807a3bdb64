"""PromQL in the words of the metric families: a name that is no family cannot be written here.

Counters that are committed state move between workers, so they are read through their recorded maximum (`stream.generate.recorded`);
gauges are read without the worker's labels for the same reason.
"""

from __future__ import annotations

from typing import Final

from stream.generate.recorded import MOVING, recorded
from stream.sinks.families import Family

SCOPED: Final = 'queue=~"$queue", channel=~"$channel"'
QUEUED: Final = 'queue=~"$queue"'
CHANNELED: Final = 'channel=~"$channel"'
"""Of histograms, which are kept by channel: by queue they would be too many series."""
STANDARDS: Final = f'standard=~"$standard", {SCOPED}'
STANDS: Final = "10m"
"""How long the last verdict stands, as in the alerts."""


def now(family: Family, chosen: str = "") -> str:
    """A gauge as it is now, whoever shows it."""
    return f"max without ({MOVING}) ({family.name}{_braced(chosen)})"


def contacts(family: Family, chosen: str = "") -> str:
    """How many contacts a gauge of standards is about: who counts under several standards or limits in a queue counts once there."""
    return f"sum(max without (standard, limit) ({now(family, chosen)}))"


def counted(family: Family, chosen: str = "", part: str = "") -> str:
    """The recorded series of a counter, or of a part of a histogram (bucket, sum, count)."""
    return recorded(family, f"{family.name}_{part}" if part else family.name) + _braced(chosen)


def grown(family: Family, window: str, chosen: str = "", *, by: str = "", part: str = "") -> str:
    """How many were counted in a window, by some labels."""
    return f"sum{_by(by)}(increase({counted(family, chosen, part)}[{window}]))"


def moved(family: Family, window: str, chosen: str = "", *, by: str = "") -> str:
    """The same of a counter that moves between workers and has no recorded series."""
    return f"sum{_by(by)}(increase(({now(family, chosen)})[{window}:15s]))"


def here(family: Family, window: str, *, by: str = "") -> str:
    """How much a counter that is each worker's own has grown."""
    return f"sum{_by(by)}(increase({family.name}[{window}]))"


def share(part: str, whole: str) -> str:
    """A ratio that is absent, not 0, where there is nothing to divide by."""
    return f"{part} / ({whole} > 0)"


def quantile(which: float, family: Family, window: str, chosen: str = "", *, by: str = "") -> str:
    """A percentile, as well as the histogram's bounds tell it."""
    return f"histogram_quantile({which:g}, {grown(family, window, chosen, by=', '.join(filter(None, ('le', by))), part='bucket')})"


def mean(family: Family, window: str, chosen: str = "", *, by: str = "") -> str:
    """A mean from sum and count."""
    return share(grown(family, window, chosen, by=by, part="sum"), grown(family, window, chosen, by=by, part="count"))


def age(timestamp: str) -> str:
    """Seconds since a moment."""
    return f"time() - {timestamp}"


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else " "


def _braced(chosen: str) -> str:
    return f"{{{chosen}}}" if chosen else ""
