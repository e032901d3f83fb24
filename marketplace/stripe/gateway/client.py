"""The StripeClient of a process, and its errors as ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from marketplace.models.modes import BillingMode
from marketplace.stripe.queries import SANDBOX_MONEY, sandbox_money_exists
from saas.kernel.errors import Conflict, DomainError, NotFound
from saas.kernel.transactions import durable

logger = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 3.05, 20.0
RETRIES = 2


class PaymentsUnavailable(DomainError):
    """Stripe cannot be reached or gave no answer: the outcome is unknown, the same attempt may be repeated."""

    code, status, title = "payments_unavailable", 503, "Payments are unavailable"


class NotPossible(Conflict):
    """Stripe says that this cannot be done with the object as it stands, for example because it is paid already.

    `reason` is Stripe's code.
    """

    reason = ""


class CardDeclined(DomainError):
    """The card was refused, or its bank wants the customer to confirm."""

    code, status, title = "card_declined", 402, "The card was declined"


def api_version() -> str:
    """Return the version of Stripe's API that the library speaks."""
    return str(stripe.api_version)


@cache
def client() -> stripe.StripeClient:
    """Return the process's client: pinned version, two retries under one idempotency key, short timeouts."""
    if settings.BILLING_MODE == BillingMode.LIVE:
        _refuse_sandbox_money()
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY or "sandbox_has_no_key",
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {},
        max_network_retries=RETRIES,
        http_client=_transport(),
    )


def _refuse_sandbox_money() -> None:
    if sandbox_money_exists():
        raise ImproperlyConfigured(SANDBOX_MONEY)


def _transport() -> stripe.HTTPClient:
    if settings.BILLING_MODE != BillingMode.SANDBOX:
        return stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS))
    fake: stripe.HTTPClient = import_string(settings.FAKE_STRIPE_TRANSPORT)()
    return fake


@contextmanager
def asking() -> Iterator[stripe.StripeClient]:
    """Call Stripe with no transaction and no connection open.

    Raises CardDeclined, NotFound for an object that is not there, NotPossible for one in another state, and
    PaymentsUnavailable for an unknown outcome, so that the same call may be repeated.
    """
    stripe_client = client()
    with durable():
        try:
            yield stripe_client
        except stripe.CardError as error:
            raise _declined(error) from error
        except (
            stripe.APIConnectionError,
            stripe.RateLimitError,
            stripe.APIError,
            stripe.IdempotencyError,
        ) as error:
            raise _unavailable() from error
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            logger.error("Stripe refuses STRIPE_SECRET_KEY: %s", error.user_message)
            raise _unavailable() from error
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                raise NotFound("Stripe does not know this any more.", param=error.param) from error
            logger.exception("Stripe refuses a request")
            refusal = NotPossible(f"The payment service did not accept this: {error.user_message}")
            refusal.reason = error.code or ""
            raise refusal from error


def _unavailable() -> PaymentsUnavailable:
    return PaymentsUnavailable(
        "The payment service did not answer. Nothing is lost: we ask again, and nothing is ever charged twice.",
        retry_after=30,
    )


def _declined(error: stripe.CardError) -> CardDeclined:
    reason = getattr(error.error, "decline_code", None) or error.code or "card_declined"
    if reason == "invoice_payment_intent_requires_action":
        reason = "authentication_required"
    needs_customer = reason == "authentication_required"
    text = "Your bank wants you to confirm this payment." if needs_customer else "Your card was declined."
    return CardDeclined(f"{text} Pay on the payment page, or use another card.", reason=reason)
