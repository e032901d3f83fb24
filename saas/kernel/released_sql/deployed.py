"""What the database runs, compared with what this code expects."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import connections

from saas.kernel.released_sql.files import all_migrations, all_present
from saas.kernel.released_sql.statements import HASH_PREFIX, SqlObject

CATALOG = """
    SELECT 'FUNCTION ' || p.proname, obj_description(p.oid, 'pg_proc'), md5(p.prosrc)
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'TRIGGER ' || t.tgname || ' ON ' || c.relname, obj_description(t.oid, 'pg_trigger'), NULL
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    UNION ALL
    SELECT 'POLICY ' || p.polname || ' ON ' || c.relname, obj_description(p.oid, 'pg_policy'), NULL
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'VIEW ' || c.relname, obj_description(c.oid, 'pg_class'), NULL
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
    UNION ALL
    SELECT app, name, 'migration' FROM django_migrations
"""


class DeployedState(StrEnum):
    """The state of a database object compared with the present texts."""

    CURRENT = "current"
    OUTDATED = "outdated"
    MISSING = "missing"
    EDITED = "edited in the database"
    LEFT_OVER = "left over"


@dataclass(frozen=True)
class Row:
    """One object: its name, the hash this code expects, the hash in the database, how it stands."""

    name: str
    expected: str
    found: str
    state: DeployedState


@dataclass(frozen=True)
class Deployed:
    """What the database runs. `ahead` are migrations that this code does not have, `behind` those not yet applied."""

    rows: tuple[Row, ...]
    ahead: tuple[str, ...]
    behind: tuple[str, ...]

    @property
    def outdated(self) -> list[Row]:
        """The objects that are not what this code expects."""
        return [row for row in self.rows if row.state != DeployedState.CURRENT]

    @property
    def serves(self) -> bool:
        """Whether this code may run on it. A newer release's database also serves the code of the one before."""
        return bool(self.ahead) or not (self.outdated or self.behind)


def deployed(using: str = "default") -> Deployed:
    """Ask the database in one query; DatabaseError where it has no migrations at all."""
    found: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    applied = set()
    with connections[using].cursor() as cursor:
        cursor.execute(CATALOG)
        for name, comment, body_md5 in cursor.fetchall():
            if body_md5 == "migration":
                applied.add((name, comment))
            else:
                found[name].append((_hash(comment), body_md5))
    labels = {label for label, _ in all_migrations()}
    ahead = {(label, name) for label, name in applied if label in labels} - all_migrations()
    return Deployed(tuple(_rows(all_present(), found)), _named(ahead), _named(all_migrations() - applied))


def _rows(present: Iterable[SqlObject], found: dict[str, list[tuple[str, str | None]]]) -> list[Row]:
    expected: dict[str, list[SqlObject]] = defaultdict(list)
    for made in present:
        expected[made.name].append(made)
    rows = [_row(made, found.get(made.name, [])) for each in expected.values() for made in each]
    for name, versions in found.items():
        known = {made.hash for made in expected.get(name, [])}
        spare = len(versions) > len(known)  # an overload that is gone from the files
        rows += [
            Row(name, "", version, DeployedState.LEFT_OVER)
            for version, _ in versions
            if version and spare and version not in known
        ]
    return rows


def _row(made: SqlObject, versions: list[tuple[str, str | None]]) -> Row:
    for version, body_md5 in versions:
        if version == made.hash:
            state = DeployedState.CURRENT if made.body_md5 in (None, body_md5) else DeployedState.EDITED
            return Row(made.name, made.hash, version, state)
    return Row(
        made.name,
        made.hash,
        ", ".join(v or "?" for v, _ in versions),
        DeployedState.OUTDATED if versions else DeployedState.MISSING,
    )


def _hash(comment: str | None) -> str:
    return comment.removeprefix(HASH_PREFIX) if comment and comment.startswith(HASH_PREFIX) else ""


def _named(migrations: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{label}.{name}" for label, name in migrations))
