"""The staff's site: Django's admin, working across organizations.

Note [Staff see all, act for one]
    A view of this site runs in the system context, its rendering included, so lists show every
    organization. What changes something is an action of the app, run for the organization it concerns;
    see `deed` in `saas.web.admin`. People log in through allauth, so its limits and second factor hold.
"""

from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse

from saas.kernel import tenancy

COMPARISONS = ("", "__exact", "__isnull", "__isempty", "__in", "__gte", "__gt", "__lte", "__lt", "__id__exact")


class Guarded(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists can be filtered by what they offer only: Django would let staff probe any column, passwords included."""

    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Tell whether the address may filter by `lookup`."""
        filters: list[Any] = [*self.list_filter]
        offered = [each[0] if isinstance(each, tuple) else getattr(each, "parameter_name", each) for each in filters]
        fields = [*offered, self.date_hierarchy or "pk", "id", "organization"]
        return lookup in {f"{field}{comparison}" for field in fields for comparison in COMPARISONS}

    def response_action(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Run an action. Raises BadRequest (400) where what was chosen cannot be the id of a row."""
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(chosen)
        except ValidationError as error:
            raise BadRequest("What was chosen is no row of this list.") from error
        return super().response_action(request, *args, **options)


class StaffSite(admin.AdminSite):
    """Django's admin site in the system context, entered through allauth."""

    enable_nav_sidebar = True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Run the view and render its answer in the system context."""
        checked = super().admin_view(view, cacheable)

        @wraps(checked)
        def across_organizations(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with tenancy.system():
                response = checked(request, *args, **kwargs)
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return across_organizations

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register models; whatever their admin is, it is guarded."""
        chosen = admin_class or admin.ModelAdmin
        if not issubclass(chosen, Guarded):
            chosen = type(chosen.__name__, (Guarded, chosen), {})
        super().register(model_or_iterable, chosen, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to allauth's login; refuse those who are logged in and no staff."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send staff to allauth, which knows of sessions and second factors."""
        return redirect("account_change_password")
