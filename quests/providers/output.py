"""Check and clean what a provider wrote."""

import json
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from quests.providers.prompt import Content, Prompt
from quests.providers.text import plain, shorten

DEPTH_MAX = 8


class Unusable(ValueError):
    """The text is not what was asked for."""


def read(text: str, prompt: Prompt) -> Content:
    """Return the content in `text`: parsed, cleaned, sized, cut to its valid parts, valid, finished. Raises Unusable.

    Cleaning comes before validation, so that what is checked is what is delivered.
    """
    content = _clean(_parse(text), prompt.schema)
    if prompt.parts and isinstance(content, dict):
        content = _keep_valid_parts(content, prompt)
    if not _is_valid(content, _validator(json.dumps(prompt.schema))):
        raise Unusable("The content breaks the schema.")
    return prompt.finish(content)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unusable("The content is not JSON.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unusable("A key occurs twice.")
    return found


def _no_constant(name: str) -> Any:
    raise Unusable(f"{name} is not JSON.")


def _clean(value: Any, schema: Content, depth: int = 0) -> Any:
    """Make every text plain and cut it at its `maxLength`; the schema is followed as far as it goes."""
    if depth > DEPTH_MAX:
        raise Unusable("The content is nested too deep.")
    if isinstance(value, str):
        return shorten(plain(value), schema.get("maxLength", len(value) + 1))
    if isinstance(value, list):
        return [_clean(entry, schema.get("items", {}), depth + 1) for entry in value]
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {key: _clean(entry, known.get(key, {}), depth + 1) for key, entry in value.items()}
    return value


def _keep_valid_parts(content: Content, prompt: Prompt) -> Content:
    schema = prompt.schema["properties"][prompt.parts]
    parts = content.get(prompt.parts)
    if not isinstance(parts, list):
        return content
    valid: dict[str, Content] = {}
    validator = _validator(json.dumps(schema["items"]))
    for part in parts:
        if (adjusted := _adjusted(part, validator, prompt)) is not None:
            valid.setdefault(_name(adjusted, schema["items"]), adjusted)
    return {**content, prompt.parts: list(valid.values())[: schema["maxItems"]]}


def _name(part: Content, schema: Content) -> str:
    """Return the name of a part, by which repetitions are found: its first required field, in lower case."""
    return str(part[schema["required"][0]]).casefold()


def _adjusted(part: Any, validator: Draft202012Validator, prompt: Prompt) -> Content | None:
    if not _is_valid(part, validator):
        return None
    try:
        return prompt.adjust(part)
    except ValueError:
        return None


@lru_cache
def _validator(schema: str) -> Draft202012Validator:
    """Keep the compiled schemas of the few kinds of answers there are: compiling takes longer than judging."""
    return Draft202012Validator(json.loads(schema))


def _is_valid(value: Any, validator: Draft202012Validator) -> bool:
    """Return True if a value fits the schema; one that is no JSON, as half of a surrogate pair in a key, does not."""
    try:
        return validator.is_valid(value)
    except ValueError:
        return False
