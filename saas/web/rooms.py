"""What rooms declare for every page, in the AppConfig of their `apps.py`; this floor knows none of them.

    navigation    links of the top bar: a URL's name and words; settings.NAVIGATION says in what order of rooms
    next_steps    where to go after a refusal: its code, then URL names and words, the best first
    state_looks   how a state looks: success, accent, warning or danger, then the states, with spaces between

A code belongs to one room. A state may be declared by several rooms, if they agree on its looks.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

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
