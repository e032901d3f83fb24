"""Licenses as staff see them: payments recorded by hand, grace extended, each with a reason."""

from typing import Any

from django.contrib import admin

from licensing import actions
from licensing.models import License
from saas.web.admin import ConfirmedActionForm, Instant, ReadOnlyAdmin, confirmed_action


class FailureForm(ConfirmedActionForm):
    """The form that records when a payment failed."""

    at = Instant(required=False, label="Failed at", help_text="UTC; empty: now. Day 0 of the stages.")
    field_order = ("at", "reason")


class GraceForm(ConfirmedActionForm):
    """Until when the offline stage is put off."""

    until = Instant(help_text="UTC. AI stays off, sync and reports stay on until then.")
    field_order = ("until", "reason")


@admin.register(License)
class LicenseAdmin(ReadOnlyAdmin):
    """The dunning board's table."""

    actions = ("mark_payment_failed", "mark_payment_succeeded", "extend_grace")
    list_display = ("organization", "recorded_state", "past_due_at", "paused_at", "grace_until", "warned_state")
    list_filter = ("recorded_state", "past_due_at", "paused_at")
    search_fields = ("organization__name", "=organization__id")

    @confirmed_action("Mark payment failed…", FailureForm)
    def mark_payment_failed(self, license: License, values: dict[str, Any]) -> str:
        first = actions.payment_failed(at=values["at"], reason=values["reason"])
        return "overdue from now on, AI is off." if first else "was overdue already, nothing changed."

    @confirmed_action("Mark payment succeeded…")
    def mark_payment_succeeded(self, license: License, values: dict[str, Any]) -> str:
        restored = actions.payment_succeeded(reason=values["reason"])
        return "everything is restored." if restored else "nothing was overdue."

    @confirmed_action("Extend grace…", GraceForm)
    def extend_grace(self, license: License, values: dict[str, Any]) -> str:
        actions.extend_grace(until=values["until"], reason=values["reason"])
        return f"grace until {values['until']:%d %B %Y, %H:%M} UTC."
