"""Every answer of the API that a test sees is compared with the description of the API.

Status, media type and body must be described, and the body may have no member that is not. What clients ignore, since
members may be added, is a fault here.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from django.test import Client
from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

NAME, PREFIX = "urn:milepost:api", "/api/v1/"
PROBLEM = "application/problem+json"
BEFORE_ANY_RESOURCE = (400, 414, 431)
"""What a request can get before it is known whose it is, whatever its address."""

Schema = dict[str, Any]


@contextmanager
def watched() -> Iterator[None]:
    """Compare what the test client gets with the description, which is made now: no test waits for it."""
    _registry()
    request = Client.request

    def checked(self: Client, **environment: Any) -> Any:
        response = request(self, **environment)
        if environment["PATH_INFO"].startswith(PREFIX):
            check(environment["REQUEST_METHOD"], environment["PATH_INFO"], response)
        return response

    with patch.object(Client, "request", checked):
        yield


def check(method: str, path: str, response: Any) -> None:
    """Fail for an answer that is not as described."""
    operation = _operations(path).get(method.lower().replace("head", "get"))
    status, media = response.status_code, response.headers.get("Content-Type", "").partition(";")[0]
    where = f"{method} {path} {status} {media}"
    if operation is None:
        assert method == "OPTIONS" or media == PROBLEM, f"{where} is not described"
        schema = _problem(status) if media == PROBLEM else None
    elif status in BEFORE_ANY_RESOURCE and str(status) not in operation["responses"]:
        schema = _problem(status)
    else:
        assert str(status) in operation["responses"], f"{where} is not described"
        content = operation["responses"][str(status)].get("content", {})
        assert media in content or (not content and not media), f"{where} is not described, but {list(content)}"
        schema = content[media]["schema"] if media.endswith("json") and not response.streaming else None
    if schema is not None and method != "HEAD":
        _check_body(where, schema, json.loads(response.content))


def _check_body(where: str, schema: Schema, body: Any) -> None:
    error = best_match(_validator(json.dumps(schema)).iter_errors(body))
    assert error is None, f"{where} is not as described: {error.message[:2_000]} at {error.json_path}"


@cache
def _validator(schema: str) -> Draft202012Validator:
    """Return the validator of a schema, given as text, which refers to the description."""
    return Draft202012Validator(json.loads(schema.replace('"#/', f'"{NAME}#/')), registry=_registry())


@cache
def _registry() -> Registry[Any]:
    """Return the description as what validators look references up in: one for all, so that it is read once."""
    registry: Registry[Any] = Registry().with_resource(NAME, DRAFT202012.create_resource(description()))
    return registry.crawl()


@cache
def _operations(path: str) -> dict[str, Any]:
    """Return the described operations of an address by method; none for an address that is not there."""
    try:
        route = resolve(path).route
    except Resolver404:
        return {}
    return dict(description()["paths"].get("/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route), {}))


def _problem(status: int) -> Schema:
    """Return the schema of the problems with a status, whichever address they are about."""
    from saas.web.api.codes import reference

    return reference(status)


@cache
def description() -> Schema:
    """Return the description of the API, in which objects have no other members than the described ones."""
    from drf_spectacular.generators import SchemaGenerator

    made = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    closed: Schema = _closed(json.loads(json.dumps(made, default=str)))
    return closed


def _closed(schema: Any) -> Any:
    match schema:
        case {"properties": dict()}:
            inner = {name: _closed(value) for name, value in schema.items()}
            return {"additionalProperties": False, **inner}
        case dict():
            return {name: _closed(value) for name, value in schema.items()}
        case list():
            return [_closed(value) for value in schema]
    return schema
