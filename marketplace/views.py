"""Pages about money."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_GET, require_POST

from licensing.queries import license_status
from marketplace import actions, queries
from marketplace.actions import PlanChangeResult
from marketplace.forms import ChangeForm, OverageForm, PurchaseForm, TopUpForm
from marketplace.models import Order, OrderMethod, OrderStatus, TopUp
from marketplace.queries import OverageStatus
from marketplace.stripe import gateway
from plans.price_book import FREE_PLAN
from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.models import Role
from saas.kernel.errors import DomainError, Forbidden, Invalid
from saas.web.pages import caller_of, for_fresh_login, for_members, page_of
from tokens import queries as ledger


def here(url: str) -> str:
    """Return the address without this site's own origin: the person may have come by another name of it."""
    return url.removeprefix(settings.BASE_URL)


def _pays(request: HttpRequest) -> bool:
    return caller_of(request).role == Role.OWNER


def _asks(request: HttpRequest) -> bool:
    """Return True if the person can ask for tokens in the place of buying them: a quota limits them."""
    caller = caller_of(request)
    quota = ledger.tightest_quota(user_id=caller.user_id, department_id=caller.department_id)
    return not caller.manages and quota.fetch() is not None


def or_tell(request: HttpRequest, back: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do it; what money refuses is told on the page `back`, where the person can go on."""
    try:
        return do()
    except Forbidden:
        raise
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect(back)


# Packs


@for_members
def packs(request: HttpRequest) -> HttpResponse:
    """Show the packs; POST buys one, with the saved card or on the pay page."""
    if request.method == "POST":
        return or_tell(request, reverse("packs"), lambda: _buy(request))
    context = {
        "offers": [(offer, uuid4()) for offer in queries.offers()],
        "billing": queries.billing(),
        "pays": _pays(request),
        "refusal": refusal_of_packs(request),
        "owners": [] if _pays(request) else accounts.owners(),
        "asks_for_tokens": _asks(request),
    }
    return render(request, "marketplace/packs.html", context)


def refusal_of_packs(request: HttpRequest) -> DomainError | None:
    """Return why no pack can be bought now, or None."""
    try:
        entitlements(caller_of(request).organization_id).fetch().require("packs")
        license_status().require("ai")
    except DomainError as refusal:
        return refusal
    return None


def _buy(request: HttpRequest) -> HttpResponse:
    form = PurchaseForm(request.POST)
    if not form.is_valid():
        raise Invalid("Reload the page and choose a pack again. Nothing was bought.")
    data = form.cleaned_data
    order = actions.buy_pack(
        caller=caller_of(request),
        pack_key=data["pack"],
        request_key=f"{data['idempotency_key']}:{data['pack']}",
        new_card=data["new_card"],
    )
    return redirect(here(order.checkout_url) or reverse("purchase", args=[order.id]))


@for_members
@require_GET
def purchases(request: HttpRequest) -> HttpResponse:
    """Show what was ordered, whatever became of it."""
    return render(request, "marketplace/purchases.html", {"page": page_of(request, queries.orders())})


@for_members
@require_GET
def purchase(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show an order; a person who comes back from the pay page sees it confirmed as soon as it is paid."""
    order = queries.order(order_id)
    charged = order.method == OrderMethod.CARD and not order.failure_code
    came_back = "session_id" in request.GET or charged
    if came_back and order.status in (OrderStatus.PENDING, OrderStatus.PROCESSING):
        order = _confirmed(order)
    payments = [(each, here(each.receipt_url)) for each in order.payments.all()]
    context = {
        "order": order,
        "payments": payments,
        "confirming": came_back and order.status == OrderStatus.PENDING,
        "checkout_url": here(order.checkout_url),
        "gift": order.gifts.first(),
        "pays": _pays(request),
    }
    return render(request, "marketplace/purchase.html", context)


def _confirmed(order: Order) -> Order:
    """Ask Stripe what became of the order; while Stripe cannot be asked, it stays as it is."""
    with suppress(gateway.PaymentsUnavailable):
        actions.confirm_order(order.id)
    return queries.order(order.id)


# Billing


@for_members
@require_GET
def billing(request: HttpRequest) -> HttpResponse:
    """Show plan, card, top-up and payments; a person who has just subscribed arrives here."""
    if session_id := request.GET.get("session_id"):
        return or_tell(request, reverse("billing"), lambda: _subscribed(request, session_id))
    return _billing(request)


def _billing(
    request: HttpRequest,
    *,
    status: int = 200,
    topup_form: TopUpForm | None = None,
    overage_form: OverageForm | None = None,
) -> HttpResponse:
    found = queries.billing()
    entitled = entitlements(caller_of(request).organization_id).fetch()
    overage = queries.overage() if entitled.has("overage") else None
    page = page_of(request, queries.payments().select_related("order"))
    context = {
        "billing": found,
        "entitled": entitled,
        "free_plan": FREE_PLAN,
        "overdue": license_status().past_due_at,
        "sells_packs": refusal_of_packs(request) is None,
        "asks_for_tokens": _asks(request),
        "given_ends_at": None if found.subscription else queries.given_plan_ends_at(),
        "page": page,
        "payments": [(payment, here(payment.receipt_url)) for payment in page.rows],
        "open_bill": here(found.subscription.open_invoice_url) if found.subscription else "",
        "topup_form": topup_form or TopUpForm(offers=queries.offers(), initial=_topup(found.topup)),
        "overage": overage,
        "overage_form": overage_form or OverageForm(initial=_cap(overage)),
        "pays": _pays(request),
    }
    return render(request, "marketplace/billing.html", context, status=status)


def _topup(present: TopUp | None) -> dict[str, Any]:
    if present is None:
        return {"below_tokens": 50, "monthly_cap": 100}
    return {name: getattr(present, name) for name in TopUpForm.base_fields}


def _cap(overage: OverageStatus | None) -> dict[str, Any]:
    return {"monthly_cap": overage.agreement.monthly_cap if overage and overage.agreement else 100}


def _subscribed(request: HttpRequest, session_id: str) -> HttpResponse:
    actions.confirm_subscription(session_id)
    if queries.live_subscription() is None:
        messages.info(request, "The payment is on its way. Your plan begins as soon as it is confirmed.")
        return redirect("billing")
    messages.success(request, "Thank you. Your plan has begun, and its tokens are here.")
    return redirect("home")


@for_members
@require_POST
@for_fresh_login
def billing_portal(request: HttpRequest) -> HttpResponse:
    """Lead to the portal with cards and bills; `change_card` leads straight to the card."""
    change_card = "change_card" in request.POST

    def do() -> HttpResponse:
        return redirect(here(actions.open_portal(caller=caller_of(request), change_card=change_card)))

    return or_tell(request, reverse("billing"), do)


@for_members
@require_POST
def fix_payment(request: HttpRequest) -> HttpResponse:
    """Pay what is overdue in the way that can work now: by the saved card, on the open bill, or by subscribing."""

    def do() -> HttpResponse:
        way = actions.fix_payment(caller=caller_of(request))
        if way.paid:
            messages.success(request, "Paid. Everything is on again.")
        elif way.url:
            return redirect(here(way.url))
        else:
            messages.warning(request, "The payment did not go through yet. Change the card, then try again.")
        return redirect("billing")

    return or_tell(request, reverse("billing"), do)


@for_members
@require_POST
def keep_plan(request: HttpRequest) -> HttpResponse:
    """Take a planned downgrade or cancellation back."""

    def do() -> HttpResponse:
        actions.undo_scheduled_change(caller=caller_of(request))
        messages.success(request, "Your plan goes on as it is.")
        return redirect("billing")

    return or_tell(request, reverse("billing"), do)


@for_members
@require_POST
@for_fresh_login
def set_topup(request: HttpRequest) -> HttpResponse:
    """Turn auto top-up on or off."""
    form = TopUpForm(request.POST, offers=queries.offers())
    actions.require_payer(caller_of(request))
    if not form.is_valid():
        return _billing(request, status=422, topup_form=form)
    try:
        actions.set_topup(caller=caller_of(request), **form.cleaned_data)
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
    actions.require_payer(caller_of(request))
    if "end" in request.POST:
        actions.end_overage(caller=caller_of(request))
        messages.success(request, "Overage is off. What was used is on your next bill.")
        return redirect("billing")
    form = OverageForm(request.POST)
    if not form.is_valid():
        return _billing(request, status=422, overage_form=form)
    return or_tell(request, reverse("billing"), lambda: _agree(request, form.cleaned_data["monthly_cap"]))


def _agree(request: HttpRequest, monthly_cap: Decimal) -> HttpResponse:
    agreed = actions.agree_overage(caller=caller_of(request), monthly_cap=monthly_cap)
    messages.success(
        request, f"Overage is on: up to {agreed.cap_tokens:,} tokens for at most ${monthly_cap:,.2f} a billing period."
    )
    return redirect("billing")


# The plan


@for_members
@for_fresh_login
def change_plan(request: HttpRequest) -> HttpResponse:
    """Show what a change of plan costs and brings, and when; POST changes it as shown."""
    plan_key = request.POST.get("plan", "") or request.GET.get("plan", "")
    if request.method == "POST":
        back = f"{reverse('change_plan')}?{urlencode({'plan': plan_key})}"
        return or_tell(request, back, lambda: _change(request))
    seen = actions.preview(caller=caller_of(request), plan_key=plan_key)
    book = entitlements(caller_of(request).organization_id).fetch().book
    context = {
        "seen": seen,
        "at": seen.at.isoformat(),
        "current": book.plans[seen.change.current],
        "wanted": book.plans[seen.change.wanted],
        "live": queries.live_subscription(),
    }
    return render(request, "marketplace/change_plan.html", context)


def _change(request: HttpRequest) -> HttpResponse:
    form = ChangeForm(request.POST)
    if not form.is_valid():
        raise Invalid("Look at the plan again. Nothing was changed.")
    data = form.cleaned_data
    made = actions.change_plan(caller=caller_of(request), plan_key=data["plan"], at=data["at"])
    if made.url:
        return redirect(here(made.url))
    messages.success(request, _words(made))
    return redirect("billing")


def _words(made: PlanChangeResult) -> str:
    if made.status == "scheduled" and made.effective_at:
        return f"Your plan changes on {format_date(made.effective_at, 'j M Y')}. Until then everything stays."
    return "Your plan has changed." if made.status == "applied" else "Nothing to change: this is your plan."
