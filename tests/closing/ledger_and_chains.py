"""What stands in the whole database, and whether it verifies."""

import psycopg
from django.conf import settings
from psycopg import sql

from audit.verification import verify as verify_audit
from saas.kernel import tenancy
from tokens.verification import verify as verify_ledger


def where_it_stands(words: list[str]) -> list[str]:
    """Return the tables and columns of the whole database in which one of the words stands."""
    found = []
    with psycopg.connect(settings.DATABASE_URL) as superuser:
        columns = superuser.execute(
            """
            SELECT c.table_name, c.column_name FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
                AND c.data_type IN ('text', 'character varying', 'jsonb', 'json')
            """
        ).fetchall()
        for table, column in columns:
            query = sql.SQL("SELECT count(*) FROM {} WHERE {}::text ILIKE ANY(%s)")
            filled = query.format(sql.Identifier(table), sql.Identifier(column))
            [count] = superuser.execute(filled, [[f"%{word}%" for word in words]]).fetchone() or [0]
            if count:
                found.append(f"{table}.{column}")
    return found


def everything_verifies() -> bool:
    with tenancy.system():
        return verify_ledger().breaches == 0 and verify_audit().breaches == []
