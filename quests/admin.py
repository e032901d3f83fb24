"""Goals and what the AI made of them, as staff see them when a customer asks for help."""

from django.contrib import admin

from quests.models import Goal, LeadList, Quest, RevenueEntry, RevenueForecast
from saas.web.admin import ReadOnlyAdmin

BY_ORGANIZATION = ("organization__name", "=organization__id", "=id")


@admin.register(Goal)
class GoalAdmin(ReadOnlyAdmin):
    list_display = ("organization", "title", "target_amount", "current_amount", "due_on", "status")
    list_filter = ("status", "due_on")
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
