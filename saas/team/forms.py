"""Forms about people and organizations."""

from collections.abc import Sequence
from importlib import resources
from typing import Any, cast
from uuid import UUID
from zoneinfo import available_timezones

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from django import forms

from saas.accounts import keys
from saas.accounts.models import Department, Invitation, Role
from saas.kernel.errors import NotFound
from saas.team import actions
from tokens.kinds import QuotaScope


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"
        self.fields["login"].widget.attrs["autofocus"] = True


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """A new person with their business, or, invited, with the address and the business of the invitation."""

    organization = forms.CharField(
        max_length=120,
        label="Your business",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )

    field_order = ("organization", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        self.invitation = _waiting_invitation()
        if self.invitation is not None:
            del self.fields["organization"]
            # A disabled field takes its initial value, whatever is posted.
            self.fields["email"].disabled = True
            self.initial["email"] = self.invitation.email


def _waiting_invitation() -> Invitation | None:
    """Return the invitation whose page led here, if it is still open."""
    secret = context.request.session.get("invitation")
    try:
        return actions.find_invitation(secret) if secret else None
    except NotFound:
        return None


class PlacingForm(forms.Form):
    """A role, and a department where there are any."""

    role = forms.ChoiceField(choices=Role.choices, initial=Role.MEMBER)
    department_id = forms.TypedChoiceField(label="Department", required=False, coerce=UUID, empty_value=None)

    def __init__(self, *args: Any, departments: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if departments:
            choices = [("", "No department"), *((str(each.pk), each.name) for each in departments)]
            cast(forms.ChoiceField, self.fields["department_id"]).choices = choices
        else:
            del self.fields["department_id"]


class InvitationForm(PlacingForm):
    """Somebody to invite."""

    email = forms.EmailField(label="E-mail address")

    field_order = ("email", "role", "department_id")


class MemberForm(PlacingForm):
    """A member's role and department."""


class DepartmentForm(forms.Form):
    """A new department."""

    name = forms.CharField(max_length=80, label="Name")


class QuotaForm(forms.Form):
    """The most a department or member may spend a month; empty removes the quota."""

    scope = forms.ChoiceField(choices=QuotaScope.choices, widget=forms.HiddenInput)
    subject_id = forms.UUIDField(widget=forms.HiddenInput)
    tokens = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False, label="Tokens a month")


SCOPES = {
    "read": "Read everything",
    "goals:write": "Change goals, quests and revenue",
    "ai": "Spend tokens on AI",
    "tokens:write": "Hold and settle tokens for an AI of its own",
    "billing:write": "Buy packs and change the plan",
    "organization:write": "Manage people",
}
"""What the form says of each scope."""


class ApiKeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(max_length=80, label="What is it for?")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{SCOPES[scope]} ({scope})") for scope in keys.SCOPES],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
        label="It may",
    )


class OrganizationForm(forms.Form):
    """An organization's name and time zone."""

    name = forms.CharField(max_length=120, label="Your business")
    timezone = forms.ChoiceField(choices=[(zone, zone) for zone in available_timezones()], label="Time zone")


def places() -> list[str]:
    """Return one time zone for each set of places whose clocks have agreed since 1970: half of all names."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text()
    named = {line.split("\t")[2] for line in table.splitlines() if not line.startswith("#")}
    return sorted({"UTC", *named})
