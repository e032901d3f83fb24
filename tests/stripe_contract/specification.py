"""What Stripe's API takes and answers, as the installed SDK says: read from its types, without running them.

Stripe generates stripe-python from its OpenAPI specification, so every parameter of a request (TypedDicts in
`stripe.params`) and every field of an answer (annotations of the resource classes) is in the package. They are read
as schemas of OpenAPI 3.0. So the contract is always that of the version that is installed, and needs no network.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

CRUD = ("create", "retrieve", "update", "delete", "list")
OPERATIONS: dict[str, Sequence[str]] = {
    "_customer_service": CRUD,
    "_customer_payment_method_service": ("list", "retrieve"),
    "_product_service": ("create", "retrieve", "update", "list"),
    "_price_service": ("create", "retrieve", "update", "list"),
    "checkout._session_service": ("create", "retrieve", "list", "expire"),
    "checkout._session_line_item_service": ("list",),
    "billing_portal._session_service": ("create",),
    "billing_portal._configuration_service": ("create", "update", "list"),
    "_subscription_service": ("create", "retrieve", "update", "cancel", "list", "pause", "resume"),
    "_subscription_item_service": CRUD,
    "_subscription_schedule_service": ("create", "retrieve", "update", "cancel", "release", "list"),
    "_invoice_service": (
        *("create", "retrieve", "update", "list"),
        *("pay", "finalize_invoice", "void_invoice", "create_preview"),
    ),
    "_invoice_item_service": ("create", "retrieve", "list"),
    "_invoice_payment_service": ("list", "retrieve"),
    "_payment_intent_service": ("create", "retrieve", "update", "confirm", "cancel", "list"),
    "_setup_intent_service": ("create", "retrieve", "confirm", "cancel"),
    "_payment_method_service": ("retrieve", "attach", "detach", "list"),
    "_refund_service": ("create", "retrieve", "list"),
    "_charge_service": ("retrieve", "list"),
    "_dispute_service": ("retrieve", "update", "close", "list"),
    "_credit_note_service": ("create", "retrieve", "list"),
    "_event_service": ("retrieve", "list"),
    "_webhook_endpoint_service": CRUD,
    "_payment_method_configuration_service": ("create", "retrieve", "update", "list"),
    "billing._meter_service": ("create", "retrieve", "list"),
    "billing._meter_event_service": ("create",),
    "billing._meter_event_adjustment_service": ("create",),
    "billing._meter_event_summary_service": ("list",),
}
"""The operations that are read, by module of the SDK."""

OBJECTS = frozenset(
    [
        "customer",
        "product",
        "price",
        "checkout.session",
        "billing_portal.session",
        "billing_portal.configuration",
        "subscription",
        "subscription_item",
        "subscription_schedule",
        "invoice",
        "line_item",
        "invoiceitem",
        "invoice_payment",
        "payment_intent",
        "setup_intent",
        "payment_method",
        "refund",
        "charge",
        "dispute",
        "credit_note",
        "event",
        "webhook_endpoint",
        "payment_method_configuration",
        "billing.meter",
        "billing.meter_event",
        "billing.meter_event_adjustment",
        "billing.meter_event_summary",
        "item",
    ]
)
"""Objects whose fields are read; of any other one only that it is an object."""

OBJECT_OF_EVENT = {
    "checkout.session.": "checkout.session",
    "invoice.": "invoice",
    "invoiceitem.": "invoiceitem",
    "invoice_payment.": "invoice_payment",
    "customer.subscription.": "subscription",
    "customer.created": "customer",
    "customer.updated": "customer",
    "customer.deleted": "customer",
    "payment_intent.": "payment_intent",
    "setup_intent.": "setup_intent",
    "payment_method.": "payment_method",
    "charge.refund.updated": "refund",
    "charge.dispute.": "dispute",
    "charge.": "charge",
    "refund.": "refund",
    "subscription_schedule.": "subscription_schedule",
    "billing.meter.": "billing.meter",
    "credit_note.": "credit_note",
    "price.": "price",
    "product.": "product",
    "billing_portal.session.": "billing_portal.session",
    "billing_portal.configuration.": "billing_portal.configuration",
}
"""What an event's `data.object` is, by how its type begins; the longest beginning counts."""

PAYMENT_METHOD_FAMILIES = re.compile(
    "payment_method_options|payment_method_details|payment_method_data|destination_details"
)
FAMILIES_READ = {"card", "us_bank_account", "link", "type", "fingerprint"}
"""Families of payment methods that are read; of the other ones only the name."""

PARAMETERS_NOT_READ = {
    *("shipping_options", "shipping_address_collection", "custom_text", "branding_settings"),
    *("evidence", "transfer_data", "on_behalf_of"),
}

NULL: Schema = {"nullable": True}
OBJECT: Schema = {"type": "object"}
SCALARS = {"str": "string", "int": "integer", "bool": "boolean", "float": "number"}


@dataclass(frozen=True)
class Operation:
    """What may be asked at a path by a method: its parameters, and the answer."""

    name: str
    method: str
    path: str
    parameters: Schema
    answer: Schema


@dataclass(frozen=True)
class Specification:
    """The operations, objects and version of the installed SDK."""

    version: str
    operations: Sequence[Operation]
    schemas: dict[str, Schema]


@cache
def specification() -> Specification:
    """Return what the installed SDK says; it is read once a process."""
    reader = _Reader()
    operations = [
        operation for module, methods in OPERATIONS.items() for operation in reader.operations(module, methods)
    ]
    reader.convert(ast.Name("Event"), _Place("stripe._event", (), is_request=False))
    return Specification(reader.constant("stripe._api_version", "CURRENT"), operations, reader.schemas)


@dataclass(frozen=True)
class _Place:
    """Where a type stands: its module, the classes around it, the fields that lead to it."""

    module: str
    classes: tuple[ast.ClassDef, ...]
    is_request: bool
    fields: tuple[str, ...] = ()


@dataclass
class _Reader:
    schemas: dict[str, Schema] = field(default_factory=dict)
    modules: dict[str, tuple[ast.Module, dict[str, tuple[str, str]]]] = field(default_factory=dict)

    def module(self, name: str) -> tuple[ast.Module, dict[str, tuple[str, str]]]:
        """Return a module of the SDK as a tree, and what it imports from the SDK by name."""
        if name not in self.modules:
            package = find_spec("stripe")
            assert package is not None and package.origin is not None
            path = Path(package.origin).parent.joinpath(*name.split(".")[1:]).with_suffix(".py")
            tree = ast.parse(path.read_text())
            imports = {
                alias.asname or alias.name: (node.module, alias.name)
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe")
                for alias in node.names
            }
            self.modules[name] = tree, imports
        return self.modules[name]

    def constant(self, module: str, name: str) -> str:
        """Return a constant of a module."""
        nodes = ast.walk(self.module(module)[0])
        values = [node.value for node in nodes if isinstance(node, ast.Assign) and _assigned(node) == name]
        return str(ast.literal_eval(values[0]))

    def find(self, module: str, name: str) -> tuple[str, ast.ClassDef] | None:
        """Return a class that a module defines or imports, with the module that defines it."""
        tree, imports = self.module(module)
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return module, node
        return self.find(*imports[name]) if name in imports else None

    def operations(self, service: str, methods: Sequence[str]) -> Iterator[Operation]:
        """Read methods of a service."""
        module = f"stripe.{service}"
        classes = [node for node in self.module(module)[0].body if isinstance(node, ast.ClassDef)]
        functions = {node.name: node for node in classes[-1].body if isinstance(node, ast.FunctionDef)}
        for method in methods:
            function = functions[method]
            [call, *_] = [
                node
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_request"
            ]
            verb, path = call.args[:2]
            template = path.func.value if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute) else path
            assert function.returns is not None
            yield Operation(
                name=f"{service}.{method}",
                method=str(ast.literal_eval(verb)).upper(),
                path=str(ast.literal_eval(template)),
                parameters=self._parameters(module, function),
                answer=self.convert(function.returns, _Place(module, (), is_request=False)),
            )

    def _parameters(self, module: str, function: ast.FunctionDef) -> Schema:
        arguments = function.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if argument.arg == "params" and argument.annotation is not None:
                name = re.search(r"\w+Params", ast.unparse(argument.annotation))
                assert name is not None
                found = self.find(module, name.group())
                assert found is not None
                return self._object(_Place(found[0], (found[1],), is_request=True))
        return {"type": "object", "properties": {}, "additionalProperties": False}

    def convert(self, node: ast.expr, place: _Place) -> Schema:
        """Return the schema of a type."""
        match node:
            case ast.Constant(value=None):
                return NULL
            case ast.Constant(value=str(text)):
                return self.convert(ast.parse(text, mode="eval").body, place)
            case ast.BinOp(op=ast.BitOr()):
                return _any_of([self.convert(each, place) for each in _alternatives(node)])
            case ast.Name(id=name):
                return self._named(name, place)
            case ast.Attribute():
                first, *nested = ast.unparse(node).split(".")
                return {"type": "integer"} if first == "datetime" else self._dotted(first, nested, place)
            case ast.Subscript(value=base, slice=inner):
                return self._generic(ast.unparse(base).rpartition(".")[2], inner, place)
        raise ValueError(ast.dump(node))

    def _named(self, name: str, place: _Place) -> Schema:
        if name in SCALARS:
            return {"type": SCALARS[name]}
        if name == "Any":
            return {}
        if name == "Decimal":
            return {"type": "string", "format": "decimal"}
        if name in ("UntypedStripeObject", "StripeObject", "object"):
            return OBJECT
        for depth in range(len(place.classes), 0, -1):  # nested classes, the innermost first
            for nested in place.classes[depth - 1].body:
                if isinstance(nested, ast.ClassDef) and nested.name == name:
                    return self._class(replace(place, classes=(*place.classes[:depth], nested)))
        return self._dotted(name, [], place)

    def _dotted(self, name: str, nested: Sequence[str], place: _Place) -> Schema:
        found = self.find(place.module, name)
        if found is None:
            return OBJECT
        module = found[0]
        classes: tuple[ast.ClassDef, ...] = (found[1],)
        for each in nested:
            inner = [node for node in classes[-1].body if isinstance(node, ast.ClassDef) and node.name == each]
            if not inner:
                return OBJECT
            classes = (*classes, inner[0])
        return self._class(replace(place, module=module, classes=classes))

    def _generic(self, base: str, inner: ast.expr, place: _Place) -> Schema:
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if base == "Literal":
            values = [ast.literal_eval(each) for each in parts]
            are_flags = all(isinstance(value, bool) for value in values)
            return {"type": "boolean"} if are_flags else {"type": "string", "enum": [str(value) for value in values]}
        schemas = [self.convert(each, place) for each in parts]
        match base:
            case "NotRequired" | "Required" | "ClassVar":
                return schemas[0]
            case "Optional":
                return _any_of([*schemas, NULL])
            case "Union":
                return _any_of(schemas)
            case "List" | "Sequence" | "list":
                return {"type": "array", "items": schemas[0]}
            case "Dict" | "Mapping" | "dict":
                return {"type": "object", "additionalProperties": schemas[1]}
            case "UntypedStripeObject":
                return {"type": "object", "additionalProperties": schemas[0] or True}
            case "ExpandableField":
                return {"anyOf": [{"type": "string"}, schemas[0]]}
            case "ListObject" | "SearchResultObject":
                properties = {
                    "object": {"type": "string", "enum": ["list"]},
                    "data": {"type": "array", "items": schemas[0]},
                    "has_more": {"type": "boolean"},
                    "url": {"type": "string"},
                }
                return {"type": "object", "properties": properties, "required": ["data", "has_more", "object"]}
        raise ValueError(base)

    def _class(self, place: _Place) -> Schema:
        kind = None if place.is_request else _kind(place.classes[-1])
        if kind is None:
            return self._object(place)
        if kind not in OBJECTS:
            return OBJECT
        # Lines of an invoice and of a pay page are both a `line_item` for the SDK; the latter is an `item` on the wire.
        key = "checkout.line_item" if kind == "item" else kind
        if key not in self.schemas:
            self.schemas[key] = {}
            self.schemas[key] = self._object(replace(place, fields=()))
        return {"$ref": key}

    def _object(self, place: _Place) -> Schema:
        renamed = _renamed(place.classes[-1])
        properties: dict[str, Schema] = {}
        required = []
        for name, annotation in self._fields(place):
            wire = renamed.get(name, name)
            if _is_family(annotation, (*place.fields, wire)):
                properties[wire] = OBJECT
            elif place.is_request and wire in PARAMETERS_NOT_READ:
                properties[wire] = {}
            else:
                properties[wire] = self.convert(annotation, replace(place, fields=(*place.fields, wire)))
                is_optional = ast.unparse(annotation).startswith("NotRequired[")
                if not (is_optional if place.is_request else properties[wire].get("nullable")):
                    required.append(wire)
        schema = {"type": "object", "properties": properties, "required": required}
        return {**schema, "additionalProperties": False} if place.is_request else schema

    def _fields(self, place: _Place) -> Iterator[tuple[str, ast.expr]]:
        """Return the fields of a class, also those whose names Python reserves, which stand in a call."""
        for base in place.classes[-1].bases:
            for node in self.module(place.module)[0].body:
                if _assigned(node) == ast.unparse(base) and isinstance(node, ast.Assign):
                    assert isinstance(node.value, ast.Call) and isinstance(node.value.args[1], ast.Dict)
                    named = node.value.args[1]
                    yield from (
                        (ast.literal_eval(key), value)
                        for key, value in zip(named.keys, named.values, strict=True)
                        if key
                    )
        for node in place.classes[-1].body:
            name = _assigned(node)
            if isinstance(node, ast.AnnAssign) and name and not name.startswith("_") and not name.isupper():
                yield name, node.annotation


def _assigned(node: ast.stmt) -> str | None:
    """Return the name that a statement gives a value or a type."""
    target = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
    )
    return target.id if isinstance(target, ast.Name) else None


def _value(owner: ast.ClassDef, name: str) -> Any:
    for node in owner.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and _assigned(node) == name and node.value is not None:
            return ast.literal_eval(node.value)
    return None


def _kind(owner: ast.ClassDef) -> str | None:
    return _value(owner, "OBJECT_NAME")  # type: ignore[no-any-return]


def _renamed(owner: ast.ClassDef) -> dict[str, str]:
    return _value(owner, "_field_remappings") or {}


def _alternatives(node: ast.expr) -> list[ast.expr]:
    return [*_alternatives(node.left), *_alternatives(node.right)] if isinstance(node, ast.BinOp) else [node]


def _is_family(annotation: ast.expr, fields: Sequence[str]) -> bool:
    """Return True for the details of a family of payment methods that is not read."""
    around, name = fields[-2:-1], fields[-1]
    is_one = bool(around) and PAYMENT_METHOD_FAMILIES.fullmatch(around[0]) is not None and name not in FAMILIES_READ
    return is_one and not _is_scalar(annotation)


def _is_scalar(annotation: ast.expr) -> bool:
    text = ast.unparse(annotation)
    return "Literal[" in text or bool(re.fullmatch(r"(NotRequired\[|Optional\[)?['\"]?(str|int|bool)['\"]?\]?", text))


def _any_of(schemas: Sequence[Schema]) -> Schema:
    """Return the schema of a value that fits one of several; a list of names beside any text is an open one."""
    present = [schema for schema in schemas if schema != NULL]
    names = list(dict.fromkeys(name for schema in present for name in schema.get("enum", ())))
    is_text = {"type": "string"} in present
    alternatives: list[Schema] = []
    if names:
        alternatives.append(
            {"type": "string", "enum": names, "is_open": is_text}
            if names != [""] or not is_text
            else {"type": "string"}
        )
    elif is_text:
        alternatives.append({"type": "string"})
    for schema in present:
        if schema != {"type": "string"} and "enum" not in schema and schema not in alternatives:
            alternatives.append(schema)
    found = alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}
    return {**found, "nullable": True} if NULL in schemas else found
