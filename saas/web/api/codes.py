"""The map of errors: every code that the API answers with, its status, and what else its problem has.

`saas.web.api.documentation` describes them, and the tests compare each answer with it. A new code goes into
`docs/errors.md`, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

NUMBER: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
YES: Schema = {"type": "boolean", "const": True}
ID: Schema = {"type": "string", "format": "uuid"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
SECONDS: Schema = {"type": "integer", "description": "As the header Retry-After."}


def one_of(*values: str) -> Schema:
    """Return the schema of a text that is one of these."""
    return {"type": "string", "enum": list(values)}


@dataclass(frozen=True)
class Code:
    """A code with its status, what its problem always has beside the usual members, and what it may have."""

    status: int
    code: str
    always: Mapping[str, Schema] = field(default_factory=dict)
    sometimes: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what the description calls its problem: "insufficient_tokens" is InsufficientTokensProblem."""
        return "".join(word.capitalize() for word in self.code.split("_")) + "Problem"

    @property
    def schema(self) -> Schema:
        """Return the JSON Schema of its problem."""
        usual: dict[str, Schema] = {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer", "const": self.status},
            "code": {"type": "string", "const": self.code},
            "detail": TEXT,
            "request_id": TEXT,
        }
        return {
            "type": "object",
            "properties": {**usual, **self.always, **self.sometimes},
            "required": sorted({*usual, *self.always}),
        }


WAIT = {"retry_after": SECONDS}
REFUNDED = {"refunded": YES}
OVERDUE = {"state": {"$ref": "#/components/schemas/LicenseState"}, "past_due_at": INSTANT}
FAILED = {"outcome": TEXT}
RULE = {"rule": TEXT, "limit": NUMBER, "ends": INSTANT, "blocked_until": INSTANT}

CODES: tuple[Code, ...] = (
    Code(400, "bad_request"),
    Code(400, "malformed_json"),
    Code(400, "idempotency_key_required"),
    Code(401, "invalid_api_key"),
    Code(401, "not_authenticated"),
    Code(402, "insufficient_tokens", {"needed": NUMBER, "available": NUMBER}),
    Code(402, "token_debt", {"debt": NUMBER}),
    Code(402, "license_ai_off", sometimes={**OVERDUE, **REFUNDED}),
    Code(402, "license_sync_off", OVERDUE),
    Code(402, "license_reports_off", OVERDUE),
    Code(402, "card_declined", {"reason": TEXT}),
    Code(
        403,
        "feature_not_in_plan",
        sometimes={"feature": TEXT, "plan": TEXT, "needed_plan": {"type": ["string", "null"]}, "limit": NUMBER},
    ),
    Code(
        403,
        "quota_reached",
        {"scope": one_of("user", "department", "organization"), "limit": NUMBER, "used": NUMBER, "needed": NUMBER},
    ),
    Code(403, "scope_missing", sometimes={"scope": TEXT, "missing": {"type": "array", "items": TEXT}}),
    Code(403, "forbidden"),
    Code(404, "not_found"),
    Code(405, "method_not_allowed"),
    Code(409, "conflict", sometimes={"gift_status": TEXT, "forecast": ID, "forecast_created_at": INSTANT}),
    Code(409, "idempotency_in_progress", WAIT),
    Code(
        409,
        "hold_finalized",
        sometimes={
            "hold_status": one_of("settled", "released", "expired", "revoked"),
            "settled_tokens": NUMBER,
            **REFUNDED,
        },
    ),
    Code(411, "length_required"),
    Code(413, "body_too_large", {"limit": NUMBER}),
    Code(414, "address_too_long"),
    Code(415, "unsupported_media_type"),
    Code(
        422,
        "validation_error",
        {"errors": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/ErrorShape"}}},
        {"held": NUMBER, "charge": NUMBER, "limit": TEXT, "allowed": NUMBER},
    ),
    Code(422, "request_too_large", {"rule": TEXT, "limit": NUMBER}),
    Code(422, "idempotency_key_reused"),
    Code(423, "temporarily_blocked", WAIT, RULE),
    Code(429, "rate_limited", WAIT, RULE),
    Code(429, "too_soon", WAIT, RULE),
    Code(431, "headers_too_large"),
    Code(500, "internal_error"),
    Code(502, "ai_failed", REFUNDED, FAILED),
    Code(502, "ai_output_invalid", REFUNDED, FAILED),
    Code(503, "unavailable", sometimes=WAIT),
    Code(503, "ai_unavailable", sometimes=WAIT),
    Code(503, "abuse_store_unavailable", sometimes=WAIT),
    Code(503, "payments_unavailable", sometimes=WAIT),
    Code(504, "ai_timeout", REFUNDED, FAILED),
)


def of_status(status: int) -> list[Code]:
    """Return the codes with this status."""
    return [each for each in CODES if each.status == status]


def reference(status: int) -> Schema:
    """Return the schema that the description has of a problem with this status."""
    found = of_status(status)
    return _component(found[0].name if len(found) == 1 else f"Problem{status}")


def components() -> dict[str, Schema]:
    """Return the schemas of all problems: one for each code, and one for each status that has several."""
    groups = {status: of_status(status) for status in sorted({each.status for each in CODES})}
    return {
        **{each.name: each.schema for each in CODES},
        **{f"Problem{status}": _any_of(found) for status, found in groups.items() if len(found) > 1},
    }


def _any_of(found: list[Code]) -> Schema:
    mapping = {each.code: f"#/components/schemas/{each.name}" for each in found}
    return {
        "oneOf": [_component(each.name) for each in found],
        "discriminator": {"propertyName": "code", "mapping": mapping},
    }


def _component(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
