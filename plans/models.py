"""The price book's tables, and what single organizations have of it."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from saas.accounts.models import User
from saas.accounts.tenancy import TenantModel
from saas.kernel.isolation import TenantForeignKey


class PriceBook(models.Model):
    """One version of everything that is sold and limited. A draft until it has an effective date."""

    version = models.AutoField(primary_key=True)
    effective_at = models.DateTimeField(null=True, blank=True, help_text="Empty: a draft. Once past: unchangeable.")
    note = models.CharField(max_length=200, blank=True)
    fee_percent = models.DecimalField(
        "payment fee, percent", max_digits=5, decimal_places=2, default=Decimal("2.90"), help_text="Of each payment."
    )
    fee_fixed = models.DecimalField(
        "payment fee, fixed",
        max_digits=6,
        decimal_places=2,
        default=Decimal("0.30"),
        help_text="Added to each payment.",
    )
    fee_source = models.CharField(
        "source of the fee", max_length=200, default="Stripe's list price for domestic cards: stripe.com/us/pricing"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "plans_price_book"
        constraints = [
            models.CheckConstraint(
                condition=Q(fee_percent__gte=0, fee_percent__lt=100, fee_fixed__gte=0), name="payment_fee_possible"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


class Plan(models.Model):
    """A plan at its monthly price. `rank` orders plans from small to large.

    `overage_token_price` is in dollars, what a token beyond all others costs; empty: none is sold.
    """

    price_book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="plans")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField()
    monthly_price = models.DecimalField(max_digits=12, decimal_places=2)
    monthly_tokens = models.PositiveIntegerField()
    rollover_tokens_max = models.PositiveIntegerField(default=0)
    overage_token_price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_book", "key"], name="plan_key_once"),
            models.CheckConstraint(condition=Q(overage_token_price__gt=0), name="plan_overage_price_positive"),
        ]
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.name


class PlanFeature(models.Model):
    """A feature that a plan has. An AI operation is a feature of the same name."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="features")
    feature = models.SlugField(max_length=40)

    class Meta:
        db_table = "plans_plan_feature"
        constraints = [models.UniqueConstraint(fields=["plan", "feature"], name="plan_feature_once")]

    def __str__(self) -> str:
        return self.feature


class Limit(models.Model):
    """A limit of all plans, or of one plan; no value means unlimited."""

    price_book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="limits")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, null=True, blank=True, related_name="limits")
    key = models.SlugField(max_length=40)
    value = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_book", "plan", "key"], name="limit_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class OperationPrice(models.Model):
    """What one unit of an AI operation costs, in tokens."""

    price_book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="operation_prices")
    operation = models.SlugField(max_length=40)
    tokens = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "plans_operation_price"
        constraints = [
            models.UniqueConstraint(fields=["price_book", "operation"], name="operation_price_once"),
            models.CheckConstraint(condition=Q(tokens__gt=0), name="operation_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.operation}: {self.tokens} tokens"


class Pack(models.Model):
    """Tokens for sale in one go."""

    price_book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="packs")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    tokens = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["price_book", "key"], name="pack_key_once")]

    def __str__(self) -> str:
        return self.name


class Subscription(TenantModel):
    """An organization's plan. Period n begins at anchor + n months.

    A smaller plan waits in `scheduled_plan_key` until `scheduled_for`, the period's end. No allowance is granted before
    `nothing_before`: what it would be for is not paid.
    """

    plan_key = models.SlugField(max_length=40)
    scheduled_plan_key = models.SlugField(max_length=40, blank=True)
    scheduled_for = models.DateTimeField(null=True)
    anchor_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)
    allowance_until = models.DateTimeField(null=True)
    nothing_before = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["allowance_until"], name="subscription_due", condition=Q(ended_at=None))]
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="subscription_open_once", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return self.plan_key


class Agreement(TenantModel):
    """What an organization pays and gets a month on a plan, from `starts_at` on until a later one begins.

    See Note [Prices pinned] in `plans.agreements`. One of a `subscription` is a version of the price book; one without
    is custom, and new subscriptions can begin at it until `agreed_until`. Dollars; `pack_prices` by the pack's key.

    A change that was announced begins with the renewal at `announced_for` or a later one: `starts_at` stays empty until
    it is scheduled where the bills are made, `applied_at` until it is billed there. A withdrawn one never begins.
    """

    subscription = TenantForeignKey(Subscription, on_delete=models.CASCADE, null=True, related_name="agreements")
    plan_key = models.SlugField(max_length=40)
    price_book_version = models.PositiveIntegerField()
    monthly_price = models.DecimalField(max_digits=12, decimal_places=2)
    monthly_tokens = models.PositiveIntegerField()
    overage_token_price = models.DecimalField(max_digits=10, decimal_places=4, null=True)
    pack_prices = models.JSONField(default=dict)
    starts_at = models.DateTimeField(null=True)
    agreed_until = models.DateTimeField(null=True)
    announced_for = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "plan_key", "subscription", "starts_at"],
                name="agreement_one_in_force",
                condition=Q(starts_at__isnull=False),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["organization"],
                name="agreement_one_announced",
                condition=Q(announced_for__isnull=False, applied_at=None, withdrawn_at=None),
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=False, withdrawn_at=None)
                | Q(starts_at=None, announced_for__isnull=False, applied_at=None),
                name="agreement_begins",
            ),
            models.CheckConstraint(
                condition=Q(monthly_price__gte=0) & (Q(overage_token_price=None) | Q(overage_token_price__gt=0)),
                name="agreement_prices_possible",
            ),
            models.CheckConstraint(
                condition=Q(subscription__isnull=False, agreed_until=None, pack_prices={})
                | (Q(subscription=None) & ~Q(reason="") & Q(monthly_price__gt=0)),
                name="agreement_custom_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_key}, {'custom' if self.is_custom else f'version {self.price_book_version}'}"

    @property
    def is_custom(self) -> bool:
        """Return True if it was agreed with the organization, and is not a version of the price book."""
        return self.subscription_id is None


class TrialEnd(models.TextChoices):
    """How a trial ended."""

    EXPIRED = "expired"
    UPGRADED = "upgraded"
    CLOSED = "closed"


class Trial(TenantModel):
    """The organization's one trial of a paid plan, from `started_at` until `ends_at`, whatever `ended_at` says yet.

    Its tokens are the bucket of the business key `trial:<id>`. `warned_at` is when people were told of its end.
    """

    plan_key = models.SlugField(max_length=40)
    tokens = models.PositiveIntegerField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=8, choices=TrialEnd, blank=True)

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="trial_running", condition=Q(ended_at=None))]
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="trial_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("started_at"), tokens__gt=0), name="trial_lasts"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_as="") | Q(ended_at__isnull=False, ended_as__in=TrialEnd.values),
                name="trial_end_known",
            ),
        ]

    def __str__(self) -> str:
        return f"trial of {self.plan_key}"

    @property
    def business_key(self) -> str:
        """Return the key under which its tokens are granted."""
        return f"trial:{self.pk}"


class TrialClaim(models.Model):
    """A person or an address that had a trial, as a keyed hash: see Note [One trial a person] in `plans.trials`."""

    subject_hash = models.BinaryField(max_length=32, unique=True)

    class Meta:
        db_table = "plans_trial_claim"

    def __str__(self) -> str:
        return f"claim {self.pk}"


class OverrideKind(models.TextChoices):
    """What of the price book an override changes."""

    FEATURE = "feature"
    LIMIT = "limit"
    PRICE = "price"


class Override(TenantModel):
    """A feature, limit or price of one organization, with a reason and, where wanted, an end.

    A feature's value is 0 or 1; a limit without value is unlimited.
    """

    kind = models.CharField(max_length=7, choices=OverrideKind)
    key = models.SlugField(max_length=40)
    value = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "key"], name="override_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} = {self.value}"


class Rollout(models.Model):
    """A feature that only a percentage of organizations has yet, always the same ones."""

    feature = models.SlugField(max_length=40, unique=True)
    percentage = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(percentage__lte=100), name="rollout_percentage")]

    def __str__(self) -> str:
        return f"{self.feature}: {self.percentage} %"


class MarginCheck(models.Model):
    """What a past month earned with one mode's money, as it stood when it was checked; never changed. Dollars.

    `cost_measured` leaves out `attempts_unpriced`, at models which nobody lists a price for.
    """

    mode = models.CharField(max_length=7)
    month = models.DateField(help_text="Its first day.")
    paid = models.DecimalField(max_digits=14, decimal_places=2)
    reversed = models.DecimalField(max_digits=14, decimal_places=2)
    fees = models.DecimalField(max_digits=14, decimal_places=2)
    tokens = models.BigIntegerField()
    cost_by_rule = models.DecimalField(max_digits=14, decimal_places=2)
    cost_measured = models.DecimalField(max_digits=18, decimal_places=8)
    attempts_unpriced = models.PositiveIntegerField()
    price_book_version = models.PositiveIntegerField()
    checked_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "plans_margin_check"
        constraints = [
            models.UniqueConstraint(fields=["mode", "month"], name="margin_checked_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="margin_month_by_first_day"),
        ]
        ordering = ["-month", "mode"]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}, {self.mode} money"

    @property
    def revenue(self) -> Decimal:
        """Return what was paid and not given back."""
        return self.paid - self.reversed
