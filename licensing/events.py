"""What is recorded about a license: `licensing_tell` appends what time brings, actions the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.events import AuditEvent, Webhook

_STATE = {"state": "grace, offline or suspended", "starts_at": "since when"}


@dataclass(frozen=True, kw_only=True)
class LicensePaymentFailed(
    AuditEvent,
    kind="license.payment_failed",
    webhook=Webhook(
        "A renewal could not be charged.",
        {"past_due_at": "since when", "stages": "each state to come, and when it starts"},
    ),
):
    past_due_at: datetime
    revoked_holds: int
    stages: Sequence[Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class LicenseStageComing(
    AuditEvent,
    kind="license.stage_coming",
    webhook=Webhook("The next stage of an overdue payment is near.", _STATE),
):
    state: str
    starts_at: str


@dataclass(frozen=True, kw_only=True)
class LicenseChanged(
    AuditEvent, kind="license.changed", webhook=Webhook("An overdue payment had its next consequence.", _STATE)
):
    state: str
    starts_at: str
    next: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class LicensePaymentSucceeded(
    AuditEvent,
    kind="license.payment_succeeded",
    webhook=Webhook("The overdue payment arrived, everything is on.", {}),
):
    pass


@dataclass(frozen=True, kw_only=True)
class LicensePaused(
    AuditEvent,
    kind="license.paused",
    webhook=Webhook("The subscription is paused: AI is off, nothing is billed.", {"paused_at": "since when"}),
):
    paused_at: datetime
    revoked_holds: int


@dataclass(frozen=True, kw_only=True)
class LicenseResumed(
    AuditEvent, kind="license.resumed", webhook=Webhook("The paused subscription goes on, everything is on.", {})
):
    pass


@dataclass(frozen=True, kw_only=True)
class LicenseGraceExtended(AuditEvent, kind="license.grace_extended"):
    until: datetime
