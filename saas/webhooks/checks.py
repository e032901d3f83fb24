"""Checks at the start: settings for development that would be unsafe in production."""

from collections.abc import Iterator

from django.conf import settings

from saas.kernel import startup


@startup.register("webhooks.E001")
def problems() -> Iterator[str]:
    """Say what is wrong with the settings; nothing when they are safe."""
    if settings.WEBHOOKS_TO_LOOPBACK and settings.PRODUCTION:
        yield "WEBHOOKS_TO_LOOPBACK lets customers call this machine's own services: it does not run in production."
