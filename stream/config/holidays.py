"""Public holidays of a country or a part of it, as plain dates, from the library `holidays`.

The library takes a tenth of a second to import, so that is done where a centre declares any.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from stream.config.yaml import suggestion

if TYPE_CHECKING:
    from stream.config.yaml import Section


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The days on which most people do not work, by year. country: ISO 3166-1, two letters. subdivision: as ISO 3166-2, or ""."""

    country: str
    subdivision: str = ""

    def __call__(self, year: int) -> Collection[date]:
        """The dates of a year; a function of country, subdivision and year, worked out when the year is first asked for."""
        return _dates(self.country, self.subdivision, year)


@lru_cache(maxsize=4_096)
def _dates(country: str, subdivision: str, year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415 - see the module

    return frozenset(day for day in country_holidays(country, subdiv=subdivision or None, years=year) if day.year == year)


def public_holidays(section: Section) -> PublicHolidays:
    """Read {country: DE, subdivision: BE}; DeclarationError says what the library knows."""
    section.only("country", "subdivision")
    from holidays import list_supported_countries  # noqa: PLC0415 - see the module

    countries = list_supported_countries(include_aliases=False)
    country = section.item("country")
    if country.text not in countries:
        near = suggestion(country.text, countries) if country.text.upper() in countries else "write its two letters, for example DE"
        raise country.error(f"country cannot be {country.text}: {near}")
    subdivision = section.text("subdivision", "")
    if subdivision and subdivision not in countries[country.text]:
        raise section.error(f"subdivision cannot be {subdivision}: {suggestion(subdivision, countries[country.text])}", "subdivision")
    return PublicHolidays(country.text, subdivision)
