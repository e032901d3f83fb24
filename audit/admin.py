"""The stream as staff read it."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import HttpRequest

from audit.events import KINDS
from audit.models import ChainHead, Event, Opening, ReaderPosition
from saas.accounts.models import Organization, User
from saas.web.admin import ReadOnlyAdmin


class ByWhom(admin.SimpleListFilter):
    """Whether staff, a person, a key or a job acted."""

    title = "who acted"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the kinds of actors."""
        return [("staff", "Staff"), ("user", "A person"), ("key", "An API key"), ("system", "A job")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter as chosen."""
        return queryset.filter(actor__kind=self.value()) if self.value() else queryset


class OfKind(admin.SimpleListFilter):
    """The kinds there are, without reading the stream for those that have been."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return every kind of event as a choice."""
        return [(kind, kind) for kind in sorted(KINDS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter as chosen."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


def _as_id(text: str) -> str:
    """Return a UUID as it is stored; "" for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The audit log of all organizations, read-only."""

    readonly_fields = ("hash_in_hex",)
    list_display = ("created_at", "organization_id", "seq", "kind", "who", "reason")
    list_filter = ("created_at", ByWhom, OfKind)
    search_fields = ("kind", "reason")
    search_help_text = "An id, a person's address, an organization's name, or words of the kind or reason."
    ordering = ("-id",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """Return the events about what is searched: by its id, a person, an organization, the kind or the reason."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if id_ := _as_id(term):
            by_id = Q(id=id_) | Q(organization_id=id_)
            return queryset.filter(by_id | Q(actor__user_id=id_) | Q(data__user=id_)), False
        if "@" in term:
            people = [str(each) for each in User.objects.filter(email__iexact=term).values_list("pk", flat=True)]
            return queryset.filter(Q(actor__user_id__in=people) | Q(data__user__in=people)), False
        organizations = Organization.objects.filter(name__icontains=term).values("id")
        words = Q(kind__icontains=term) | Q(reason__icontains=term)
        return queryset.filter(words | Q(organization_id__in=organizations)), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the events, each with the address of the person who acted."""
        acting = Cast(KeyTextTransform("user_id", "actor"), UUIDField())
        address = User.objects.filter(pk=OuterRef("acting")).values("email")
        events: QuerySet[Any] = super().get_queryset(request).annotate(acting=acting)
        known: QuerySet[Any] = events.annotate(address=Subquery(address))
        return known

    @admin.display(description="who")
    def who(self, event: Any) -> str:
        return f"{event.actor.get('kind', 'system')} {event.address or ''}".strip()

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


@admin.register(ReaderPosition)
class ReaderPositionAdmin(ReadOnlyAdmin):
    """How far the stream was read."""

    list_display = ("reader", "organization_id", "seq")
    list_filter = ("reader",)
    search_fields = ("=organization_id",)


@admin.register(Opening)
class OpeningAdmin(ReadOnlyAdmin):
    """From where on each organization's history is in the database; what is older is in files."""

    list_display = ("organization_id", "number", "event_seq", "entry_seq", "created_at")
    search_fields = ("=organization_id",)
