"""Fifty organizations at once, through four connections of PgBouncer in transaction mode: each gets its own rows."""

from functools import partial
from uuid import UUID

import pytest
from django.db import connections

from saas.kernel import tenancy
from saas.kernel.postgres.base import DatabaseWrapper
from saas.kernel.transactions import Statement, run_batch
from tests.conftest import Person, open_business
from tests.kernel.bouncer import pgbouncer
from tests.machinery import at_once

pytestmark = pytest.mark.slow

ORGANIZATIONS, ROUNDS, CONNECTIONS = 50, 6, 4


def test_fifty_organizations_share_four_connections_and_no_row() -> None:
    people = [open_business(name=f"Bakery {number}") for number in range(ORGANIZATIONS)]
    with pgbouncer(connections_max=CONNECTIONS) as settings:
        known = connections.settings["default"]

        def work(person: Person) -> set[int]:
            connections["default"] = DatabaseWrapper({**known, **settings}, alias="default")
            return set().union(*(_round(person, number) for number in range(ROUNDS)))

        backends = at_once([partial(work, person) for person in people])
    failures = [each for each in backends if isinstance(each, Exception)]
    assert not failures
    assert 0 < len(set().union(*(each for each in backends if isinstance(each, set)))) <= CONNECTIONS


def _round(person: Person, number: int) -> set[int]:
    """Write and read as one organization, by the API and by SQL without a condition; return who served it."""
    mine = str(person.organization_id)
    assert person.post("/goals", {"title": f"{mine} {number}", "target_amount": "100.00"}).status_code == 201
    assert person.post("/tokens/holds", {"amount": 1, "purpose": mine}).status_code == 201
    assert {goal["title"].split()[0] for goal in person.get("/goals").json()["data"]} == {mine}
    assert len(person.get("/tokens/holds").json()["data"]) == number + 1
    assert person.get("/tokens/balance").json()["held"] == number + 1
    assert person.get("/account").json()["organization"]["id"] == mine
    with tenancy.request(), tenancy.organization(person.organization_id):
        for table in ("quests_goal", "tokens_hold", "tokens_entry", "audit_event"):
            [seen, [(backend,)]] = run_batch(
                Statement(f"SELECT DISTINCT organization_id FROM {table}"), Statement("SELECT pg_backend_pid()")
            )
            assert seen == [(UUID(mine),)]
    return {backend}
