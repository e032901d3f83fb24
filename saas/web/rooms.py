"""What rooms declare for every page and the API, in the AppConfig of their `apps.py`; this floor knows none of them.

    navigation    links of the top bar: a URL's name and words; settings.NAVIGATION says in what order of rooms
    next_steps    where to go after a refusal: its code, then URL names and words, the best first
    holds_amounts whether the organization acted for has amounts in its own currency; a method
    resting       the names of services outside that did not answer and are left alone for a while; a method
    state_looks   how a state looks: success, accent, warning or danger, then the states, with spaces between
    error_codes   what its errors are called at the API, and the schemas of their details
    error_details what the problems of other rooms' codes sometimes have in this room: the code, then the schemas

A code belongs to one room. A state may be declared by several rooms, if they agree on its looks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from saas.kernel.errors import ErrorCode

Links = tuple[tuple[str, str], ...]


@cache
def navigation() -> Links:
    """Return the links of the top bar in order."""
    rooms: list[Any] = [apps.get_app_config(label) for label in settings.NAVIGATION]
    return tuple(link for room in rooms for link in room.navigation)


@cache
def next_steps() -> dict[str, Links]:
    """Return the links that help after a refusal, by its code. Raises ImproperlyConfigured if two rooms have one."""
    return _unique(_declared("next_steps"))


@cache
def looks_of_states() -> dict[str, str]:
    """Return how each state looks. Raises ImproperlyConfigured where rooms disagree."""
    pairs = {(state, looks) for looks, states in _declared("state_looks") for state in states.split()}
    return _unique(pairs)


@cache
def error_codes() -> tuple[ErrorCode, ...]:
    """Return the codes of all rooms by status, each with what other rooms add to its details.

    Raises ImproperlyConfigured if two rooms have a code, or a detail of it, and KeyError for details of no code.
    """
    declared = [each for config in apps.get_app_configs() for each in getattr(config, "error_codes", ())]
    codes = _unique((each.code, each) for each in sorted(declared, key=lambda each: (each.status, each.code)))
    for code, details in _declared("error_details"):
        known = codes[code]
        codes[code] = replace(known, sometimes=_unique([*known.sometimes.items(), *details.items()]))
    return tuple(codes.values())


def hold_amounts() -> bool:
    """Return True if the organization acted for has amounts in its own currency, whichever room they are in."""
    return any(config.holds_amounts() for config in apps.get_app_configs() if hasattr(config, "holds_amounts"))


def resting() -> list[str]:
    """Return the names of services outside that are left alone for a while because they did not answer."""
    return sorted(name for config in apps.get_app_configs() if hasattr(config, "resting") for name in config.resting())


def _declared(attribute: str) -> Iterator[tuple[str, Any]]:
    for config in apps.get_app_configs():
        yield from getattr(config, attribute, {}).items()


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as a dictionary. Raises ImproperlyConfigured where a key comes twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ImproperlyConfigured(f"rooms disagree about {key!r}: {found[key]!r} and {value!r}")
        found[key] = value
    return found
