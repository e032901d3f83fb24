"""Describing a resource for OpenAPI: what it takes, gives and refuses."""

import re
from collections.abc import Callable
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from saas.web import idempotency
from saas.web.api import codes
from saas.web.api.resources import StrictSerializer

Serializer = type[serializers.Serializer[Any]]

PROBLEM = "application/problem+json"


def idempotency_key(*, required: bool) -> OpenApiParameter:
    """Describe the header that makes a repeated request safe."""
    return OpenApiParameter(
        idempotency.HEADER,
        str,
        OpenApiParameter.HEADER,
        required=required,
        description="A new one for each new request, the same for a repetition. Remembered for 24 hours.",
        pattern=f"^{idempotency.KEY.pattern}$",
    )


class ErrorShape(serializers.Serializer[object]):
    """What is wrong: a JSON pointer into the body, or a parameter, and why."""

    pointer = serializers.CharField(required=False)
    parameter = serializers.CharField(required=False)
    code = serializers.CharField()
    detail = serializers.CharField()


REFUSALS = {
    400: "The JSON is malformed, or the idempotency key is missing.",
    401: "Who are you?",
    402: "Tokens or payment are missing.",
    403: "Plan, quota, scope or role do not allow it.",
    404: "There is no such thing here.",
    405: "The resource does not know this method.",
    409: "It is running, ended, or changed meanwhile.",
    411: "Send a Content-Length.",
    413: "The body is too large.",
    415: "Send JSON.",
    422: "A value is not valid.",
    423: "Blocked for a while.",
    429: "Too many requests.",
    500: "Something broke on our side.",
    502: "The AI did not deliver; nothing was charged.",
    503: "Not available right now; nothing was charged.",
    504: "The AI took too long; nothing was charged.",
}

ALWAYS = (401, 403, 405, 422, 429, 500, 503)
WITH_A_BODY = (400, 411, 413, 415)


class Schema(AutoSchema):
    """Names an operation by its method and its view: `get` of GoalsResource is get_goals."""

    def get_operation_id(self) -> str:
        """Return the name that generated clients will call."""
        resource = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__.removesuffix("Resource")).lower()
        return f"{self.method.lower()}_{resource}"

    def get_tags(self) -> list[str]:
        """Return the section that the operation is shown in: its first noun, whatever form a file of it has."""
        return [tag.partition(".")[0] for tag in super().get_tags()]

    def _get_request_for_media_type(self, serializer: Any, direction: str = "request") -> tuple[Any, bool]:
        """Say that a body is required where its rules ask for something, too."""
        schema, required = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        return schema, required or bool(getattr(serializer, "rules", None))

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        """Say of our own fields exactly which texts they take."""
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
        if pattern := getattr(field, "pattern", None):
            schema["pattern"] = pattern


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the schemas of the problems to the description."""
    result["components"]["schemas"] |= codes.components()
    return result


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A body that takes nothing else, with its rules."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the body's schema."""
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**found, "additionalProperties": False, **self.target.rules}


def documented(
    summary: str,
    *,
    gives: Serializer | None,
    takes: Serializer | None = None,
    parameters: Serializer | None = None,
    status: int = 200,
    refusals: tuple[int, ...] = (),
    idempotent: bool = False,
    files: tuple[str, ...] = (),
    later: Serializer | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Describe one method of a resource; `files` are media types it answers with, `later` is its 202.

    Every POST takes an `Idempotency-Key`; one that is `idempotent` needs it. A body with an `example` shows it.
    """
    example = getattr(takes, "example", None)
    shown = [OpenApiExample(summary, value=example, request_only=True)] if example else None

    def describe(method: Callable[..., Any]) -> Callable[..., Any]:
        is_post = method.__name__ == "post"
        expected = {*ALWAYS, *refusals}
        expected |= set(WITH_A_BODY) if takes is not None or is_post else set()
        expected |= {409} if is_post else set()
        responses: dict[Any, Any] = {(status, media): OpenApiTypes.BINARY for media in files} or {status: gives}
        responses |= {202: later} if later else {}
        for code in sorted(expected):
            responses[code, PROBLEM] = OpenApiResponse(codes.reference(code), description=REFUSALS[code])
        header = [idempotency_key(required=idempotent)] if is_post else []
        described: list[Any] = [*([parameters] if parameters else []), *header]
        extend = extend_schema(
            summary=summary, request=takes, responses=responses, parameters=described, examples=shown
        )
        return extend(method)

    return describe


def page_of(shape: Serializer) -> Serializer:
    """Return the serializer of one page of a list."""
    page = inline_serializer(
        f"PageOf{shape.__name__}",
        {"data": shape(many=True), "next_cursor": serializers.CharField(allow_null=True)},
    )
    return type(page)
