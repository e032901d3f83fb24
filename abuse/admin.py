"""The staff's queue of blocks and flags: read-only lists whose three actions go through `actions.review`."""

from typing import Any

from django.contrib import admin

from abuse import actions
from abuse.models import Block, Flag, Review
from saas.accounts.models import User
from saas.kernel.actor import current_actor
from saas.web.admin import ReadOnlyAdmin, confirmed_action


class QueueAdmin(ReadOnlyAdmin):
    """A queue: nothing is added, edited or deleted here, only reviewed, with a reason that is its note."""

    actions = ("mark_seen", "clear", "uphold")
    list_select_related = ("user", "organization", "reviewed_by")
    search_fields = ("user__email", "organization__name", "note")
    date_hierarchy = "started_at"

    @confirmed_action("Mark seen…")
    def mark_seen(self, item: Block | Flag, values: dict[str, Any]) -> str:
        return _review(item, Review.SEEN, values["reason"])

    @confirmed_action("Clear (ends a block)…")
    def clear(self, item: Block | Flag, values: dict[str, Any]) -> str:
        return _review(item, Review.CLEARED, values["reason"])

    @confirmed_action("Uphold…")
    def uphold(self, item: Block | Flag, values: dict[str, Any]) -> str:
        return _review(item, Review.KEPT, values["reason"])


def _review(item: Block | Flag, status: Review, note: str) -> str:
    by = current_actor().user_id
    assert by is not None
    reviewer = User.objects.get(pk=by)
    actions.review(item=item, status=status, note=note, reviewer=reviewer)
    return f"{status.label.lower()}."


@admin.register(Block)
class BlockAdmin(QueueAdmin):
    list_display = ("user", "organization", "rule", "started_at", "ended_at", "status", "reviewed_by", "note")
    list_filter = ("status", "rule", "started_at")


@admin.register(Flag)
class FlagAdmin(QueueAdmin):
    list_display = ("user", "organization", "rule", "tokens", "started_at", "status", "reviewed_by", "note")
    list_filter = ("status", "rule", "started_at")
