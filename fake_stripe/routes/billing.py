"""Subscriptions, schedules, previews of invoices."""

from stripe import params as sdk

from fake_stripe.engine import (
    bills,
    cards,
    hands,
    invoices,
    objects,
    pausing,
    schedules,
    subscription_changes,
    subscriptions,
)
from fake_stripe.engine.periods import boundary
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.routes.registry import LIST, listed, metadata, page, route, some
from fake_stripe.wire import ApiError, Params, unsupported

PENDING_TAKES = {
    "items", "proration_behavior", "proration_date", "payment_behavior", "expand", "metadata", "off_session"
}  # fmt: skip
"""All that Stripe lets change together with payment_behavior=pending_if_incomplete."""


@route(
    "post /v1/subscriptions",
    sdk.SubscriptionCreateParams,
    "customer items default_payment_method payment_behavior off_session metadata billing_mode description"
    " proration_behavior collection_method",
)
def create_subscription(store: ObjectStore, params: Params) -> Obj:
    """Start a subscription with a saved card."""
    customer = store.get("customer", params.get("customer", ""), param="customer")
    behavior = params.get("payment_behavior", "allow_incomplete")
    prices = [_price(store, item) for item in params.get("items", [])]
    if not prices:
        raise ApiError("Missing required param: items.", param="items", code="parameter_missing")
    chosen = params.get("default_payment_method")
    chosen = cards.find_card(store, chosen, customer=customer["id"]) if chosen else None
    card = chosen or invoices.default_card(store, customer)
    if card is None and behavior in ("allow_incomplete", "error_if_incomplete"):
        raise subscription_changes.refusal(None, saves=False)
    subscription, invoice = subscriptions.start(
        store,
        customer=customer["id"],
        prices=prices,
        card=card,
        pay=behavior != "default_incomplete",
        absent=bool(params.get("off_session")),
        **_given(params, chosen),
    )
    if behavior == "error_if_incomplete" and invoice["status"] != "paid":
        raise subscription_changes.refusal(invoices.intent_of(store, invoice), saves=False)
    return subscription


def _price(store: ObjectStore, item: Params) -> tuple[Obj, int | None]:
    if "price" not in item:
        raise unsupported("items[price_data]")
    price = dict(store.get("price", item["price"], param="items[price]"))
    metered = price["recurring"]["usage_type"] == "metered"
    return price, None if metered else item.get("quantity", 1)


def _given(params: Params, card: Obj | None) -> Obj:
    mode = {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None}
    return {
        "metadata": params.get("metadata") or {},
        "description": params.get("description") or None,
        "billing_mode": mode | params.get("billing_mode", {}),
        "default_payment_method": card and card["id"],
    }


@route("get /v1/subscriptions/{id}", sdk.SubscriptionRetrieveParams)
def retrieve_subscription(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a subscription."""
    return store.get("subscription", id)


@route("get /v1/subscriptions", sdk.SubscriptionListParams, f"{LIST} customer status price")
def list_subscriptions(store: ObjectStore, params: Params) -> Obj:
    """Return subscriptions: without a status those that are not canceled, with `all` every one."""
    wanted = params.get("status")
    found = store.find("subscription", **some(params, "customer"))
    if wanted == "ended":
        found = [one for one in found if one["status"] in subscription_changes.OVER]
    elif wanted is None:
        found = [one for one in found if one["status"] != "canceled"]
    elif wanted != "all":
        found = [one for one in found if one["status"] == wanted]
    if "price" in params:
        found = [one for one in found if params["price"] in {item["price"]["id"] for item in one["items"]["data"]}]
    return page(found, "/v1/subscriptions", params)


@route(
    "post /v1/subscriptions/{id}",
    sdk.SubscriptionUpdateParams,
    "items proration_behavior proration_date payment_behavior off_session metadata cancel_at cancel_at_period_end"
    " default_payment_method description cancellation_details pause_collection"
    " billing_cycle_anchor trial_end",
)
def update_subscription(store: ObjectStore, params: Params, id: str) -> Obj:
    """Change a subscription: its items, its end, its card."""
    found = store.get("subscription", id)
    if found["status"] in subscription_changes.OVER:
        raise ApiError("A canceled subscription can only update its cancellation_details and metadata.")
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete" and set(params) - PENDING_TAKES:
        names = ", ".join(sorted(set(params) - PENDING_TAKES))
        raise ApiError(f"`payment_behavior=pending_if_incomplete` does not support updating: {names}.")
    if behavior == "pending_if_incomplete" and _is_debited(store, found):
        raise ApiError("`payment_behavior=pending_if_incomplete` does not support this type of payment method.")
    _change_fields(store, found, params)
    _change_end(store, found, params)
    if "items" in params:
        _change_items(store, found, params, behavior)
    elif "billing_cycle_anchor" in params:
        if params["billing_cycle_anchor"]["type"] != "now" or params.get("proration_behavior") != "none":
            raise unsupported("billing_cycle_anchor with prorations")
        hands.reset_cycle(store, found)
    elif "trial_end" in params:
        if params["trial_end"] == "now" or params.get("proration_behavior") != "none":
            raise unsupported("trial_end with prorations")
        hands.set_trial(store, found, end=params["trial_end"])
    return found


def _is_debited(store: ObjectStore, subscription: Obj) -> bool:
    method = invoices.default_card(store, store.get("customer", subscription["customer"]), subscription)
    return method is not None and method["type"] in cards.DEBITS


def _change_fields(store: ObjectStore, found: Obj, params: Params) -> None:
    fields = some(params, "description") | {"metadata": metadata(found, params)}
    if "default_payment_method" in params:
        card = params["default_payment_method"] or None
        fields["default_payment_method"] = card and cards.find_card(store, card, customer=found["customer"])["id"]
    if "pause_collection" in params:
        wanted = params["pause_collection"] or None
        fields["pause_collection"] = wanted and {"resumes_at": None, **wanted}
    store.change(found, event_type=subscription_changes.UPDATED, **fields)


def _change_end(store: ObjectStore, found: Obj, params: Params) -> None:
    if "cancel_at" not in params and "cancel_at_period_end" not in params:
        return
    subscription_changes.require_free(found)
    at, period_end = params.get("cancel_at"), bills.period_of(found)[1]
    if at == "max_billed_until":
        raise unsupported("cancel_at=max_billed_until")
    at = period_end if at in ("min_period_end", "max_period_end") or params.get("cancel_at_period_end") else at or None
    if at and at <= store.time:
        raise ApiError("The cancel_at date must be in the future.", param="cancel_at")
    subscription_changes.set_cancellation(
        store,
        found,
        at=at,
        at_period_end=bool(params.get("cancel_at_period_end")),
        feedback=params.get("cancellation_details", {}).get("feedback") or None,
    )


def _change_items(store: ObjectStore, found: Obj, params: Params, behavior: str) -> None:
    subscription_changes.require_free(found)
    if found["pending_update"]:
        subscription_changes.drop_pending(store, found, void=True)
    subscription_changes.change_items(
        store,
        found,
        params["items"],
        proration=params.get("proration_behavior", "create_prorations"),
        at=subscription_changes.proration_date(found, params.get("proration_date", store.time)),
        behavior=behavior,
        absent=bool(params.get("off_session")),
    )


@route("delete /v1/subscriptions/{id}", sdk.SubscriptionCancelParams, "invoice_now prorate cancellation_details")
def cancel_subscription(store: ObjectStore, params: Params, id: str) -> Obj:
    """End a subscription now."""
    found = store.get("subscription", id)
    if params.get("prorate"):
        raise unsupported("prorate")
    subscription_changes.require_free(found)
    feedback = params.get("cancellation_details", {}).get("feedback")
    subscriptions.cancel(store, found, invoice_now=bool(params.get("invoice_now")), feedback=feedback)
    return found


@route("post /v1/subscriptions/{id}/pause", sdk.SubscriptionPauseParams, "type bill_for invoicing_behavior")
def pause_subscription(store: ObjectStore, params: Params, id: str) -> Obj:
    """Pause a subscription now, without a credit for the rest of its month."""
    found, bill_for = store.get("subscription", id), params.get("bill_for", {})
    if bill_for.get("unused_time_from", {"type": "now"})["type"] != "none":
        raise unsupported("bill_for[unused_time_from]")
    if params.get("invoicing_behavior", "pending_invoice_item") != "pending_invoice_item":
        raise unsupported("invoicing_behavior")
    bills_usage = bill_for.get("outstanding_usage_through", {"type": "now"})["type"] == "now"
    pausing.pause(store, found, bills_usage=bills_usage)
    return found


@route(
    "post /v1/subscriptions/{id}/resume",
    sdk.SubscriptionResumeParams,
    "billing_cycle_anchor payment_behavior proration_behavior",
)
def resume_subscription(store: ObjectStore, params: Params, id: str) -> Obj:
    """Let a paused subscription go on, in its own months or with a new one that is paid first."""
    found = store.get("subscription", id)
    anew = params.get("billing_cycle_anchor", {"type": "now"})["type"] == "now"
    if anew and params.get("payment_behavior") != "resume_on_payment_success":
        raise unsupported("payment_behavior=resume_on_payment_attempt")
    if not anew and params.get("proration_behavior") != "none":
        raise unsupported("proration_behavior")
    pausing.resume(store, found, anew=anew)
    return found


# Schedules


@route("post /v1/subscription_schedules", sdk.SubscriptionScheduleCreateParams, "from_subscription")
def create_schedule(store: ObjectStore, params: Params) -> Obj:
    """Put a subscription under a schedule."""
    if "from_subscription" not in params:
        raise unsupported("a schedule without from_subscription")
    return schedules.of_subscription(store, store.get("subscription", params["from_subscription"]))


@route("get /v1/subscription_schedules/{id}", sdk.SubscriptionScheduleRetrieveParams)
def retrieve_schedule(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a schedule."""
    return store.get("subscription_schedule", id)


@route("get /v1/subscription_schedules", sdk.SubscriptionScheduleListParams, f"{LIST} customer")
def list_schedules(store: ObjectStore, params: Params) -> Obj:
    """Return schedules."""
    return listed(store, "subscription_schedule", "/v1/subscription_schedules", params, "customer")


@route(
    "post /v1/subscription_schedules/{id}",
    sdk.SubscriptionScheduleUpdateParams,
    "end_behavior phases metadata proration_behavior",
)
def update_schedule(store: ObjectStore, params: Params, id: str) -> Obj:
    """Replace the phases of a schedule."""
    found = store.get("subscription_schedule", id)
    behavior = params.get("end_behavior", found["end_behavior"])
    if behavior != "release":
        raise unsupported(f"end_behavior={behavior}")
    if "phases" in params:
        schedules.set_phases(store, found, params["phases"], end_behavior=behavior)
    store.change(found, event_type="subscription_schedule.updated", metadata=metadata(found, params))
    return found


@route(
    "post /v1/subscription_schedules/{id}/release",
    sdk.SubscriptionScheduleReleaseParams,
    "preserve_cancel_date",
)
def release_schedule(store: ObjectStore, params: Params, id: str) -> Obj:
    """Release a schedule: the subscription continues as it is."""
    found = store.get("subscription_schedule", id)
    schedules.require_active(found)
    schedules.release(store, found)
    return found


# Previews


@route("post /v1/invoices/create_preview", sdk.InvoiceCreatePreviewParams, "customer subscription subscription_details")
def preview_invoice(store: ObjectStore, params: Params) -> Obj:
    """Return what a change, the next renewal or a new subscription would bill; nothing is saved."""
    details = params.get("subscription_details", {})
    if "subscription" in params:
        found = store.get("subscription", params["subscription"], param="subscription")
        at = subscription_changes.proration_date(found, details.get("proration_date", store.time))
        proration = details.get("proration_behavior", "create_prorations")
        made = subscription_changes.preview(store, found, details.get("items", []), proration=proration, at=at)
    else:
        made = _preview_first(store, params)
    made["id"] = f"upcoming_{made['id']}"
    return made


def _preview_first(store: ObjectStore, params: Params) -> Obj:
    customer = store.get("customer", params.get("customer", ""), param="customer")
    prices = [_price(store, item) for item in params.get("subscription_details", {}).get("items", [])]
    if not prices:
        raise ApiError("No upcoming invoices for customer", status=404, code="invoice_upcoming_none")
    end = boundary(store.time, prices[0][0]["recurring"], store.time)
    new = objects.subscription(store, customer=customer["id"], prices=prices, end=end)
    lines = bills.period_lines(store, new, new["items"]["data"], start=store.time, end=end)
    return objects.invoice(store, customer, lines, reason="upcoming", start=store.time, end=store.time)
