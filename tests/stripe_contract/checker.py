"""Whether what is said to Stripe, and what Stripe says, fits the types of the installed SDK."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_contract.specification import OBJECT_OF_EVENT, Operation, Schema, Specification, specification

FITS = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}
WHOLE, DECIMAL = re.compile(r"-?\d+"), re.compile(r"-?\d+(\.\d+)?")


class Checker:
    """Finds what breaks a specification; every method returns the breaches as text, none where there are none."""

    def __init__(self, spec: Specification) -> None:
        self.spec = spec

    @cached_property
    def _routes(self) -> Sequence[tuple[re.Pattern[str], Operation]]:
        """Return the operations with their paths as patterns, paths without ids first."""
        operations = sorted(self.spec.operations, key=lambda operation: operation.path.count("{"))
        return [(re.compile(re.sub(r"{\w+}", "[^/]+", operation.path)), operation) for operation in operations]

    def request(self, method: str, path: str, body: str, query: str) -> tuple[Operation | None, Any, list[str]]:
        """Return the operation that a request is, its decoded parameters, and what is wrong with them."""
        fitting = (each for route, each in self._routes if route.fullmatch(path) and each.method == method.upper())
        operation = next(fitting, None)
        if operation is None:
            return None, {}, [f"{method} {path}: no such operation in the contract"]
        pairs = parse_qsl(body if operation.method == "POST" else query, keep_blank_values=True)
        try:
            nested = unflatten(pairs)
        except ValueError as error:
            return operation, {}, [str(error)]
        parameters = self._typed(nested, operation.parameters)
        return operation, parameters, list(self.errors(parameters, operation.parameters))

    def event(self, event: dict[str, Any]) -> list[str]:
        """Return what is wrong with the body of a webhook and the object in it; new names of a kind are none."""
        found = list(self.errors(event, {"$ref": "event"}, "event"))
        if event.get("api_version") != self.spec.version:
            found.append(f"event.api_version {event.get('api_version')} is not {self.spec.version}")
        kinds = [start for start in OBJECT_OF_EVENT if event["type"].startswith(start)]
        if not kinds:
            return [*found, f"{event['type']}: it is not known what this event is about"]
        kind = OBJECT_OF_EVENT[max(kinds, key=len)]
        return [*found, *self.errors(event["data"]["object"], {"$ref": kind}, kind, is_strict=False)]

    def errors(self, value: Any, schema: Schema, path: str = "", *, is_strict: bool = True) -> Iterator[str]:
        """Return where a value does not fit a schema; a lenient look lets new names into open lists of names."""
        schema = self._followed(schema)
        if value is None:
            if schema and not schema.get("nullable"):
                yield f"{path}: null not allowed"
            return
        if "anyOf" in schema:
            yield from self._errors_of_closest(value, schema["anyOf"], path, is_strict=is_strict)
            return
        kind = schema.get("type")
        if kind and not FITS[kind](value):
            yield f"{path}: expected {kind}, got {type(value).__name__} {str(value)[:40]!r}"
            return
        if "enum" in schema and value not in schema["enum"] and (is_strict or not schema.get("is_open")):
            yield f"{path}: {value!r} is none of {len(schema['enum'])} names"
        if kind == "array":
            for index, item in enumerate(value):
                yield from self.errors(item, schema["items"], f"{path}[{index}]", is_strict=is_strict)
        if kind == "object":
            yield from self._errors_of_object(value, schema, path, is_strict=is_strict)

    def _errors_of_closest(
        self, value: Any, alternatives: Sequence[Schema], path: str, *, is_strict: bool
    ) -> Sequence[str]:
        """Return nothing if one alternative fits, else what is wrong with an object's, or with the closest."""
        found = [list(self.errors(value, each, path, is_strict=is_strict)) for each in alternatives]
        if [] in found:
            return []
        if isinstance(value, dict):
            for each, wrong in zip(alternatives, found, strict=True):
                if self._followed(each).get("type") == "object":
                    return wrong
        return min(found, key=len)

    def _errors_of_object(self, value: dict[str, Any], schema: Schema, path: str, *, is_strict: bool) -> Iterator[str]:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{path}.{name}: missing"
        for name, each in value.items():
            if name in properties:
                yield from self.errors(each, properties[name], f"{path}.{name}", is_strict=is_strict)
            elif others is False:
                yield f"{path}.{name}: unknown parameter"
            elif isinstance(others, dict):
                yield from self.errors(each, others, f"{path}.{name}", is_strict=is_strict)

    def _followed(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        return {**self.spec.schemas[schema["$ref"]], **{key: each for key, each in schema.items() if key != "$ref"}}

    def _typed(self, value: Any, schema: Schema) -> Any:
        """Turn the texts of a form into the values that the schema asks for."""
        schema = self._followed(schema)
        if "anyOf" in schema:
            typed = [(self._typed(value, each), each) for each in schema["anyOf"]]
            return next((made for made, each in typed if not list(self.errors(made, each))), typed[0][0])
        match schema.get("type"), value:
            case "array", dict() if all(map(str.isdigit, value)):
                return [self._typed(value[index], schema["items"]) for index in sorted(value, key=int)]
            case "object", dict():
                others = schema.get("additionalProperties")
                rest = others if isinstance(others, dict) else {}
                properties = schema.get("properties", {})
                return {name: self._typed(each, properties.get(name, rest)) for name, each in value.items()}
            case "integer", str() if WHOLE.fullmatch(value):
                return int(value)
            case "number", str() if DECIMAL.fullmatch(value):
                return float(value)
            case "boolean", "true" | "false":
                return value == "true"
        return value


def unflatten(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the nested parameters that a form's flat names mean; raise ValueError for names that contradict.

    >>> unflatten([("a[b]", "1"), ("a[c][0]", "2")])
    {'a': {'b': '1', 'c': {'0': '2'}}}
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        *around, last = re.findall(r"[^\[\]]+|\[\]", name)
        place = root
        for part in around:
            place = place.setdefault(str(len(place)) if part == "[]" else part, {})
            if not isinstance(place, dict):
                raise ValueError(f"{name}: a value and a group of values at once")
        last = str(len(place)) if last == "[]" else last
        if last in place:
            raise ValueError(f"{name}: given twice")
        place[last] = value
    return root


def checker() -> Checker:
    """Return the checker of the installed SDK."""
    return Checker(specification())
