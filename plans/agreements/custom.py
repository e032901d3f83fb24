"""Custom agreements: tokens, price, pack and overage prices agreed with one organization, with an end and a reason."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from audit.actions import record
from plans import margins
from plans.agreements import pinning, price_changes, queries
from plans.events import PriceAgreed, PriceOfferWithdrawn
from plans.margins import MarginLine
from plans.models import Agreement, Subscription
from plans.price_book import AgreedTerms
from plans.publishing import require_reason
from plans.queries import current_book, entitlements
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, Invalid

FEATURE = "custom_allocation"
"""What a plan has whose prices can be agreed with its customers."""


def agree(
    *,
    terms: AgreedTerms,
    reason: str,
    starts_at: datetime | None = None,
    agreed_until: datetime | None = None,
    why_below_target: str = "",
) -> Agreement:
    """Agree on custom terms with the organization, from now on by default; return the agreement.

    For a subscription to the plan they begin with its first renewal from `starts_at` on, and its owners are notified;
    without one they are what the plan is sold to the organization for, from now on only: a later start would change a
    subscription that began meanwhile without a bill. Agreeing the same again changes nothing.
    Raises Invalid for what cannot be, Conflict beside an announced change, and BelowTarget for what does not earn the
    target without a word on why.
    """
    if not reason.strip():
        raise Invalid("A custom agreement needs a reason.")
    with serialized():
        now = entitlements(tenancy.current_organization_id()).fetch().now
        begins_at = max(starts_at or now, now)
        _require_possible(terms, begins_at, agreed_until)
        below = margins.newly_below(lines(terms), current_book())
        require_reason(below, why_below_target)
        if (same := _agreed_already(terms, agreed_until)) is not None:
            return same
        if Subscription.objects.filter(ended_at=None, plan_key=terms.plan_key).exists():
            notice = begins_at - now
            made = price_changes.announce(terms=terms, notice=notice, agreed_until=agreed_until, reason=reason)
        else:
            if begins_at > now:
                raise Invalid(
                    "Nobody is subscribed to this plan: the agreement begins at once, as what a new subscription is"
                    " offered. Leave its start empty, or agree once there is a subscription.",
                    field="starts_at",
                )
            made = Agreement.objects.create(
                subscription=None,
                plan_key=terms.plan_key,
                starts_at=begins_at.replace(microsecond=0),  # Stripe's instants are whole seconds
                agreed_until=agreed_until,
                reason=reason,
                **pinning.figures(terms),
            )
        agreed = PriceAgreed(
            plan=terms.plan_key,
            amount=terms.monthly_price,
            tokens=terms.monthly_tokens,
            currency="usd",
            overage_token_price=terms.overage_token_price,
            pack_prices=dict(terms.pack_prices),
            starts_at=made.starts_at or made.announced_for,
            agreed_until=agreed_until,
            below_target={line.name: line.percent for line in below},
            why_below_target=why_below_target,
        )
        record(agreed, reason=reason)
    return made


def lines(terms: AgreedTerms) -> list[MarginLine]:
    """Return what custom terms earn at full use: the plan, its overage, and the packs with prices of their own."""
    book = current_book()
    plan = terms.on(book.plans[terms.plan_key])
    packs = [replace(book.packs[key], price=price) for key, price in terms.pack_prices if key in book.packs]
    sold = [margins.plan_line(book, plan), *(margins.pack_line(book, pack) for pack in packs)]
    overage = plan.overage_token_price if "overage" in plan.features else None
    return [*sold, *([margins.overage_line(plan.name, overage)] if overage else [])]


def _require_possible(terms: AgreedTerms, begins_at: datetime, agreed_until: datetime | None) -> None:
    plan = current_book().plans.get(terms.plan_key)
    if plan is None or FEATURE not in plan.features:
        raise Invalid("Prices are agreed for plans with custom allocation only.")
    if terms.monthly_price <= 0 or any(price <= 0 for _, price in terms.pack_prices):
        raise Invalid("A price is more than nothing.")
    if agreed_until is not None and agreed_until <= begins_at:
        raise Invalid("The agreement ends before it begins.")


def _agreed_already(terms: AgreedTerms, agreed_until: datetime | None) -> Agreement | None:
    newest = Agreement.objects.filter(plan_key=terms.plan_key, withdrawn_at=None).order_by("-id").first()
    if newest is None or queries.as_terms(newest) != terms or newest.agreed_until != agreed_until:
        return None
    return newest


def end(*, within: timedelta = price_changes.NOTICE) -> bool:
    """Announce the price book in effect for the renewal from the agreement's end on; return whether that was done."""
    with serialized():
        now = entitlements(tenancy.current_organization_id()).fetch().now
        subscription = Subscription.objects.filter(ended_at=None).first()
        agreement = queries.in_force(subscription, subscription.plan_key, now) if subscription else None
        ends_at = agreement.agreed_until if agreement else None
        if agreement is None or ends_at is None or ends_at > now + within or queries.open_change():
            return False
        price_changes.move(
            plan_key=agreement.plan_key, notice=max(ends_at - now, timedelta(0)), reason="The custom agreement ends."
        )
    return True


def withdraw_offer(*, agreement_id: UUID, reason: str) -> bool:
    """Withdraw custom terms that no subscription has; return whether there were some. Raises Conflict where one has."""
    if not reason.strip():
        raise Invalid("A withdrawal needs a reason.")
    with serialized():
        offers = Agreement.objects.filter(id=agreement_id, subscription=None, announced_for=None)
        offer = offers.first()
        if offer is None:
            return False
        if Subscription.objects.filter(ended_at=None, plan_key=offer.plan_key).exists():
            raise Conflict("A subscription has these terms. Move it to the price book, or agree on others.")
        offer.delete()
        record(PriceOfferWithdrawn(plan=offer.plan_key, amount=offer.monthly_price), reason=reason)
    return True
