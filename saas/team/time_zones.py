"""The time zones that people choose from: the places of the tz database, grouped by their hours ahead of UTC.

Also what a browser's languages say about where somebody is, for those without JavaScript.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from django.utils.html import format_html
from django.utils.safestring import SafeString

from saas.kernel.money import currency_of_country

LANGUAGES_READ = 200
"""Characters of an Accept-Language header that are looked at."""

_REGION = re.compile(r"\b[a-z]{2,3}-(?:[A-Z][a-z]{3}-)?([A-Z]{2})\b")


@dataclass(frozen=True)
class ZoneOfPlace:
    """A time zone: its name in the tz database, an older name of it, and the currency that is used there."""

    zone: str
    alias: str
    currency: str


@dataclass(frozen=True)
class Guess:
    """What is preselected for somebody new."""

    timezone: str = "UTC"
    currency: str = "USD"


def guess(languages: str) -> Guess:
    """Return the first zone and the currency of the country that an Accept-Language header names first."""
    found = _REGION.search(languages[:LANGUAGES_READ])
    country = found[1] if found else ""
    zone = next((zone for code, zone in _table() if code == country), Guess.timezone)
    return Guess(zone, currency_of_country(country) or Guess.currency)


def options(today: date, *, chosen: str, detect: bool = False) -> SafeString:
    """Return the options of a select, in groups by how far they are ahead of UTC on a day.

    With `detect` they carry an older name and the currency, by which a browser finds its own. `chosen` is among them,
    also where it is an older name. It is text rather than a template since there are 400.
    """
    text, mark = _options(today, detect), f">{name_of(chosen)}\n"
    if mark in text:
        return SafeString(text.replace(mark, f" selected{mark}", 1))
    known = chosen in available_timezones()
    return format_html("<option selected>{}\n{}", name_of(chosen), SafeString(text)) if known else SafeString(text)


@lru_cache(maxsize=4)
def _options(today: date, detect: bool) -> str:
    noon = datetime.combine(today, time(12), UTC)
    groups: dict[timedelta, list[SafeString]] = {}
    for place in _places():
        data = (_data("also", place.alias), _data("currency", place.currency)) if detect else ("", "")
        ahead = noon.astimezone(ZoneInfo(place.zone)).utcoffset() or timedelta(0)
        groups.setdefault(ahead, []).append(format_html("<option{}{}>{}\n", *data, name_of(place.zone)))
    return "".join(f'<optgroup label="{offset(ahead)}">{"".join(each)}' for ahead, each in sorted(groups.items()))


def _data(name: str, value: str) -> SafeString:
    return format_html(' data-{}="{}"', name, value) if value else SafeString("")


def offset(ahead: timedelta) -> str:
    """Return "UTC+5:30" of how far a clock is ahead of UTC.

    >>> offset(timedelta(hours=-3, minutes=-30)), offset(timedelta(0))
    ('UTC-3:30', 'UTC')
    """
    minutes = abs(ahead) // timedelta(minutes=1)
    if not minutes:
        return "UTC"
    hours, rest = divmod(minutes, 60)
    return f"UTC{'+' if ahead > timedelta(0) else '-'}{hours}{f':{rest:02}' if rest else ''}"


@cache
def _table() -> tuple[tuple[str, str], ...]:
    """Return country and name of each zone, in the order of the tz database."""
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple((row[0], row[2]) for row in rows)


@cache
def _places() -> tuple[ZoneOfPlace, ...]:
    aliases: dict[str, str] = {}
    for alias, zone in get_global("zone_aliases").items():
        if alias.partition("/")[0] == zone.partition("/")[0]:
            aliases.setdefault(zone, alias)
    places = [ZoneOfPlace(zone, aliases.get(zone, ""), currency_of_country(country)) for country, zone in _table()]
    return tuple(sorted((ZoneOfPlace("UTC", "", ""), *places), key=lambda place: name_of(place.zone)))


def name_of(zone: str) -> str:
    """Return a zone with its place first, so that typing "Ro" in an open list finds Rome.

    >>> name_of("America/Argentina/Buenos_Aires")
    'Buenos Aires, Argentina, America'
    """
    return ", ".join(reversed(zone.replace("_", " ").split("/")))


def zone_of(name: str) -> str:
    """Return the zone that an option names; a zone stays as it is.

    >>> zone_of("Buenos Aires, Argentina, America"), zone_of("Europe/Rome")
    ('America/Argentina/Buenos_Aires', 'Europe/Rome')
    """
    return "/".join(reversed(name.split(", "))).replace(" ", "_")
