"""Checks of the settings in production: it refuses to start with unsafe ones and with ones that cannot work."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from saas.kernel import startup

SECRET_KEY_CHARACTERS_MIN, SECRET_KEY_DIFFERENT_MIN = 50, 10
LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}
NOWHERE = ("console", "locmem", "dummy")
"""Django's mail backends that send nothing to anybody."""


@startup.register("web.E001")
def production_problems() -> Iterator[str]:
    """Say what is wrong with the settings for production; nothing elsewhere."""
    if settings.PRODUCTION:
        yield from _key_problems()
        yield from _address_problems()
        yield from _mail_problems()


@startup.register("web.E002")
def reload_problems() -> Iterator[str]:
    """Say why `up --reload` must not run here: the page of an error shows code and settings to whoever causes one."""
    if not settings.RELOAD:
        return
    if settings.PRODUCTION:
        yield "`up --reload` shows code and settings to whoever causes an error: production runs without it."
    hosts = [urlsplit(settings.BASE_URL).hostname or "", *settings.ALLOWED_HOSTS]
    if settings.TRUSTED_PROXIES or not LOOPBACK.issuperset(hosts):
        yield (
            "`up --reload` shows code and settings to whoever causes an error, so it runs for this machine only: leave"
            f" TRUSTED_PROXIES out, and in BASE_URL and ALLOWED_HOSTS name nothing but {', '.join(sorted(LOOPBACK))}."
        )


def _key_problems() -> Iterator[str]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's word for an empty one
        key = ""
    make = "`python3 -c 'import secrets; print(secrets.token_urlsafe(64))'` makes one."
    if not key:
        yield f"SECRET_KEY is missing: production is given one, the same for all its processes and machines. {make}"
    for name, value in [("SECRET_KEY", key), *(("SECRET_KEY_FALLBACKS", old) for old in settings.SECRET_KEY_FALLBACKS)]:
        if value and (len(value) < SECRET_KEY_CHARACTERS_MIN or len(set(value)) < SECRET_KEY_DIFFERENT_MIN):
            yield f"{name} is weak: it needs {SECRET_KEY_CHARACTERS_MIN} random characters or more. {make}"


def _address_problems() -> Iterator[str]:
    url = urlsplit(settings.BASE_URL)
    if url.scheme != "https" or not url.hostname:
        yield f"BASE_URL is {settings.BASE_URL!r}: links in mails need the public address, which begins with https://."
    elif not validate_host(url.hostname, settings.ALLOWED_HOSTS):
        yield f"ALLOWED_HOSTS does not name {url.hostname}, the host of BASE_URL: every page would be refused."
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS=* lets anybody have links made that lead to their own site: name our hosts."
    if settings.SECURE_SSL_REDIRECT and settings.TRUSTED_PROXIES < 1:
        yield (
            "TRUSTED_PROXIES is 0: behind a proxy that ends TLS every page would redirect to itself for ever. Set how"
            " many proxies of ours are in front, or SECURE_SSL_REDIRECT=false where the web server ends TLS itself."
        )


def _mail_problems() -> Iterator[str]:
    if any(f".{name}." in settings.EMAIL_BACKEND for name in NOWHERE):
        yield "EMAIL_URL is missing or sends nothing: invitations and password resets would be lost. Set smtp+tls://..."
    if "@" not in settings.DEFAULT_FROM_EMAIL or settings.DEFAULT_FROM_EMAIL.rstrip(" >").endswith("@localhost"):
        yield "DEFAULT_FROM_EMAIL is missing: mail servers take no mail from nobody or from @localhost."
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        yield "EMAIL_VERIFICATION must be mandatory: nobody may use an address that is not theirs."
