"""Check the invariants of the ledger, which are in verification.sql.

Note [One snapshot]
    All checks read one repeatable snapshot, so tokens that move meanwhile are seen before or after,
    never in between. The context decides what is checked: `tenancy.system()` shows all organizations.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from django.db import connection

from audit import openings
from audit.openings import Covered
from saas.kernel.transactions import Row, transaction

SQL = Path(__file__).with_name("verification.sql")
ORGANIZATIONS_NAMED_MAX = 5
SORT_MEMORY = "64MB"
"""So that a million entries are grouped and sorted without temporary files."""

_CHECK = re.compile(r"(?ms)^-- check (?P<name>\w+) of (?P<of>\w+): (?P<why>[^\n]+)\n(?P<sql>.+?);$")


@dataclass(frozen=True)
class Invariant:
    """An invariant: its name, what it is about, why it holds, and the query for what breaks it."""

    name: str
    of: str
    why: str
    sql: str


@dataclass(frozen=True)
class InvariantBreach:
    """An organization in which a check found something: how often, and the first case."""

    organization_id: UUID
    cases: int
    example: str


@dataclass(frozen=True)
class Finding:
    """What one check found; `organizations` are the first of those in breach."""

    check: Invariant
    cases: int
    organizations: list[InvariantBreach]


@dataclass(frozen=True)
class LedgerVerification:
    """How many rows there are, what is in files and so summed up by openings, and what each check found."""

    counts: dict[str, int]
    covered: Covered
    findings: list[Finding]

    @property
    def breaches(self) -> int:
        """Return how many cases there are in all; 0 is a sound ledger."""
        return sum(finding.cases for finding in self.findings)


@cache
def checks() -> list[Invariant]:
    """Return the checks of verification.sql in their order."""
    return [Invariant(**match.groupdict()) for match in _CHECK.finditer(SQL.read_text())]


def verify() -> LedgerVerification:
    """Check every invariant for the organizations that the context shows; needs a transaction of its own."""
    with transaction():
        _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _execute(f"SET LOCAL work_mem = '{SORT_MEMORY}'")
        findings = [*(_finding(check) for check in checks()), _signatures()]
        return LedgerVerification(_counts(), openings.covered(), findings)


SIGNED = Invariant(
    "signed", "openings", "each is signed with a key of ours, says what its row says, and misses none", ""
)
"""The one check that the database cannot make, which does not know the key."""


def _signatures() -> Finding:
    found = [InvariantBreach(each.organization_id, 1, each.detail) for each in openings.breaches()]
    return Finding(SIGNED, len(found), found[:ORGANIZATIONS_NAMED_MAX])


CHEAP = ("available_buckets", "held_buckets", "held_holds")
"""Checks that leave out the entries and the past, so that monitoring can ask often."""


def mismatches() -> int:
    """Return how many cases the cheap checks find: accounts that differ from their buckets or open holds."""
    return sum(_finding(check).cases for check in checks() if check.name in CHEAP)


def _counts() -> dict[str, int]:
    names = ("account", "bucket", "hold", "entry")
    [row] = _execute("SELECT " + ", ".join(f"(SELECT count(*) FROM tokens_{name})" for name in names))
    return dict(zip(("accounts", "buckets", "holds", "entries"), row, strict=True))


def _finding(check: Invariant) -> Finding:
    rows = _execute(
        f"""
        SELECT organization_id, count(*), min(detail), sum(count(*)) OVER ()
        FROM ({check.sql}) breach
        GROUP BY organization_id ORDER BY organization_id LIMIT {ORGANIZATIONS_NAMED_MAX}
        """
    )
    return Finding(check, int(rows[0][3]) if rows else 0, [InvariantBreach(*row[:3]) for row in rows])


def _execute(sql: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []
