"""manage.py verify_ledger: a sound ledger passes, and each check sees what it is for."""

import json
from contextlib import nullcontext
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command

from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from tokens import actions
from tokens.kinds import QuotaScope, Source
from tokens.verification import checks, verify

pytestmark = pytest.mark.own_database


@pytest.fixture
def veteran(alice: Any, superuser: psycopg.Connection) -> Any:
    """Alice after one of everything: holds open, settled and released, a bucket expired under a hold."""
    with alice.acting():
        actions.set_quota(scope=QuotaScope.USER, subject_id=alice.user.pk, tokens=100)
        soon = database_now() + timedelta(hours=1)
        actions.grant(source=Source.PROMO, tokens=8, business_key="promo", expires_at=soon)
        settled, released, _open = (place(alice, 5) for _ in range(3))
        actions.settle(transaction_id=settled, tokens=3)
        expire = "UPDATE tokens_bucket SET expires_at = now() WHERE organization_id = %s AND source = 'promo'"
        superuser.execute(expire, [alice.organization_id])
        actions.release(transaction_id=released)
    return alice


def place(person: Any, tokens: int) -> UUID:
    """Hold tokens for a minute; return the transaction."""
    transaction_id = uuid7()
    actions.hold(
        transaction_id=transaction_id,
        tokens=tokens,
        operation="quest",
        price_book_version=None,
        user_id=person.user.pk,
        department_id=None,
        seconds=60,
    )
    return transaction_id


def breached(superuser: psycopg.Connection, organization_id: UUID) -> set[str]:
    """Return which checks find something in the organization, as the superuser's transaction sees it."""
    mine = f"WHERE organization_id = '{organization_id}'"
    return {
        f"{check.of} {check.name}"
        for check in checks()
        if superuser.execute(f"SELECT FROM ({check.sql}) breach {mine}").fetchall()
    }


# What was done -> the statements that do it, MINE being in alice's organization, and the checks that see it.
DAMAGE: dict[str, tuple[list[str], set[str]]] = {
    "an account richer than its entries": (
        ["UPDATE tokens_account SET available = available + 1 WHERE MINE"],
        {"accounts available_entries", "accounts available_buckets"},
    ),
    "held tokens nobody holds": (
        ["UPDATE tokens_account SET held = held + 1 WHERE MINE"],
        {"accounts held_entries", "accounts held_buckets", "accounts held_holds"},
    ),
    "a debt from nowhere": (
        ["UPDATE tokens_account SET debt = 1 WHERE MINE"],
        {"accounts debt_entries"},
    ),
    "less than nothing": (
        [
            "ALTER TABLE tokens_account DROP CONSTRAINT account_debt_not_negative",
            "UPDATE tokens_account SET debt = -1 WHERE MINE",
        ],
        {"accounts debt_entries", "accounts never_negative"},
    ),
    "the last line removed": (
        ["DELETE FROM tokens_entry WHERE MINE AND kind = 'expire'"],
        {"entries gapless", "accounts available_entries", "buckets entries", "events expiries"},
    ),
    "two lines swapped": (
        [
            "UPDATE tokens_entry SET seq = -seq WHERE MINE AND seq IN (2, 3)",
            "UPDATE tokens_entry SET seq = 5 + seq WHERE MINE AND seq < 0",
        ],
        {"entries running"},
    ),
    "a balance changed": (
        ["UPDATE tokens_entry SET balance_after = balance_after + 1 WHERE MINE AND seq = 2"],
        {"entries running"},
    ),
    "tokens from nowhere": (
        [
            "ALTER TABLE tokens_entry DROP CONSTRAINT entry_balanced",
            "UPDATE tokens_entry SET outside = 0 WHERE MINE AND seq = 1",
        ],
        {"entries balanced"},
    ),
    "a line of another kind": (
        ["UPDATE tokens_entry SET kind = 'expire' WHERE MINE AND kind = 'settle'"],
        {"entries kinds", "holds entries", "events expiries"},
    ),
    "a line of no hold": (
        ["UPDATE tokens_entry SET transaction_id = NEW WHERE MINE AND kind = 'settle'"],
        {"entries of_holds", "holds entries", "holds same_buckets"},
    ),
    "a line of no bucket": (
        ["UPDATE tokens_entry SET bucket_id = NEW WHERE MINE AND kind = 'settle'"],
        {"entries of_buckets", "holds same_buckets", "buckets entries"},
    ),
    "a charge above what was settled": (
        ["UPDATE tokens_hold SET settled_tokens = 4 WHERE MINE AND status = 'settled'"],
        {"holds entries", "quotas used"},
    ),
    "a release into another bucket": (
        [
            """UPDATE tokens_entry e SET bucket_id = plan.id FROM tokens_bucket plan, tokens_bucket promo
            WHERE e.kind = 'release' AND e.bucket_id = promo.id AND promo.source = 'promo' AND promo.MINE
            AND plan.source = 'plan' AND plan.MINE"""
        ],
        {"holds same_buckets", "buckets entries"},
    ),
    "a hold that ended before it began": (
        ["UPDATE tokens_hold SET ended_at = 'epoch' WHERE MINE AND status <> 'held'"],
        {"holds one_end"},
    ),
    "a hold closed behind the ledger's back": (
        ["UPDATE tokens_hold SET status = 'released', ended_at = now() WHERE MINE AND status = 'held'"],
        {"accounts held_holds", "holds entries", "holds same_buckets", "quotas used", "events holds"},
    ),
    "a hold that nobody sweeps": (
        ["UPDATE tokens_hold SET expires_at = 'epoch' WHERE MINE AND status = 'held'"],
        {"holds stale"},
    ),
    "a bucket enlarged": (
        ["UPDATE tokens_bucket SET granted = granted + 1 WHERE MINE AND source = 'plan'"],
        {"buckets granted", "events grants"},
    ),
    "a bucket emptied": (
        ["UPDATE tokens_bucket SET remaining = remaining - 1 WHERE MINE AND source = 'plan'"],
        {"accounts available_buckets", "buckets entries"},
    ),
    "a bucket over its grant": (
        [
            "ALTER TABLE tokens_bucket DROP CONSTRAINT bucket_within_grant",
            "UPDATE tokens_bucket SET remaining = 201 WHERE MINE AND source = 'plan'",
        ],
        {"accounts available_buckets", "buckets entries", "buckets within_grant"},
    ),
    "an expired bucket with something left": (
        ["UPDATE tokens_bucket SET remaining = 1 WHERE MINE AND source = 'promo'"],
        {"accounts available_buckets", "buckets entries", "buckets expired_empty"},
    ),
    "a quota that forgot": (
        ["UPDATE tokens_quota SET used_tokens = 0 WHERE MINE"],
        {"quotas used"},
    ),
    "a quota raised by nobody": (
        ["UPDATE tokens_quota SET raised_tokens = 1 WHERE MINE"],
        {"quotas raised"},
    ),
    "an opening of what was never there": (
        [
            """INSERT INTO audit_opening (
                id, organization_id, number, event_seq, entry_seq, text, signature, key, created_at)
            SELECT NEW, organization_id, 1, 0, 0,
                '{"available": 5, "held": 0, "debt": 0, "outside": 0, "entries": []}', '', '', now()
            FROM tokens_account WHERE MINE"""
        ],
        {"openings sums", "entries running"},
    ),
    "a hold that was never told": (
        ["DELETE FROM audit_event WHERE MINE AND kind = 'hold.placed'"],
        {"events holds"},
    ),
    "a grant told of another amount": (
        ["""UPDATE audit_event SET data = data || '{"tokens": 9}' WHERE MINE AND kind = 'tokens.granted'"""],
        {"events grants"},
    ),
    "an expiry told of another amount": (
        ["""UPDATE audit_event SET data = data || '{"tokens": 9}' WHERE MINE AND kind = 'tokens.expired'"""],
        {"events expiries"},
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_every_damage_is_found_by_the_checks_that_know_of_it(
    name: str, veteran: Any, superuser: psycopg.Connection
) -> None:
    statements, expected = DAMAGE[name]
    assert breached(superuser, veteran.organization_id) == set()
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            mine = statement.replace("MINE", f"organization_id = '{veteran.organization_id}'")
            superuser.execute(mine.replace("NEW", f"'{uuid4()}'"))
        assert breached(superuser, veteran.organization_id) == expected


def test_a_hold_that_was_extended_is_no_breach_open_or_expired(alice: Any, superuser: psycopg.Connection) -> None:
    with alice.acting():
        late, _open = place(alice, 2), place(alice, 3)
        for hold in (late, _open):
            actions.extend(transaction_id=hold, seconds=300, seconds_max=600)
        superuser.execute("UPDATE tokens_hold SET expires_at = now() WHERE id = %s", [late])
        actions.sweep()
        assert [each.check for each in verify().findings if each.cases] == []


def test_no_check_is_without_a_damage() -> None:
    caught = set().union(*(expected for _, expected in DAMAGE.values()))
    assert caught == {f"{check.of} {check.name}" for check in checks()}


def test_the_command_names_the_organization_in_breach(
    veteran: Any, mallory: Any, superuser: psycopg.Connection
) -> None:
    add = "UPDATE tokens_account SET available = available + %s WHERE organization_id = %s"
    superuser.execute(add, [1, veteran.organization_id])
    try:
        with mallory.acting():
            assert verify().breaches == 0
        with tenancy.system():
            found = {finding.check.name for finding in verify().findings if finding.cases}
        assert {"available_entries", "available_buckets"} <= found
        answer = json.loads(command(veteran, "--json", breached=True))
        assert answer["breaches"] == 2
        [named] = {o["id"] for check in answer["checks"] for o in check["organizations"]}
        assert named == str(veteran.organization_id)
    finally:
        superuser.execute(add, [-1, veteran.organization_id])
    assert "no breach" in command(veteran, breached=False)


def command(person: Any, *options: str, breached: bool) -> str:
    """Run the command for the person's organization; return what it printed."""
    out = StringIO()
    with pytest.raises(SystemExit, match="1") if breached else nullcontext():
        call_command("verify_ledger", "--organization", str(person.organization_id), *options, stdout=out)
    return out.getvalue()
