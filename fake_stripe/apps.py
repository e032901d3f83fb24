"""Django's app for the fake Stripe; settings install it in sandbox mode only."""

from django.apps import AppConfig


class FakeStripeConfig(AppConfig):
    """Only the code leaves with the mode: its tables and their policies are released by `marketplace`, and stay."""

    name = "fake_stripe"
    releases_sql = False
    state_looks = {
        "success": "active paid succeeded delivered won",
        "accent": "open pending trialing held",
        "warning": "past_due disputed",
        "danger": "failed lost",
    }
