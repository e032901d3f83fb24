"""Events with any payload, as another release may have recorded them."""

from typing import Any

from saas.kernel.actor import current_actor_json
from saas.kernel.serialization import as_json
from saas.kernel.transactions import Statement, run_batch


def append(kind: str, data: dict[str, Any], *, reason: str = "") -> None:
    """Append an event to the chain of the organization acted for."""
    arguments = (kind, as_json(data), current_actor_json(), reason)
    run_batch(Statement("SELECT audit_append(%s, %s, %s, %s)", arguments))
