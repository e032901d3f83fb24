"""The table of calls, and what all of them share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fake_stripe.engine.store import Obj, ObjectStore, listing
from fake_stripe.wire import ApiError, Params, missing, not_in_sandbox, read

Run = Callable[..., Obj]

OWNERS = ("customer", "subscription", "from_subscription", "invoice", "payment_intent", "charge", "payment_method")
"""Parameters that name an object, and so the organization whose store a call uses."""

PAGE = "limit starting_after ending_before"
LIST = f"{PAGE} created"
MAXIMUM = 100


@dataclass(frozen=True)
class Endpoint:
    """One call: what it takes, as the SDK declares it and as far as the sandbox knows it, and what it does.

    `of_account`: it uses the account's store unless it names an object of an organization.
    """

    method: str
    path: str
    declared: Any
    takes: frozenset[str]
    of_account: bool
    run: Run

    def read(self, raw: Params) -> Params:
        """Return the parameters, typed; raise Malformed."""
        params = read(raw, self.declared)
        for name in params:
            if name not in self.takes:
                raise not_in_sandbox(f"the parameter {name}")
        return params


ENDPOINTS: list[Endpoint] = []


def endpoint(call: str, declared: Any, takes: str = "", *, of_account: bool = False) -> Callable[[Run], Run]:
    """Register a call: "post /v1/customers/{customer}", its parameters in the SDK, and those the sandbox knows."""
    method, path = call.split(" ")

    def register(run: Run) -> Run:
        known = frozenset([*takes.split(), "expand"])
        ENDPOINTS.append(Endpoint(method, path, declared, known, of_account or method == "get", run))
        return run

    return register


def find(method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
    """Return the call and the ids in its address; raise a 404 for what the sandbox does not answer."""
    for one in ENDPOINTS:
        ids = _ids(one.path, path)
        if ids is not None and one.method == method:
            return one, ids
    raise ApiError(f"{method.upper()} {path} is not in the sandbox", status=404, code="not_in_sandbox")


def _ids(wanted: str, path: str) -> dict[str, str] | None:
    """Return the ids that stand in a path where the other has {names}, or None when they are not alike."""
    pairs = list(zip(wanted.split("/"), path.split("/"), strict=False))
    ids = {part.strip("{}"): given for part, given in pairs if part.startswith("{") and given}
    alike = wanted.count("/") == path.count("/") and all(
        part == given or part.strip("{}") in ids for part, given in pairs
    )
    return ids if alike else None


def owners(params: Params) -> Iterator[str]:
    """Yield the ids of the objects that the parameters name."""
    payment, payload = params.get("payment", {}), params.get("payload", {})
    named = [params.get(name) for name in OWNERS]
    for id in (*named, payment.get("payment_intent"), payload.get("stripe_customer_id")):
        if isinstance(id, str):
            yield id


def page(rows: list[Obj], url: str, params: Params) -> Obj:
    """Return the page of a list (the newest first) that the parameters ask for."""
    rows = [row for row in rows if _created_within(row, params.get("created"))]
    if "starting_after" in params:
        rows = rows[_place(rows, params["starting_after"]) + 1 :]
    if "ending_before" in params:
        rows = rows[: _place(rows, params["ending_before"])]
    limit = min(params.get("limit", 10), MAXIMUM)
    return listing(rows[:limit], url, has_more=len(rows) > limit)


def _created_within(row: Obj, wanted: Any) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return bool(row["created"] == wanted)
    checks = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    return all(checks[name](row["created"], value) for name, value in wanted.items())


def _place(rows: list[Obj], id: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == id:
            return place
    raise missing("object", id, param="starting_after")


def metadata(obj: Obj, params: Params) -> Obj:
    """Return the object's metadata with the given ones merged in; an empty value removes a key."""
    if "metadata" not in params:
        return dict(obj["metadata"] or {})
    merged = {} if params["metadata"] == "" else (obj["metadata"] or {}) | params["metadata"]
    return {name: value for name, value in merged.items() if value != ""}


def some(params: Params, names: str) -> Params:
    """Return these parameters, where they are given; an empty one is None."""
    return {name: params[name] if params[name] != "" else None for name in names.split() if name in params}


def listed(store: ObjectStore, kind: str, url: str, params: Params, filters: str) -> Obj:
    """Return a page of the objects whose fields equal the given filters."""
    return page(store.find(kind, **some(params, filters)), url, params)
