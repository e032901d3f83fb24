"""The words of the ledger as values: sources, statuses, kinds, scopes."""

from django.db import models


class Source(models.TextChoices):
    """Where a bucket's tokens came from."""

    PLAN = "plan"
    PURCHASE = "purchase"
    GIFT = "gift"
    PROMO = "promo"
    ADJUSTMENT = "adjustment"
    OVERAGE = "overage"


class HoldStatus(models.TextChoices):
    """How a hold stands; only `held` is open."""

    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"
    EXPIRED = "expired"
    REVOKED = "revoked"


class EntryKind(models.TextChoices):
    """What a ledger line tells."""

    GRANT = "grant"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    EXPIRE = "expire"
    CLAWBACK = "clawback"
    REINSTATE = "reinstate"
    GIFT = "gift"
    ADJUST = "adjust"
    DEBT = "debt"
    REPAY = "repay"


class QuotaScope(models.TextChoices):
    """For whom a quota holds."""

    ORGANIZATION = "organization"
    DEPARTMENT = "department"
    USER = "user"
