"""What the jobs do to many organizations at once is what is done to each alone: same rows, but for ids and instants.

Organizations come in pairs that are alike in everything but their ids: one is for the job, its twin is worked alone.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from audit.models import Event
from audit.verification import verify as verify_audit
from licensing.actions import advance, advance_all
from licensing.models import License
from plans.actions import allowance_key, refresh, refresh_due
from plans.models import Subscription
from plans.periods import nth_period, period_at
from plans.queries import current_book
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope, Source
from tokens.tasks import sweep
from tokens.verification import verify as verify_ledger

pytestmark = pytest.mark.own_database


@dataclass(frozen=True)
class Case:
    """What is particular about an organization: its late holds in tokens, the buckets whose time is over, for how
    many days a payment has been overdue, the rest.
    """

    late: tuple[int, ...] = ()
    over: tuple[str, ...] = ()
    metered: bool = False
    suspended: bool = False
    debt: int = 0
    overdue: float | None = None
    recorded: str = "grace"
    clock: timedelta = timedelta()
    closed: bool = False

    @property
    def is_ordinary(self) -> bool:
        """Whether it is worked together with others."""
        return not (self.debt or self.clock or self.closed) and len(self.late) < 2


@dataclass
class Twin:
    """One of a pair; equal seeds make equal pasts."""

    case: Case
    seed: int
    at: datetime
    id: UUID = field(default_factory=uuid4)
    user_id: UUID = field(default_factory=uuid4)
    held: int = 0

    def settle_in(self, superuser: psycopg.Connection) -> None:
        """Make the organization and its past; then let time pass for what is late or over."""
        case, chance = self.case, random.Random(self.seed)
        with tenancy.organization(self.id):
            Organization.objects.create(id=self.id, name="Twin")
            ledger_actions.open_account()
            License.objects.create()
            subscription = Subscription.objects.create(plan_key="pro", anchor_at=self.at - timedelta(days=40))
            before = nth_period(subscription.anchor_at, period_at(subscription.anchor_at, self.at).index - 1)
            key = allowance_key(subscription.id, before)
            self._grant(key, Source.PLAN, 60, self.at + timedelta(days=30), period_started_at=before.starts_at)
            self._grant("promo", Source.PROMO, 40, self.at + timedelta(days=30))
            self._grant("pack", Source.PURCHASE, chance.randint(150, 200), None)
            for scope, subject in ((QuotaScope.USER, self.user_id), (QuotaScope.ORGANIZATION, self.id)):
                if chance.random() < 0.7:
                    ledger_actions.set_quota(scope=scope, subject_id=subject, tokens=chance.randint(400, 900))
            self._spend(chance.randint(1, 9))
            late = [self._hold(tokens) for tokens in case.late]
            self._hold(chance.randint(1, 9))
            if case.debt:
                self._grant("gift", Source.GIFT, case.debt, self.at + timedelta(days=1))
                self._spend(case.debt)
                assert ledger_actions.claw(business_key="gift", tokens=case.debt, reason="a mistake").debt == case.debt
        mine = {
            "mine": self.id,
            "late": late,
            "over": [key if each == "allowance" else each for each in case.over],
            "suspended_at": self.at if case.suspended else None,
            "closed_at": self.at if case.closed else None,
            "clock": case.clock,
            "past_due_at": case.overdue and self.at - timedelta(days=case.overdue),
            "recorded": case.recorded,
        }
        for change in (
            # Apart by microseconds, as they were placed: two ids of one millisecond have no order.
            "tokens_hold SET expires_at = expires_at - interval '11 minutes' WHERE id = ANY (%(late)s)",
            "tokens_bucket SET expires_at = now() - interval '1 hour'"
            " WHERE organization_id = %(mine)s AND business_key = ANY (%(over)s)",
            "tokens_account SET suspended_at = %(suspended_at)s WHERE organization_id = %(mine)s",
            "licensing_license SET past_due_at = %(past_due_at)s, recorded_state = %(recorded)s"
            " WHERE organization_id = %(mine)s",
            "accounts_organization SET closed_at = %(closed_at)s, clock_offset = %(clock)s WHERE id = %(mine)s",
        ):
            superuser.execute(f"UPDATE {change}", mine)

    def _grant(self, key: str, source: Source, tokens: int, expires_at: datetime | None, **period: Any) -> None:
        ledger_actions.grant(source=source, tokens=tokens, business_key=key, expires_at=expires_at, **period)

    def _spend(self, tokens: int) -> None:
        ledger_actions.settle(transaction_id=self._hold(tokens), tokens=tokens)

    def _hold(self, tokens: int) -> UUID:
        self.held += 1
        transaction_id = uuid7()
        ledger_actions.hold(
            transaction_id=transaction_id,
            tokens=tokens,
            operation=f"operation {self.held}",
            price_book_version=None if self.case.metered else 1,
            user_id=self.user_id,
            department_id=None,
            seconds=600,
        )
        return transaction_id

    def rows(self) -> list[str]:
        """Return what a job may change, with names in place of ids and without instants."""
        with tenancy.organization(self.id), connection.cursor() as cursor:
            cursor.execute(NAMES)
            names = {**dict(cursor.fetchall()), str(self.id): "the organization", str(self.user_id): "the user"}
            cursor.execute(ROWS)
            rows = [f"{table} {json.dumps(json.loads(row), sort_keys=True)}" for table, row in cursor.fetchall()]
        return sorted(_replaced(row, names) for row in rows)


NAMES = """
    SELECT id::text, business_key FROM tokens_bucket UNION ALL SELECT id::text, operation FROM tokens_hold
    UNION ALL SELECT id::text, 'the subscription' FROM plans_subscription
"""
ROWS = """
    SELECT 'account', (to_jsonb(a) - '{suspended_at,event_hash}'::text[])::text FROM tokens_account a
    UNION ALL SELECT 'bucket', (to_jsonb(b) - '{id,created_at,expired_at}'::text[] || jsonb_build_object(
        'expired', expired_at IS NOT NULL, 'expires_at', CASE WHEN expires_at > now() THEN expires_at END))::text
        FROM tokens_bucket b
    UNION ALL SELECT 'entry', (to_jsonb(e) - '{id,created_at}'::text[])::text FROM tokens_entry e
    UNION ALL SELECT 'hold', (to_jsonb(h) - '{created_at,expires_at,ended_at}'::text[])::text FROM tokens_hold h
    UNION ALL SELECT 'quota', (to_jsonb(q) - 'id')::text FROM tokens_quota q
    UNION ALL SELECT 'license', (to_jsonb(l) - 'id')::text FROM licensing_license l
    UNION ALL SELECT 'subscription', (to_jsonb(s) - '{id,created_at}'::text[])::text FROM plans_subscription s
    UNION ALL SELECT 'event', (to_jsonb(v) - '{id,created_at,hash}'::text[])::text FROM audit_event v
    UNION ALL SELECT 'reader', to_jsonb(r)::text FROM audit_reader_position r
"""


def _replaced(row: str, names: dict[str, str]) -> str:
    for id, name in names.items():
        row = row.replace(id, name)
    return row


Pair = tuple[Twin, Twin]


def pairs(superuser: psycopg.Connection, cases: Sequence[Case]) -> Iterator[Pair]:
    """Make a pair for each case."""
    at = database_now()
    for case in cases:
        seed = random.randrange(2**32)
        pair = Twin(case, seed, at), Twin(case, seed, at)
        for twin in pair:
            twin.settle_in(superuser)
        yield pair


def alike(made: Sequence[Pair]) -> None:
    """Compare each organization with its twin, and verify all ledgers and chains."""
    for one, twin in made:
        assert one.rows() == twin.rows(), (one.case, one.seed)
    with tenancy.system():
        assert verify_ledger().breaches == 0
        assert verify_audit().breaches == []


ANY_CASE = [
    Case(late=(5,)),
    Case(late=(130,)),
    Case(late=(90,), over=("allowance",), metered=True),
    Case(late=(110,), over=("allowance", "promo")),
    Case(over=("promo",)),
    Case(over=("allowance", "promo"), suspended=True),
    Case(late=(7,), suspended=True),
    Case(late=(3,), debt=9),
    Case(late=(60, 70), over=("allowance",)),
    Case(late=(3,), over=("allowance",), clock=timedelta(days=1)),
    Case(late=(3,), over=("promo",), closed=True),
]


def test_many_are_swept_as_one_is(superuser: psycopg.Connection) -> None:
    made = list(pairs(superuser, ANY_CASE))
    for _, twin in made:
        with tenancy.organization(twin.id):
            ledger_actions.sweep()
    with tenancy.system():
        together = ledger_actions.sweep_many([one.id for one, _ in made])
    assert together == {one.id for one, _ in made if one.case.is_ordinary}
    sweep()
    alike(made)


OVERDUE = [
    (1, "grace"), (12, "grace"), (15, "grace"), (29, "grace"), (40, "grace"), (40, "offline"), (16, "offline"),
    (None, "grace"), (20, "grace"), (31, "offline"),
]  # fmt: skip


def test_many_get_their_allowances_and_their_notices_as_one_does(
    superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = current_book()
    plans = {key: replace(plan, rollover_tokens_max=25) for key, plan in book.plans.items()}
    monkeypatch.setattr("plans.actions.current_book", lambda: replace(book, plans=plans))
    open_ones = [case for case in ANY_CASE if not case.closed]
    made = list(
        pairs(
            superuser,
            [
                replace(case, overdue=days, recorded=recorded)
                for case, (days, recorded) in zip(open_ones, OVERDUE, strict=True)
            ],
        )
    )
    for _, twin in made:
        with tenancy.organization(twin.id):
            refresh(subscription=Subscription.objects.get(), now=database_now() + twin.case.clock)
            advance()
    refresh_due()
    advance_all()
    alike(made)
    with tenancy.organization(made[3][0].id):
        kinds = list(Event.objects.order_by("-seq").values_list("kind", flat=True)[:7])
    assert kinds[::-1] == [
        *("tokens.expired", "tokens.expired", "hold.expired", "tokens.granted", "tokens.granted"),
        *("license.changed", "license.stage_coming"),
    ]
