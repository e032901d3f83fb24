"""API keys: mp_live_<24 random base62 characters><6 of checksum>, mp_test_... for the test organization. Pure.

The checksum distinguishes a mistyped or invented key from a real one without a query, and lets secret scanners
recognize leaked keys. It covers the prefix too: no key becomes one of the other mode. 24 base62 characters
are 142 bits.
"""

import re
import secrets
import string
from hashlib import sha256
from zlib import crc32

from saas.accounts.models import KeyMode, Role

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIXES = {KeyMode.LIVE: "mp_live_", KeyMode.TEST: "mp_test_"}
PREFIX_CHARACTERS, RANDOM_CHARACTERS, CHECKSUM_CHARACTERS = 8, 24, 6

_SHAPE = re.compile(rf"({'|'.join(PREFIXES.values())})[0-9A-Za-z]{{{RANDOM_CHARACTERS + CHECKSUM_CHARACTERS}}}")

SCOPES = ("read", "goals:write", "ai", "tokens:write", "billing:write", "organization:write", "webhooks:write")
"""What a key may be given: reading, changing goals, tokens for AI, metering its own AI, spending money,
managing people, webhook endpoints."""


def scopes_of(role: str) -> frozenset[str]:
    """Return what keys of a person in this role may do: only owners spend money, only owners and admins manage."""
    beyond = {Role.OWNER: set(), Role.ADMIN: {"billing:write"}, Role.MEMBER: {"billing:write", "organization:write"}}
    return frozenset(SCOPES) - beyond[Role(role)]


def new_secret(mode: KeyMode) -> str:
    """Return a new key of the mode."""
    body = PREFIXES[mode] + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return body + _checksum(body)


def checksum_is_right(secret: str) -> bool:
    """Return True if the text has the form and the checksum of a key."""
    body, checksum = secret[:-CHECKSUM_CHARACTERS], secret[-CHECKSUM_CHARACTERS:]
    return _SHAPE.fullmatch(secret) is not None and _checksum(body) == checksum


def secret_hash(secret: str) -> bytes:
    """Return the SHA-256 that is stored of a key; keys are too random for a slower hash to matter."""
    return sha256(secret.encode()).digest()


def hint(secret: str) -> str:
    """Return what people recognize a key by: its prefix and last four characters."""
    return f"{secret[:PREFIX_CHARACTERS]}…{secret[-4:]}"


def _checksum(body: str) -> str:
    number, text = crc32(body.encode()), ""
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    return text
