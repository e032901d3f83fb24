"""Forms about people and organizations."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from saas.accounts import keys
from saas.accounts import queries as accounts
from saas.accounts.models import Department, Invitation, KeyMode, Role, User
from saas.accounts.trades import Trade
from saas.kernel.errors import Conflict, Invalid, NotFound
from saas.kernel.ids import uuid7
from saas.kernel.money import currencies
from saas.kernel.text import require_name
from saas.kernel.transactions import transaction
from saas.team import actions
from saas.team.time_zones import guess, options, zone_of
from saas.web import attempts, rooms


def plain_name(value: str) -> None:
    """Refuse a name that nobody sees, or that carries a web address."""
    try:
        require_name(value)
    except Invalid as refusal:
        raise forms.ValidationError(refusal.detail) from refusal


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """The form of a login by address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"
        self.fields["login"].widget.attrs["autofocus"] = True


class _LimitedCode:
    """Few tries for a code: six digits would be guessed by many."""

    user: User

    def clean_code(self) -> str:
        """Return the right code."""
        if not attempts.try_code(self.user.pk):
            raise get_adapter().validation_error("too_many_login_attempts")
        code = str(super().clean_code())  # type: ignore[misc]
        attempts.forget_codes(self.user.pk)
        return code


class CodeForm(_LimitedCode, AuthenticateForm):  # type: ignore[misc]
    """A code after the password."""


class ConfirmationCodeForm(_LimitedCode, ReauthenticateForm):  # type: ignore[misc]
    """A code to confirm."""


UNNAMED = "My business"
"""What an organization is called until somebody names it."""


class ZoneField(forms.ChoiceField):
    """A time zone, by its name or as its option is read."""

    def to_python(self, value: Any) -> str:
        """Return the zone's name in the tz database."""
        return zone_of(str(super().to_python(value)))


class BusinessForm(forms.Form):
    """How an organization counts: its currency, its time zone, its trade. What is left out stays as it was."""

    currency = forms.ChoiceField(choices=currencies, required=False, label="Currency")
    timezone = ZoneField(choices=[(zone, zone) for zone in available_timezones()], required=False, label="Time zone")
    trade = forms.ChoiceField(choices=[("", "Choose…"), *Trade.choices], required=False, label="Trade")

    finds_zone = False
    """Whether the browser chooses the zone and the currency; what was sent once stays."""

    def zones(self) -> SafeString:
        """Return the options for the time zone, as they are today."""
        chosen = zone_of(str(self["timezone"].value()))
        return options(timezone.now().date(), chosen=chosen, detect=self.finds_zone)

    def clean(self) -> dict[str, Any]:
        """Return what was chosen; of what was not asked, what it is now."""
        values = super().clean() or {}
        for name in BusinessForm.base_fields:
            if name in values and (not values[name] and (name != "trade" or name not in self.data)):
                values[name] = self.get_initial_for_field(self.fields[name], name) or ""
        return values


class SignupForm(BusinessForm, AllauthSignupForm):  # type: ignore[misc]
    """A new person with their business, or, invited, with the address and the business of the invitation.

    How the business counts is preselected from what the browser says; its name can be given later.
    """

    organization = forms.CharField(
        max_length=120,
        required=False,
        label="Your business",
        validators=[plain_name],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    field_order = ("email", "password1", "organization", "currency", "timezone", "trade")
    account_already_exists: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        self.invitation = _waiting_invitation()
        if self.invitation is None:
            self.finds_zone = not self.is_bound
            about = asdict(guess(context.request.headers.get("Accept-Language", "")))
            self.initial = {**about, **self.initial}
            self.fields["email"].widget.attrs["autofocus"] = True
        else:
            for name in ("organization", *BusinessForm.base_fields):
                del self.fields[name]
            # A disabled field takes its initial value, whatever is posted.
            self.fields["email"].disabled = True
            self.initial["email"] = self.invitation.email

    def business(self) -> dict[str, str]:
        """Return what `open_organization` needs, but the owner."""
        values = {name: self.cleaned_data[name] for name in BusinessForm.base_fields}
        return {"name": self.cleaned_data["organization"] or UNNAMED, **values}

    def validate_unique_email(self, value: str) -> str:
        """Treat another spelling of an address that has an account as that address."""
        email = str(super().validate_unique_email(value))
        if not self.account_already_exists and accounts.has_another_owner(email):
            if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
                raise get_adapter().validation_error("email_taken")
            self.account_already_exists = True
        return email

    def try_save(self, request: HttpRequest) -> Any:
        """Make the account, or for an address that has one answer as if it were made; see Note [As if it were new]."""
        if self.account_already_exists:
            self._do_the_same_work(request)
            return super().try_save(request)
        try:
            return super().try_save(request)
        except IntegrityError as error:
            if "email" not in str(error):
                raise
            raise Conflict("This address has just been used to sign up. Log in, or reset the password.") from error

    def _do_the_same_work(self, request: HttpRequest) -> None:
        """Make an account and undo it.

        Note [As if it were new]
            Signing up with an address that has an account gives the same page after the same time as a new one:
            the same password hash and the same rows are made, and undone. The mail says what is so.
        """
        mine = self.cleaned_data["email"]
        self.cleaned_data["email"] = f"{uuid7().hex}@undone.invalid"
        try:
            with suppress(_Undo), transaction():
                adapter = get_adapter()
                user = adapter.save_user(request, adapter.new_user(request), self)
                EmailAddress.objects.create(user=user, email=user.email)
                raise _Undo
        finally:
            self.cleaned_data["email"] = mine


class _Undo(Exception):
    """Everything since the transaction began is to be undone."""


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


class QuotaForm(forms.Form):
    """The most that somebody may spend a month; empty removes the quota, left out leaves it as it is."""

    tokens = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False, label="Tokens a month at most")

    @property
    def others(self) -> dict[str, Any]:
        """Return the values of the other fields."""
        return {name: value for name, value in self.cleaned_data.items() if name != "tokens"}

    @property
    def quota(self) -> dict[str, Any]:
        """Return the quota that was asked for, if one was."""
        return {"tokens": self.cleaned_data["tokens"]} if "tokens" in self.data else {}


class MemberForm(PlacingForm, QuotaForm):
    """A member's role, department and quota."""

    field_order = ("role", "department_id", "tokens")


class DepartmentForm(forms.Form):
    """A new department."""

    name = forms.CharField(max_length=80, label="Name")


class DepartmentChanges(DepartmentForm, QuotaForm):
    """A department's name and quota."""

    field_order = ("name", "tokens")


SCOPES = {
    "read": "Read everything",
    "goals:write": "Change goals, quests and revenue",
    "ai": "Spend tokens on AI",
    "tokens:write": "Hold and settle tokens for an AI of its own",
    "billing:write": "Buy packs and change the plan",
    "organization:write": "Manage people, quotas and keys",
    "webhooks:write": "Manage webhook endpoints",
}
"""What the form says of each scope."""


MODES = {KeyMode.LIVE: "Live: on your organization", KeyMode.TEST: "Test: on a test organization whose clock you move"}
LIFETIMES = {"": "It does not expire", "30": "It expires in 30 days", "90": "in 90 days", "365": "in a year"}
OVERLAPS = {"24": "for a day", "1": "for an hour", "168": "for a week", "0": "not at all"}


class ApiKeyForm(forms.Form):
    """A new API key; its maker has `scopes`, and more than those it cannot get."""

    name = forms.CharField(max_length=80, label="What is it for?")
    mode = forms.ChoiceField(choices=MODES, required=False, label="Mode")
    scopes = forms.MultipleChoiceField(initial=["read"], widget=forms.CheckboxSelectMultiple, label="Permissions")
    expires_at = forms.ChoiceField(choices=LIFETIMES, required=False, label="For how long?")

    def __init__(self, *args: Any, scopes: frozenset[str], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        choices = [(scope, f"{SCOPES[scope]} ({scope})") for scope in keys.SCOPES if scope in scopes]
        cast(forms.MultipleChoiceField, self.fields["scopes"]).choices = choices

    def clean_mode(self) -> str:
        """Return the mode; a key is live where none was chosen."""
        return self.cleaned_data["mode"] or KeyMode.LIVE

    def clean_expires_at(self) -> datetime | None:
        """Return the instant for the number of days."""
        days = self.cleaned_data["expires_at"]
        return self.now + timedelta(days=int(days)) if days else None


class KeyRotationForm(forms.Form):
    """How long the old key works beside the new one."""

    overlap_hours = forms.TypedChoiceField(choices=OVERLAPS, coerce=int, label="The old key works on")


class AskForm(forms.Form):
    """How many tokens more, and why."""

    tokens = forms.IntegerField(min_value=1, max_value=1_000_000, label="How many tokens more?")
    note = forms.CharField(max_length=500, required=False, label="What for?")


class AnswerForm(forms.Form):
    """What is said to a request."""

    answer = forms.ChoiceField(choices=[(each, each) for each in ("period", "for_good", "decline")])
    note = forms.CharField(max_length=500, required=False)


class ProfileForm(forms.Form):
    """What a person is called."""

    name = forms.CharField(max_length=120, required=False, label="Your name", validators=[plain_name])


class OrganizationForm(BusinessForm):
    """An organization's name and how it counts. Another currency is asked about where there are amounts."""

    name = forms.CharField(max_length=120, label="Your business", validators=[plain_name])
    relabel = forms.BooleanField(required=False)
    asks_to_relabel = False

    field_order = ("name", "currency", "timezone", "trade")

    def clean(self) -> dict[str, Any]:
        """Return the values for `update_organization`; refuse another currency until `relabel` is ticked."""
        values = super().clean()
        confirmed, now = values.pop("relabel", False), self.get_initial_for_field(self.fields["currency"], "currency")
        self.asks_to_relabel = values.get("currency", now) != now and rooms.hold_amounts()
        if self.asks_to_relabel and not confirmed:
            self.add_error("relabel", "Confirm that your amounts keep their figures, or choose the currency as before.")
        return values
