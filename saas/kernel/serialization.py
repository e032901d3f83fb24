"""JSON as we write it, for clients, for the audit log, and to be answered again."""

import json
import re
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from saas.kernel.clock import as_text

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class JSONEncoder(DjangoJSONEncoder):
    """Writes ids, days and exact decimals as text, and every instant in one spelling."""

    def default(self, o: Any) -> Any:
        """Return what JSON has for a value that it has not."""
        return as_text(o) if isinstance(o, datetime) and o.tzinfo is not None else super().default(o)


def as_json(value: Any) -> str:
    """Return a value as JSON text."""
    return json.dumps(value, cls=JSONEncoder)


def in_one_spelling(value: Any) -> Any:
    """Return a JSON value in which every text that is an instant has the spelling of `as_text`.

    What PostgreSQL wrote itself has an offset, and as many digits as are needed.
    """
    match value:
        case dict():
            return {name: in_one_spelling(inner) for name, inner in value.items()}
        case list():
            return [in_one_spelling(inner) for inner in value]
        case str() if _INSTANT.fullmatch(value):
            return as_text(datetime.fromisoformat(value))
    return value
