"""JSON as we take it: one object, no duplicate keys, not deep, no NaN, only text PostgreSQL can store."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from saas.web.api.problems import BodyTooLarge

DEPTH_MAX = 32


class StrictJSONParser(BaseParser):
    """Parse a JSON object or raise ParseError (`malformed_json`)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the object in the body; an empty body is an empty object."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) < _length_of(parser_context):
            raise ParseError("The body ended before its Content-Length.")
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return parse_object(body) if body else {}


def _length_of(parser_context: Mapping[str, Any] | None) -> int:
    """Return how many bytes of a body were announced, as far as we read them."""
    announced = parser_context["request"].META.get("CONTENT_LENGTH") if parser_context else None
    return min(int(announced or 0), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`; raise ParseError with what is wrong."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"The body is not valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ParseError("The body must be one JSON object.")
    _check(value, DEPTH_MAX)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise ParseError(f"The body is nested more than {DEPTH_MAX} levels deep.")
    match value:
        case str():
            if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
                raise ParseError("Text must not contain NUL or lone surrogates.")
        case list():
            for item in value:
                _check(item, depth - 1)
        case dict():
            for key, item in value.items():
                _check(key, depth)
                _check(item, depth - 1)
