"""Statements that are prepared by the protocol do what the same text does, and nothing of them is left behind."""

from typing import cast
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection
from django.db.transaction import atomic

from saas.accounts.models import Department
from saas.kernel import tenancy
from saas.kernel.postgres import prepared
from saas.kernel.postgres.base import DatabaseWrapper
from saas.kernel.transactions import Statement, reconnect, run_batch
from tests.conftest import Person

DEPARTMENTS = Statement("SELECT name FROM accounts_department WHERE name <> %s", ("nothing",))
PREPARED = Statement("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ("%accounts_department%",))


def wrapper() -> DatabaseWrapper:
    return cast(DatabaseWrapper, connection)


def test_one_prepared_statement_shows_each_role_and_organization_its_own(alice: Person, mallory: Person) -> None:
    assert wrapper().prepares
    for person, name in ((alice, "Bakery"), (mallory, "Mill")):
        with person.acting():
            Department.objects.create(name=name)
    for _ in range(8):  # PostgreSQL plans the first five for their parameters, then once for all
        with alice.acting():
            assert run_batch(DEPARTMENTS) == [[("Bakery",)]]
        with mallory.acting():
            assert run_batch(DEPARTMENTS) == [[("Mill",)]]
        with tenancy.nobody(), atomic():
            assert run_batch(DEPARTMENTS) == [[]]
        with tenancy.system():
            assert {("Bakery",), ("Mill",)} <= set(run_batch(DEPARTMENTS)[0])
    assert run_batch(PREPARED) == [[(1,)]]


def test_a_batch_is_undone_by_any_error_also_by_one_of_its_commit(alice: Person) -> None:
    insert = Statement(
        "INSERT INTO accounts_department (id, organization_id, name) VALUES (%s, %s, %s)",
        (uuid4(), alice.organization_id, "Bakery"),
    )
    nowhere = Statement(
        "UPDATE accounts_membership SET department_id = %s WHERE user_id = %s", (uuid4(), alice.user.pk)
    )
    with alice.acting():
        with pytest.raises(IntegrityError, match="foreign key"):
            run_batch(insert, nowhere)  # the reference is looked at in the end
        with pytest.raises(IntegrityError, match="department_name_once"):
            run_batch(insert, Statement(insert.sql, (uuid4(), *insert.params[1:])), DEPARTMENTS)
        assert run_batch(DEPARTMENTS, insert) == [[], []]
        with pytest.raises(IntegrityError), atomic():
            run_batch(insert)
        assert run_batch(DEPARTMENTS) == [[("Bakery",)]]


def test_an_error_inside_a_savepoint_is_gone_back_from(alice: Person) -> None:
    with alice.acting(), atomic():
        [[(before,)]] = run_batch(Statement("SELECT txid_current()"))
        with pytest.raises(DataError, match="division by zero"), atomic():
            run_batch(Statement("SELECT 1 / %s", (0,)))
        assert run_batch(Statement("SELECT txid_current()")) == [[(before,)]]


def test_what_the_server_has_forgotten_is_prepared_again(alice: Person) -> None:
    with alice.acting():
        run_batch(DEPARTMENTS)
        connection.cursor().execute("DEALLOCATE ALL")
        assert run_batch(DEPARTMENTS, DEPARTMENTS) == [[], []]


def test_a_connection_that_dies_meanwhile_is_replaced(alice: Person, superuser: psycopg.Connection) -> None:
    with alice.acting():
        [[(pid,)]] = run_batch(Statement("SELECT pg_backend_pid()"))
        with pytest.raises(OperationalError):
            run_batch(Statement("SELECT pg_terminate_backend(%s)", (pid,)), DEPARTMENTS)
        reconnect()
        assert run_batch(DEPARTMENTS) == [[]]
        [[(pid,)]] = run_batch(Statement("SELECT pg_backend_pid()"))
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        with pytest.raises(OperationalError):
            run_batch(DEPARTMENTS)
        reconnect()
        assert run_batch(DEPARTMENTS) == [[]]


def test_a_connection_keeps_few_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setattr(prepared, "STATEMENTS_MAX", 3)
    for number in range(6):
        assert run_batch(Statement(f"SELECT {number}, %s, '100 %%'", (UUID(int=number),))) == [
            [(number, UUID(int=number), "100 %")]
        ]
    assert run_batch(Statement("SELECT count(*) FROM pg_prepared_statements")) == [[(3,)]]
    connection.close()
