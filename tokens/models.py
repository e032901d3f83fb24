"""The ledger's tables. The application reads them; the functions in sql/ write them."""

from collections.abc import Iterable

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from saas.accounts.models import Organization
from saas.accounts.tenancy import TenantManager, TenantModel
from saas.kernel.ids import uuid7
from saas.kernel.isolation import TenantForeignKey
from tokens.kinds import EntryKind, HoldStatus, QuotaScope, Source


def _one_of(field: str, words: Iterable[str]) -> Q:
    """Return the condition that a column holds one of the words.

    A pattern, not a list: PostgreSQL reads a check's text anew in every statement, and a list's is three times as long.
    """
    return Q(**{f"{field}__regex": f"^({'|'.join(words)})$"})


class Account(models.Model):
    """An organization's totals, changed together with its buckets and entries: a part of its `OrganizationState`.

    `available` counts what buckets have left, frozen and just expired ones included;
    `tokens.queries.balance` says what can be spent right now.
    """

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, primary_key=True, related_name="+")
    available = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    debt = models.IntegerField(default=0)
    entry_seq = models.BigIntegerField(default=0)
    suspended_at = models.DateTimeField(null=True)
    period_started_at = models.DateTimeField(null=True)
    resets_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "token account"
        verbose_name_plural = "token accounts"
        managed = False

    def __str__(self) -> str:
        return "token account"


class Bucket(TenantModel):
    """A grant of tokens; `business_key` names its reason once, so that it cannot be granted twice.

    `clawed` is how much a refund or dispute took back in all, `clawed_debt` the part that had been spent.
    """

    source = models.CharField(max_length=10, choices=Source)
    granted = models.IntegerField()
    remaining = models.IntegerField()
    held = models.IntegerField(default=0)
    clawed = models.IntegerField(default=0)
    clawed_debt = models.IntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(null=True)
    business_key = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        # `remaining` stays out of every index and condition, so that holds update the row in place (HOT).
        indexes = [models.Index(fields=["expires_at"], name="bucket_to_expire", condition=Q(expired_at=None))]
        constraints = [
            models.UniqueConstraint(fields=["organization", "business_key"], name="bucket_granted_once"),
            models.CheckConstraint(condition=_one_of("source", Source.values), name="bucket_source_known"),
            models.CheckConstraint(
                condition=Q(granted__gt=0, remaining__gte=0, held__gte=0, granted__gte=F("remaining") + F("held")),
                name="bucket_within_grant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.remaining} of {self.granted}"


ENDED = [status for status in HoldStatus.values if status != HoldStatus.HELD]


class Hold(TenantModel):
    """Tokens reserved for one operation. Its id is the transaction id."""

    # No constraint of its own: a hold is written under the account, which has one.
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        editable=False,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    status = models.CharField(max_length=8, choices=HoldStatus)
    tokens = models.IntegerField()
    settled_tokens = models.IntegerField(default=0)
    absorbed_tokens = models.IntegerField(default=0)
    operation = models.CharField(max_length=60)
    user_id = models.UUIDField()
    department_id = models.UUIDField(null=True)
    price_book_version = models.IntegerField(null=True)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "created_at"], name="hold_by_time"),
            # Its condition differs from the settle guard's (status), or the planner would settle through it.
            models.Index(fields=["organization", "expires_at"], name="hold_open", condition=Q(ended_at=None)),
            # Finds a month of work. It summarizes pages, so an end still updates its row in place (HOT).
            BrinIndex(fields=["ended_at"], name="hold_by_end", autosummarize=True),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=HoldStatus.HELD, ended_at=None)
                | Q(_one_of("status", ENDED), ended_at__isnull=False),
                name="hold_open_or_ended",
            ),
            models.CheckConstraint(
                condition=Q(tokens__gt=0)
                & (
                    Q(settled_tokens=0)
                    | Q(status=HoldStatus.SETTLED, settled_tokens__gt=0, settled_tokens__lte=F("tokens"))
                ),
                name="hold_settles_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation}: {self.tokens} {self.status}"


class Entry(models.Model):
    """One immutable line of the ledger, balanced in itself.

    `tokens` is the change of available, `held` and `debt` the changes of those; `outside` is what
    came from (-) or went to (+) the world outside: granted, spent, expired. The four sum to zero.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=9, choices=EntryKind)
    tokens = models.IntegerField()
    held = models.IntegerField(default=0)
    debt = models.IntegerField(default=0)
    outside = models.IntegerField()
    balance_after = models.IntegerField()
    # The database does not check it: an entry is written by the statement that changes its bucket, and not without one.
    bucket = TenantForeignKey(Bucket, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    transaction_id = models.UUIDField(null=True)
    operation = models.CharField(max_length=60)
    user_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        verbose_name = "ledger entry"
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(fields=["organization", "transaction_id"], name="entry_by_transaction"),
            BrinIndex(fields=["created_at"], name="entry_by_time", autosummarize=True),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "seq"], name="entry_seq_once"),
            models.CheckConstraint(condition=_one_of("kind", EntryKind.values), name="entry_kind_known"),
            models.CheckConstraint(condition=Q(tokens=F("debt") - F("held") - F("outside")), name="entry_balanced"),
            models.CheckConstraint(condition=Q(balance_after__gte=0), name="entry_balance_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.tokens:+d}"


class Gauge(models.Model):
    """How far the ledger was read for low balances, and the level last notified; see `tokens.alerts`."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, primary_key=True, related_name="+")
    entry_seq = models.BigIntegerField()
    total = models.IntegerField()
    reference = models.IntegerField()
    reference_until = models.DateTimeField(null=True)
    level = models.SmallIntegerField()
    run_out_told = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(level__gte=0, level__lte=3), name="gauge_level_known")]

    def __str__(self) -> str:
        return f"{self.total} of {self.reference}, level {self.level}"


class Quota(TenantModel):
    """The most that an organization, a department or a user may spend in one allowance period.

    `raised_tokens` are added to the limit in the period that began at `counted_since`, and in no other.
    """

    scope = models.CharField(max_length=12, choices=QuotaScope)
    subject_id = models.UUIDField()
    limit_tokens = models.IntegerField()
    raised_tokens = models.IntegerField(default=0)
    used_tokens = models.IntegerField(default=0)
    counted_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "scope", "subject_id"], name="quota_once"),
            models.CheckConstraint(
                condition=Q(limit_tokens__gte=0, raised_tokens__gte=0, used_tokens__gte=0), name="quota_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.used_tokens} of {self.limit_tokens}"
