"""The staff's queue of blocks and flags: read-only lists whose three actions go through `actions.review`."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from abuse import actions
from abuse.models import Block, Flag, Review
from saas.accounts.models import User
from saas.kernel.errors import DomainError


class NoteForm(ActionForm):
    """The note that goes with a review; `clear` and `keep` need one."""

    note = forms.CharField(required=False, max_length=500, label="Note")


class QueueAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A queue: nothing is added, edited or deleted here, only reviewed."""

    action_form = NoteForm
    actions = ("mark_seen", "clear", "keep")
    list_select_related = ("user", "organization", "reviewed_by")
    search_fields = ("user__email", "organization__name", "note")
    date_hierarchy = "started_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_review_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    @admin.action(description="Mark seen", permissions=["review"])
    def mark_seen(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._review(request, queryset, Review.SEEN)

    @admin.action(description="Clear (ends a block)", permissions=["review"])
    def clear(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._review(request, queryset, Review.CLEARED)

    @admin.action(description="Keep", permissions=["review"])
    def keep(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._review(request, queryset, Review.KEPT)

    def _review(self, request: HttpRequest, queryset: QuerySet[Any], status: Review) -> None:
        note, reviewer = request.POST.get("note", ""), cast(User, request.user)
        for item in queryset:
            try:
                actions.review(item=item, status=status, note=note, reviewer=reviewer)
            except DomainError as error:
                self.message_user(request, f"{item}: {error.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{item}: {status.label.lower()}.", messages.SUCCESS)


@admin.register(Block)
class BlockAdmin(QueueAdmin):
    list_display = ("user", "organization", "rule", "started_at", "ended_at", "status", "reviewed_by", "note")
    list_filter = ("status", "rule", "started_at")


@admin.register(Flag)
class FlagAdmin(QueueAdmin):
    list_display = ("user", "organization", "rule", "tokens", "started_at", "status", "reviewed_by", "note")
    list_filter = ("status", "rule", "started_at")
