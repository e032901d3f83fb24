"""Test clocks: the fake Stripe has one clock an organization, and a test clock moves that one ahead."""

from datetime import UTC, datetime, timedelta

from django.db.models import F
from stripe.params import test_helpers as sdk

from fake_stripe import actions
from fake_stripe.engine import subscriptions
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.engine.subscription_changes import OVER
from fake_stripe.routes.registry import route
from fake_stripe.wire import ApiError, Params
from saas.accounts.models import Organization
from saas.kernel.transactions import run_after_commit

KIND = "test_helpers.test_clock"
PATH = "/v1/test_helpers/test_clocks"
KEPT_DAYS = 30


@route(f"post {PATH}", sdk.TestClockCreateParams, "frozen_time name")
def create_clock(store: ObjectStore, params: Params) -> Obj:
    """Make a clock. It begins at the organization's own time, whatever is asked for: that goes on meanwhile."""
    made: Obj = {
        "id": new_id(KIND),
        "object": KIND,
        "created": store.time,
        "deletes_after": store.time + KEPT_DAYS * 86_400,
        "frozen_time": store.time,
        "livemode": False,
        "name": params.get("name"),
        "status": "ready",
        "status_details": {},
    }
    return store.add(made)


@route(f"get {PATH}/{{clock}}", sdk.TestClockRetrieveParams)
def retrieve_clock(store: ObjectStore, params: Params, clock: str) -> Obj:
    """Return a clock."""
    return store.get(KIND, clock)


@route(f"post {PATH}/{{clock}}/advance", sdk.TestClockAdvanceParams, "frozen_time")
def advance_clock(store: ObjectStore, params: Params, clock: str) -> Obj:
    """Move the organization's clock to an instant; what falls due until then runs before the answer arrives."""
    found, organization_id = store.get(KIND, clock), store.organization_id
    ahead = datetime.fromtimestamp(params["frozen_time"], UTC) - store.now
    if organization_id is None or ahead < timedelta(0):
        raise ApiError("The frozen time must be after the clock's present one.", param="frozen_time")
    Organization.objects.filter(id=organization_id).update(clock_offset=F("clock_offset") + ahead)
    store.change(found, frozen_time=params["frozen_time"])

    def pass_time() -> None:
        actions.pass_time(organization_id)

    run_after_commit(pass_time)
    return found


@route(f"delete {PATH}/{{clock}}", sdk.TestClockDeleteParams)
def delete_clock(store: ObjectStore, params: Params, clock: str) -> Obj:
    """Delete a clock, and end what its customers had."""
    found = store.get(KIND, clock)
    for customer in store.find("customer", test_clock=clock):
        for subscription in store.find("subscription", customer=customer["id"]):
            if subscription["status"] not in OVER:
                subscriptions.cancel(store, subscription)
        store.remove(customer)
    store.remove(found)
    return {"id": clock, "object": KIND, "deleted": True}
