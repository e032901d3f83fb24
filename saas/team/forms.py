"""Forms about people and organizations."""

from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest

from saas.accounts.models import User


class SignupForm(forms.Form):
    """What sign-up asks beyond address and password."""

    organization = forms.CharField(max_length=120, label="Your business", strip=True)

    field_order = ("organization", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth when the person is made; the adapter opens the organization."""
