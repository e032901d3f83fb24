"""A job over many organizations, killed with -9 in the middle of a commit: nothing is half done, lost or done twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from audit.models import Event
from audit.verification import verify as verify_audit
from licensing.actions import advance_all
from licensing.models import License
from plans.actions import refresh_due
from plans.models import Subscription
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from saas.launch.environment import PROJECT
from tests.machinery import until
from tokens import actions as ledger_actions
from tokens.kinds import Source
from tokens.tasks import sweep
from tokens.verification import verify as verify_ledger

pytestmark = [pytest.mark.own_database, pytest.mark.slow]

JOBS: dict[str, Callable[[], int]] = {
    "hold.expired": sweep,
    "tokens.granted": refresh_due,
    "license.changed": advance_all,
}
"""What each job appends once to every organization that has something due."""
RUN = """
import django
django.setup()
from saas.kernel import parallel
from {module} import {name}
parallel.ORGANIZATIONS_A_COMMIT = 3
{name}()
"""


def start(job: Callable[[], int]) -> "subprocess.Popen[bytes]":
    """Run the job in a process of its own, three organizations a commit."""
    text = RUN.format(module=job.__module__, name=job.__name__)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "DJANGO_SETTINGS_MODULE": "saas.settings"}
    return subprocess.Popen([sys.executable, "-c", text], env=environment)


def open_with_work(superuser: psycopg.Connection) -> UUID:
    """Open an organization for which every job has something to do; return its id."""
    id, user_id, now = uuid4(), uuid4(), database_now()
    with tenancy.organization(id):
        Organization.objects.create(id=id, name="Killed")
        ledger_actions.open_account()
        License.objects.create(past_due_at=now - timedelta(days=20), recorded_state="grace")
        Subscription.objects.create(plan_key="pro", anchor_at=now - timedelta(days=40))
        ledger_actions.grant(source=Source.PROMO, tokens=9, business_key="promo")
        who: dict[str, Any] = {"user_id": user_id, "department_id": None}
        ledger_actions.hold(transaction_id=uuid7(), tokens=4, operation="x", price_book_version=None, seconds=60, **who)
    late = "UPDATE tokens_hold SET expires_at = now() - interval '1 minute' WHERE organization_id = %s"
    superuser.execute(late, [id])
    return id


def done(kind: str, organizations: list[UUID]) -> list[UUID]:
    """Return the organizations that the job has served, each as often as it was."""
    sources = {} if kind != "tokens.granted" else {"data__source": "plan"}
    with tenancy.system():
        found = Event.objects.filter(kind=kind, organization_id__in=organizations, **sources)
        return list(found.order_by().values_list("organization_id", flat=True))


@pytest.mark.parametrize("kind", JOBS)
def test_a_job_killed_in_the_middle_leaves_whole_commits_and_is_repeated(
    kind: str, superuser: psycopg.Connection
) -> None:
    organizations = [open_with_work(superuser) for _ in range(12)]
    stuck = organizations[7]
    superuser.execute("SELECT pg_advisory_lock(4242)")
    superuser.execute(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NEW.organization_id = '{stuck}' THEN PERFORM pg_advisory_xact_lock_shared(4242); END IF;"
        " RETURN NEW; END $$;"
        " CREATE TRIGGER wait BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION wait()"
    )
    waiting = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        " AND pid <> pg_backend_pid()"
    )
    try:
        process = start(JOBS[kind])
        until(lambda: bool(superuser.execute(waiting).fetchall() and done(kind, organizations)))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        superuser.execute(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) stuck")
        until(lambda: not superuser.execute(waiting).fetchall())
    finally:
        superuser.execute("SELECT pg_advisory_unlock(4242)")
        superuser.execute("DROP FUNCTION wait CASCADE")
    served = done(kind, organizations)
    assert served and stuck not in served and len(served) == len(set(served))
    with tenancy.system():
        assert (verify_ledger().breaches, verify_audit().breaches) == (0, [])
    for _ in range(2):
        JOBS[kind]()
    assert sorted(done(kind, organizations)) == sorted(organizations)
    with tenancy.system():
        assert (verify_ledger().breaches, verify_audit().breaches) == (0, [])
