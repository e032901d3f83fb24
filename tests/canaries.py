"""Secrets that can be recognized, and a watch over every log line and event of the suite that finds them.

Every secret that the suite makes (API keys, links of invitations and gifts, webhook secrets, TOTP seeds, passwords)
has the CANARY in it. No line of the log, as text or as JSON, and no event may have. Events have no addresses either.
"""

import logging
from base64 import b32decode, b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

CANARY = "QUINCE" + "7X"
"""Eight characters that base 32, base 62 and base 64 have; nowhere in a source that a traceback could quote."""

LEAKS = """
    SELECT organization_id, seq, kind, found.what, said.text FROM audit_event e,
    LATERAL (SELECT concat_ws(' ', e.data, e.actor, e.reason) AS text) said,
    LATERAL (
        VALUES ('a secret', said.text LIKE %(canary)s), ('an address', said.text ~ %(address)s)
    ) found (what, leaks)
    WHERE found.leaks ORDER BY e.organization_id, e.seq LIMIT 20
"""
PATTERNS = {"canary": f"%{CANARY}%", "address": "[[:alnum:]._%+-]+@[[:alnum:]-]+[.][[:alnum:]]"}


class Watch(logging.Handler):
    """Writes every record as production does, text and JSON, and keeps the lines that have a canary."""

    def __init__(self) -> None:
        from django.conf import settings

        from saas.kernel.logs import PlainFormatter, formatter

        super().__init__()
        self.formatters = (PlainFormatter(settings.LOGGING["formatters"]["plain"]["fmt"]), formatter())
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line if it has a canary."""
        self.found += [line for each in self.formatters if CANARY in (line := each.format(record))]


@contextmanager
def planted() -> Iterator[None]:
    """Let every secret that is made have CANARY in it; they are as random as before but for that."""
    import secrets

    from marketplace.gifts import links
    from saas.accounts import keys

    def api_key(mode: Any) -> str:
        body = keys.PREFIXES[mode] + CANARY
        body += "".join(secrets.choice(keys.ALPHABET) for _ in range(keys.RANDOM_CHARACTERS - len(CANARY)))
        return body + keys._checksum(body)

    token_urlsafe = secrets.token_urlsafe
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "new_secret", api_key)
        patch.setattr(secrets, "token_urlsafe", lambda *size: CANARY + token_urlsafe(*size))
        patch.setattr(links, "urlsafe_b64encode", lambda digest: CANARY.encode() + urlsafe_b64encode(digest)[8:])
        patch.setattr(secrets, "token_bytes", _beginning({20: b32decode(CANARY), 32: b64decode(CANARY)}))
        yield


def _beginning(beginnings: dict[int, bytes]) -> Any:
    """Return a `token_bytes`: a TOTP seed has 20 bytes in base 32, a webhook's secret 32 in base 64."""
    from secrets import token_bytes

    def random_bytes(size: int | None = None) -> bytes:
        beginning = beginnings.get(size or 0, b"")
        return beginning + token_bytes(size)[len(beginning) :]

    return random_bytes


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch what is logged inside the block."""
    watch, root = Watch(), logging.getLogger()
    root.addHandler(watch)
    try:
        yield watch
    finally:
        root.removeHandler(watch)


def events_with_leaks(conninfo: str) -> list[Any]:
    """Return events of the database that have a canary or an e-mail address in them."""
    with psycopg.connect(conninfo) as superuser:
        return superuser.execute(LEAKS, PATTERNS).fetchall()
