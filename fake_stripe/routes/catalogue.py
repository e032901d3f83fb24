"""Products, prices and meters, which belong to the account, not to an organization."""

from stripe import params as sdk
from stripe.params import billing as sdk_billing

from fake_stripe.engine import meters, objects
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.routes.registry import LIST, PAGE, listed, metadata, page, route, some
from fake_stripe.wire import ApiError, Params, unsupported

DAY = 86_400


@route(
    "post /v1/products",
    sdk.ProductCreateParams,
    "id name description active metadata unit_label statement_descriptor tax_code",
    of_account=True,
)
def create_product(store: ObjectStore, params: Params) -> Obj:
    """Make a product."""
    if "id" in params and store.row(params["id"]):
        raise ApiError(f"Product already exists with id: {params['id']}", code="resource_already_exists", param="id")
    return store.add(objects.product(store, **params), event_type="product.created")


@route("get /v1/products", sdk.ProductListParams, f"{LIST} active ids")
def list_products(store: ObjectStore, params: Params) -> Obj:
    """Return products."""
    found = [
        row for row in store.find("product", **some(params, "active")) if row["id"] in params.get("ids", [row["id"]])
    ]
    return page(found, "/v1/products", params)


@route("get /v1/products/{id}", sdk.ProductRetrieveParams)
def retrieve_product(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a product."""
    return store.get("product", id)


@route("post /v1/products/{id}", sdk.ProductUpdateParams, "name description active metadata statement_descriptor")
def update_product(store: ObjectStore, params: Params, id: str) -> Obj:
    """Change a product."""
    found = store.get("product", id)
    fields = some(params, "name description active statement_descriptor") | {"metadata": metadata(found, params)}
    store.change(found, event_type="product.updated", **fields)
    return found


@route(
    "post /v1/prices",
    sdk.PriceCreateParams,
    "currency unit_amount unit_amount_decimal recurring product product_data lookup_key transfer_lookup_key nickname"
    " metadata tax_behavior active billing_scheme",
    of_account=True,
)
def create_price(store: ObjectStore, params: Params) -> Obj:
    """Make a price; `transfer_lookup_key` takes its key from the one that has it."""
    if params.get("billing_scheme") == "tiered":
        raise unsupported("billing_scheme=tiered")
    if "unit_amount" not in params and "unit_amount_decimal" not in params:
        raise ApiError("Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.")
    product = params.get("product") or _inline_product(store, params)
    store.get("product", product, param="product")
    _take_lookup_key(store, params)
    names = "unit_amount unit_amount_decimal lookup_key nickname metadata tax_behavior active"
    made = objects.price(
        store, product=product, currency=params["currency"], recurring=params.get("recurring"), **some(params, names)
    )
    return store.add(made, event_type="price.created")


def _inline_product(store: ObjectStore, params: Params) -> str:
    if "product_data" not in params:
        raise ApiError("You must specify either `product` or `product_data` when creating a price.", param="product")
    made = store.add(objects.product(store, **params["product_data"]), event_type="product.created")
    return str(made["id"])


def _take_lookup_key(store: ObjectStore, params: Params) -> None:
    key = params.get("lookup_key")
    for other in store.find("price", lookup_key=key) if key else ():
        if not params.get("transfer_lookup_key"):
            raise ApiError(
                f"A price (`{other['id']}`) already uses that lookup key.",
                code="resource_already_exists",
                param="lookup_key",
            )
        store.change(other, event_type="price.updated", lookup_key=None)


@route("get /v1/prices", sdk.PriceListParams, f"{LIST} active currency lookup_keys product type recurring")
def list_prices(store: ObjectStore, params: Params) -> Obj:
    """Return prices, for example those of lookup keys."""
    keys = params.get("lookup_keys")
    found = store.find("price", **some(params, "active currency product type recurring"))
    return page([row for row in found if keys is None or row["lookup_key"] in keys], "/v1/prices", params)


@route("get /v1/prices/{price}", sdk.PriceRetrieveParams)
def retrieve_price(store: ObjectStore, params: Params, price: str) -> Obj:
    """Return a price."""
    return store.get("price", price)


@route(
    "post /v1/prices/{price}",
    sdk.PriceUpdateParams,
    "active lookup_key transfer_lookup_key nickname metadata tax_behavior",
)
def update_price(store: ObjectStore, params: Params, price: str) -> Obj:
    """Change what may change of a price: never its amount."""
    found = store.get("price", price)
    if params.get("lookup_key") != found["lookup_key"]:
        _take_lookup_key(store, params)
    fields = some(params, "active lookup_key nickname tax_behavior") | {"metadata": metadata(found, params)}
    store.change(found, event_type="price.updated", **fields)
    return found


# Meters


@route(
    "post /v1/billing/meters",
    sdk_billing.MeterCreateParams,
    "display_name event_name default_aggregation customer_mapping event_time_window value_settings",
    of_account=True,
)
def create_meter(store: ObjectStore, params: Params) -> Obj:
    """Make a meter that sums."""
    if params["default_aggregation"]["formula"] != "sum":
        raise unsupported(f"default_aggregation[formula]={params['default_aggregation']['formula']}")
    if store.find("billing.meter", event_name=params["event_name"], status="active"):
        raise ApiError("An active meter with the same event name already exists.", code="resource_already_exists")
    made = {
        "id": new_id("billing.meter"),
        "object": "billing.meter",
        "created": store.time,
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "event_time_window": None,
        "livemode": False,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": store.time,
        "value_settings": {"event_payload_key": "value"},
        **params,
    }
    made.pop("expand", None)
    return store.add(made, event_type="billing.meter.created")


@route("get /v1/billing/meters", sdk_billing.MeterListParams, f"{PAGE} status")
def list_meters(store: ObjectStore, params: Params) -> Obj:
    """Return meters."""
    return listed(store, "billing.meter", "/v1/billing/meters", params, "status")


@route("get /v1/billing/meters/{id}", sdk_billing.MeterRetrieveParams)
def retrieve_meter(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a meter."""
    return store.get("billing.meter", id)


@route("post /v1/billing/meter_events", sdk_billing.MeterEventCreateParams, "event_name identifier payload timestamp")
def create_meter_event(store: ObjectStore, params: Params) -> Obj:
    """Count usage; an identifier counts once."""
    at = params.get("timestamp", store.time)
    if not store.time - 35 * DAY <= at <= store.time + 300:
        raise ApiError("The timestamp must be within the past 35 days and up to 5 minutes ahead.", param="timestamp")
    identifier = params.get("identifier") or new_id("billing.meter_event")
    if store.row(meters.identity(identifier)):
        raise ApiError(f"An event already exists with identifier {identifier}.", param="identifier")
    made = {
        "object": "billing.meter_event",
        "created": store.time,
        "event_name": params["event_name"],
        "identifier": identifier,
        "livemode": False,
        "payload": params["payload"],
        "timestamp": at,
    }
    return store.add(made, id=meters.identity(identifier))


@route(
    "post /v1/billing/meter_event_adjustments", sdk_billing.MeterEventAdjustmentCreateParams, "event_name type cancel"
)
def adjust_meter_event(store: ObjectStore, params: Params) -> Obj:
    """Cancel a meter event."""
    identifier = params.get("cancel", {}).get("identifier", "")
    row = store.row(meters.identity(identifier))
    if row is None:
        raise ApiError(
            f"No such meter event: {identifier}", status=404, code="resource_missing", param="cancel[identifier]"
        )
    row.hidden["cancelled"] = True
    row.save(update_fields=["hidden"])
    return {
        "object": "billing.meter_event_adjustment",
        "cancel": {"identifier": identifier},
        "event_name": params["event_name"],
        "livemode": False,
        "status": "pending",
        "type": "cancel",
    }


@route(
    "get /v1/billing/meters/{id}/event_summaries",
    sdk_billing.MeterEventSummaryListParams,
    "customer start_time end_time value_grouping_window limit",
)
def list_event_summaries(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a customer's usage: of the whole time, or by hour or day."""
    meter = store.get("billing.meter", id)
    start, end = params["start_time"], params["end_time"]
    step = {"hour": 3600, "day": DAY}.get(params.get("value_grouping_window", ""), end - start)
    rows = []
    for begin in range(start, end, step):
        value = meters.used(store, meter, params["customer"], start=begin, end=begin + step)
        rows.append(
            {
                "id": new_id("billing.meter_event_summary"),
                "object": "billing.meter_event_summary",
                "aggregated_value": float(value),
                "end_time": begin + step,
                "livemode": False,
                "meter": id,
                "start_time": begin,
            }
        )
    return page(rows[::-1], f"/v1/billing/meters/{id}/event_summaries", params)
