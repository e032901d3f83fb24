"""The one family of errors that a customer, an integrator or a member of staff may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

NUMBER: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
YES: Schema = {"type": "boolean", "const": True}
ID: Schema = {"type": "string", "format": "uuid"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
RETRY_AFTER: dict[str, Schema] = {"retry_after": {"type": "integer", "description": "As the header Retry-After."}}
REFUNDED: dict[str, Schema] = {"refunded": YES}


def one_of(*values: str) -> Schema:
    """Return the schema of a text that is one of these."""
    return {"type": "string", "enum": list(values)}


@dataclass(frozen=True)
class ErrorCode:
    """A code that the API answers with, its status, and the schemas of its details: those it `always` has, and others.

    A room declares its codes as `error_codes` in its `apps.py`; see `saas.web.rooms`.
    """

    status: int
    code: str
    always: Mapping[str, Schema] = field(default_factory=dict)
    sometimes: Mapping[str, Schema] = field(default_factory=dict)


class DomainError(Exception):
    """A refusal with a stable code; `saas.web.errors` renders it as page, fragment or problem+json.

    `detail` says what was needed, what there is and what to do. `details` are machine-readable
    extras (JSON values). `retry_after` is in seconds, where waiting helps.
    """

    code: str = "error"
    status: int = 400
    title: str = "Request refused"

    def __init__(self, detail: str, *, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.details = details


class NotFound(DomainError):
    """The id does not exist here; another organization's id answers the same."""

    code, status, title = "not_found", 404, "Not found"


class Forbidden(DomainError):
    """The person or key may not do this."""

    code, status, title = "forbidden", 403, "Not allowed"


class Invalid(DomainError):
    """A value is wrong. Its detail `errors` says which and why: at least one dict of texts.

    Each has a `detail` for people, a `code` for programs, and either `pointer`, a JSON pointer into what was sent
    ("#/steps/0", "#" is all of it), or `parameter`, the name of a query parameter or header.
    """

    code, status, title = "validation_error", 422, "Please check what you entered"

    def __init__(
        self, detail: str, *, field: str = "", errors: Sequence[Mapping[str, str]] | None = None, **details: Any
    ) -> None:
        """Take the one `field` that is wrong, its names with slashes between, or `errors` where there are several."""
        pointer = f"#/{field}" if field else "#"
        super().__init__(
            detail, errors=list(errors or [{"pointer": pointer, "code": "invalid", "detail": detail}]), **details
        )


class Conflict(DomainError):
    """The object was changed or ended meanwhile."""

    code, status, title = "conflict", 409, "Conflict"


class ServiceResting(DomainError):
    """A service outside did not answer lately and is left alone for a while: nothing was asked, nothing has happened.

    A job ends its run at the first one: all its items would meet the same, and the next run goes on.
    """

    code, status, title = "unavailable", 503, "Unavailable for a moment"
