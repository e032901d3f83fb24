"""The HTTP client given to the SDK: it answers requests in this process, from the object store."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import stripe
from django.db.transaction import atomic

from fake_stripe import routes
from fake_stripe.actions import open_store
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.mode import require_fake_stripe
from fake_stripe.models import FakeAnswer, FakeObject
from fake_stripe.routes import Route
from fake_stripe.wire import ApiError, Malformed, Params, unflatten
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.transactions import durable

Answer = tuple[int, Obj, dict[str, str]]


@dataclass(frozen=True)
class FakeRequest:
    """One request, as it came."""

    method: str
    path: str
    raw: Params
    headers: Mapping[str, str]
    id: str = field(default_factory=lambda: new_id("request"))

    @property
    def key(self) -> str:
        """Return the idempotency key; reading needs none."""
        return self.headers.get("Idempotency-Key", "") if self.method == "post" else ""

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the request, which must be the same when a key is used again."""
        return sha256(json.dumps([self.method, self.path, self.raw], sort_keys=True).encode()).hexdigest()


class FakeTransport(stripe.HTTPClient):
    """Answers the SDK as Stripe would. Like a network call it refuses to run inside a transaction."""

    name = "sandbox"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Return the body, status and headers for one request. Raises FakeStripeDisabled, OpenTransaction."""
        require_fake_stripe()
        address = urlsplit(url)
        pairs = parse_qsl(post_data if method == "post" else address.query, keep_blank_values=True)
        call = FakeRequest(method, address.path, unflatten(pairs), headers or {})
        with durable():
            status, body, more = answer(call)
        return json.dumps(body), status, {"Request-Id": call.id, "Stripe-Version": stripe.api_version, **more}

    def close(self) -> None:
        """Do nothing: there is no connection to close."""


def answer(call: FakeRequest) -> Answer:
    """Return the status, the body and further headers for a call."""
    try:
        _check_headers(call)
        route, arguments = routes.find(call.method, call.path)
        params = route.read(call.raw)
        organization_id = _owner(route, arguments, params)
        request = {"id": call.id, "idempotency_key": call.key or None}
        with open_store(organization_id, request=request) as store:
            return _saved_answer(call) or _run(call, store, route, arguments, params)
    except ApiError as refusal:
        return refusal.status, refusal.body, {}


def _check_headers(call: FakeRequest) -> None:
    key = call.headers.get("Authorization", "").removeprefix("Bearer ")
    if not key or key.startswith(("sk_live_", "rk_live_")):
        raise ApiError("The sandbox takes no live keys.", status=401)
    if call.headers.get("Stripe-Version") != stripe.api_version:
        raise Malformed(f"Invalid Stripe API version: {call.headers.get('Stripe-Version')}")


def _owner(route: Route, arguments: Params, params: Params) -> UUID | None:
    """Return whose store to use: the named objects' owner, else the organization acted for; None: the account's."""
    acting = tenancy.acting_for()
    with tenancy.system():
        rows = FakeObject.objects.filter(stripe_id__in=[*arguments.values(), *routes.owners(params)])
        owner = rows.exclude(organization=None).values_list("organization_id", flat=True).first()
        if owner is None and not route.of_account:
            return acting or _named_in_metadata(params)
    return owner


def _named_in_metadata(params: Params) -> UUID | None:
    """Return the organization that the metadata names: for a job that acts for the system."""
    metadata = params.get("metadata") or {}
    for name in ("organization_id", "organization", "tenant_id"):
        with suppress(ValueError, KeyError):
            return Organization.objects.filter(id=UUID(metadata[name])).values_list("id", flat=True).first()
    return None


def _saved_answer(call: FakeRequest) -> Answer | None:
    """Return the first answer to the call's idempotency key; raise Stripe's refusal for other parameters."""
    saved = FakeAnswer.objects.filter(key=call.key).first() if call.key else None
    if saved is None:
        return None
    if saved.fingerprint != call.fingerprint:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with."
            f" Try using a key other than '{call.key}' if you meant to execute a different request.",
            type="idempotency_error",
        )
    return saved.status, saved.body, {"Idempotent-Replayed": "true"}


def _run(call: FakeRequest, store: ObjectStore, route: Route, arguments: Params, params: Params) -> Answer:
    """Run the call and save its answer by key. An error undoes what was done before it unless it `saves`."""
    try:
        status, body = 200, _run_or_undo(store, route, arguments, params)
    except Malformed:
        raise
    except ApiError as refusal:
        status, body = refusal.status, refusal.body
    if call.key:
        FakeAnswer.objects.create(
            organization_id=store.organization_id,
            key=call.key,
            fingerprint=call.fingerprint,
            status=status,
            body=body,
        )
    return status, body, {}


def _run_or_undo(store: ObjectStore, route: Route, arguments: Params, params: Params) -> Obj:
    saved_refusal: ApiError | None = None
    emitted = len(store.emitted)
    try:
        with atomic():
            try:
                made = route.run(store, params, **arguments)
                return store.expanded(made, params.get("expand", []))
            except ApiError as refusal:
                if not refusal.saves:
                    raise
                saved_refusal = refusal
    except ApiError:
        del store.emitted[emitted:]
        raise
    raise saved_refusal
