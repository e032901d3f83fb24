"""The enumerations of the ledger: sources, statuses, kinds and scopes."""

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
    """The status of a hold; only `held` is open."""

    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"
    EXPIRED = "expired"
    REVOKED = "revoked"


class EntryKind(models.TextChoices):
    """The kind of a ledger line."""

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
    """The kinds of subject that a quota applies to."""

    ORGANIZATION = "organization"
    DEPARTMENT = "department"
    USER = "user"
