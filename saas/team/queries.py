"""What each member and department used of the present period, and may use; what a request reads like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from saas.team.models import TokenRequest
from tokens import queries as ledger

NEARLY_PERCENT = 80
"""From how much of a quota on it is nearly used up."""


@dataclass(frozen=True)
class Spent:
    """Tokens used in the present period, open holds included, and the quota they count against, if there is one."""

    used: int
    quota: Any

    @property
    def left(self) -> int:
        """Return what may still be used within the quota."""
        allowed: int = self.quota.allowed
        return max(allowed - self.used, 0)

    @property
    def level(self) -> str:
        """Return how the meter looks: success, warning, danger."""
        percent = 100 * self.used / max(self.quota.allowed, 1)
        return "danger" if not self.left else "warning" if percent >= NEARLY_PERCENT else "success"


@dataclass(frozen=True)
class Spending:
    """Tokens used, by the ids of users, departments and the organization."""

    used: Mapping[UUID, int]
    quotas: Mapping[UUID, Any]

    def of(self, subject_id: UUID) -> Spent:
        """Return what the organization, a department or a user used."""
        quota = self.quotas.get(subject_id)
        return Spent(quota.used if quota else self.used.get(subject_id, 0), quota)


def names_of_request(request_id: UUID) -> dict[str, str]:
    """Return the note of a request for tokens; nothing once it is gone."""
    note = TokenRequest.objects.filter(id=request_id).values_list("note", flat=True).first()
    return {"note": note} if note is not None else {}


def spending() -> Spending:
    """Return the tokens used in the present period, by subject."""
    return Spending(ledger.used_by_subject(), {quota.subject_id: quota for quota in ledger.quotas()})
