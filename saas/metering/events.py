"""What is recorded about operations that were refused; those that ran are the ledger's."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class OperationRefused(AuditEvent, kind="operation.refused"):
    """From `department` on: where a quota refused, which one, and what there was of it."""

    operation: str
    units: int
    code: str
    user: UUID
    department: UUID | None = None
    scope: str | None = None
    limit: int | None = None
    used: int | None = None
    needed: int | None = None

    def payload(self) -> dict[str, Any]:
        """Return what is stored; of a quota, the department too where the person has none."""
        return {**super().payload(), **({"department": self.department} if self.scope else {})}
