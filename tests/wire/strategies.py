"""Events as hypothesis makes them: every type, with every field that the wire knows."""

from __future__ import annotations

from hypothesis import strategies as st

from stream.core.events import Event
from stream.wire.fields import AT_ONCE, CHOICES, CLASSES, EVENT_TYPES, LONGEST, LONGEST_TEXT, MOST_ITEMS

names = st.text(min_size=1, max_size=12).filter(lambda text: "|" not in text)
times = st.integers(min_value=-2_208_988_800_000, max_value=32_503_679_999_999)

_BY_CLASS: dict[type, st.SearchStrategy[object]] = {
    str: names,
    int: st.integers(min_value=0, max_value=LONGEST),
    bool: st.booleans(),
    list: st.lists(names, max_size=3),
}


odd: st.SearchStrategy[dict[str, object]] = st.dictionaries(
    st.sampled_from([*CLASSES, "unknown"]),
    st.none()
    | st.sampled_from(["", "call", "queue", "1999-02-01T05:02:47.000Z", 0, -1, LONGEST, LONGEST + 1, 1.5, True, {}])
    | st.sampled_from(["x" * LONGEST_TEXT, "x" * (LONGEST_TEXT + 1), ["x"] * MOST_ITEMS, ["x"] * (MOST_ITEMS + 1)])
    | st.dictionaries(st.sampled_from(["call", "x" * (LONGEST_TEXT + 1)]), st.sampled_from([0, AT_ONCE[-1] + 1, -1, True]), max_size=2)
    | st.lists(st.sampled_from(["call", "x", "x" * (LONGEST_TEXT + 1), 1, None, []]), max_size=2),
    max_size=3,
)
"""Fields as nobody should write them, and as some do."""


def _values(field: str) -> st.SearchStrategy[object]:
    if field == "channels":
        return st.lists(st.sampled_from(sorted(CHOICES["channel"])), max_size=3)
    if field == "items":
        return st.dictionaries(names, st.booleans(), max_size=3)
    if field == "capacity":
        return st.dictionaries(st.sampled_from(sorted(CHOICES["channel"])), st.integers(0, 1000), max_size=3)
    if field in CHOICES:
        return st.sampled_from(sorted(CHOICES[field]))
    return _BY_CLASS[CLASSES[field]]


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event that the wire takes."""
    kind = draw(st.sampled_from(sorted(EVENT_TYPES.values(), key=lambda kind: kind.name)))
    optional = [field for field in CLASSES if field not in kind.required]
    data = {field: draw(_values(field)) for field in kind.required}
    data |= {field: draw(_values(field)) for field in draw(st.lists(st.sampled_from(optional), unique=True, max_size=4))}
    subject = str(data[kind.key]) if kind.key else "clock"
    return Event(draw(times), kind.name, subject, f"{draw(names)}|{draw(names)}", data)
