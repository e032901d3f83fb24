"""The staff's site: Django's admin, working across organizations.

Note [Staff see all, act for one]
    A view of this site runs in the system context, its rendering included, so lists show every
    organization. What changes something is an action of the app, run for the organization it concerns;
    see `confirmed_action` in `saas.web.admin`. People log in through allauth, so its limits and second factor hold;
    `before_staff_work` asks for the factor and for a fresh login.
"""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import secure_admin_login
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.utils.html import format_html

from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.web.middleware import SECOND_FACTORS

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
COMPARISONS = ("", "__exact", "__isnull", "__isempty", "__in", "__gte", "__gt", "__lte", "__lt", "__id__exact")
DATE_PARTS = ("__year", "__month", "__day")
"""What the links of a date hierarchy ask for."""


def before_staff_work(request: HttpRequest) -> HttpResponse | None:
    """Return the page that a member of staff must visit first; None if there is none.

    In production everybody sets up a second factor before the first page, and has used it in this session. What writes
    needs a login of the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds, in development too: allauth asks for one, and
    does afterwards what was posted.
    """
    if settings.STAFF_NEED_SECOND_FACTOR:
        if not is_mfa_enabled(request.user, types=SECOND_FACTORS):
            messages.warning(request, "Set up a passkey or an authenticator app first: staff need a second factor.")
            return redirect("mfa_index")
        if not any(each["method"] == "mfa" for each in get_authentication_records(request, request.user)):
            ways = get_adapter().get_reauthentication_methods(request.user)
            way = next(way for way in ways if way["id"].startswith("mfa"))
            return redirect(f"{way['url']}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")
    if request.method not in SAFE_METHODS:
        raise_if_reauthentication_required(request, app="")
    return None


TEST = Organization.objects.filter(sandbox_of__isnull=False).values("id")


class TestOrganizations(admin.SimpleListFilter):
    """Whether rows of test organizations are in the list."""

    title = "test organizations"
    parameter_name = "test_organizations"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer to leave them out, and to see nothing else."""
        return [("without", "Without"), ("only", "Only")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter as chosen."""
        chosen = self.value()
        return queryset.filter(is_test=chosen == "only") if chosen else queryset


class Guarded(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists can be filtered by what they offer only: Django would let staff probe any column, passwords included.

    Note [Test organizations in lists]
        Every list whose rows belong to organizations marks the rows of test organizations and can be filtered by it.
        They come after the customers' where somebody looks for a customer: in what a search finds, and in lists with
        one row an organization. Longer lists keep their own order, for which there is an index.
    """

    show_full_result_count = False

    def owner_column(self) -> str:
        """Return the column with the id of the organization that a row belongs to; "" where it belongs to none."""
        if issubclass(self.model, Organization):
            return "id"
        return "organization_id" if any(f.attname == "organization_id" for f in self.opts.concrete_fields) else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows, each with whether it belongs to a test organization, and with the organization's name."""
        rows, column = super().get_queryset(request), self.owner_column()
        if not column:
            return rows
        name = Organization.objects.filter(id=OuterRef(column)).values("name")
        marked: QuerySet[Any] = rows.annotate(is_test=_is_test(column), organization_name=Subquery(name))
        return marked

    def get_ordering(self, request: HttpRequest) -> Any:
        """Return the list's order; see Note [Test organizations in lists]."""
        ordering, column = super().get_ordering(request), self.owner_column()
        if not column:
            return ordering
        searched = any(request.GET.get(name) for name in ("q", "term"))
        field = next(field for field in self.opts.concrete_fields if field.attname == column)
        if not searched and not field.unique:
            return ordering
        return (_is_test(column).asc(), *(ordering or self.opts.ordering or ("-pk",)))

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns, with the organization's name marked as a test organization's where it is one."""
        has_name = issubclass(self.model, Organization) or any(f.name == "organization" for f in self.opts.fields)
        marked = {"name"} if issubclass(self.model, Organization) else {"organization"}
        marked |= set() if has_name else {"organization_id"}
        return ["customer" if name in marked else name for name in super().get_list_display(request)]

    @admin.display(description="organization", ordering="organization_name")
    def customer(self, row: Any) -> str:
        """Return the name of the row's organization, marked where that is a test organization."""
        name = row.organization_name or getattr(row, self.owner_column()) or "-"
        return format_html('{} <span class="test-mark">test organization</span>', name) if row.is_test else str(name)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters; the last is for test organizations."""
        filters = super().get_list_filter(request)
        return [*filters, TestOrganizations] if self.owner_column() else filters

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Return what is searched: where rows belong to organizations, these too, by name and by id."""
        fields = super().get_search_fields(request)
        if not any(field.name == "organization" for field in self.opts.fields):
            return fields
        return [*fields, *(each for each in ("organization__name", "=organization__id") if each not in fields)]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Return True if the address may filter by `lookup`."""
        filters: list[Any] = [*(self.get_list_filter(request) if request else self.list_filter)]
        offered = [each[0] if isinstance(each, tuple) else getattr(each, "parameter_name", each) for each in filters]
        fields = [*offered, self.date_hierarchy or "pk", "id", "organization"]
        dates = {f"{self.date_hierarchy}{part}" for part in DATE_PARTS}
        return lookup in {f"{field}{comparison}" for field in fields for comparison in COMPARISONS} | dates

    def response_action(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Run an action. Raises BadRequest (400) where what was chosen cannot be the id of a row."""
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(chosen)
        except ValidationError as error:
            raise BadRequest("What was chosen is no row of this list.") from error
        return super().response_action(request, *args, **options)


def _is_test(column: str) -> Any:
    return ExpressionWrapper(Q(**{f"{column}__in": TEST}), output_field=BooleanField())


class StaffSite(admin.AdminSite):
    """Django's admin site in the system context, entered through allauth."""

    enable_nav_sidebar = True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Run the view and render its answer in the system context."""
        checked = super().admin_view(view, cacheable)
        leaves = view == self.logout

        @wraps(checked)
        def across_organizations(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not leaves and self.has_permission(request) and (first := before_staff_work(request)):
                return first
            with tenancy.system():
                response = checked(request, *args, **kwargs)
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return across_organizations

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of every page; in development it warns a member of staff without a second factor."""
        lacks_factor = self.has_permission(request) and not is_mfa_enabled(request.user, types=SECOND_FACTORS)
        return {**super().each_context(request), "without_second_factor": lacks_factor}

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register models; whatever their admin is, it is guarded."""
        chosen = admin_class or admin.ModelAdmin
        if not issubclass(chosen, Guarded):
            chosen = type(chosen.__name__, (Guarded, chosen), {})
        super().register(model_or_iterable, chosen, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to allauth's login; refuse people who are logged in and not staff."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send staff to allauth, which knows of sessions and second factors."""
        return redirect("account_change_password")
