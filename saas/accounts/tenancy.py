"""The base of every tenant table."""

from typing import TypeVar, cast
from uuid import UUID

from django.db import models

from saas.kernel import tenancy
from saas.kernel.ids import uuid7

Row = TypeVar("Row", bound=models.Model)


class TenantManager(models.Manager[Row]):
    """Names the current organization in every query.

    Row-level security would filter anyway; the condition lets PostgreSQL use the indexes that begin
    with the organization, and keeps sharding by organization possible.
    """

    def get_queryset(self) -> models.QuerySet[Row]:
        organization_id = tenancy.acting_for()
        queryset = super().get_queryset()
        return queryset.filter(organization_id=organization_id) if organization_id else queryset


def _current_organization() -> UUID:
    return cast(UUID, tenancy.acting_for())  # the database refuses a row of nobody


class TenantModel(models.Model):
    """A row of one organization, by default the current one.

    `saas.kernel.migration_helpers` in its migration makes the isolation hold.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.PROTECT,
        default=_current_organization,
        editable=False,
        related_name="+",
        db_index=False,  # Isolate makes (organization_id, id) unique, which serves
    )

    objects = TenantManager()

    class Meta:
        abstract = True
