"""The StripeClient of a process, and its errors as ours."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from math import ceil
from time import monotonic
from typing import Any

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from marketplace.models.modes import BillingMode
from marketplace.stripe.gateway import breaker
from marketplace.stripe.queries import SANDBOX_MONEY, sandbox_money_exists
from saas.kernel.errors import Conflict, DomainError, NotFound, ServiceResting
from saas.kernel.transactions import durable

logger = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 3.05, 20.0
RETRIES = 2
SERVER_ERROR = 500
NO_ANSWER = "The payment service did not answer. Nothing is lost: we ask again, and nothing is ever charged twice."

hears: ContextVar[Callable[[str, str, Any, int, bytes], None] | None] = ContextVar("hears", default=None)
"""What is told each call with its answer; see `gateway.recording`."""


class PaymentsUnavailable(DomainError):
    """Stripe cannot be reached or gave no answer: the outcome is unknown, the same attempt may be repeated."""

    code, status, title = "payments_unavailable", 503, "Payments are unavailable"


class PaymentsResting(PaymentsUnavailable, ServiceResting):
    """Stripe did not answer others lately, so it was not asked: nothing has happened. See `gateway.breaker`."""


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


class _LeftAlone(stripe.APIConnectionError):
    """The breaker is open: nothing was sent."""


class BreakingClient(stripe.RequestsClient):
    """The SDK's HTTP client behind the breaker. What timed out, or failed slowly, is not sent again at once.

    That is up to who asked: so a call takes as long as one answer may take, and two failures that came quickly.
    """

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> Any:
        """Send a request, unless Stripe is left alone now. Raises APIConnectionError without an answer."""
        if wait := breaker.admit():
            raise _LeftAlone(f"left alone for {wait:.0f} s")  # type: ignore[no-untyped-call]
        began = monotonic()
        try:
            answer = super().request(method, url, headers, post_data)
        except stripe.APIConnectionError as error:
            breaker.record(healthy=False)
            error.should_retry = error.should_retry and monotonic() - began < CONNECT_SECONDS
            raise
        breaker.record(healthy=answer[1] < SERVER_ERROR)
        if monotonic() - began >= CONNECT_SECONDS:
            said: Any = answer[2]
            said["Stripe-Should-Retry"] = "false"  # the SDK goes by it
        if (hear := hears.get()) is not None:
            hear(method, url, post_data, answer[1], answer[0])
        return answer


def _transport() -> stripe.HTTPClient:
    if settings.BILLING_MODE != BillingMode.SANDBOX:
        return BreakingClient(timeout=(CONNECT_SECONDS, READ_SECONDS))
    fake: stripe.HTTPClient = import_string(settings.FAKE_STRIPE_TRANSPORT)()
    return fake


@contextmanager
def asking() -> Iterator[stripe.StripeClient]:
    """Call Stripe with no transaction and no connection open.

    Raises CardDeclined, NotFound for an object that is not there, NotPossible for one in another state, and
    PaymentsUnavailable for an unknown outcome, so that the same call may be repeated; PaymentsResting where Stripe was
    not asked.
    """
    stripe_client = client()
    with durable():
        try:
            yield stripe_client
        except stripe.CardError as error:
            raise _declined(error) from error
        except _LeftAlone as error:
            raise _resting(breaker.wait_seconds()) from error
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


def require_answering() -> None:
    """Raise PaymentsResting while Stripe is left alone: before something is written that only Stripe can finish."""
    if wait := breaker.wait_seconds():
        raise _resting(wait)


def is_resting() -> bool:
    """Return True while Stripe is left alone because it did not answer."""
    return breaker.wait_seconds() > 0


def _unavailable() -> PaymentsUnavailable:
    return PaymentsUnavailable(NO_ANSWER, retry_after=30)


def _resting(wait: float) -> PaymentsResting:
    return PaymentsResting(NO_ANSWER, retry_after=max(1, ceil(wait)))


def _declined(error: stripe.CardError) -> CardDeclined:
    reason = getattr(error.error, "decline_code", None) or error.code or "card_declined"
    if reason == "invoice_payment_intent_requires_action":
        reason = "authentication_required"
    needs_customer = reason == "authentication_required"
    text = "Your bank wants you to confirm this payment." if needs_customer else "Your card was declined."
    return CardDeclined(f"{text} Pay on the payment page, or use another card.", reason=reason)
