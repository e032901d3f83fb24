"""Forms about people and organizations."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest

from saas.accounts import keys
from saas.accounts.models import Department, Role, User
from saas.accounts.queries import departments
from tokens.kinds import QuotaScope


class SignupForm(forms.Form):
    """What sign-up asks beyond address and password."""

    organization = forms.CharField(max_length=120, label="Your business", strip=True)

    field_order = ("organization", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth when the person is made; the adapter has opened the organization."""


class DepartmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the organization's departments, or none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Department.objects.none(), required=False, empty_label="No department", **options)

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        """Offer the departments of the organization that is acted for now."""
        self.queryset = departments()
        return super().get_bound_field(form, field_name)

    def clean(self, value: Any) -> Any:
        """Return the department's id or None."""
        self.queryset = departments()
        department = super().clean(value)
        return department.pk if department else None


class InvitationForm(forms.Form):
    """Somebody to invite."""

    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.MEMBER)
    department_id = DepartmentChoice(label="Department")


class MemberForm(forms.Form):
    """A member's role and department."""

    role = forms.ChoiceField(choices=Role.choices)
    department_id = DepartmentChoice(label="Department")


class DepartmentForm(forms.Form):
    """A new department."""

    name = forms.CharField(max_length=80, label="Name")


class QuotaForm(forms.Form):
    """The most a department or member may spend a month; empty removes the quota."""

    scope = forms.ChoiceField(choices=QuotaScope.choices, widget=forms.HiddenInput)
    subject_id = forms.UUIDField(widget=forms.HiddenInput)
    tokens = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False, label="Tokens a month")


class ApiKeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(max_length=80, label="What is it for?")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in keys.SCOPES],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
        label="It may",
    )


class OrganizationForm(forms.Form):
    """An organization's name and time zone."""

    name = forms.CharField(max_length=120, label="Your business")
    timezone = forms.ChoiceField(choices=[(zone, zone) for zone in sorted(available_timezones())], label="Time zone")
