"""Record events: append them to the audit log of the organization acted for."""

from uuid import UUID

from django.db import connection

from audit.events import AuditEvent
from audit.models import PLATFORM
from saas.kernel.actor import current_actor_json
from saas.kernel.serialization import as_json
from saas.kernel.transactions import Statement, require_transaction

__all__ = ["PLATFORM", "record", "record_statement"]


def record_statement(event: AuditEvent, *, reason: str = "") -> Statement:
    """Return the statement that appends an event, for use with `run_batch`."""
    arguments = (event.kind, as_json(event.payload()), current_actor_json(), reason)
    return Statement("SELECT audit_append(%s, %s, %s, %s)", arguments)


def record(event: AuditEvent, *, reason: str = "") -> UUID:
    """Append an event to the organization's chain, in the caller's transaction; return its id.

    Raises TransactionManagementError without a transaction: an event belongs to its change.
    """
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(*record_statement(event, reason=reason))
        event_id: UUID = cursor.fetchone()[0]
    return event_id
