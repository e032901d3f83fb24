"""Notifications as staff read them."""

from django.contrib import admin

from saas.notifications.models import Notification, NotificationChoice
from saas.web.admin import ReadOnlyAdmin


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """Notifications; without `emailed_at` no mail was sent yet."""

    list_display = ("created_at", "organization", "user", "kind", "title", "read_at", "emailed_at")
    list_filter = ("kind", "created_at", ("emailed_at", admin.EmptyFieldListFilter))
    search_fields = ("organization__name", "=organization__id", "user__email")
    ordering = ("-created_at",)


@admin.register(NotificationChoice)
class NotificationChoiceAdmin(ReadOnlyAdmin):
    """Which notifications people chose, and by which way."""

    list_display = ("organization", "user", "topic", "in_app", "by_mail")
    list_filter = ("topic",)
    search_fields = ("=organization__id", "user__email")
