"""Pages about packs and purchases."""

from contextlib import suppress
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from marketplace.models import OrderMethod, OrderStatus, PackOrder
from marketplace.packs import checkouts, orders, queries
from marketplace.packs.forms import PurchaseForm
from marketplace.pages import asks_for_tokens, here, or_show_refusal, pays
from marketplace.queries import billing
from marketplace.stripe import gateway
from saas.accounts import queries as accounts
from saas.kernel.errors import Invalid
from saas.web.pages import caller_of, for_members, page_of


@for_members
def packs(request: HttpRequest) -> HttpResponse:
    """Show the packs; POST buys one, with the saved card or on the pay page."""
    if request.method == "POST":
        return or_show_refusal(request, reverse("packs"), lambda: _buy(request))
    context = {
        "offers": [(offer, uuid4()) for offer in queries.offers()],
        "billing": billing(),
        "pays": pays(request),
        "refusal": queries.refusal_of_packs(caller_of(request).organization_id),
        "owners": [] if pays(request) else accounts.owners(),
        "asks_for_tokens": asks_for_tokens(request),
    }
    return render(request, "marketplace/packs.html", context)


def _buy(request: HttpRequest) -> HttpResponse:
    form = PurchaseForm(request.POST)
    if not form.is_valid():
        raise Invalid("Reload the page and choose a pack again. Nothing was bought.")
    data = form.cleaned_data
    order = orders.buy_pack(
        caller=caller_of(request),
        pack_key=data["pack"],
        request_key=f"{data['idempotency_key']}:{data['pack']}",
        new_card=data["new_card"],
    )
    return redirect(here(order.checkout_url) or reverse("purchase", args=[order.id]))


@for_members
@require_GET
def purchases(request: HttpRequest) -> HttpResponse:
    """Show all orders, paid or not."""
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
        "pays": pays(request),
    }
    return render(request, "marketplace/purchase.html", context)


def _confirmed(order: PackOrder) -> PackOrder:
    """Return the order with its status from Stripe, or unchanged while Stripe cannot be reached."""
    with suppress(gateway.PaymentsUnavailable):
        checkouts.confirm_order(order.id)
    return queries.order(order.id)
