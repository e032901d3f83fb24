"""The ledger as staff see it: nothing is edited, corrections are new lines with a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from saas.accounts.models import Organization
from saas.web.admin import ConfirmedActionForm, ReadOnlyAdmin, confirmed_action
from tokens import actions
from tokens.models import Bucket, Entry, Gauge, Hold, Quota


class ClawForm(ConfirmedActionForm):
    """How much of a bucket is to be taken back in all."""

    tokens = forms.IntegerField(
        min_value=0, label="Taken back in all", help_text="What was spent becomes debt; a smaller number gives back."
    )
    field_order = ("tokens", "reason")


class AccountAdmin(ReadOnlyAdmin):
    """An organization's totals. Registered by `plans.admin`, where tokens are granted: the price book says how many."""

    list_display: tuple[str, ...] = ("organization", "available", "held", "debt", "suspended_at", "resets_at")
    list_filter = (("suspended_at", admin.EmptyFieldListFilter),)
    search_fields = ("organization__name", "=organization__id")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the accounts of organizations: the platform's row, and that of a chain of nobody, are none."""
        return super().get_queryset(request).filter(organization__in=Organization.objects.all())


@admin.register(Bucket)
class BucketAdmin(ReadOnlyAdmin):
    """Grants and what is left of them."""

    actions = ("freeze", "thaw", "claw")
    list_display = ("organization", "source", "granted", "remaining", "held", "expires_at", "expired_at", "frozen_at")
    list_filter = ("source", "created_at", "expires_at", ("frozen_at", admin.EmptyFieldListFilter))
    search_fields = ("organization__name", "=organization__id", "=id", "=business_key")
    ordering = ("-id",)

    @confirmed_action("Freeze…")
    def freeze(self, bucket: Bucket, values: dict[str, Any]) -> str:
        frozen = actions.freeze(business_key=bucket.business_key, frozen=True, reason=values["reason"])
        return "frozen." if frozen else "was frozen already."

    @confirmed_action("Thaw…")
    def thaw(self, bucket: Bucket, values: dict[str, Any]) -> str:
        thawed = actions.freeze(business_key=bucket.business_key, frozen=False, reason=values["reason"])
        return "thawed." if thawed else "was not frozen."

    @confirmed_action("Take tokens back…", ClawForm)
    def claw(self, bucket: Bucket, values: dict[str, Any]) -> str:
        moved = actions.claw(business_key=bucket.business_key, tokens=values["tokens"], reason=values["reason"])
        return f"{moved.tokens:+,} tokens, {moved.debt:+,} debt."


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Reservations and what became of them."""

    actions = ("release",)
    list_display = ("id", "organization", "operation", "status", "tokens", "settled_tokens", "created_at", "ended_at")
    list_filter = ("status", "operation", "created_at")
    search_fields = ("organization__name", "=organization__id", "=id", "=user_id")
    ordering = ("-id",)

    @confirmed_action("Release…")
    def release(self, hold: Hold, values: dict[str, Any]) -> str:
        ended = actions.release(transaction_id=hold.id, reason=values["reason"])
        return f"{ended.tokens} tokens returned."


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """The lines of the ledger."""

    list_display = ("organization", "seq", "kind", "tokens", "held", "debt", "balance_after", "operation", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("=organization__id", "=transaction_id", "=bucket__id")
    ordering = ("-id",)


@admin.register(Quota)
class QuotaAdmin(ReadOnlyAdmin):
    """What departments and people may spend."""

    actions = ("remove",)
    list_display = (
        "organization",
        "scope",
        "subject_id",
        "limit_tokens",
        "raised_tokens",
        "used_tokens",
        "counted_since",
    )
    list_filter = ("scope",)
    search_fields = ("organization__name", "=organization__id", "=subject_id")

    @confirmed_action("Remove…")
    def remove(self, quota: Quota, values: dict[str, Any]) -> str:
        removed = actions.remove_quota(quota_id=quota.id, reason=values["reason"])
        return "removed." if removed else "was removed already."


@admin.register(Gauge)
class GaugeAdmin(ReadOnlyAdmin):
    """How far the ledger was read for alerts, and the level last notified."""

    list_display = ("organization", "entry_seq", "total", "reference", "level", "run_out_told")
    search_fields = ("organization__name", "=organization__id")
