"""Read paid subscriptions."""

from datetime import datetime

from plans.models import Subscription
from plans.price_book import FREE_PLAN


def given_plan_ends_at() -> datetime | None:
    """Return when a plan that nobody pays for at Stripe ends, if its customer has left it."""
    leaving = Subscription.objects.filter(ended_at=None, scheduled_plan_key=FREE_PLAN)
    return leaving.values_list("scheduled_for", flat=True).first()
