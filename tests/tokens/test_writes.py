"""What an operation writes: each of its rows once, and the organization's totals and chain in one."""

import json
from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError

from audit.verification import verify as verify_audit
from saas.kernel import tenancy
from tests.audit.raw_events import append
from tests.conftest import Person
from tokens import actions
from tokens.verification import verify as verify_ledger

pytestmark = [pytest.mark.fast, pytest.mark.own_database]

WRITTEN = """
    SELECT relname, n_tup_ins, n_tup_upd FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""


def test_a_hold_and_its_end_write_five_rows_each(alice: Person, superuser: psycopg.Connection) -> None:
    hold, who = uuid4(), json.dumps({"kind": "system"})
    place = "SELECT tokens_hold_place(%s, 3, 'quest', %s, NULL, 60, 1, '{}', %s)"
    end = "SELECT tokens_hold_end(%s, 'settled', 3, '{}', %s, '')"
    with superuser.transaction(force_rollback=True):
        superuser.execute(f"SET LOCAL app.current_org = '{alice.organization_id}'")
        superuser.execute("SET LOCAL ROLE app_web")
        for written, statement, given in (
            ({"tokens_hold": (1, 0)}, place, [hold, alice.user.pk, who]),
            ({"tokens_hold": (0, 1)}, end, [hold, who]),
        ):
            assert written_by(superuser, statement, given) == {
                "tokens_account": (0, 1),
                "tokens_bucket": (0, 1),
                "tokens_entry": (1, 0),
                "audit_event": (1, 0),
                **written,
            }


def test_a_grant_to_many_writes_four_rows_an_organization(
    alice: Person, mallory: Person, superuser: psycopg.Connection
) -> None:
    grants = [
        {
            "organization": str(organization),
            "source": "plan",
            "tokens": 9,
            "expires_at": "2100-01-01T00:00:00Z",
            "key": "allowance:of many",
            "reason": "pro allowance",
            "period_started_at": "2026-01-01T00:00:00Z",
        }
        for organization in (alice.organization_id, mallory.organization_id)
    ]
    statement, given = "SELECT tokens_grant_many(%s, %s)", [json.dumps(grants), json.dumps({"kind": "system"})]
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL ROLE app_system")
        assert written_by(superuser, statement, given) == {
            "tokens_account": (0, 2),
            "tokens_bucket": (2, 0),
            "tokens_entry": (2, 0),
            "audit_event": (2, 0),
        }
        assert written_by(superuser, statement, given) == {}


def written_by(
    superuser: psycopg.Connection, statement: LiteralString, given: Sequence[object]
) -> dict[str, tuple[int, int]]:
    """Run a statement; return how many rows it inserts into and updates in each table where it does."""
    before = rows_written(superuser)
    superuser.execute(statement, given)
    new = {
        table: (inserts - before.get(table, (0, 0))[0], updates - before.get(table, (0, 0))[1])
        for table, (inserts, updates) in rows_written(superuser).items()
    }
    return {table: counts for table, counts in new.items() if counts != (0, 0)}


def rows_written(superuser: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Return how many rows the transaction has inserted into and updated in each table."""
    return {table: (inserts, updates) for table, inserts, updates in superuser.execute(WRITTEN).fetchall()}


def seen(superuser: psycopg.Connection, organization_id: UUID) -> tuple[int, int]:
    """Return how many accounts and how many chains the organization has."""
    found = superuser.execute(
        "SELECT (SELECT count(*) FROM tokens_account WHERE organization_id = %(id)s),"
        " (SELECT count(*) FROM audit_chain_head WHERE organization_id = %(id)s)",
        {"id": organization_id},
    ).fetchone()
    assert found
    return found[0], found[1]


def test_an_account_without_an_event_is_no_chain(superuser: psycopg.Connection) -> None:
    organization_id = uuid4()
    with tenancy.organization(organization_id):
        actions.open_account()
        assert seen(superuser, organization_id) == (1, 0)
        assert (verify_audit().chains, verify_audit().breaches) == (0, [])
        append("goal.created", {"title": "Bread"})
        actions.open_account()
        assert seen(superuser, organization_id) == (1, 1)
        assert (verify_audit().chains, verify_audit().breaches) == (1, [])
        assert verify_ledger().breaches == 0


def test_the_platform_has_a_chain_and_no_account() -> None:
    with tenancy.system():
        append("goal.created", {"title": "Bread"})
        actions.open_account()
        with pytest.raises(DatabaseError, match="no token account"):
            actions.suspend(reason="nobody spends here")
