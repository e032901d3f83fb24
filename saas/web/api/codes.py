"""The problems that the API answers with, as schemas: one for each error code that a room declares.

`saas.web.api.documentation` describes them, and the tests compare each answer with it. A new code goes into
`docs/errors.md`, too.
"""

from saas.kernel.errors import TEXT, ErrorCode, Schema
from saas.web.rooms import error_codes


def of_status(status: int) -> list[ErrorCode]:
    """Return the codes with this status."""
    return [each for each in error_codes() if each.status == status]


def reference(status: int) -> Schema:
    """Return the schema that the description has of a problem with this status."""
    found = of_status(status)
    return _component(_name(found[0]) if len(found) == 1 else f"Problem{status}")


def components() -> dict[str, Schema]:
    """Return the schemas of all problems: one for each code, and one for each status that has several."""
    groups = {status: of_status(status) for status in sorted({each.status for each in error_codes()})}
    return {
        **{_name(each): _schema(each) for each in error_codes()},
        **{f"Problem{status}": _any_of(found) for status, found in groups.items() if len(found) > 1},
    }


def _name(error: ErrorCode) -> str:
    """Return what the description calls its problem: "insufficient_tokens" is InsufficientTokensProblem."""
    return "".join(word.capitalize() for word in error.code.split("_")) + "Problem"


def _schema(error: ErrorCode) -> Schema:
    usual: dict[str, Schema] = {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer", "const": error.status},
        "code": {"type": "string", "const": error.code},
        "detail": TEXT,
        "request_id": TEXT,
    }
    return {
        "type": "object",
        "properties": {**usual, **error.always, **error.sometimes},
        "required": sorted({*usual, *error.always}),
    }


def _any_of(found: list[ErrorCode]) -> Schema:
    mapping = {each.code: f"#/components/schemas/{_name(each)}" for each in found}
    return {
        "oneOf": [_component(_name(each)) for each in found],
        "discriminator": {"propertyName": "code", "mapping": mapping},
    }


def _component(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
