"""A picture of a trial: a line for each standard over time, what the tried file says above what the current one says. Plain SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from typing import Final

from stream.replay.trial import Breach, Trial

WIDTH: Final = 1200
LEFT: Final = 230
RIGHT: Final = 30
TOP: Final = 76
ROW: Final = 34
BAR: Final = 11
LEAST: Final = 2.0
"""A breach is at least so wide, or nobody would see it."""
TICKS: Final = (1, 2, 3, 6, 12, 24, 48, 168, 336, 720)
"""Hours between two lines of the grid; the first that gives at most MOST_TICKS of them."""
MOST_TICKS: Final = 14
NEW: Final = "#c2410c"
OLD: Final = "#64748b"
INK: Final = "#1e293b"
FAINT: Final = "#e2e8f0"
DAY_HOURS: Final = 24


def picture(new: Trial, old: Trial | None, span: tuple[int, int], zone: tzinfo, title: str) -> str:
    """The picture as SVG. `span`: from the first event to the last (ms)."""
    rows = list(dict.fromkeys([*new.names, *(old.names if old is not None else ())]))
    scale = _Scale(span[0], max(span[1], span[0] + 1))
    height = TOP + ROW * len(rows) + 24
    body = [
        f'<text x="16" y="26" font-size="17" font-weight="600">{escape(title)}</text>',
        *_legend(new, old),
        *_grid(scale, height, zone),
        *(line for at, key in enumerate(rows) for line in _row(key, TOP + ROW * at, new, old, scale)),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}" role="img">'
    )
    return "\n".join([head, f"<title>{escape(title)}</title>", '<rect width="100%" height="100%" fill="#fff"/>', *body, "</svg>", ""])


class _Scale:
    """Where a moment stands."""

    def __init__(self, begin: int, end: int) -> None:
        self.begin = begin
        self.end = end

    def x(self, at: int) -> float:
        share = (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _legend(new: Trial, old: Trial | None) -> Iterator[str]:
    said = [(NEW, f"tried: {len(new.breaches):,} breaches")]
    if old is not None:
        said.append((OLD, f"current: {len(old.breaches):,} breaches"))
    for at, (colour, text) in enumerate(said):
        x = 16 + at * 190
        yield f'<rect x="{x}" y="38" width="12" height="12" rx="2" fill="{colour}"/><text x="{x + 18}" y="48">{escape(text)}</text>'


def _grid(scale: _Scale, height: int, zone: tzinfo) -> Iterator[str]:
    hours = (scale.end - scale.begin) / 3_600_000
    step = next((one for one in TICKS if hours / one <= MOST_TICKS), TICKS[-1])
    local = datetime.fromtimestamp(scale.begin / 1000, UTC).astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    local = local.replace(hour=local.hour // step * step if step < DAY_HOURS else 0)
    while (at := int(local.replace(tzinfo=zone).timestamp() * 1000)) <= scale.end:
        if at >= scale.begin:
            x = scale.x(at)
            text = f"{local:%d %b}" if local.hour == 0 else f"{local:%H:%M}"
            yield f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - 18}" stroke="{FAINT}"/>'
            yield f'<text x="{x}" y="{TOP - 11}" text-anchor="middle" fill="{OLD}" font-size="11">{text}</text>'
        local += timedelta(hours=step)


def _row(key: str, y: int, new: Trial, old: Trial | None, scale: _Scale) -> Iterator[str]:
    yield f'<line x1="16" y1="{y + ROW - 4}" x2="{WIDTH - RIGHT}" y2="{y + ROW - 4}" stroke="{FAINT}"/>'
    yield f'<text x="16" y="{y + 17}">{escape(key)}</text>'
    for trial, colour, offset in ((new, NEW, 0), (old, OLD, BAR + 3)):
        if trial is None or key not in trial.names:
            continue
        found = trial.by_standard()[key]
        yield from (_bar(group, y + 2 + offset, colour, scale) for group in _together(found, scale))


def _together(breaches: Sequence[Breach], scale: _Scale) -> Iterator[list[Breach]]:
    """Breaches that would be drawn over each other are drawn as one."""
    group: list[Breach] = []
    end = 0.0
    for breach in breaches:
        if group and scale.x(breach.begin) > end + 1:
            yield group
            group = []
        end = max(end if group else 0.0, scale.x(breach.end), scale.x(breach.begin) + LEAST)
        group.append(breach)
    if group:
        yield group


def _bar(group: Sequence[Breach], y: int, colour: str, scale: _Scale) -> str:
    begin, end = scale.x(group[0].begin), scale.x(max(breach.end for breach in group))
    places = sorted({breach.scope for breach in group})
    said = f"{len(group)} breach{'es' * (len(group) != 1)}: {'; '.join(places[:5])}{', ...' if places[5:] else ''}"
    width = max(LEAST, round(end - begin, 1))
    return f'<rect x="{begin}" y="{y}" width="{width}" height="{BAR}" rx="1.5" fill="{colour}"><title>{escape(said)}</title></rect>'
