"""Read paid subscriptions."""

from datetime import datetime

from marketplace.models import StripeSubscription
from marketplace.stripe.gateway import PlanPrice
from plans.models import Subscription
from plans.price_book import FREE_PLAN, PlanTerms
from plans.queries import current_book, entitlements
from saas.kernel import tenancy


def given_plan_ends_at() -> datetime | None:
    """Return when a plan that nobody pays for at Stripe ends, if its customer has left it."""
    leaving = Subscription.objects.filter(ended_at=None, scheduled_plan_key=FREE_PLAN)
    return leaving.values_list("scheduled_for", flat=True).first()


def can_be_paused(live: StripeSubscription | None) -> bool:
    """Return True for a paid plan that runs, and of which no change is planned."""
    if live is None or live.past_due_at or live.paused_at or live.cancels_at:
        return False
    return not (live.scheduled_plan_key or live.pending_plan_key)


def smaller_plans(present: PlanTerms) -> list[PlanTerms]:
    """Return the paid plans below this one at what they are sold for, the largest first."""
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    sold = [entitled.sold(plan.key) for plan in entitled.book.plans.values() if plan.rank < present.rank]
    return sorted((plan for plan in sold if plan.monthly_price), key=lambda plan: -plan.rank)


def plan_price(plan: PlanTerms) -> PlanPrice:
    """Return what Stripe is to bill for a plan; what is not on the list is a price of its own there."""
    listed = current_book().plans[plan.key].monthly_price
    return PlanPrice(plan.key, plan.name, plan.monthly_price, is_custom=plan.monthly_price != listed)
