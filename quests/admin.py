"""Goals and what the AI made of them, as staff see them when a customer asks for help."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from quests.models import (
    CalendarFeed,
    Change,
    ChangeHead,
    Goal,
    GoalStatus,
    LeadList,
    PushedChange,
    Quest,
    RevenueEntry,
    RevenueForecast,
    SyncConflict,
)
from quests.queries import in_state
from saas.web.admin import ReadOnlyAdmin

BY_ORGANIZATION = ("organization__name", "=organization__id", "=id")


class StateFilter(admin.SimpleListFilter):
    """Filter goals by state."""

    title = parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the states."""
        return GoalStatus.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Goal]) -> QuerySet[Goal]:
        """Return the goals in the chosen state."""
        return in_state(queryset, self.value() or "") if self.value() else queryset


@admin.register(Goal)
class GoalAdmin(ReadOnlyAdmin):
    list_display = ("organization", "title", "target_amount", "current_amount", "due_on", "state")
    list_filter = (StateFilter, "due_on")
    search_fields = BY_ORGANIZATION
    ordering = ("-id",)


@admin.register(RevenueEntry)
class RevenueEntryAdmin(ReadOnlyAdmin):
    list_display = ("organization", "goal", "amount", "received_on", "note")
    list_filter = ("received_on",)
    search_fields = BY_ORGANIZATION
    ordering = ("-id",)


@admin.register(Quest)
class QuestAdmin(ReadOnlyAdmin):
    list_display = ("organization", "title", "goal", "provider", "created_at")
    list_filter = ("provider", "created_at")
    search_fields = (*BY_ORGANIZATION, "=transaction_id")
    ordering = ("-id",)


@admin.register(LeadList)
class LeadListAdmin(ReadOnlyAdmin):
    list_display = ("organization", "title", "goal", "provider", "created_at")
    list_filter = ("provider", "created_at")
    search_fields = (*BY_ORGANIZATION, "=transaction_id")
    ordering = ("-id",)


@admin.register(RevenueForecast)
class RevenueForecastAdmin(ReadOnlyAdmin):
    list_display = ("organization", "title", "method", "provider", "created_at")
    list_filter = ("method", "provider", "created_at")
    search_fields = (*BY_ORGANIZATION, "=transaction_id")
    ordering = ("-id",)


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """The newest change of each record, as clients pull it."""

    list_display = ("organization", "seq", "type", "record_id", "version", "removed")
    list_filter = ("type", ("removed", admin.EmptyFieldListFilter))
    search_fields = ("=organization__id", "=record_id")


@admin.register(ChangeHead)
class ChangeHeadAdmin(ReadOnlyAdmin):
    """How far each organization's changes are numbered."""

    list_display = ("organization_id", "seq")
    search_fields = ("=organization_id",)


@admin.register(PushedChange)
class PushedChangeAdmin(ReadOnlyAdmin):
    """What clients pushed, and what became of it."""

    list_display = ("organization", "client_change_id", "created_at")
    list_filter = ("created_at",)
    search_fields = ("=organization__id", "=client_change_id")
    ordering = ("-id",)


@admin.register(SyncConflict)
class SyncConflictAdmin(ReadOnlyAdmin):
    """Two edits of one record, and which was kept."""

    list_display = ("organization", "type", "record_id", "created_at", "kept", "resolved_at")
    list_filter = ("type", "kept", "created_at")
    search_fields = ("=organization__id", "=record_id")
    ordering = ("-id",)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """Who subscribed to their steps."""

    list_display = ("organization", "user", "created_at")
    list_filter = ("created_at",)
    search_fields = ("=organization__id", "=user__id")
    ordering = ("-id",)
