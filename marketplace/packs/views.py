"""Pages about packs and purchases."""

from contextlib import suppress
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_GET

from marketplace.models import OrderMethod, OrderStatus, PackOrder
from marketplace.packs import checkouts, orders, queries
from marketplace.packs.forms import PurchaseForm
from marketplace.pages import asks_for_tokens, here, or_show_refusal, pays
from marketplace.queries import billing
from marketplace.stripe import gateway
from marketplace.stripe.customers import require_payer
from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.kernel.errors import Invalid
from saas.web.pages import caller_of, for_members, next_of, page_of
from tokens.queries import pace

AFTER_PURCHASE = "after_purchase"
"""The name in the session of the latest order with the page it was wanted on."""

PLACES = {"goal": "the goal", "quest": "the quest", "lead_lists": "lead lists", "forecasts": "forecasts"}
"""What the pages are called that one is led back to, by their URL's name."""


@for_members
def packs(request: HttpRequest) -> HttpResponse:
    """Show the packs; POST buys one, with the saved card or on the pay page. `pack` asks before it is bought."""
    if request.method == "POST":
        return or_show_refusal(request, reverse("packs"), lambda: _buy(request))
    entitled, license_now = queries.terms_of(caller_of(request).organization_id)
    offers, refusal = queries.offers(entitled, pace=pace()), queries.refusal_of_packs(entitled, license_now)
    context = {"billing": billing(), "pays": pays(request), "next": next_of(request), "refusal": refusal}
    chosen = next((offer for offer in offers if offer.pack.key == request.GET.get("pack")), None)
    if chosen and context["pays"] and refusal is None:
        return render(request, "marketplace/confirm_purchase.html", {**context, "offer": chosen, "key": uuid4()})
    context |= {
        "plan": entitled.book.plans.get(refusal.details.get("needed_plan", "")) if refusal else None,
        "offers": [(offer, uuid4()) for offer in offers],
        "owners": [] if context["pays"] else accounts.owners(),
        "asks_for_tokens": asks_for_tokens(request),
    }
    return render(request, "marketplace/packs.html", context)


def _buy(request: HttpRequest) -> HttpResponse:
    form, caller, back = PurchaseForm(request.POST), caller_of(request), next_of(request)
    require_payer(caller)
    if not form.is_valid():
        raise Invalid("Reload the page and choose a pack again. Nothing was bought.")
    data = form.cleaned_data
    offers = queries.offers(entitlements(caller.organization_id).fetch())
    offer = next((each for each in offers if each.pack.key == data["pack"]), None)
    if offer and offer.is_confirmed and not data["confirmed"]:
        return redirect(f"{reverse('packs')}?{urlencode({'pack': offer.pack.key, 'next': back})}")
    order = orders.buy_pack(
        caller=caller,
        pack_key=data["pack"],
        request_key=f"{data['idempotency_key']}:{data['pack']}",
        new_card=data["new_card"],
    )
    request.session[AFTER_PURCHASE] = [str(order.id), back]
    return redirect(here(order.checkout_url) or reverse("purchase", args=[order.id]))


def _way_back(request: HttpRequest, order: PackOrder) -> tuple[str, str] | None:
    """Return the page on which the order was wanted, and what it is called; None for other orders."""
    order_id, address = request.session.get(AFTER_PURCHASE, ("", ""))
    if order_id != str(order.id) or not address:
        return None
    try:
        name = resolve(urlsplit(address).path).url_name or ""
    except Resolver404:
        return None
    return address, PLACES.get(name, "where you were")


@for_members
@require_GET
def purchases(request: HttpRequest) -> HttpResponse:
    """Show all orders, paid or not."""
    context = {"page": page_of(request, queries.orders()), "pays": pays(request)}
    return render(request, "marketplace/purchases.html", context)


@for_members
@require_GET
def purchase(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show an order; a person who comes back from the pay page sees it confirmed as soon as it is paid."""
    order = queries.order(order_id)
    charged = order.method == OrderMethod.INVOICE and not order.failure_code
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
        "pays": pays(request),
        "way_back": _way_back(request, order),
    }
    return render(request, "marketplace/purchase.html", context)


def _confirmed(order: PackOrder) -> PackOrder:
    """Return the order with its status from Stripe, or unchanged while Stripe cannot be reached."""
    with suppress(gateway.PaymentsUnavailable):
        checkouts.confirm_order(order.id)
    return queries.order(order.id)
