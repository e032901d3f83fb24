"""The pages of the fake Stripe: those in place of Stripe's own, and one for the operator."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from fake_stripe import actions, delivery, operator_actions, queries
from fake_stripe.engine import bills, cards, checkout, subscription_changes
from fake_stripe.engine.store import Obj, ObjectStore, instant
from fake_stripe.mode import NOTICE
from fake_stripe.models import FakeEvent
from saas.accounts.models import Role
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError, Forbidden
from saas.web.middleware import enter_as
from saas.web.pages import caller_of, for_members

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "fortnight": timedelta(days=14)}

View = Callable[..., HttpResponse]


def member_page(view: View) -> View:
    """Show a page to members, in sandbox mode only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.BILLING_MODE != "sandbox":
            raise Http404
        return view(request, *args, **kwargs)

    return for_members(guarded)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"fake_stripe/{template}.html", {**context, "notice": NOTICE, "mode_label": NOTICE})


def _here(request: HttpRequest) -> UUID:
    return caller_of(request).organization_id


def _try(request: HttpRequest, do: Callable[[], object]) -> bool:
    """Do it; return False and show the error on the next page if it is refused."""
    try:
        do()
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return False
    return True


def _back(url: str | None) -> str:
    """Return the address without this site's own origin: the person may have come by another name of it."""
    return (url or "/").removeprefix(settings.BASE_URL) or "/"


# The pay page


@member_page
def checkout_page(request: HttpRequest, id: str) -> HttpResponse:
    """Show what is bought, and a button for each result of paying; POST presses one."""
    session = queries.find("checkout.session", id)
    if request.method == "POST" and session["status"] == "open":
        _try(request, lambda: operator_actions.change(_here(request), "checkout.session", id, _choice(request)))
        session = queries.find("checkout.session", id)
    if request.method == "POST" and session["status"] == "complete":
        return redirect(_back(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", id))
    if request.method == "POST":
        return redirect(request.path)
    return _page(request, "checkout", queries.checkout_page(session) | {"cancel_url": _back(session["cancel_url"])})


def _choice(request: HttpRequest) -> Callable[[ObjectStore, Obj], object]:
    """Return what the pressed button does to the session."""
    chosen = request.POST.get("do", "")
    if chosen == "saved":
        return lambda store, session: checkout.pay(store, session, store.get("payment_method", request.POST["card"]))
    if chosen in NEW_METHODS:
        later_on, kind = request.POST.get("later_on", "works"), NEW_METHODS[chosen]
        return lambda store, session: _pay_with_new(store, session, later_on, kind)
    choices: dict[str, Callable[[ObjectStore, Obj], object]] = {
        "decline": lambda store, session: checkout.pay(store, session, cards.new_card(store, "declines")),
        "authenticate": lambda store, session: checkout.pay(store, session, cards.new_card(store, "authentication")),
        "authenticated": lambda store, session: checkout.authenticate(store, session, succeeds=True),
        "not_authenticated": lambda store, session: checkout.authenticate(store, session, succeeds=False),
        "later": lambda store, session: checkout.pay_by_bank(store, session, succeeds=True),
        "later_fails": lambda store, session: checkout.pay_by_bank(store, session, succeeds=False),
        "expire": checkout.expire,
    }
    if chosen not in choices:
        raise Http404
    return choices[chosen]


NEW_METHODS = {"pay": "card", "pay_by_link": "link"}
"""Buttons that pay by a new method, and its kind."""


def _pay_with_new(store: ObjectStore, session: Obj, behaviour: str, kind: str) -> None:
    """Pay by a method that works now and behaves as chosen from then on."""
    card = cards.new_card(store, "works", kind=kind)
    checkout.pay(store, session, card)
    cards.set_behaviour(store, card, behaviour)


# Invoices, payments, receipts, the portal


@member_page
def invoice_page(request: HttpRequest, id: str) -> HttpResponse:
    """Show an invoice; POST pays it with a new card or a saved one."""
    invoice = queries.find("invoice", id)
    if request.method == "POST":
        _try(request, lambda: operator_actions.change(_here(request), "invoice", id, _invoice_choice(request)))
        return redirect(request.path)
    return _page(request, "invoice", queries.invoice_page(invoice))


def _invoice_choice(request: HttpRequest) -> Callable[[ObjectStore, Obj], object]:
    saved = request.POST.get("card")

    def pay(store: ObjectStore, invoice: Obj) -> None:
        card = cards.find_card(store, saved, customer=invoice["customer"]) if saved else cards.new_card(store, "works")
        cards.attach(store, card, invoice["customer"])
        checkout.pay_invoice(store, invoice, card)

    return pay


@member_page
def payment_page(request: HttpRequest, id: str) -> HttpResponse:
    """Show the bank's page on which the customer authenticates a payment; POST succeeds or fails."""
    intent = queries.find("payment_intent", id)
    action = (intent["next_action"] or {}).get("redirect_to_url") or {}
    if request.method == "POST":
        succeeds = request.POST.get("do") == "authenticated"
        _try(
            request,
            lambda: operator_actions.change(
                _here(request),
                "payment_intent",
                id,
                lambda store, found: checkout.authenticate_intent(store, found, succeeds=succeeds),
            ),
        )
        return redirect(_back(action["return_url"]) if action.get("return_url") else request.path)
    total = queries.money(intent["amount"], intent["currency"])
    return _page(request, "payment", {"intent": intent, "total": total})


@member_page
@require_GET
def receipt_page(request: HttpRequest, id: str) -> HttpResponse:
    """Show the receipt of a charge."""
    charge = queries.find("charge", id)
    context = {
        "charge": charge,
        "paid": queries.money(charge["amount_captured"], charge["currency"]),
        "refunded": queries.money(charge["amount_refunded"], charge["currency"]),
        "created_at": instant(charge["created"]),
        "card": charge["payment_method_details"],
    }
    return _page(request, "receipt", context)


@member_page
def portal_page(request: HttpRequest, id: str) -> HttpResponse:
    """Show the customer's cards, invoices and subscription; POST changes the cards or schedules the end."""
    portal = queries.find("billing_portal.session", id)
    if request.method == "POST":
        do = _portal_choice(request)
        _try(request, lambda: operator_actions.change(_here(request), "customer", portal["customer"], do))
        return redirect(request.path)
    return _page(request, "portal", queries.portal_page(portal) | {"return_url": _back(portal["return_url"])})


def _portal_choice(request: HttpRequest) -> Callable[[ObjectStore, Obj], object]:
    chosen, id = request.POST.get("do", ""), request.POST.get("id", "")
    choices: dict[str, Callable[[ObjectStore, Obj], object]] = {
        "add": lambda store, customer: _add_card(store, customer, request.POST.get("behaviour", "works")),
        "add_account": lambda store, customer: _add_card(
            store, customer, request.POST.get("behaviour", "works"), kind="us_bank_account"
        ),
        "default": lambda store, customer: cards.make_default(store, customer, id),
        "detach": lambda store, customer: cards.detach(store, cards.find_card(store, id, customer=customer["id"])),
        "cancel": lambda store, customer: _plan_end(store, customer, id, ends=True),
        "keep": lambda store, customer: _plan_end(store, customer, id, ends=False),
    }
    if chosen not in choices:
        raise Http404
    return choices[chosen]


def _add_card(store: ObjectStore, customer: Obj, behaviour: str, kind: str = "card") -> None:
    card = cards.attach(store, cards.new_card(store, behaviour, kind=kind), customer["id"])
    cards.make_default(store, customer, card["id"])
    for subscription in store.find("subscription", customer=customer["id"]):
        if subscription["status"] not in subscription_changes.OVER:
            store.change(subscription, event_type=subscription_changes.UPDATED, default_payment_method=card["id"])


def _plan_end(store: ObjectStore, customer: Obj, id: str, *, ends: bool) -> None:
    subscription = store.get("subscription", id)
    if subscription["customer"] != customer["id"]:
        raise Http404
    subscription_changes.require_free(subscription)
    at = bills.period_of(subscription)[1] if ends else None
    subscription_changes.set_cancellation(store, subscription, at=at, at_period_end=ends)


# The operator


def operator_only(view: View) -> View:
    """Show a page to owners of the organization, and to staff, who choose one by `?organization=`."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.BILLING_MODE != "sandbox":
            raise Http404
        with tenancy.nobody():
            _enter(request)
            return view(request, *args, **kwargs)

    return guarded


def _enter(request: HttpRequest) -> None:
    """Act for the organization whose fake Stripe is operated. Raises Forbidden."""
    chosen = request.GET.get("organization", "")
    if chosen and request.user.is_staff:
        try:
            tenancy.enter(UUID(chosen))
        except ValueError:
            raise Http404 from None
        return
    caller = caller_of(request)
    if caller.role != Role.OWNER and not request.user.is_staff:
        raise Forbidden("Only an owner of the organization may operate its sandbox.")
    enter_as(request, caller)


@operator_only
def operator_page(request: HttpRequest) -> HttpResponse:
    """Show the organization's Stripe; POST presses a button."""
    if request.method == "POST":
        _try(request, lambda: _press(request))
        return redirect(request.get_full_path())
    here = tenancy.current_organization_id()
    context = {"manner": delivery.manner_of(here), "manners": delivery.Manner.choices, "steps": STEPS}
    return _page(request, "operator", queries.operator_page() | context)


def _press(request: HttpRequest) -> None:
    name, id, value = (request.POST.get(field, "") for field in ("do", "id", "value"))
    if name in operator_actions.OPERATOR_ACTIONS:
        operator_actions.run(organization_id=tenancy.current_organization_id(), name=name, id=id, value=value)
    elif name in BUTTONS:
        BUTTONS[name](tenancy.current_organization_id(), id, value)
    else:
        raise Http404


def _again(here: UUID, id: str, value: str) -> None:
    event = FakeEvent.objects.filter(stripe_id=id).first()
    if event is None:
        raise Http404
    with tenancy.system():
        delivery.redeliver(event)


def _manner(here: UUID, id: str, value: str) -> None:
    delivery.set_manner(here, value)


def _release(here: UUID, id: str, value: str) -> None:
    delivery.release(here, backwards=value == "backwards")


def _lose(here: UUID, id: str, value: str) -> None:
    delivery.drop_held(here)


def _clock(here: UUID, id: str, value: str) -> None:
    """Move the clock and run the scheduled changes that fall due on the way."""
    by = STEPS.get(value) or _until_period_end()
    actions.move_clock(by=by)
    actions.pass_time(here)


def _until_period_end() -> timedelta:
    end = queries.period_end()
    return max(timedelta(0), end - database_now()) if end else timedelta(0)


def _renew(here: UUID, id: str, value: str) -> None:
    """Move the clock to the period's end, and on until the bill is final, with every card behaving as chosen."""
    for card in queries.current_store().find("payment_method"):
        operator_actions.run(organization_id=here, name="behave", id=card["id"], value=value)
    _clock(here, id, "period_end")
    if queries.current_store().find("invoice", status="draft"):
        _clock(here, id, "hour")


BUTTONS: dict[str, Callable[[UUID, str, str], None]] = {
    "again": _again,
    "manner": _manner,
    "release": _release,
    "lose": _lose,
    "clock": _clock,
    "renew": _renew,
}
