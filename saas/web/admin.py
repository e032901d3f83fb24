"""What the admins of all apps are made of: read-only lists, and actions that ask for a reason first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from saas.kernel import tenancy
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from saas.web.models import Counter, IdempotencyRecord
from saas.web.site import Guarded

SHOWN_MAX = 20


class StaffAdmin(Guarded):
    """Lists of fifty with their organizations at hand; whoever may change a model may run its actions."""

    list_per_page = 50
    list_select_related: ClassVar[Any] = True

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Return True if the member of staff may run actions: what Django calls changing."""
        return super().has_change_permission(request)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        """Head a row's page with whose it is."""
        if row := context.get("original"):
            context["subtitle"] = named(row)
        return super().render_change_form(request, context, *args, **options)


class ReadOnlyAdmin(StaffAdmin):
    """Nothing is added, edited or deleted here. All fields are shown, but `concealed` ones and raw bytes."""

    concealed: tuple[str, ...] = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return every field that may be seen, and what the admin computes."""
        fields = [
            field.name
            for field in self.model._meta.concrete_fields
            if field.name not in self.concealed and not isinstance(field, models.BinaryField)
        ]
        return [*fields, *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return every field that may be seen."""
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes here."""
        return False


class ConfirmedActionForm(forms.Form):
    """What every confirmed action asks for. `submission` is one for a form however often it is sent."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    reason = forms.CharField(max_length=200, help_text="Kept in the audit log for ever.")


class Instant(forms.DateTimeField):
    """A day and time in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"help_text": "UTC", **options})


@dataclass(frozen=True)
class ActionPreview:
    """A table that a confirmed action shows of an item, before it is filled in or before it is done."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


Act = Callable[[Any, Any, dict[str, Any]], str]
Effect = Callable[[dict[str, Any], Any], ActionPreview]


def confirmed_action(
    description: str,
    form: type[ConfirmedActionForm] = ConfirmedActionForm,
    *,
    preview: Callable[[Any], ActionPreview] | None = None,
    effect: Effect | None = None,
) -> Callable[[Act], Any]:
    """Make an admin action of `act(admin, item, values) -> what was done`.

    It shows the form with the chosen items first, and a preview of each. With `effect` a second page shows what the
    filled form would do to each item, and asks to confirm it. Each item is then done for its own organization; a
    refusal of one is shown and does not stop the others.
    """

    def decorate(act: Act) -> Any:
        @admin.action(description=description, permissions=["act"])
        @wraps(act)
        def action(self: StaffAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> TemplateResponse | None:
            filled = form(request.POST if "submission" in request.POST else None)
            if not filled.is_valid() or "edit" in request.POST:
                submit = "Continue" if effect else ""
                return _ask(self, request, queryset, filled, description, preview, submit=submit)
            values = filled.cleaned_data
            if effect and "confirmed" not in request.POST:
                effects = partial(effect, values)
                return _ask(self, request, queryset, filled, description, effects, confirming=True)
            for item in queryset:
                self.message_user(request, *_do(act, self, item, values))
            return None

        return action

    return decorate


def _ask(
    model_admin: StaffAdmin,
    request: HttpRequest,
    queryset: QuerySet[Any],
    form: ConfirmedActionForm,
    title: str,
    preview: Callable[[Any], ActionPreview] | None,
    *,
    submit: str = "",
    confirming: bool = False,
) -> TemplateResponse:
    """Show what will be done to what, and ask for the rest, or for a confirmation."""
    items = list(queryset[:SHOWN_MAX])
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title.rstrip("…"),
        "form": form,
        "submit": submit or title.rstrip("…"),
        "confirming": confirming,
        "opts": model_admin.model._meta,
        "items": [(named(item), preview(item) if preview else None) for item in items],
        "more": max(queryset.count() - SHOWN_MAX, 0),
        "kept": [
            ("action", request.POST["action"]),
            ("select_across", request.POST.get("select_across", "0")),
            *((ACTION_CHECKBOX_NAME, value) for value in request.POST.getlist(ACTION_CHECKBOX_NAME)),
        ],
    }
    return TemplateResponse(request, "admin/confirmed_action.html", context)


def _do(act: Act, model_admin: StaffAdmin, item: Any, values: dict[str, Any]) -> tuple[str, int]:
    """Run the action for one item; return the message to show, with the customer's name."""
    organization_id, name = organization_of(item), named(item)
    try:
        with tenancy.organization(organization_id) if organization_id else tenancy.system():
            return f"{name}: {act(model_admin, item, values)}", messages.SUCCESS
    except DomainError as error:
        return f"{name}: {error.detail}", messages.ERROR


def organization_of(item: Any) -> UUID | None:
    """Return the organization of a row; None for a row without one."""
    organization_id: UUID | None = getattr(item, "organization_id", None)
    return organization_id


def named(item: Any) -> str:
    """Return the name of a row, with the name of its organization."""
    organization = getattr(item, "organization", None)
    return f"{organization}, {item}" if organization else str(item)


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    """Which keys were used; the answers stay between the customer and us."""

    concealed = ("answer", "encrypted_answer")
    list_display = ("key", "organization", "status", "user_id", "transaction_id", "created_at")
    list_filter = ("status", "created_at")
    search_fields = ("=key", "organization__name")
    ordering = ("-created_at",)


@admin.register(Counter)
class CounterAdmin(ReadOnlyAdmin):
    """How many attempts are counted now; whose they are is hashed."""

    list_display = ("key", "number", "ends_at")
    ordering = ("-ends_at",)
