"""What the ledger records. Its SQL functions append all but the warnings of `tokens.alerts`, in the entry's commit."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.events import AuditEvent, Webhook

_OPERATION = "quest, lead_list, revenue_forecast, or metering for your own AI"
_HOLD = {
    "transaction": "the hold's id",
    "operation": _OPERATION,
    "held": "tokens that were reserved",
    "charged": "tokens that were spent",
    "user": "the person's id",
}
_BUCKET = {"bucket": "the bucket's id"}


@dataclass(frozen=True, kw_only=True)
class HoldPlaced(
    AuditEvent,
    kind="hold.placed",
    webhook=Webhook(
        "Tokens were reserved for an operation.",
        {
            "transaction": "the hold's id",
            "operation": _OPERATION,
            "tokens": "how many",
            "user": "the person's id",
        },
    ),
):
    transaction: UUID
    operation: str
    tokens: int
    user: UUID


@dataclass(frozen=True, kw_only=True)
class HoldExtended(AuditEvent, kind="hold.extended"):
    transaction: UUID
    until: datetime


@dataclass(frozen=True, kw_only=True)
class _HoldEnded(AuditEvent):
    transaction: UUID
    operation: str
    held: int
    charged: int
    user: UUID


class HoldSettled(
    _HoldEnded, kind="hold.settled", webhook=Webhook("An operation succeeded and was charged.", _HOLD)
): ...


class HoldReleased(
    _HoldEnded,
    kind="hold.released",
    webhook=Webhook("An operation failed or was cancelled; nothing was charged.", _HOLD),
): ...


class HoldExpired(
    _HoldEnded, kind="hold.expired", webhook=Webhook("A hold's time was over; its tokens are back.", _HOLD)
): ...


class HoldRevoked(
    _HoldEnded,
    kind="hold.revoked",
    webhook=Webhook("A hold was ended when a payment failed; its tokens are back.", _HOLD),
): ...


@dataclass(frozen=True, kw_only=True)
class HoldAbsorbed(AuditEvent, kind="hold.absorbed"):
    """A result came after its hold had ended: nothing is charged, the cost is ours."""

    transaction: UUID
    tokens: int
    status: str


@dataclass(frozen=True, kw_only=True)
class TokensGranted(
    AuditEvent,
    kind="tokens.granted",
    webhook=Webhook(
        "Tokens arrived.",
        {
            **_BUCKET,
            "source": "plan, purchase, gift, promo or adjustment",
            "tokens": "how many",
            "repaid": "how many of them repaid a debt",
            "expires_at": "an instant, or null",
        },
    ),
):
    bucket: UUID
    source: str
    tokens: int
    repaid: int
    expires_at: datetime | None
    business_key: str


@dataclass(frozen=True, kw_only=True)
class TokensExpired(
    AuditEvent,
    kind="tokens.expired",
    webhook=Webhook("What was left of a bucket expired.", {**_BUCKET, "tokens": "how many"}),
):
    bucket: UUID
    tokens: int


@dataclass(frozen=True, kw_only=True)
class _Clawback(AuditEvent):
    bucket: UUID
    target: int
    tokens: int
    debt: int


class TokensClawed(
    _Clawback,
    kind="tokens.clawed",
    webhook=Webhook(
        "Tokens were taken back with the money that was paid for them.",
        {**_BUCKET, "tokens": "how many", "debt": "how many had been spent already"},
    ),
): ...


class TokensReinstated(
    _Clawback,
    kind="tokens.reinstated",
    webhook=Webhook(
        "Tokens that had been taken back returned.", {**_BUCKET, "tokens": "how many", "debt": "the debt that went"}
    ),
): ...


@dataclass(frozen=True, kw_only=True)
class TokensFrozen(AuditEvent, kind="tokens.frozen", webhook=Webhook("A bucket was frozen by a dispute.", _BUCKET)):
    bucket: UUID


@dataclass(frozen=True, kw_only=True)
class TokensThawed(AuditEvent, kind="tokens.thawed", webhook=Webhook("A frozen bucket can be used again.", _BUCKET)):
    bucket: UUID


@dataclass(frozen=True, kw_only=True)
class AccountSuspended(
    AuditEvent,
    kind="account.suspended",
    webhook=Webhook("Spending was stopped.", {"revoked": "how many holds were ended"}),
):
    revoked: int


@dataclass(frozen=True, kw_only=True)
class AccountResumed(AuditEvent, kind="account.resumed", webhook=Webhook("Spending is possible again.", {})):
    pass


@dataclass(frozen=True, kw_only=True)
class _OfQuota(AuditEvent):
    scope: str
    subject: UUID | str


@dataclass(frozen=True, kw_only=True)
class QuotaSet(_OfQuota, kind="quota.set"):
    limit: int


@dataclass(frozen=True, kw_only=True)
class QuotaRaised(_OfQuota, kind="quota.raised"):
    """For the present period alone."""

    quota: UUID
    tokens: int
    since: datetime


class QuotaRemoved(_OfQuota, kind="quota.removed"): ...


@dataclass(frozen=True, kw_only=True)
class QuotaReached(_OfQuota, kind="quota.reached"):
    """A quota refused somebody; once for its limit in a period."""

    limit: int
    user: UUID | str | None


@dataclass(frozen=True, kw_only=True)
class _LowBalance(AuditEvent):
    left: int
    of: int
    percent: int


class BalanceLow(_LowBalance, kind="balance.low"): ...


class BalanceUsedUp(_LowBalance, kind="balance.used_up"): ...


@dataclass(frozen=True, kw_only=True)
class BalanceRunningOut(AuditEvent, kind="balance.running_out"):
    left: int
    runs_out_at: datetime
    soonest_at: datetime
