"""Stripe's wire format: form parameters read by the SDK's own types, and errors in Stripe's words."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe import RequestOptions
from typing_extensions import is_typeddict

Params = dict[str, Any]


class ApiError(Exception):
    """An error as Stripe words it. With `saves` what was done before it stays saved, such as a declined charge."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        saves: bool = False,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.saves = status, saves
        self.body = {"error": {"type": type, "message": message, **details}}


class Malformed(ApiError):
    """The parameters are wrong: refused before anything runs, and not saved under the idempotency key."""


def missing(kind: str, id: str, *, param: str = "id") -> ApiError:
    """Return Stripe's 404 for an object."""
    return ApiError(f"No such {kind}: '{id}'", status=404, code="resource_missing", param=param)


def unsupported(what: str) -> Malformed:
    """Return the error for what the fake Stripe does not do, although Stripe may."""
    return Malformed(f"{what} is not in the sandbox", code="not_in_sandbox")


def unflatten(pairs: Iterable[tuple[str, str]]) -> Params:
    """Return nested parameters.

    >>> unflatten([("items[0][price]", "p"), ("items[0][quantity]", "1"), ("expand[]", "x")])
    {'items': {'0': {'price': 'p', 'quantity': '1'}}, 'expand': {'0': 'x'}}
    """
    root: Params = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+|\[\]", name)
        place = root
        for part in path:
            place = place.setdefault(part, {})
        place[str(len(place)) if last == "[]" else last] = value
    return root


@cache
def parameters_of(declared: Any) -> dict[str, Any]:
    """Return the parameters and their types that the SDK declares for a call, its request options left out."""
    own = {name: hint for name, hint in declared.__annotations__.items() if name not in RequestOptions.__annotations__}
    return get_type_hints(type("Own", (), {"__annotations__": own, "__module__": declared.__module__}))


def read(raw: Params, declared: Any, path: str = "") -> Params:
    """Return the parameters typed as the SDK declares them; raise Malformed for anything else."""
    hints = parameters_of(declared)
    for name in raw:
        if name not in hints:
            raise Malformed(f"Received unknown parameter: {path}{name}", code="parameter_unknown", param=path + name)
    for name in hints:
        if name in declared.__required_keys__ and name not in raw:
            raise Malformed(f"Missing required param: {path}{name}.", code="parameter_missing", param=path + name)
    return {name: _typed(value, hints[name], path + name) for name, value in raw.items()}


def _typed(value: Any, hint: Any, path: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _first_of(value, arguments, path)
    if origin is Literal:
        return _literal(value, arguments, path)
    if origin is list and isinstance(value, dict) and all(key.isdigit() for key in value):
        return [_typed(value[key], arguments[0], f"{path}[{key}]") for key in sorted(value, key=int)]
    if origin is dict and isinstance(value, dict):
        return {key: _typed(item, arguments[1], f"{path}[{key}]") for key, item in value.items()}
    if is_typeddict(hint) and isinstance(value, dict):
        return read(value, hint, f"{path}.")
    if isinstance(value, str) and hint in SCALARS and SCALARS[hint][0].fullmatch(value):
        return SCALARS[hint][1](value)
    raise _invalid(value, path)


SCALARS: dict[Any, tuple[re.Pattern[str], Any]] = {
    str: (re.compile(r".*", re.DOTALL), str),
    int: (re.compile(r"-?\d{1,30}"), int),
    float: (re.compile(r"-?\d{1,30}(\.\d{1,30})?"), float),
    Decimal: (re.compile(r"-?\d{1,30}(\.\d{1,30})?"), str),
    bool: (re.compile(r"true|false"), lambda text: text == "true"),
}


def _literal(value: Any, allowed: tuple[Any, ...], path: str) -> Any:
    for choice in allowed:
        if value == choice or (isinstance(choice, bool) and value == str(choice).lower()):
            return choice
    raise _invalid(value, path)


def _first_of(value: Any, hints: tuple[Any, ...], path: str) -> Any:
    """Read by the first type that fits; if none does, raise the failure that got deepest."""
    failures = []
    for hint in hints:
        try:
            return _typed(value, hint, path)
        except Malformed as failure:
            failures.append(failure)
    raise max(failures, key=lambda failure: len(failure.body["error"]["param"]))


def _invalid(value: Any, path: str) -> Malformed:
    return Malformed(f"Invalid {path}: {str(value)[:60]}", code="parameter_invalid", param=path)
