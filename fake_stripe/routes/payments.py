"""Payment intents, setup intents, charges, refunds, disputes."""

from stripe import params as sdk
from stripe.params import radar as sdk_radar

from fake_stripe.engine import cards, objects, payments
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.routes.registry import LIST, listed, metadata, route, some
from fake_stripe.wire import ApiError, Params

MINIMUM_CENTS = 50
AT_CONFIRMATION = ("off_session", "error_on_requires_action", "return_url")


@route(
    "post /v1/payment_intents",
    sdk.PaymentIntentCreateParams,
    "amount currency customer payment_method confirm off_session error_on_requires_action return_url"
    " automatic_payment_methods receipt_email description metadata setup_future_usage statement_descriptor_suffix",
)
def create_payment_intent(store: ObjectStore, params: Params) -> Obj:
    """Make a payment intent and, with `confirm`, charge the card at once; a decline is a 402."""
    _check_new(params)
    if "customer" in params:
        store.get("customer", params["customer"], param="customer")
    names = "customer receipt_email description setup_future_usage statement_descriptor_suffix"
    automatic = {"enabled": True, "allow_redirects": "always"} | params.get("automatic_payment_methods", {})
    intent = objects.payment_intent(
        store,
        amount=params["amount"],
        currency=params["currency"],
        metadata=params.get("metadata") or {},
        automatic_payment_methods=automatic,
        **some(params, names),
    )
    card = _card(store, intent, params.get("payment_method"))
    if card:
        intent |= {"payment_method": card["id"], "status": "requires_confirmation"}
    store.add(intent, event_type="payment_intent.created")
    if params.get("confirm"):
        _confirm(store, intent, card, params)
    return intent


def _check_new(params: Params) -> None:
    if params["currency"] == "usd" and params["amount"] < MINIMUM_CENTS:
        raise ApiError("Amount must be at least $0.50 usd", code="amount_too_small", param="amount")
    for name in AT_CONFIRMATION:
        if name in params and not params.get("confirm"):
            raise ApiError(f"The parameter `{name}` can only be used when `confirm` is true.", param=name)


def _card(store: ObjectStore, intent: Obj, id: str | None) -> Obj | None:
    return cards.find_card(store, id, customer=intent["customer"]) if id else None


def _confirm(store: ObjectStore, intent: Obj, card: Obj | None, params: Params) -> None:
    if card is None:
        raise ApiError(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    redirects = (intent["automatic_payment_methods"] or {}).get("allow_redirects", "always")
    if "return_url" not in params and redirects != "never":
        raise ApiError(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of"
            " these might redirect your customer off of your page, you must provide a `return_url`.",
            param="return_url",
        )
    failure = payments.confirm(
        store,
        intent,
        card,
        absent=bool(params.get("off_session")),
        no_action=bool(params.get("error_on_requires_action")),
        return_url=params.get("return_url", ""),
    )
    if failure:
        raise payments.card_error(intent)


@route("get /v1/payment_intents/{intent}", sdk.PaymentIntentRetrieveParams)
def retrieve_payment_intent(store: ObjectStore, params: Params, intent: str) -> Obj:
    """Return a payment intent."""
    return store.get("payment_intent", intent)


@route("get /v1/payment_intents", sdk.PaymentIntentListParams, f"{LIST} customer")
def list_payment_intents(store: ObjectStore, params: Params) -> Obj:
    """Return payment intents."""
    return listed(store, "payment_intent", "/v1/payment_intents", params, "customer")


@route("post /v1/payment_intents/{intent}", sdk.PaymentIntentUpdateParams, "metadata description receipt_email")
def update_payment_intent(store: ObjectStore, params: Params, intent: str) -> Obj:
    """Change the description or metadata of a payment intent."""
    found = store.get("payment_intent", intent)
    store.change(found, **some(params, "description receipt_email"), metadata=metadata(found, params))
    return found


@route(
    "post /v1/payment_intents/{intent}/confirm",
    sdk.PaymentIntentConfirmParams,
    "payment_method off_session error_on_requires_action return_url",
)
def confirm_payment_intent(store: ObjectStore, params: Params, intent: str) -> Obj:
    """Charge the card; a decline is a 402."""
    found = store.get("payment_intent", intent)
    if found["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise ApiError(f"This PaymentIntent's status is {found['status']}.", code="payment_intent_unexpected_state")
    card = _card(store, found, params.get("payment_method") or found["payment_method"])
    _confirm(store, found, card, params)
    return found


@route("post /v1/payment_intents/{intent}/cancel", sdk.PaymentIntentCancelParams, "cancellation_reason")
def cancel_payment_intent(store: ObjectStore, params: Params, intent: str) -> Obj:
    """Cancel a payment intent."""
    found = store.get("payment_intent", intent)
    payments.cancel(store, found, reason=params.get("cancellation_reason"))
    return found


@route(
    "post /v1/setup_intents",
    sdk.SetupIntentCreateParams,
    "customer payment_method confirm usage metadata description automatic_payment_methods return_url",
)
def create_setup_intent(store: ObjectStore, params: Params) -> Obj:
    """Make a setup intent and, with `confirm`, save the card."""
    made = objects.setup_intent(
        store, **some(params, "customer usage description"), metadata=params.get("metadata") or {}
    )
    store.add(made, event_type="setup_intent.created")
    card = _card(store, made, params.get("payment_method"))
    if card and params.get("confirm"):
        store.change(made, payment_method=card["id"], status="succeeded")
        if made["customer"]:
            cards.attach(store, card, made["customer"])
        store.emit("setup_intent.succeeded", made)
    return made


@route("get /v1/setup_intents/{intent}", sdk.SetupIntentRetrieveParams)
def retrieve_setup_intent(store: ObjectStore, params: Params, intent: str) -> Obj:
    """Return a setup intent."""
    return store.get("setup_intent", intent)


@route("get /v1/charges/{charge}", sdk.ChargeRetrieveParams)
def retrieve_charge(store: ObjectStore, params: Params, charge: str) -> Obj:
    """Return a charge."""
    return store.get("charge", charge)


@route("get /v1/charges", sdk.ChargeListParams, f"{LIST} customer payment_intent")
def list_charges(store: ObjectStore, params: Params) -> Obj:
    """Return charges."""
    return listed(store, "charge", "/v1/charges", params, "customer payment_intent")


@route("post /v1/refunds", sdk.RefundCreateParams, "payment_intent charge amount reason metadata")
def create_refund(store: ObjectStore, params: Params) -> Obj:
    """Refund a charge."""
    charge = _charge_of(store, params)
    return payments.refund(
        store,
        charge,
        amount=params.get("amount"),
        reason=params.get("reason"),
        metadata=params.get("metadata") or {},
    )


def _charge_of(store: ObjectStore, params: Params) -> Obj:
    if "charge" in params:
        return store.get("charge", params["charge"], param="charge")
    if "payment_intent" not in params:
        raise ApiError("One of the following params should be provided for this request: payment_intent or charge.")
    intent = store.get("payment_intent", params["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded":
        raise ApiError(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return store.get("charge", intent["latest_charge"])


@route("get /v1/refunds/{refund}", sdk.RefundRetrieveParams)
def retrieve_refund(store: ObjectStore, params: Params, refund: str) -> Obj:
    """Return a refund."""
    return store.get("refund", refund)


@route("get /v1/refunds", sdk.RefundListParams, f"{LIST} charge payment_intent")
def list_refunds(store: ObjectStore, params: Params) -> Obj:
    """Return refunds."""
    return listed(store, "refund", "/v1/refunds", params, "charge payment_intent")


@route("get /v1/disputes/{dispute}", sdk.DisputeRetrieveParams)
def retrieve_dispute(store: ObjectStore, params: Params, dispute: str) -> Obj:
    """Return a dispute."""
    return store.get("dispute", dispute)


@route("get /v1/disputes", sdk.DisputeListParams, f"{LIST} charge payment_intent")
def list_disputes(store: ObjectStore, params: Params) -> Obj:
    """Return disputes."""
    return listed(store, "dispute", "/v1/disputes", params, "charge payment_intent")


@route("get /v1/radar/early_fraud_warnings/{id}", sdk_radar.EarlyFraudWarningRetrieveParams)
def retrieve_fraud_warning(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return an early fraud warning."""
    return store.get("radar.early_fraud_warning", id)


@route("get /v1/radar/early_fraud_warnings", sdk_radar.EarlyFraudWarningListParams, f"{LIST} charge payment_intent")
def list_fraud_warnings(store: ObjectStore, params: Params) -> Obj:
    """Return early fraud warnings."""
    url = "/v1/radar/early_fraud_warnings"
    return listed(store, "radar.early_fraud_warning", url, params, "charge payment_intent")
