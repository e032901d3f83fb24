"""Read paid subscriptions."""

from datetime import datetime

from marketplace.stripe.gateway import PlanPrice
from plans.models import Subscription
from plans.price_book import FREE_PLAN, PlanTerms
from plans.queries import current_book


def given_plan_ends_at() -> datetime | None:
    """Return when a plan that nobody pays for at Stripe ends, if its customer has left it."""
    leaving = Subscription.objects.filter(ended_at=None, scheduled_plan_key=FREE_PLAN)
    return leaving.values_list("scheduled_for", flat=True).first()


def plan_price(plan: PlanTerms) -> PlanPrice:
    """Return what Stripe is to bill for a plan; what is not on the list is a price of its own there."""
    listed = current_book().plans[plan.key].monthly_price
    return PlanPrice(plan.key, plan.name, plan.monthly_price, is_custom=plan.monthly_price != listed)
