"""Scheduled jobs: when each last ran well, and what they set aside, to look at and to repeat."""

from typing import Any

from django.contrib import admin

from saas.backoffice import agreements, set_aside
from saas.backoffice.models import JobRun, MonthMrr
from saas.kernel.models import SetAsideItem
from saas.web.admin import ReadOnlyAdmin, confirmed_action

__all__ = ["agreements"]


@admin.register(SetAsideItem)
class SetAsideItemAdmin(ReadOnlyAdmin):
    """Items that a job could not work; one that is worked again, or is gone, leaves the list."""

    list_display = ("job", "item", "organization_id", "error", "place", "attempts", "first_seen_at", "retry_at")
    list_filter = ("job", "error", "first_seen_at")
    search_fields = ("=item", "=organization_id", "=job")
    ordering = ("-last_seen_at",)
    actions = ("repeat", "drop")

    @confirmed_action("Repeat with the job's next run…")
    def repeat(self, item: SetAsideItem, values: dict[str, Any]) -> str:
        set_aside.repeat(item=item, reason=values["reason"])
        return "is repeated with the next run of its job."

    @confirmed_action("Drop…")
    def drop(self, item: SetAsideItem, values: dict[str, Any]) -> str:
        set_aside.drop(item=item, reason=values["reason"])
        return "is dropped."


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """When each scheduled job last ran well."""

    list_display = ("name", "every", "succeeded_at", "took", "failed_at", "error")
    list_select_related = False
    ordering = ("succeeded_at",)


@admin.register(MonthMrr)
class MonthMrrAdmin(ReadOnlyAdmin):
    """The MRR of each month as it stood last."""

    list_display = ("month", "mode", "customers", "mrr", "recorded_at")
    list_filter = ("mode",)
    list_select_related = False
