"""Which Stripe the money of a row belongs to, and that no query mixes play money with real."""

from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models

from saas.accounts.tenancy import TenantManager, TenantModel

Row = TypeVar("Row", bound=models.Model)


class BillingMode(models.TextChoices):
    """Which Stripe: our own in-process one, Stripe's test side, or real money."""

    SANDBOX = "sandbox"
    TEST = "test"
    LIVE = "live"


def present_mode() -> str:
    """Return the mode this process works in."""
    return str(settings.BILLING_MODE)


class PresentModeManager(models.Manager[Row]):
    """Names the present mode in every query."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(mode=present_mode())


class BilledManager(PresentModeManager[Row], TenantManager[Row]):
    """Names the present mode and the current organization in every query."""


class BilledModel(TenantModel):
    """A row of one organization about money: its `objects` are those of the present mode.

    `of_all_modes` is for what is true whichever the mode: a key that is unique in all of them, what is forgotten,
    exported or shown to staff. Django uses it for what it reads by itself.
    """

    mode = models.CharField(max_length=7, choices=BillingMode, default=present_mode)

    of_all_modes: ClassVar[TenantManager[Self]] = TenantManager()
    objects: ClassVar[BilledManager[Self]] = BilledManager()

    class Meta:
        abstract = True
        default_manager_name = "of_all_modes"
