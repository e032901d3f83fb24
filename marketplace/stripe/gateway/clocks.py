"""What only test keys can do, for `manage.py check_stripe`: clocks that are set, test cards, hands of the dashboard.

Customers made here name no organization, so that an installation on the same account takes them for another product's.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from typing import Any

import stripe
from django.conf import settings

from marketplace.models.modes import BillingMode
from marketplace.stripe.gateway.client import NO_ANSWER, PaymentsUnavailable, asking
from marketplace.stripe.gateway.values import at

MADE_BY = {"made_by": "check_stripe"}
READY_SECONDS, LOOK_SECONDS = 300.0, 2.0
NOBODY = "none_of_check_stripe"
"""An id that no object has: to ask whether a key may write, without writing anything."""


@dataclass(frozen=True)
class StripeClock:
    """A test clock at Stripe: what belongs to it lives at `now`."""

    clock_id: str
    now: datetime


@contextmanager
def trying() -> Iterator[stripe.StripeClient]:
    """Call Stripe with test keys. Raises RuntimeError with live ones, else as `asking` does."""
    if settings.BILLING_MODE == BillingMode.LIVE:
        raise RuntimeError("this is for test keys only")
    with asking() as c:
        yield c


def open_clock(now: datetime) -> StripeClock:
    """Make a clock; Stripe takes three customers on each, and forgets it after a month."""
    with trying() as c:
        made = c.v1.test_helpers.test_clocks.create({"frozen_time": int(now.timestamp()), "name": "check_stripe"})
    return StripeClock(made.id, at(made.frozen_time))


def advance(clock: StripeClock, to: datetime) -> StripeClock:
    """Let the clock's time pass, and wait until all that falls due was done. Raises PaymentsUnavailable otherwise."""
    with trying() as c:
        moved = c.v1.test_helpers.test_clocks.advance(clock.clock_id, {"frozen_time": int(to.timestamp())})
    moved = eventually(lambda: _clock(clock.clock_id), lambda found: found.status == "ready", seconds=READY_SECONDS)
    if moved.status != "ready":
        raise PaymentsUnavailable(NO_ANSWER)
    return StripeClock(clock.clock_id, at(moved.frozen_time))


def _clock(clock_id: str) -> Any:
    with trying() as c:
        return c.v1.test_helpers.test_clocks.retrieve(clock_id)


def eventually(look: Callable[[], Any], is_there: Callable[[Any], bool], *, seconds: float = 60.0) -> Any:
    """Look until it is there, every LOOK_SECONDS; return what was seen last, there or not."""
    ends_at = monotonic() + seconds
    while not is_there(seen := look()) and monotonic() < ends_at:
        sleep(LOOK_SECONDS)
    return seen


def close_clock(clock_id: str) -> None:
    """Delete the clock, with its customers and their subscriptions."""
    with trying() as c:
        c.v1.test_helpers.test_clocks.delete(clock_id)


def open_customer(clock: StripeClock, *, name: str, email: str, address: Mapping[str, str] | None = None) -> str:
    """Make a customer who lives by the clock."""
    params: Any = {"name": name, "email": email, "metadata": MADE_BY, "test_clock": clock.clock_id}
    if address:
        params["address"] = dict(address)
    with trying() as c:
        return c.v1.customers.create(params).id


def save_card(customer_id: str, test_card: str) -> str:
    """Save one of Stripe's test cards, such as "pm_card_visa", as the customer's default; return its id."""
    with trying() as c:
        saved = c.v1.payment_methods.attach(test_card, {"customer": customer_id})
        c.v1.customers.update(customer_id, {"invoice_settings": {"default_payment_method": saved.id}})
    return saved.id


def subscribe(*, customer_id: str, price_id: str) -> str:
    """Begin a subscription with the saved card, as the pay page would; return its id."""
    params: Any = {
        "customer": customer_id,
        "items": [{"price": price_id, "quantity": 1}],
        "billing_mode": {"type": "flexible"},
        "metadata": MADE_BY,
    }
    with trying() as c:
        made = c.v1.subscriptions.create(params, {"idempotency_key": f"check:{customer_id}:{price_id}"})
    return made.id


def change_by_hand(subscription_id: str, **changes: Any) -> None:
    """Change a subscription as somebody in Stripe's dashboard would."""
    params: Any = {"proration_behavior": "none", **changes}
    with trying() as c:
        c.v1.subscriptions.update(subscription_id, params)


def change_quantity(subscription_id: str, *, item_id: str, quantity: int) -> None:
    """Set how many of the plan are billed from the next period on."""
    change_by_hand(subscription_id, items=[{"id": item_id, "quantity": quantity}])


def make_coupon(percent: int) -> str:
    """Make a coupon for ever; return its id."""
    with trying() as c:
        return c.v1.coupons.create({"percent_off": percent, "duration": "forever", "metadata": MADE_BY}).id


def delete_coupon(coupon_id: str) -> None:
    """Delete a coupon."""
    with trying() as c:
        c.v1.coupons.delete(coupon_id)


def may(method: str, path: str, params: Mapping[str, Any]) -> bool:
    """Return whether the key has leave for a call. A refusal for any other reason is a yes."""
    with trying() as c:
        try:
            c.raw_request(method, path, **params)
        except stripe.PermissionError:
            return False
        except stripe.InvalidRequestError:
            return True
    return True
