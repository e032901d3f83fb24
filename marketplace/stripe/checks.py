"""Checks at the start: a wrong billing mode gives tokens away or takes real money by mistake."""

import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from marketplace.models.modes import BillingMode
from marketplace.stripe.gateway import api_version
from marketplace.stripe.queries import SANDBOX_MONEY, sandbox_money_exists
from saas.kernel import startup

TAKE_NO_WEBHOOKS = ("prepare", "stripe_webhook", "check_stripe")
"""Commands that run before there is a webhook secret: they make the database, the secret, and a check of the key."""

TAX_BEHAVIORS = ("exclusive", "inclusive")

KEY_PREFIXES = {BillingMode.TEST: ("sk_test_", "rk_test_"), BillingMode.LIVE: ("sk_live_", "rk_live_")}


@startup.register("marketplace.E001")
def problems() -> Iterator[str]:
    """Say what is wrong with the billing settings; nothing when they are safe."""
    mode = settings.BILLING_MODE
    if mode not in BillingMode.values:
        yield f"BILLING_MODE is {mode!r}: set it to one of {', '.join(BillingMode.values)}."
    elif mode == BillingMode.SANDBOX:
        yield from _sandbox_problems()
    else:
        yield from _stripe_problems(mode)
    if settings.STRIPE_API_BASE and mode != BillingMode.TEST:
        yield "STRIPE_API_BASE is for tests: it goes with BILLING_MODE=test only. Real money goes to Stripe itself."
    if settings.STRIPE_TAX_BEHAVIOR not in TAX_BEHAVIORS:
        yield f"STRIPE_TAX_BEHAVIOR is {settings.STRIPE_TAX_BEHAVIOR!r}: set it to one of {', '.join(TAX_BEHAVIORS)}."
    if api_version() != settings.STRIPE_API_VERSION:
        yield (
            f"The stripe library speaks API {api_version()}, Milepost {settings.STRIPE_API_VERSION}:"
            " take the library that was tested, or test this one and change STRIPE_API_VERSION."
        )


def _sandbox_problems() -> Iterator[str]:
    if settings.PRODUCTION:
        yield "BILLING_MODE=sandbox gives plans and packs away: it does not run in production."
    if settings.STRIPE_SECRET_KEY:
        yield "BILLING_MODE=sandbox does not run beside STRIPE_SECRET_KEY: remove one of them."


def _stripe_problems(mode: str) -> Iterator[str]:
    if not settings.STRIPE_SECRET_KEY.startswith(KEY_PREFIXES[BillingMode(mode)]):
        prefixes = " or ".join(KEY_PREFIXES[BillingMode(mode)])
        yield f"BILLING_MODE={mode} needs STRIPE_SECRET_KEY to begin with {prefixes}."
    secrets = settings.STRIPE_WEBHOOK_SECRETS
    if not all(map(str.strip, secrets)) or not (secrets or _takes_no_webhooks()):
        yield (
            f"BILLING_MODE={mode} needs STRIPE_WEBHOOK_SECRETS: without one, anybody could send payments."
            " `manage.py stripe_webhook` makes one."
        )


def _takes_no_webhooks() -> bool:
    program, *arguments = sys.argv
    return Path(program).name == "manage.py" and arguments[:1] != [] and arguments[0] in TAKE_NO_WEBHOOKS


@startup.register("marketplace.E002", database=True)
def no_sandbox_money() -> Iterator[str]:
    """Refuse live mode on a database with sandbox payments: their tokens were never paid for."""
    if settings.BILLING_MODE == BillingMode.LIVE and sandbox_money_exists():
        yield SANDBOX_MONEY
