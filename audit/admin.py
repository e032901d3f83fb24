"""The stream as staff read it."""

from django.contrib import admin

from audit.models import ChainHead, Event, Notification, NotificationChoice, ReaderPosition
from saas.web.admin import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Who did what, when, why."""

    readonly_fields = ("hash_in_hex",)
    list_display = ("created_at", "organization_id", "seq", "kind", "reason")
    list_filter = ("created_at", "kind")
    search_fields = ("=id", "=organization_id", "=kind")
    ordering = ("-id",)

    @admin.display(description="hash")
    def hash_in_hex(self, event: Event) -> str:
        return bytes(event.hash).hex()


@admin.register(ChainHead)
class ChainHeadAdmin(ReadOnlyAdmin):
    """How far each chain has come."""

    readonly_fields = ("hash_in_hex",)
    list_display = ("organization_id", "seq", "hash_in_hex")
    search_fields = ("=organization_id",)

    @admin.display(description="hash")
    def hash_in_hex(self, head: ChainHead) -> str:
        return bytes(head.hash).hex()


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What people were told; without `emailed_at` no mail went out yet."""

    list_display = ("created_at", "organization", "user", "kind", "title", "read_at", "emailed_at")
    list_filter = ("kind", "created_at", ("emailed_at", admin.EmptyFieldListFilter))
    search_fields = ("organization__name", "=organization__id", "user__email")
    ordering = ("-created_at",)


@admin.register(ReaderPosition)
class ReaderPositionAdmin(ReadOnlyAdmin):
    """How far the stream was read."""

    list_display = ("reader", "organization_id", "seq")
    list_filter = ("reader",)
    search_fields = ("=organization_id",)


@admin.register(NotificationChoice)
class NotificationChoiceAdmin(ReadOnlyAdmin):
    """What people want to be told of, and how."""

    list_display = ("organization", "user", "topic", "in_app", "by_mail")
    list_filter = ("topic",)
    search_fields = ("=organization__id", "user__email")
