"""Passwords that are easy to guess: here, though not elsewhere (ASVS 6.1.2), or since others lost them (6.2.12)."""

import logging
from hashlib import sha1
from typing import Any

import httpx2
from django.core.exceptions import ValidationError

from saas.kernel import background
from saas.kernel.transactions import durable

logger = logging.getLogger(__name__)

LOOK_UP_SECONDS = 2.0
LOOK_UP_BYTES_MAX = 500_000
"""An answer of Have I Been Pwned has some 40 kB."""

WORDS = (
    "milepost",
    "quest",
    "goal",
    "token",
    "ledger",
    "billing",
    "admin",
    "owner",
    "staff",
    "demo",
    "password",
    "welcome",
)
"""Words of the product and of its roles; docs/security.md lists them."""
REST_MIN = 8


class OwnWordsValidator:
    """Refuse a password that has fewer than 8 characters besides our own words: they count for nothing."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that somebody who knows Milepost would try first."""
        rest = password.casefold()
        for word in WORDS:
            rest = rest.replace(word, "")
        if len(rest) < min(REST_MIN, len(password)):
            raise ValidationError(self.get_help_text(), code="password_own_words")

    def get_help_text(self) -> str:
        """Say what is needed."""
        return f"Words like “milepost” are guessed first here: use at least {REST_MIN} other characters."


class LeakedValidator:
    """Refuse a password that is known from a leak, asking a server with the interface of Pwned Passwords (`url`).

    Five digits of the password's SHA-1 leave, and the answer lists the rest of all hashes that begin with them: nobody
    learns which one was meant. Without an answer in time the password is taken: a sign-up must not hang on others.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that is listed."""
        digest = sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
        try:
            with durable():
                listed = background.run(_listed(self._url + digest[:5]), seconds=LOOK_UP_SECONDS)
        except (httpx2.HTTPError, TimeoutError) as error:
            logger.warning("leaked passwords could not be looked up: %s", type(error).__name__)
            return
        if digest[5:] in listed:
            raise ValidationError(self.get_help_text(), code="password_leaked")

    def get_help_text(self) -> str:
        """Say what is needed."""
        return "Passwords that other sites have lost are tried first: use one that you use nowhere else."


async def _listed(url: str) -> set[str]:
    """Return the listed rests; a line is `REST:COUNT`, and those that only fill the answer up count 0."""
    body = bytearray()
    client = httpx2.AsyncClient(timeout=None, follow_redirects=False, trust_env=False)
    async with client, client.stream("GET", url, headers={"Add-Padding": "true"}) as answer:
        answer.raise_for_status()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > LOOK_UP_BYTES_MAX:
                raise httpx2.TransportError(f"more than {LOOK_UP_BYTES_MAX} bytes")
    lines = (line.split(":") for line in body.decode("ascii", "replace").splitlines())
    return {line[0] for line in lines if len(line) == 2 and line[1] != "0"}
