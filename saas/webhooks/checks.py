"""Why a process refuses to start: what helps while developing would open the house in production."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured


def refuse_to_start() -> None:
    """Raise ImproperlyConfigured when the settings are a danger; called by every process as it starts."""
    for problem in problems():
        raise ImproperlyConfigured(problem)


def problems() -> Iterator[str]:
    """Say what is wrong with the settings; nothing when they are safe."""
    if settings.WEBHOOKS_TO_LOOPBACK and settings.PRODUCTION:
        yield "WEBHOOKS_TO_LOOPBACK lets customers call this machine's own services: it does not run in production."


@checks.register
def webhook_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Tell `manage.py check` what `refuse_to_start` refuses for."""
    return [checks.Error(problem, id="webhooks.E001") for problem in problems()]
