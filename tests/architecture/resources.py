"""The resources of the API as `saas.urls` lists them, and a way to ask them anything."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from saas.urls import api
from saas.web.api.resources import Resource
from tests.answers import CLIENT, STRAY

METHODS = ("get", "post", "patch", "put", "delete")


BODILESS = ("get", "head", "delete")


def send(method: str, path: str, key: str, body: Any = None, **headers: str) -> Any:
    """Send a request with a key to /api/v1."""
    sent = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4()), **headers}
    if method.lower() in BODILESS:
        return CLIENT.generic(method.upper(), f"/api/v1{path}", headers=sent)
    return getattr(CLIENT, method.lower())(f"/api/v1{path}", body or {}, "application/json", headers=sent)


def resources() -> Iterator[tuple[str, type[Resource]]]:
    for pattern in api:
        view: Any = pattern.callback
        path = f"/{pattern.pattern}".replace("<slug:report>.<slug:form>", "goals.csv").replace("<slug:form>", "csv")
        yield re.sub(r"<uuid:\w+>", STRAY, path), view.cls


NEEDS = [
    (method, path, view.scopes[method.upper()])
    for path, view in resources()
    for method in METHODS
    if hasattr(view, method)
] + [("head", path, view.scopes["GET"]) for path, view in resources() if hasattr(view, "get")]
