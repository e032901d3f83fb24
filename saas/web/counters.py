"""Counters in PostgreSQL for the limits of logins, sign-ups and mails, which hold while Redis is away.

Note [Why not in Redis]
    What guards accounts must neither open nor lock when the cache fails. Each attempt is one upsert, which is
    nothing beside the password's hash that follows it. A row's key is a hash: who tried what is not to be read here.
"""

from dataclasses import dataclass
from hashlib import sha256

from saas.kernel.transactions import Query, Statement, run_batch


@dataclass(frozen=True)
class Count:
    """How many there were in the present window, this one included, and the seconds until it ends."""

    number: int
    seconds_left: float


def count(key: str, *, seconds: float) -> Count:
    """Count one more; the first one begins a window of so many seconds."""
    statement = Statement(
        """
        INSERT INTO web_counter AS c (key, number, ends_at)
        VALUES (%s, 1, clock_timestamp() + make_interval(secs => %s))
        ON CONFLICT (key) DO UPDATE SET
            number = CASE WHEN c.ends_at <= clock_timestamp() THEN 1 ELSE least(c.number, 2000000000) + 1 END,
            ends_at = CASE WHEN c.ends_at <= clock_timestamp() THEN EXCLUDED.ends_at ELSE c.ends_at END
        RETURNING number, extract(epoch FROM ends_at - clock_timestamp())::float8
        """,
        (_hashed(key), seconds),
    )
    return Query(statement, lambda rows: Count(*rows[0])).fetch()


def take_back(*keys: str) -> None:
    """Count one less: what was tried succeeded."""
    statement = "UPDATE web_counter SET number = number - 1 WHERE key = ANY(%s) AND number > 0"
    run_batch(Statement(statement, ([_hashed(key) for key in keys],)))


def forget(*keys: str) -> None:
    """Delete the counter, as if nothing had been tried."""
    run_batch(Statement("DELETE FROM web_counter WHERE key = ANY(%s)", ([_hashed(key) for key in keys],)))


def _hashed(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
