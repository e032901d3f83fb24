"""What calls to AI providers cost, as staff see it."""

from django.contrib import admin

from saas.metering.models import AttemptRecord
from saas.web.admin import ReadOnlyAdmin


@admin.register(AttemptRecord)
class AttemptRecordAdmin(ReadOnlyAdmin):
    """Calls of AI providers, one row each."""

    list_display = (
        "created_at",
        "organization",
        "operation",
        "provider",
        "model",
        "outcome",
        "milliseconds",
        "cost_usd",
    )
    list_filter = ("outcome", "provider", "operation", "created_at")
    search_fields = ("organization__name", "=organization__id", "=transaction_id")
    ordering = ("-id",)
