"""Refuse passwords known from leaks of other sites (ASVS 6.2.12). Imported only where settings turn it on."""

import logging
from hashlib import sha1
from typing import Any

import httpx2
from django.core.exceptions import ValidationError

from saas.kernel import background
from saas.kernel.http_client import client
from saas.kernel.transactions import durable

logger = logging.getLogger(__name__)

LOOK_UP_SECONDS = 2.0
LOOK_UP_BYTES_MAX = 500_000
"""An answer of Have I Been Pwned has some 40 kB."""


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
        """Return the rule in the words that forms show."""
        return "Passwords that other sites have lost are tried first: use one that you use nowhere else."


async def _listed(url: str) -> set[str]:
    """Return the listed rests; a line is `REST:COUNT`, and those that only fill the answer up count 0."""
    async with client(bytes_max=LOOK_UP_BYTES_MAX) as http:
        answer = await http.get(url, headers={"Add-Padding": "true"})
    answer.raise_for_status()
    lines = (line.split(":") for line in answer.content.decode("ascii", "replace").splitlines())
    return {line[0] for line in lines if len(line) == 2 and line[1] != "0"}
