"""Read an organization's license: its state, and what it allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now

from licensing import stages
from licensing.models import License, LicenseState
from licensing.stages import Rules, Stage
from plans.queries import Entitlements, entitlements, limits_of
from saas.kernel import tenancy
from saas.kernel.errors import DomainError
from saas.kernel.transactions import Query, Statement, fetch_all


class AiOff(DomainError):
    """Payment is overdue and AI is off from day 0, or the subscription is paused."""

    code, status, title = "license_ai_off", 402, "AI is off"


class SyncOff(DomainError):
    """Payment is overdue: sync is off from day 14."""

    code, status, title = "license_sync_off", 402, "Sync is off"


class ReportsOff(DomainError):
    """Payment is overdue: reports are off from day 30."""

    code, status, title = "license_reports_off", 402, "Reports are off"


_REFUSALS: dict[str, type[DomainError]] = {"ai": AiOff, "sync": SyncOff, "reports": ReportsOff}


@dataclass(frozen=True)
class PaymentState:
    """The payment state of a license, as stored."""

    past_due_at: datetime | None
    grace_until: datetime | None
    paused_at: datetime | None = None


@dataclass(frozen=True)
class LicenseStatus:
    """The license at one instant."""

    state: LicenseState
    past_due_at: datetime | None
    capabilities: dict[str, bool]
    stages: list[Stage]
    paused_at: datetime | None = None

    def require(self, capability: str) -> None:
        """Raise AiOff, SyncOff or ReportsOff where the capability is off."""
        if self.capabilities[capability]:
            return
        if self.paused_at is not None:
            raise AiOff(
                f"AI is off: the subscription is paused since {self.paused_at:%d %B %Y}."
                " Resume it, and everything works again.",
                state=self.state,
                paused_at=self.paused_at,
            )
        names = {"ai": "AI", "sync": "Sync", "reports": "Reports"}
        verb = "are" if capability == "reports" else "is"
        raise _REFUSALS[capability](
            f"{names[capability]} {verb} off: a payment has been overdue since {self.past_due_at:%d %B %Y}."
            " Update the payment, and everything works again.",
            state=self.state,
            past_due_at=self.past_due_at,
        )


def payment_state(organization_id: UUID) -> Query[PaymentState]:
    """Return the query of the stored payment state."""
    statement = Statement(
        "SELECT past_due_at, grace_until, paused_at FROM licensing_license WHERE organization_id = %s",
        (organization_id,),
    )
    return Query(statement, lambda rows: PaymentState(*rows[0]))


def license_status_from(known: PaymentState, entitled: Entitlements) -> LicenseStatus:
    """Return the license status at the entitlements' instant."""
    rules = rules_of(entitled)
    state = stages.state_at(
        past_due_at=known.past_due_at,
        grace_until=known.grace_until,
        paused_at=known.paused_at,
        now=entitled.now,
        rules=rules,
    )
    coming = (
        stages.stages(past_due_at=known.past_due_at, grace_until=known.grace_until, rules=rules)
        if known.past_due_at
        else []
    )
    return LicenseStatus(state, known.past_due_at, stages.capabilities(state), coming, known.paused_at)


def rules_of(entitled: Entitlements) -> Rules:
    """Return the organization's stage rules."""
    return _rules({key: effective.value for key, effective in entitled.limits.items()})


def _rules(limits: dict[str, int | None]) -> Rules:
    """Return the stage rules among the limits; they are always finite numbers of days."""
    offline, suspended = limits["offline_after_days"], limits["suspended_after_days"]
    assert offline is not None and suspended is not None
    return Rules(offline_after_days=offline, suspended_after_days=suspended)


@dataclass(frozen=True)
class Overdue:
    """An overdue license: its payment state, the last recorded state, and the time by its organization's clock."""

    organization_id: UUID
    past_due_at: datetime
    grace_until: datetime | None
    recorded: str
    warned: str
    now: datetime


def overdue() -> list[Overdue]:
    """Return the overdue licenses that the context shows."""
    rows = License.objects.filter(past_due_at__isnull=False).values_list(
        "organization_id",
        "past_due_at",
        "grace_until",
        "recorded_state",
        "warned_state",
        Now() + F("organization__clock_offset"),
    )
    return [Overdue(*row) for row in rows]


def rules_for(organization_ids: Sequence[UUID]) -> dict[UUID, Rules]:
    """Return each organization's stage rules, overrides included."""
    limits = limits_of(organization_ids).fetch()
    return {organization_id: _rules(limits[organization_id]) for organization_id in organization_ids}


def paused_since() -> datetime | None:
    """Return since when the organization's subscription is paused, or None."""
    return License.objects.values_list("paused_at", flat=True).first()


def license_status() -> LicenseStatus:
    """Return the current organization's license status now."""
    organization_id = tenancy.current_organization_id()
    known, entitled = fetch_all(payment_state(organization_id), entitlements(organization_id))
    return license_status_from(known, entitled)
