"""The billing page, which shows money of every kind, and its forms."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from marketplace import queries
from marketplace.models import StripeSubscription, TopUp
from marketplace.overage import agreements
from marketplace.overage.forms import OverageForm
from marketplace.overage.queries import OverageStatus
from marketplace.overage.queries import overage as overage_standing
from marketplace.packs import topup
from marketplace.packs.forms import TopUpForm
from marketplace.packs.queries import offers, refusal_of_packs, terms_of
from marketplace.pages import asks_for_tokens, here, or_show_refusal, pays
from marketplace.payments.queries import invoices
from marketplace.stripe import customers
from marketplace.subscriptions import changes
from marketplace.subscriptions.pausing import paid_until
from marketplace.subscriptions.queries import can_be_paused, given_plan_ends_at
from plans.agreements.queries import open_change, plan_at
from plans.models import Agreement, Subscription
from plans.price_book import FREE_PLAN
from plans.queries import Entitlements, entitlements
from plans.trials import queries as trials
from saas.kernel.errors import Invalid
from saas.web.pages import caller_of, for_fresh_login, for_members, lead_back, next_of, page_of
from tokens.queries import pace


@for_members
@require_GET
def billing(request: HttpRequest) -> HttpResponse:
    """Show plan, card, top-up and invoices; a person who has just subscribed arrives here."""
    if session_id := request.GET.get("session_id"):
        return or_show_refusal(request, reverse("billing"), lambda: _subscribed(request, session_id))
    return _billing(request)


def _billing(
    request: HttpRequest,
    *,
    status: int = 200,
    topup_form: TopUpForm | None = None,
    overage_form: OverageForm | None = None,
) -> HttpResponse:
    found = queries.billing()
    entitled, license_now = terms_of(caller_of(request).organization_id)
    overage = overage_standing() if entitled.has("overage") else None
    price_change = open_change()
    page = page_of(request, invoices())
    context = {
        "billing": found,
        "entitled": entitled,
        "trial": trials.progress(entitled),
        "free_plan": FREE_PLAN,
        "overdue": license_now.past_due_at,
        "sells_packs": refusal_of_packs(entitled, license_now) is None,
        "asks_for_tokens": asks_for_tokens(request),
        "monthly_price": _billed(found.subscription) or entitled.own_plan.monthly_price,
        "next_bill_amount": _next_bill_amount(found, entitled, price_change),
        "paused_at": license_now.paused_at,
        "can_pause": can_be_paused(found.subscription),
        "paid_until": paid_until() if license_now.paused_at else None,
        "price_change": price_change,
        "price_changes_at": _begins_at(price_change, found.subscription),
        "given_ends_at": None if found.subscription else given_plan_ends_at(),
        "page": page,
        "invoices": [(sale, here(sale.payment.receipt_url) if sale.payment else "") for sale in page.rows],
        "open_bill": here(found.subscription.open_invoice_url) if found.subscription else "",
        "topup_form": topup_form or TopUpForm(offers=offers(entitled, pace=pace()), initial=_topup(found.topup)),
        "overage": overage,
        "overage_form": overage_form or OverageForm(initial=_cap(overage)),
        "pays": pays(request),
    }
    return render(request, "marketplace/billing.html", context, status=status)


def _begins_at(price_change: Agreement | None, live: StripeSubscription | None) -> datetime | None:
    """Return when an announced price begins: what missed its renewal comes with the next one."""
    announced_for = price_change.announced_for if price_change else None
    return max(announced_for, live.period_ends_at) if announced_for and live else announced_for


def _next_bill_amount(found: queries.Billing, entitled: Entitlements, price_change: Agreement | None) -> Decimal | None:
    """Return what the next renewal costs, in dollars; None where nothing renews."""
    live = found.subscription
    if live is None or live.cancels_at or live.first_bill_open or live.paused_at:
        return None
    if live.scheduled_plan_key:
        return _scheduled_price(live, entitled)
    if price_change and price_change.announced_for and price_change.announced_for <= live.period_ends_at:
        return price_change.monthly_price
    return _billed(live) or entitled.plan.monthly_price or None


def _scheduled_price(live: StripeSubscription, entitled: Entitlements) -> Decimal:
    """Return what the smaller plan to come costs: as it was sold when it was chosen."""
    present = Subscription.objects.filter(ended_at=None).first()
    if present is None or present.scheduled_for is None:
        return entitled.sold(live.scheduled_plan_key).monthly_price
    return plan_at(present, live.scheduled_plan_key, present.scheduled_for).monthly_price


def _billed(live: StripeSubscription | None) -> Decimal | None:
    """Return what the subscription costs a month, in dollars: an older price than today's, where it began at one."""
    if live is None or live.billed_cents is None or live.first_bill_open:
        return None
    return Decimal(live.billed_cents) / 100


def _topup(present: TopUp | None) -> dict[str, Any]:
    if present is None:
        return {"below_tokens": 50, "monthly_cap": 100}
    return {name: getattr(present, name) for name in TopUpForm.base_fields}


def _cap(overage: OverageStatus | None) -> dict[str, Any]:
    return {"monthly_cap": overage.agreement.monthly_cap if overage and overage.agreement else 100}


def _subscribed(request: HttpRequest, session_id: str) -> HttpResponse:
    changes.confirm_subscription(session_id)
    live = queries.live_subscription()
    if live is None or live.first_bill_open:
        messages.info(request, "The payment is on its way. Your plan begins as soon as it is confirmed.")
        return redirect("billing")
    messages.success(request, "Thank you. Your plan has begun, and its tokens are here.")
    return redirect(lead_back(request, next_of(request)))


@for_members
@require_POST
@for_fresh_login
def billing_portal(request: HttpRequest) -> HttpResponse:
    """Lead to the portal with cards and bills; `change_card` leads straight to the card."""
    change_card = "change_card" in request.POST

    def do() -> HttpResponse:
        return redirect(here(customers.open_portal(caller=caller_of(request), change_card=change_card)))

    return or_show_refusal(request, reverse("billing"), do)


@for_members
@require_POST
@for_fresh_login
def set_topup(request: HttpRequest) -> HttpResponse:
    """Turn auto top-up on or off."""
    entitled = entitlements(caller_of(request).organization_id).fetch()
    form = TopUpForm(request.POST, offers=offers(entitled))
    customers.require_payer(caller_of(request))
    if not form.is_valid():
        return _billing(request, status=422, topup_form=form)
    try:
        topup.set_topup(caller=caller_of(request), **form.cleaned_data)
    except Invalid as refusal:
        form.add_error(None, refusal.detail)
        return _billing(request, status=422, topup_form=form)
    messages.success(request, "Saved.")
    return redirect("billing")


@for_members
@require_POST
@for_fresh_login
def set_overage(request: HttpRequest) -> HttpResponse:
    """Turn overage on or change its cap; `end` turns it off."""
    customers.require_payer(caller_of(request))
    if "end" in request.POST:
        agreements.end_overage(caller=caller_of(request))
        messages.success(request, "Overage is off. What was used is on your next bill.")
        return redirect("billing")
    form = OverageForm(request.POST)
    if not form.is_valid():
        return _billing(request, status=422, overage_form=form)
    return or_show_refusal(request, reverse("billing"), lambda: _agree(request, form.cleaned_data["monthly_cap"]))


def _agree(request: HttpRequest, monthly_cap: Decimal) -> HttpResponse:
    agreed = agreements.agree_overage(caller=caller_of(request), monthly_cap=monthly_cap)
    messages.success(
        request, f"Overage is on: up to {agreed.cap_tokens:,} tokens for at most ${monthly_cap:,.2f} a billing period."
    )
    return redirect("billing")
