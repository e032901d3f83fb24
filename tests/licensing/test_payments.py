"""A failed payment turns AI off at once, a paid one restores everything once, jobs only tell."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.queries import events
from licensing import actions
from licensing.models import License, LicenseState
from licensing.queries import license_status
from plans.actions import set_override
from plans.models import OverrideKind
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from saas.kernel.ids import uuid7
from tests.conftest import Person
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.actions import SpendingSuspended
from tokens.kinds import Source
from tokens.verification import verify

pytestmark = pytest.mark.own_database


DAY = timedelta(days=1)


def recorded(person: Person, kind: str) -> list[dict[str, Any]]:
    """Return what the events of a kind say, oldest first."""
    with person.acting():
        return [event.data for event in events().filter(kind=kind).order_by("seq")]


def states(person: Person) -> list[str]:
    return [data["state"] for data in recorded(person, "license.changed")]


def hold(person: Person) -> Any:
    who: dict[str, Any] = {"user_id": person.user.pk, "department_id": None}
    return ledger_actions.hold(
        transaction_id=uuid7(), tokens=3, operation="quest", price_book_version=None, seconds=60, **who
    )


def fail(person: Person, ago: timedelta = timedelta(0)) -> datetime:
    """Let the payment have failed so long ago; return day 0."""
    with person.acting():
        day_0 = database_now() - ago
        assert actions.payment_failed(at=day_0)
    return day_0


def test_day_0_revokes_open_holds_and_stops_spending(alice: Person) -> None:
    with alice.acting():
        ledger_actions.grant(source=Source.PURCHASE, tokens=50, business_key="pack")
        held = hold(alice)
        assert actions.payment_failed()
        position = ledger.position()
        assert (position.available, position.held, position.frozen) == (200, 0, 50)
        revoked = ledger.hold(held.transaction_id)
        assert revoked is not None and revoked.status == "revoked"
        with pytest.raises(SpendingSuspended):
            hold(alice)
        assert license_status().capabilities == {"ai": False, "sync": True, "reports": True}
        assert verify().breaches == 0
    [data] = recorded(alice, "license.payment_failed")
    assert [stage["state"] for stage in data["stages"]] == ["grace", "offline", "suspended"]


def test_a_further_failure_does_not_start_again(alice: Person) -> None:
    day_0 = fail(alice, ago=5 * DAY)
    with alice.acting():
        assert not actions.payment_failed()
        assert license_status().past_due_at == day_0
    assert len(recorded(alice, "license.payment_failed")) == 1


def test_paying_restores_everything_once_and_a_new_failure_is_a_new_day_0(alice: Person) -> None:
    fail(alice, ago=40 * DAY)
    assert states(alice) == ["offline", "suspended"]
    with alice.acting():
        assert [actions.payment_succeeded() for _ in range(3)] == [True, False, False]
        assert license_status().state == LicenseState.ACTIVE
        assert ledger.position().available == 200
        hold(alice)
    day_0 = fail(alice)
    with alice.acting():
        assert (license_status().state, license_status().past_due_at) == (LicenseState.GRACE, day_0)
    assert len(recorded(alice, "license.payment_succeeded")) == 1


def test_a_late_job_tells_every_stage_and_every_job_tells_once(alice: Person, superuser: psycopg.Connection) -> None:
    fail(alice)
    back(superuser, alice, 12 * DAY)
    actions.advance_all()
    actions.advance_all()
    assert [data["state"] for data in recorded(alice, "license.stage_coming")] == ["offline"]
    back(superuser, alice, 40 * DAY)

    def job(_: int) -> None:
        try:
            actions.advance_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(job, range(4)))
    actions.advance_all()
    assert states(alice) == ["offline", "suspended"]
    with alice.acting():
        assert License.objects.get().recorded_state == LicenseState.SUSPENDED


def back(superuser: psycopg.Connection, person: Person, ago: timedelta) -> None:
    """Move day 0 into the past."""
    move = "UPDATE licensing_license SET past_due_at = now() - %s WHERE organization_id = %s"
    superuser.execute(move, [ago, person.organization_id])


def test_an_extension_moves_the_stages_and_warns_again(alice: Person, superuser: psycopg.Connection) -> None:
    fail(alice, ago=15 * DAY)
    assert states(alice) == ["offline"]
    with alice.acting():
        until = database_now() + 2 * DAY
        actions.extend_grace(until=until, reason="the bank is slow")
        assert license_status().state == LicenseState.GRACE
        assert not license_status().capabilities["ai"]
        assert license_status().stages[1].starts_at == until
    assert states(alice) == ["offline", "grace"]
    assert [data["state"] for data in recorded(alice, "license.stage_coming")] == ["offline"]


def test_an_extension_needs_a_reason_a_future_and_a_failure(alice: Person) -> None:
    with alice.acting():
        now = database_now()
        with pytest.raises(Conflict):
            actions.extend_grace(until=now + DAY, reason="why not")
        actions.payment_failed()
        with pytest.raises(Invalid):
            actions.extend_grace(until=now + DAY, reason=" ")
        with pytest.raises(Invalid):
            actions.extend_grace(until=now - DAY, reason="too late")


def test_an_override_changes_the_stages_for_the_page_and_for_the_job(alice: Person) -> None:
    with alice.acting():
        values: dict[str, Any] = {"value": 2, "reason": "pilot", "ends_at": None, "by": None}
        set_override(kind=OverrideKind.LIMIT, key="offline_after_days", **values)
    fail(alice, ago=3 * DAY)
    with alice.acting():
        assert license_status().state == LicenseState.OFFLINE
    assert states(alice) == ["offline"]


def test_the_commands_take_an_id_or_a_name(alice: Person, superuser: psycopg.Connection) -> None:
    [(name,)] = superuser.execute("SELECT name FROM accounts_organization WHERE id = %s", [alice.organization_id])
    assert "overdue" in run("payment_failed", name)
    assert "already" in run("payment_failed", str(alice.organization_id))
    assert "restored" in run("payment_succeeded", name)
    assert "nothing was overdue" in run("payment_succeeded", name)
    assert "had news" in run("advance_licenses")
    with pytest.raises(CommandError):
        run("payment_failed", "Nobody & Sons")


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    assert out.getvalue().count("\n") == 1
    return out.getvalue()
