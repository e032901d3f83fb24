"""What `schemathesis run` does for us: a new Idempotency-Key for each new request, as the API asks for."""

import re
from typing import Any
from uuid import uuid4

import schemathesis

HEADER, USABLE = "Idempotency-Key", re.compile(r"[!-~]([ -~]{0,253}[!-~])?")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send a new key in place of a usable one: made-up keys are much alike, and one key stands for one request."""
    if USABLE.fullmatch(str((case.headers or {}).get(HEADER, ""))):
        case.headers[HEADER] = str(uuid4())
