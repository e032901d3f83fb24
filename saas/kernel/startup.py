"""Checks at the start of a process: it refuses settings and databases that are unsafe or cannot work.

Each room registers what it refuses for as a Django check with the tag STARTUP, so `manage.py check` and every command
that checks say it, too. `refuse_to_start` is called by `prepare`, the web process, worker and beat.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

logger = logging.getLogger(__name__)

STARTUP = "startup"
DATABASE = "default"

Problems = Callable[[], Iterable[str]]


def problems() -> list[str]:
    """Return every reason not to start, the database's included where there is one."""
    found = checks.run_checks(tags=[STARTUP], databases=[DATABASE])
    return [str(one.msg) for one in sorted(found, key=lambda one: str(one.id))]


def refuse_to_start() -> None:
    """Raise ImproperlyConfigured with every reason at once; return when there is none."""
    if found := problems():
        raise ImproperlyConfigured("\n".join(["Milepost does not start:", *(f"- {problem}" for problem in found)]))


def register(identity: str, *, database: bool = False) -> Callable[[Problems], Problems]:
    """Register a function that yields problems as a check; one of the database's is asked only where there is one."""

    def decorate(function: Problems) -> Problems:
        def check(
            app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
        ) -> list[checks.CheckMessage]:
            if database and DATABASE not in (databases or ()):
                return []
            return [checks.Error(problem, id=identity) for problem in _problems(function, database)]

        checks.register(check, STARTUP, *([checks.Tags.database] if database else []))
        return function

    return decorate


def _problems(function: Problems, database: bool) -> list[str]:
    """Return what the function yields; nothing where the database is away or was never prepared."""
    try:
        return list(function())
    except (OperationalError, ProgrammingError) as error:
        if not database:
            raise
        logger.warning("the database could not be checked before the start: %s", type(error).__name__)
        return []
