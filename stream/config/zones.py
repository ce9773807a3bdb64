"""Time zones by their IANA names."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from stream.config.yaml import Section, suggestion


def time_zone(section: Section, key: str) -> ZoneInfo:
    """The zone under `key`, refused where there is none of that name."""
    item = section.item(key)
    names = available_timezones()
    if item.text not in names:
        cities = sorted(name for name in names if name.rpartition("/")[2].casefold() == item.text.casefold())
        near = f"did you mean {cities[0]}?" if cities else suggestion(item.text, sorted(names))
        raise item.error(f"{key} cannot be {item.text}: {near if near.startswith('did') else 'write a name such as Europe/Berlin'}")
    return ZoneInfo(item.text)
