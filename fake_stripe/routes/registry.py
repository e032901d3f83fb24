"""The table of routes, and what all of them use: pages of lists, metadata, optional parameters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fake_stripe.engine.store import Obj, ObjectStore, listing
from fake_stripe.wire import ApiError, Params, missing, read, unsupported

Run = Callable[..., Obj]

OWNERS = ("customer", "subscription", "from_subscription", "invoice", "payment_intent", "charge", "payment_method")
"""Parameters that name an object, and so the organization whose store a call uses."""

PAGE = "limit starting_after ending_before"
LIST = f"{PAGE} created"
MAXIMUM = 100


@dataclass(frozen=True)
class Route:
    """One call of the API: its parameters as the SDK declares them, which of them are supported, and its function.

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
                raise unsupported(f"the parameter {name}")
        return params


ROUTES: list[Route] = []


def route(call: str, declared: Any, takes: str = "", *, of_account: bool = False) -> Callable[[Run], Run]:
    """Register "post /v1/customers/{customer}" with the SDK's type of its parameters and the names supported."""
    method, path = call.split(" ")

    def register(run: Run) -> Run:
        known = frozenset([*takes.split(), "expand"])
        ROUTES.append(Route(method, path, declared, known, of_account or method == "get", run))
        return run

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Return the route of a path and the ids in it. Raises a 404 for what is not supported."""
    for known in ROUTES:
        ids = _ids(known.path, path)
        if ids is not None and known.method == method:
            return known, ids
    raise ApiError(f"{method.upper()} {path} is not in the sandbox", status=404, code="not_in_sandbox")


def _ids(pattern: str, path: str) -> dict[str, str] | None:
    """Return the ids in a path at the {names} of the pattern, or None if the path does not match."""
    pairs = list(zip(pattern.split("/"), path.split("/"), strict=False))
    ids = {part.strip("{}"): given for part, given in pairs if part.startswith("{") and given}
    matches = pattern.count("/") == path.count("/") and all(
        part == given or part.strip("{}") in ids for part, given in pairs
    )
    return ids if matches else None


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
        rows = rows[_index(rows, params["starting_after"]) + 1 :]
    if "ending_before" in params:
        rows = rows[: _index(rows, params["ending_before"])]
    limit = min(params.get("limit", 10), MAXIMUM)
    return listing(rows[:limit], url, has_more=len(rows) > limit)


def _created_within(row: Obj, wanted: Any) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return bool(row["created"] == wanted)
    checks = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    return all(checks[name](row["created"], value) for name, value in wanted.items())


def _index(rows: list[Obj], id: str) -> int:
    for index, row in enumerate(rows):
        if row["id"] == id:
            return index
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
