"""Customers, their cards, and the portal."""

from typing import Any

from stripe import params as sdk
from stripe.params import billing_portal as sdk_portal

from fake_stripe.engine import cards, hands, objects
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.routes.registry import LIST, PAGE, listed, metadata, page, route, some
from fake_stripe.wire import ApiError, Params

ABOUT = "address description email name phone"


@route("post /v1/customers", sdk.CustomerCreateParams, f"{ABOUT} metadata test_clock")
def create_customer(store: ObjectStore, params: Params) -> Obj:
    """Make a customer."""
    if store.organization_id is None:
        raise ApiError("In the sandbox a customer is made for an organization: act for one.")
    made = objects.customer(
        store, **_about(params), **some(params, "test_clock"), metadata=params.get("metadata") or {}
    )
    return store.add(made, event_type="customer.created")


@route("get /v1/customers/{customer}", sdk.CustomerRetrieveParams)
def retrieve_customer(store: ObjectStore, params: Params, customer: str) -> Obj:
    """Return a customer, or what is left of a deleted one."""
    found = store.get("customer", customer)
    return hands.tombstone(found) if store.hidden(customer).get("deleted") else found


@route("delete /v1/customers/{customer}", sdk.CustomerDeleteParams)
def delete_customer(store: ObjectStore, params: Params, customer: str) -> Obj:
    """Delete a customer, and cancel its subscriptions."""
    return hands.delete_customer(store, store.get("customer", customer))


@route("get /v1/customers", sdk.CustomerListParams, f"{LIST} email")
def list_customers(store: ObjectStore, params: Params) -> Obj:
    """Return customers."""
    return listed(store, "customer", "/v1/customers", params, "email")


@route("post /v1/customers/{customer}", sdk.CustomerUpdateParams, f"{ABOUT} metadata invoice_settings")
def update_customer(store: ObjectStore, params: Params, customer: str) -> Obj:
    """Change a customer; `invoice_settings[default_payment_method]` is what invoices are charged to."""
    found = store.get("customer", customer)
    given = params.get("invoice_settings", {})
    if "default_payment_method" in given:
        cards.make_default(store, found, given["default_payment_method"] or None)
    fields = _about(params) | {"metadata": metadata(found, params)}
    store.change(found, event_type="customer.updated", **fields)
    return found


def _about(params: Params) -> Params:
    """Return what is given about a customer; of an address every line is there, given or not."""
    given = some(params, ABOUT)
    return given | {"address": objects.NO_ADDRESS | given["address"]} if given.get("address") else given


@route("get /v1/payment_methods", sdk.PaymentMethodListParams, f"{PAGE} customer type")
def list_payment_methods(store: ObjectStore, params: Params) -> Obj:
    """Return a customer's saved cards."""
    return listed(store, "payment_method", "/v1/payment_methods", params, "customer type")


@route("get /v1/customers/{customer}/payment_methods", sdk.CustomerPaymentMethodListParams, f"{PAGE} type")
def list_customer_payment_methods(store: ObjectStore, params: Params, customer: str) -> Obj:
    """Return a customer's saved cards."""
    found = store.find("payment_method", customer=store.get("customer", customer)["id"], **some(params, "type"))
    return page(found, f"/v1/customers/{customer}/payment_methods", params)


@route("get /v1/payment_methods/{id}", sdk.PaymentMethodRetrieveParams)
def retrieve_payment_method(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a card."""
    return store.get("payment_method", id)


@route("post /v1/payment_methods/{id}/attach", sdk.PaymentMethodAttachParams, "customer")
def attach_payment_method(store: ObjectStore, params: Params, id: str) -> Obj:
    """Save a card for a customer."""
    customer = store.get("customer", params["customer"], param="customer")
    return cards.attach(store, cards.find_card(store, id, customer=customer["id"]), customer["id"])


@route("post /v1/payment_methods/{id}/detach", sdk.PaymentMethodDetachParams)
def detach_payment_method(store: ObjectStore, params: Params, id: str) -> Obj:
    """Detach a saved card."""
    found = store.get("payment_method", id)
    if found["customer"] is None:
        raise ApiError("The payment method you provided is not attached to a customer so detachment is impossible.")
    return cards.detach(store, found)


# The ways to pay

KINDS = "card apple_pay google_pay link sepa_debit us_bank_account klarna"


@route(
    "post /v1/payment_method_configurations",
    sdk.PaymentMethodConfigurationCreateParams,
    f"name {KINDS}",
    of_account=True,
)
def create_method_configuration(store: ObjectStore, params: Params) -> Obj:
    """Make a configuration of ways to pay: what is not named is offered where the account offers it."""
    made = {
        "id": new_id("payment_method_configuration"),
        "object": "payment_method_configuration",
        "active": True,
        "application": None,
        "is_default": False,
        "livemode": False,
        "name": params["name"],
        "parent": None,
    }
    return store.add(made | {kind: _preference(params.get(kind)) for kind in KINDS.split()})


def _preference(given: Params | None) -> Obj:
    preference = (given or {}).get("display_preference", {}).get("preference", "none")
    value = "off" if preference == "off" else "on"
    return {
        "available": value == "on",
        "display_preference": {"overridable": None, "preference": preference, "value": value},
    }


@route("get /v1/payment_method_configurations", sdk.PaymentMethodConfigurationListParams, PAGE)
def list_method_configurations(store: ObjectStore, params: Params) -> Obj:
    """Return the configurations of ways to pay."""
    return listed(store, "payment_method_configuration", "/v1/payment_method_configurations", params, "")


@route(
    "post /v1/payment_method_configurations/{id}",
    sdk.PaymentMethodConfigurationUpdateParams,
    f"active name {KINDS}",
)
def update_method_configuration(store: ObjectStore, params: Params, id: str) -> Obj:
    """Change what is offered."""
    found = store.get("payment_method_configuration", id)
    kinds = {kind: _preference(params[kind]) for kind in KINDS.split() if kind in params}
    fields: Obj = some(params, "active name") | kinds
    store.change(found, **fields)
    return found


# The portal

FEATURES: dict[str, dict[str, Any]] = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}


@route(
    "post /v1/billing_portal/configurations",
    sdk_portal.ConfigurationCreateParams,
    "business_profile default_return_url features metadata name",
    of_account=True,
)
def create_portal_configuration(store: ObjectStore, params: Params) -> Obj:
    """Make a configuration: what customers may do in the portal."""
    made = {
        "id": new_id("billing_portal.configuration"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": _profile(params),
        "created": store.time,
        "default_return_url": params.get("default_return_url") or None,
        "features": _features(params["features"]),
        "is_default": not store.find("billing_portal.configuration"),
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": params.get("metadata") or {},
        "name": params.get("name"),
        "updated": store.time,
    }
    return store.add(made, event_type="billing_portal.configuration.created")


def _profile(params: Params) -> Obj:
    empty = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
    return {**empty, **params.get("business_profile", {})}


FEATURES_INSIDE = (("subscription_cancel", "cancellation_reason"), ("subscription_update", "schedule_at_period_end"))


def _features(given: Params) -> Obj:
    made = {name: dict(features) | (given.get(name) or {}) for name, features in FEATURES.items()}
    for name, inner in (
        ("subscription_cancel", "cancellation_reason"),
        ("subscription_update", "schedule_at_period_end"),
    ):
        made[name][inner] = FEATURES[name][inner] | (given.get(name, {}).get(inner) or {})
    return made


@route("get /v1/billing_portal/configurations", sdk_portal.ConfigurationListParams, f"{PAGE} active is_default")
def list_portal_configurations(store: ObjectStore, params: Params) -> Obj:
    """Return the portal's configurations."""
    url = "/v1/billing_portal/configurations"
    return listed(store, "billing_portal.configuration", url, params, "active is_default")


@route(
    "post /v1/billing_portal/configurations/{id}",
    sdk_portal.ConfigurationUpdateParams,
    "active business_profile default_return_url features metadata name",
)
def update_portal_configuration(store: ObjectStore, params: Params, id: str) -> Obj:
    """Change what customers may do in the portal."""
    found = store.get("billing_portal.configuration", id)
    features = _features(found["features"] | params.get("features", {}))
    fields = some(params, "active default_return_url name") | {"metadata": metadata(found, params)}
    store.change(
        found, event_type="billing_portal.configuration.updated", **fields, features=features, updated=store.time
    )
    return found


@route(
    "post /v1/billing_portal/sessions",
    sdk_portal.SessionCreateParams,
    "configuration customer flow_data locale return_url",
)
def create_portal_session(store: ObjectStore, params: Params) -> Obj:
    """Open the portal for a customer."""
    customer = store.get("customer", params.get("customer", ""), param="customer")
    configuration = params.get("configuration") or _default_configuration(store)
    store.get("billing_portal.configuration", configuration, param="configuration")
    id = new_id("billing_portal.session")
    made = {
        "id": id,
        "object": "billing_portal.session",
        "configuration": configuration,
        "created": store.time,
        "customer": customer["id"],
        "customer_account": None,
        "flow": _flow(params.get("flow_data")),
        "livemode": False,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": params.get("return_url"),
        "url": objects.page(f"portal/{id}"),
    }
    return store.add(made, event_type="billing_portal.session.created")


def _default_configuration(store: ObjectStore) -> str:
    account = ObjectStore(None, store.now)
    for found in account.find("billing_portal.configuration", is_default=True):
        return str(found["id"])
    raise ApiError("No configuration provided and your test mode default configuration has not been created.")


def _flow(data: Params | None) -> Obj | None:
    if data is None:
        return None
    empty = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    names = ("subscription_cancel", "subscription_update", "subscription_update_confirm")
    return {
        "after_completion": empty | data.get("after_completion", {}),
        "type": data["type"],
        **{name: data.get(name) for name in names},
    }
